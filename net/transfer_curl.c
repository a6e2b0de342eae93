/* transfer_curl - the connection by libcurl: whom it talks to, and by what it logs in. */
#include "config.h"

#include "net/transfer_inside.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "net/address.h"

enum { SLOW_BYTES = 10 };

static int
is_sftp(const struct transfer *t)
{
	return t->server->protocol == TRANSFER_SFTP;
}

/* ------------------------------------------------------------------ whom it talks to */

/* Port 0 is our own socket, at which active FTP waits. */
static int
is_own(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET6)
		return ((const struct sockaddr_in6 *)(const void *)a)->sin6_port == 0;
	return ((const struct sockaddr_in *)(const void *)a)->sin_port == 0;
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	(void)purpose;
	if (!t->server->allow_private && !is_own(&address->addr) &&
	    !address_is_public(&address->addr)) {
		t->forbidden = 1;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int
is_peer(int fd, const char *address)
{
	struct sockaddr_storage peer;
	socklen_t n = sizeof peer;
	char host[INET6_ADDRSTRLEN];

	if (getpeername(fd, (struct sockaddr *)&peer, &n) != 0)
		return 0;
	return getnameinfo((struct sockaddr *)&peer, n, host, sizeof host, NULL, 0,
		   NI_NUMERICHOST) == 0 && strcmp(host, address) == 0;
}

/* In active FTP, whoever comes to our socket must be the server. */
static int
on_connected(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct transfer *t = arg;
	char *server = NULL;

	if (purpose != CURLSOCKTYPE_ACCEPT)
		return CURL_SOCKOPT_OK;
	curl_easy_getinfo(t->curl, CURLINFO_PRIMARY_IP, &server);
	if (server != NULL && is_peer(fd, server))
		return CURL_SOCKOPT_OK;
	t->is_foreign_data = 1;
	return CURL_SOCKOPT_ERROR;
}

/* The fingerprint as ssh-keygen -l prints it. */
static int
on_host_key(void *arg, int kind, const char *key, size_t n)
{
	static const char *const kinds[] = { [CURLKHTYPE_RSA] = "RSA", [CURLKHTYPE_DSS] = "DSA",
		[CURLKHTYPE_ECDSA] = "ECDSA", [CURLKHTYPE_ED25519] = "ED25519" };
	struct transfer *t = arg;
	unsigned char hash[SECRET_SHA256_BYTES];
	char *text;

	secret_sha256(key, n, hash);
	text = text_base64(&t->scratch, hash, sizeof hash);
	text[strcspn(text, "=")] = '\0';
	snprintf(t->shown_key, sizeof t->shown_key, "SHA256:%s", text);
	text = arena_strdup(&t->scratch, t->server->host_key);
	text[strcspn(text, "=")] = '\0';
	if (strcmp(t->shown_key, text) == 0)
		return CURLKHMATCH_OK;
	t->shown_key_kind = "another";
	if (kind >= 0 && (size_t)kind < sizeof kinds / sizeof kinds[0] && kinds[kind] != NULL)
		t->shown_key_kind = kinds[kind];
	return CURLKHMATCH_MISMATCH;
}

/* ------------------------------------------------------------------ opening it */

/* libcurl takes a private key from a file alone: it gets one that is in memory. */
static int
keep_key(struct transfer *t, struct err *err)
{
	const char *p = t->server->private_key;

	if (p == NULL)
		return 0;
	t->key_fd = memfd_create("key", MFD_CLOEXEC);
	if (t->key_fd >= 0 && dprintf(t->key_fd, "%s\n", p) > 0)
		return 0;
	return err_set(err, ERR_IO, "%.160s: the private key cannot be kept in memory: %s.",
	    t->server->shown, strerror(errno));
}

static int
has_control(const char *s)
{
	return s != NULL && text_has_control(s);
}

static int
read_path(struct transfer *t, struct err *err)
{
	const char *given = t->server->path;
	char *path;
	int n;

	path = curl_easy_unescape(t->curl, given, (int)strlen(given), &n);
	if (path == NULL || (size_t)n != strlen(path) || text_has_control(path)) {
		curl_free(path);
		return err_set(err, ERR_CONFIG, "%.160s: the path holds control characters: "
		    "correct Address.", t->server->shown);
	}
	t->path = arena_printf(&t->arena, "%s%s", path,
	    n > 0 && path[n - 1] == '/' ? "" : "/");
	curl_free(path);
	return 0;
}

int
transfer_curl_open(struct transfer *t, struct err *err)
{
	const struct transfer_server *s = t->server;
	int rc;

	if (is_sftp(t) && s->host_key == NULL)
		return err_set(err, ERR_CONFIG, "%.160s: the server's key is not known, so nothing "
		    "is sent to it: set HostKey to its fingerprint, SHA256: and 43 characters, as "
		    "ssh-keygen -l prints it there.", s->shown);
	if (has_control(s->user) || has_control(s->password) || has_control(s->passphrase))
		return err_set(err, ERR_CONFIG, "%.160s: the user's name, password or passphrase "
		    "holds a control character, which cannot be sent.", s->shown);
	if ((t->curl = curl_easy_init()) == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	if ((rc = read_path(t, err)) < 0)
		return rc;
	return keep_key(t, err);
}

void
transfer_curl_close(struct transfer *t)
{
	if (t->curl != NULL)
		curl_easy_cleanup(t->curl);
	if (t->key_fd >= 0)
		close(t->key_fd);
}

/* ------------------------------------------------------------------ one operation */

/* The URL of what is below the folder; each part is escaped. */
static const char *
url_of(struct transfer *t, const char *name)
{
	const struct transfer_server *s = t->server;
	const char *p = arena_printf(&t->scratch, "%s%s", t->path, name);
	static const char *const schemes[] = { [TRANSFER_FTP] = "ftp", [TRANSFER_FTPES] = "ftp",
		[TRANSFER_FTPS] = "ftps", [TRANSFER_SFTP] = "sftp" };
	int is_v6 = strchr(s->host, ':') != NULL;
	struct buf b;

	buf_init(&b, &t->scratch);
	buf_addf(&b, is_v6 ? "%s://[%s]:%u" : "%s://%s:%u", schemes[s->protocol], s->host,
	    s->port);
	while (*p != '\0') {
		size_t n = strcspn(p, "/");
		char *part = n == 0 ? NULL : curl_easy_escape(t->curl, p, (int)n);

		buf_adds(&b, part == NULL ? "" : part);
		curl_free(part);
		p += n;
		if (*p == '/')
			buf_addc(&b, *p++);
	}
	return b.data;
}

static void
set_credentials(struct transfer *t)
{
	const struct transfer_server *s = t->server;
	long ways = 0;

	curl_easy_setopt(t->curl, CURLOPT_USERNAME, s->user);
	curl_easy_setopt(t->curl, CURLOPT_PASSWORD, s->password == NULL ? "" : s->password);
	if (!is_sftp(t))
		return;
	if (s->password != NULL)
		ways |= CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD;
	if (t->key_fd >= 0) {
		ways |= CURLSSH_AUTH_PUBLICKEY;
		curl_easy_setopt(t->curl, CURLOPT_SSH_PRIVATE_KEYFILE,
		    arena_printf(&t->scratch, "/proc/self/fd/%d", t->key_fd));
		curl_easy_setopt(t->curl, CURLOPT_KEYPASSWD, s->passphrase);
	}
	curl_easy_setopt(t->curl, CURLOPT_SSH_AUTH_TYPES, ways);
	curl_easy_setopt(t->curl, CURLOPT_SSH_HOSTKEYFUNCTION, on_host_key);
	curl_easy_setopt(t->curl, CURLOPT_SSH_HOSTKEYDATA, t);
}

static void
set_tls(struct transfer *t)
{
	const struct transfer_server *s = t->server;
	struct curl_blob pem = { .flags = CURL_BLOB_COPY };

	curl_easy_setopt(t->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->protocol == TRANSFER_FTPS || s->protocol == TRANSFER_FTPES)
		curl_easy_setopt(t->curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (s->ca_pem == NULL)
		return;
	pem.data = (void *)(uintptr_t)s->ca_pem;
	pem.len = strlen(s->ca_pem);
	curl_easy_setopt(t->curl, CURLOPT_CAINFO_BLOB, &pem);
	curl_easy_setopt(t->curl, CURLOPT_CAPATH, NULL);
}

static void
set_limits(struct transfer *t)
{
	const struct transfer_server *s = t->server;

	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT, s->connect_s + s->silence_s);
	curl_easy_setopt(t->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, s->silence_s);
	curl_easy_setopt(t->curl, CURLOPT_ACCEPTTIMEOUT_MS, s->connect_s * 1000);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_TIME, s->silence_s);
}

/* FTP servers that want the data connection to resume the TLS session of the control connection
 * take TLS 1.3's tickets a few times, then refuse. So with TLS each operation logs in anew. */
static CURL *
fresh(struct transfer *t)
{
	enum transfer_protocol p = t->server->protocol;

	if (p == TRANSFER_FTPS || p == TRANSFER_FTPES) {
		curl_easy_cleanup(t->curl);
		t->curl = curl_easy_init();
	} else
		curl_easy_reset(t->curl);
	return t->curl;
}

CURL *
transfer_curl_begin(struct transfer *t, const char *name)
{
	CURL *c = fresh(t);

	t->forbidden = t->is_foreign_data = 0;
	t->shown_key_kind = NULL;
	t->said[0] = '\0';
	curl_easy_setopt(c, CURLOPT_URL, url_of(t, name));
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, is_sftp(t) ? "sftp" : "ftp,ftps");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->said);
	curl_easy_setopt(c, CURLOPT_FTP_SKIP_PASV_IP, 1L);
	if (!t->server->passive)
		curl_easy_setopt(c, CURLOPT_FTPPORT, "-");
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_connected);
	curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, t);
	set_credentials(t);
	set_tls(t);
	set_limits(t);
	return c;
}

int
transfer_curl_run(struct transfer *t, const char *name, const char *doing, struct err *err)
{
	struct transfer_failed f = { .name = name, .doing = doing };

	f.rc = curl_easy_perform(t->curl);
	return f.rc == CURLE_OK ? 0 : transfer_fault(t, &f, err);
}
