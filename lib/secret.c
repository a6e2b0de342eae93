#include "config.h"

#include "lib/secret.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

void
secret_random(void *out, size_t n)
{
	char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			fputs("customerapi: the system gives no random bytes\n", stderr);
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

char *
secret_token(struct arena *a, const char *prefix)
{
	unsigned char bytes[32];
	char *s;

	secret_random(bytes, sizeof bytes);
	s = text_base64(a, bytes, sizeof bytes);
	for (char *p = s; *p != '\0'; p++)
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	s[strcspn(s, "=")] = '\0';
	return arena_printf(a, "%s%s", prefix, s);
}

/* To find an algorithm takes OpenSSL longer than a small text. So each is found once. */
static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_once_t found_once = PTHREAD_ONCE_INIT;

static void
find_algorithms(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

void
secret_sha256(const void *p, size_t n, unsigned char out[SECRET_SHA256_BYTES])
{
	pthread_once(&found_once, find_algorithms);
	if (EVP_Digest(p, n, out, NULL, sha256, NULL) != 1)
		abort();
}

int
secret_equal(const void *x, const void *y, size_t n)
{
	return CRYPTO_memcmp(x, y, n) == 0;
}

static const char *
hash_name(enum secret_hash hash)
{
	switch (hash) {
	case SECRET_HASH_SHA1:
		return "SHA1";
	case SECRET_HASH_SHA256:
		return "SHA256";
	case SECRET_HASH_SHA512:
		return "SHA512";
	case SECRET_HASH_UNSET:
		break;
	}
	abort();	/* a digest of no bytes would equal anything */
}

size_t
secret_hmac(enum secret_hash hash, const void *key, size_t keylen, const struct secret_part *parts,
    size_t nparts, unsigned char out[64])
{
	EVP_MAC_CTX *ctx;
	char name[32];
	OSSL_PARAM params[2];
	size_t len = 0;

	pthread_once(&found_once, find_algorithms);
	ctx = EVP_MAC_CTX_new(hmac);
	snprintf(name, sizeof name, "%s", hash_name(hash));
	params[0] = OSSL_PARAM_construct_utf8_string("digest", name, 0);
	params[1] = OSSL_PARAM_construct_end();
	/* An empty key is legal for HMAC, but OpenSSL takes a NULL key as "keep the old one". */
	if (ctx == NULL ||
	    EVP_MAC_init(ctx, keylen > 0 ? key : (const unsigned char *)"", keylen, params) != 1)
		abort();
	for (size_t i = 0; i < nparts; i++)
		if (EVP_MAC_update(ctx, parts[i].p, parts[i].n) != 1)
			abort();
	if (EVP_MAC_final(ctx, out, &len, 64) != 1)
		abort();
	EVP_MAC_CTX_free(ctx);
	return len;
}

int
secret_ed25519_verify(const unsigned char pub[32], const struct secret_part *parts, size_t nparts,
    const unsigned char *sig, size_t siglen)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct arena a = { 0 };
	struct buf all;
	int right = 0;

	buf_init(&all, &a);	/* Ed25519 signs the whole message at once */
	for (size_t i = 0; i < nparts; i++)
		buf_add(&all, parts[i].p, parts[i].n);
	if (key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1)
		right = EVP_DigestVerify(
			    ctx, sig, siglen, (const unsigned char *)all.data, all.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	arena_done(&a);
	return right;
}

int
secret_rsa_verify(const char *pem, const void *p, size_t n, const unsigned char *sig, size_t siglen)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int right = 0;

	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && ctx != NULL)
		right = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, sig, siglen, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return right;
}

/* ------------------------------------------------------------------ passwords */

char *
secret_password_hash(struct arena *a, const char *password, struct err *err)
{
	struct crypt_data *data = arena_new(a, struct crypt_data, 1);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], random[64];
	const char *hash;
	char *copy;

	secret_random(random, sizeof random);
	if (crypt_gensalt_rn("$y$", 0, random, sizeof random, setting, sizeof setting) == NULL ||
	    (hash = crypt_r(password, setting, data)) == NULL || hash[0] == '*') {
		err_set(err, ERR_INTERNAL, "The password cannot be hashed.");
		return NULL;
	}
	copy = arena_strdup(a, hash);
	OPENSSL_cleanse(data, sizeof *data);
	return copy;
}

int
secret_password_check(const char *password, const char *hash)
{
	struct arena a = { 0 };
	struct crypt_data *data = arena_new(&a, struct crypt_data, 1);
	const char *again = crypt_r(password, hash, data);
	int made = again != NULL && again[0] != '*';
	int right = made && strlen(again) == strlen(hash) &&
	    secret_equal(again, hash, strlen(hash));

	OPENSSL_cleanse(data, sizeof *data);
	arena_done(&a);
	return right;
}

