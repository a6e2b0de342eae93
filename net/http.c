#include "config.h"

#include "net/http.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/address.h"
#include "net/certificate.h"

/* A request on its way. */
struct sending {
	const struct http_request *q;
	struct buf body;
	size_t sent;			/* of a body in chunks */
	int too_large, forbidden;
};

/* ------------------------------------------------------------------ where to */

static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct sending *s = arg;

	(void)purpose;
	if (s->q->reach != HTTP_ANYWHERE && !address_is_public(&address->addr)) {
		s->forbidden = 1;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ------------------------------------------------------------------ what */

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	struct sending *s = arg;

	if (s->body.len + size * count > s->q->reply_max) {
		s->too_large = 1;
		return 0;
	}
	buf_add(&s->body, p, size * count);
	return size * count;
}

static size_t
on_chunk(char *out, size_t size, size_t count, void *arg)
{
	struct sending *s = arg;
	size_t n = s->q->body_bytes - s->sent;

	n = n > size * count ? size * count : n;
	memcpy(out, (const char *)s->q->body + s->sent, n);
	s->sent += n;
	return n;
}

static int
add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

/* libcurl would send a line end as it is, and what follows would be another header. */
static int
can_be_header(const struct http_header *h)
{
	if (h->name[0] == '\0' || strpbrk(h->name, ": ") != NULL)
		return 0;
	return !text_has_control(h->name) && !text_has_control(h->value);
}

static int
headers_of(struct arena *a, const struct http_request *q, struct curl_slist **list, struct err *err)
{
	int good = add_header(
	    list, "Expect:"); /* otherwise a server that ignores it delays the request by a
			       * second */

	if (q->chunked && good)
		good = add_header(list, "Transfer-Encoding: chunked");
	for (size_t i = 0; i < q->nheaders && good; i++) {
		const struct http_header *h = &q->headers[i];

		if (!can_be_header(h))
			return err_set(err, ERR_BAD_REQUEST,
			    "The header number %zu of the request has characters that no header "
			    "may have.",
			    i + 1);
		good = add_header(list,
		    h->value[0] == '\0' ? arena_printf(a, "%s;", h->name) :
					  arena_printf(a, "%s: %s", h->name, h->value));
	}
	return good ? 0 : err_set(err, ERR_INTERNAL, "out of memory");
}

static void
set_body(CURL *c, struct sending *s)
{
	const struct http_request *q = s->q;

	if (q->chunked) {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, on_chunk);
		curl_easy_setopt(c, CURLOPT_READDATA, s);
	} else if (q->body != NULL) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_bytes);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
	}
}

static void
set_up(CURL *c, struct sending *s, struct curl_slist *headers)
{
	const struct http_request *q = s->q;

	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (q->ca != NULL && q->ca[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_CAINFO, q->ca);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (q->ca_pem != NULL) {
		struct curl_blob pem = { .data = (void *)(uintptr_t)q->ca_pem,
			.len = strlen(q->ca_pem), .flags = CURL_BLOB_COPY };

		curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &pem);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, q->connect_s);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, q->total_s);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "CustomerAPI/" PACKAGE_VERSION);
	set_body(c, s);
	if (q->packed)
		curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (strcmp(q->method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, s);
}

/* ------------------------------------------------------------------ what became of it */

static enum http_failure
failure_of(const struct sending *s, CURLcode rc)
{
	static const struct { CURLcode rc; enum http_failure failure; } known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_NAME },
		{ CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION },
		{ CURLE_PEER_FAILED_VERIFICATION, HTTP_CERTIFICATE },
		{ CURLE_OPERATION_TIMEDOUT, HTTP_SILENT },
	};

	if (s->too_large)
		return HTTP_TOO_LONG;
	if (s->forbidden)
		return HTTP_NOT_PUBLIC;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].rc == rc)
			return known[i].failure;
	return HTTP_OTHER;
}

