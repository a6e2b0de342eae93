/*
 * secret - keys, hashes, sealing and signatures; everything cryptographic is OpenSSL's or
 * libxcrypt's.
 *
 * Comparisons of secrets take constant time. Nothing here logs or puts a secret into an error text.
 */
#ifndef LIB_SECRET_H
#define LIB_SECRET_H

#include <stddef.h>

struct arena;
struct err;

enum { SECRET_SHA256_BYTES = 32, SECRET_KEY_BYTES = 32 };

/* Fills out with n random bytes from the system. Ends the process if there are none: nothing may
 * run without randomness. */
void secret_random(void *out, size_t n);

/* A new token: 256 random bits as 43 characters of URL-safe base64 without padding, behind
 * "prefix". */
char *secret_token(struct arena *a, const char *prefix);

void secret_sha256(const void *p, size_t n, unsigned char out[SECRET_SHA256_BYTES]);

/* 1 when the n bytes are equal, in time that does not depend on where they differ. */
int secret_equal(const void *x, const void *y, size_t n);

enum secret_hash { SECRET_HASH_UNSET, SECRET_HASH_SHA1, SECRET_HASH_SHA256, SECRET_HASH_SHA512 };

/* HMAC (RFC 2104) of up to three byte ranges in a row, as if they were one. Returns the digest
 * length (20, 32, 64). */
struct secret_part { const void *p; size_t n; };
size_t secret_hmac(enum secret_hash hash, const void *key, size_t keylen,
    const struct secret_part *parts, size_t nparts, unsigned char out[64]);

/* 1 when sig is the Ed25519 signature (RFC 8032) of the parts under the raw 32-byte public key. */
int secret_ed25519_verify(const unsigned char pub[32], const struct secret_part *parts,
    size_t nparts, const unsigned char *sig, size_t siglen);

/* 1 when sig is the RSA PKCS#1 v1.5 signature with SHA-256 of the n bytes at p under the PEM public
 * key. */
int secret_rsa_verify(
    const char *pem, const void *p, size_t n, const unsigned char *sig, size_t siglen);

/* Password hashing: yescrypt ($y$) through libxcrypt. secret_password_hash() returns NULL with *err
 * set when it fails. */
char *secret_password_hash(struct arena *a, const char *password, struct err *err);
int secret_password_check(const char *password, const char *hash);	/* 1 right, 0 wrong */

/* Sealing with AES-256-GCM under the key file's key. context binds the sealed text to its place
 * ("source:7"), so that a sealed value copied into another row does not open. The result is binary:
 * version byte, nonce, ciphertext, tag. */
struct secret_box { unsigned char key[SECRET_KEY_BYTES]; int loaded; };

/* Reads the key file (64 hex digits and a newline). Refuses one that others may read (mode & 077).
 */
int secret_box_load(struct secret_box *box, const char *path, struct err *err);

/* Makes a new key file, mode 0600, refusing to overwrite. */
int secret_box_create(const char *path, struct err *err);

unsigned char *secret_seal(struct arena *a, const struct secret_box *box, const char *context,
    const void *p, size_t n, size_t *len, struct err *err);
char *secret_open(struct arena *a, const struct secret_box *box, const char *context, const void *p,
    size_t n, size_t *len, struct err *err);

#endif