/* ------------------------------------------------------------------ sealing */

enum { BOX_VERSION = 1, NONCE_BYTES = 12, TAG_BYTES = 16 };

static int
key_fault(struct err *err, int code, const char *what, const char *path, const char *why)
{
	err_set(err, code, "%s", what);
	err_inside(err, "%s: %s", path, why);
	return code;
}

int
secret_box_load(struct secret_box *box, const char *path, struct err *err)
{
	char text[SECRET_KEY_BYTES * 2 + 3] = "";	/* one byte more than a valid file has */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), bad;
	const char *fault = NULL;
	struct stat st = { 0 };
	ssize_t n = 0;

	box->loaded = 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		fault = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		fault = "it is no regular file";
	else if ((st.st_mode & 077) == 0 && (n = read(fd, text, sizeof text - 1)) < 0)
		fault = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (fault != NULL)
		return key_fault(err, ERR_CONFIG, "The key file cannot be read.", path, fault);
	if ((st.st_mode & 077) != 0)
		return key_fault(
		    err, ERR_CONFIG, "The key file may be read by others.", path, "chmod 600 it");
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	bad = n <= 0 || text_unhex(text, box->key, sizeof box->key) != 0;
	OPENSSL_cleanse(text, sizeof text);
	if (bad)
		return key_fault(err, ERR_CONFIG, "The key file does not hold 64 hex digits.", path,
		    "restore it from its copy");
	box->loaded = 1;
	return 0;
}

int
secret_box_create(const char *path, struct err *err)
{
	unsigned char key[SECRET_KEY_BYTES];
	char text[SECRET_KEY_BYTES * 2 + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = 0;

	if (fd < 0)
		return key_fault(
		    err, ERR_IO, "The key file cannot be made.", path, strerror(errno));
	secret_random(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++)
		snprintf(text + i * 2, 3, "%02x", key[i]);
	text[sizeof text - 2] = '\n';
	errno = ENOSPC;		/* a short write means a full disk */
	if (write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1 || fsync(fd) != 0)
		rc = key_fault(
		    err, ERR_IO, "The key file cannot be written.", path, strerror(errno));
	close(fd);
	if (rc < 0)
		unlink(path);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(text, sizeof text);
	return rc;
}

unsigned char *
secret_seal(struct arena *a, const struct secret_box *box, const char *context, const void *p,
    size_t n, size_t *len, struct err *err)
{
	unsigned char *out = arena_alloc(a, 1 + NONCE_BYTES + n + TAG_BYTES),
		      *at = out + 1 + NONCE_BYTES;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int got = 0, good;

	out[0] = BOX_VERSION;
	secret_random(out + 1, NONCE_BYTES);
	good = box->loaded && n < INT_MAX && ctx != NULL;
	good = good && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, box->key, out + 1) == 1;
	good = good &&
	    EVP_EncryptUpdate(
		ctx, NULL, &got, (const unsigned char *)context, (int)strlen(context)) == 1;
	good = good && EVP_EncryptUpdate(ctx, at, &got, p, (int)n) == 1;
	good = good && EVP_EncryptFinal_ex(ctx, at + n, &got) == 1;
	good = good && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, at + n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!good) {
		err_set(err, ERR_INTERNAL, "The secret cannot be sealed: is the key file loaded?");
		return NULL;
	}
	*len = 1 + NONCE_BYTES + n + TAG_BYTES;
	return out;
}

char *
secret_open(struct arena *a, const struct secret_box *box, const char *context, const void *p,
    size_t n, size_t *len, struct err *err)
{
	const unsigned char *in = p;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t text = n < 1 + NONCE_BYTES + TAG_BYTES ? 0 : n - 1 - NONCE_BYTES - TAG_BYTES;
	unsigned char tag[TAG_BYTES];
	char *out = arena_alloc(a, text + 1);
	int got = 0, good = box->loaded && ctx != NULL && n < INT_MAX;

	good = good && n >= 1 + NONCE_BYTES + TAG_BYTES && in[0] == BOX_VERSION;
	if (good)
		memcpy(tag, in + n - TAG_BYTES, TAG_BYTES);
	good = good && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, box->key, in + 1) == 1;
	good = good &&
	    EVP_DecryptUpdate(
		ctx, NULL, &got, (const unsigned char *)context, (int)strlen(context)) == 1;
	good = good &&
	    EVP_DecryptUpdate(
		ctx, (unsigned char *)out, &got, in + 1 + NONCE_BYTES, (int)text) == 1;
	good = good && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
	good = good && EVP_DecryptFinal_ex(ctx, (unsigned char *)out + text, &got) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!good) {
		err_set(err, ERR_CONFIG,
		    "A sealed secret does not open: another key file, or the value was moved or "
		    "damaged.");
		return NULL;
	}
	*len = text;
	return out;
}