static int
is_bad_address(CURLcode rc)
{
	return rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ||
	    rc == CURLE_LOGIN_DENIED;
}

/* libcurl's own message can hold parts of the address, and so a key. Only the fixed sentence for
 * its code is used. */
static int
failed(const struct http_request *q, enum http_failure failure, CURLcode rc, struct err *err)
{
	switch (failure) {
	case HTTP_TOO_LONG:
		return err_set(
		    err, ERR_TOO_LARGE, "The answer is longer than %zu bytes.", q->reply_max);
	case HTTP_NOT_PUBLIC:
		return err_set(err, ERR_BAD_REQUEST, "The server's address is not a public one.");
	case HTTP_SILENT:
		return err_set(
		    err, ERR_TIMEOUT, "The server did not answer within %ld s.", q->total_s);
	case HTTP_CERTIFICATE:
		return err_set(err, ERR_TRANSIENT,
		    "The server's certificate is not valid for this name, has ended, or comes from "
		    "an authority that this machine does not know.");
	case HTTP_FAILURE_UNSET:
	case HTTP_NO_NAME:
	case HTTP_NO_CONNECTION:
	case HTTP_OTHER:
		break;
	}
	if (is_bad_address(rc))
		return err_set(err, ERR_BAD_REQUEST,
		    "The address must be http:// or https:// with a host and without user and "
		    "password.");
	return err_set(
	    err, ERR_TRANSIENT, "There was no whole answer: %s.", curl_easy_strerror(rc));
}

static usec_t
date_of(CURL *c)
{
	struct curl_header *h;
	time_t t;

	if (curl_easy_header(c, "Date", 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return USEC_NONE;
	t = curl_getdate(h->value, NULL);
	return t < 0 ? USEC_NONE : (usec_t)t * USEC_SEC;
}

static void
read_reply(struct arena *a, CURL *c, const struct sending *s, struct http_reply *out)
{
	struct curl_certinfo *chain = NULL;
	char *type = NULL, *location = NULL;
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &location);
	curl_easy_getinfo(c, CURLINFO_CERTINFO, &chain);
	out->status = (int)status;
	out->date = date_of(c);
	out->retry_after_s = retry_after > LONG_MAX ? LONG_MAX : (long)retry_after;
	out->content_type = type == NULL ? "" : arena_strdup(a, type);
	out->location = location == NULL ? "" :
	    arena_strndup(a, location, strcspn(location, "?#"));
	out->body = s->body.data;
	out->bytes = s->body.len;
	out->certificate_until = certificate_until(chain);
}

/* ------------------------------------------------------------------ sessions */

/* Options of the last request are gone, its connection stays. */
static CURL *
handle_of(struct http_session *session)
{
	if (session == NULL)
		return curl_easy_init();
	if (session->curl == NULL)
		session->curl = curl_easy_init();
	else
		curl_easy_reset(session->curl);
	return session->curl;
}

void
http_session_close(struct http_session *s)
{
	curl_easy_cleanup(s->curl);
	s->curl = NULL;
}

int
http_send(struct arena *a, const struct http_request *q, struct http_reply *out, struct err *err)
{
	struct sending s = { .q = q };
	struct curl_slist *headers = NULL;
	CURL *c = handle_of(q->session);
	CURLcode rc;
	int code;

	*out = (struct http_reply){ .content_type = "", .location = "", .body = "",
		.date = USEC_NONE, .certificate_until = USEC_NONE };
	buf_init(&s.body, a);
	buf_adds(&s.body, "");
	if (c == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	if ((code = headers_of(a, q, &headers, err)) == 0) {
		set_up(c, &s, headers);
		rc = curl_easy_perform(c);
		if (rc == CURLE_OK)
			read_reply(a, c, &s, out);
		else {
			out->failure = failure_of(&s, rc);
			code = failed(q, out->failure, rc, err);
			if (err != NULL)
				err->native = (unsigned)rc;
		}
	}
	if (q->session != NULL)
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
	else
		curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	return code;
}
