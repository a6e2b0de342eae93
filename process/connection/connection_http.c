#include "config.h"

#include "process/connection/connection_http.h"

#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/connection/connection_address.h"

enum { SHOWN_MAX = 160 };

/* ------------------------------------------------------------------ requests */

const char *
connection_http_url(struct arena *a, const struct connection *c, const char *path)
{
	const char *base = c->common->address.value;
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	return arena_printf(a, "%.*s/%s", (int)n, base, path[0] == '/' ? path + 1 : path);
}

struct http_request
connection_http_request(const struct connection *c, const char *url, size_t reply_max)
{
	const struct connection_common *o = c->common;

	return (struct http_request){ .method = "GET", .url = url, .ca_pem = o->ca.value,
		.reach = o->allow_private.value ? HTTP_ANYWHERE : HTTP_PUBLIC_ONLY,
		.connect_s = (long)o->connect_s.value,
		.total_s = (long)(o->connect_s.value + o->total_s.value),
		.reply_max = reply_max };
}

/* Without the query, which can hold a key; a long one is cut. */
static const char *
shown(struct arena *a, const char *url)
{
	size_t n = strcspn(url, "?#");

	return n <= SHOWN_MAX ? arena_strndup(a, url, n) : arena_printf(a, "%.*s…", SHOWN_MAX, url);
}

/* ------------------------------------------------------------------ no answer */

static const char *
how_to_mend(enum http_failure failure)
{
	static const char *const words[] = {
		[HTTP_FAILURE_UNSET] = "",
		[HTTP_NO_NAME] = "Correct the host in Address, or mend this machine's DNS.",
		[HTTP_NO_CONNECTION] = "Is the port right, and does a firewall let this machine "
		    "through?",
		[HTTP_NOT_PUBLIC] = "If it is meant, let the admin of this machine set "
		    "AllowPrivate by the command line.",
		[HTTP_CERTIFICATE] = "Renew the shop's certificate, correct the host in Address, "
		    "or give the authority's certificate as CaCertificates.",
		[HTTP_SILENT] = "Raise TimeoutSeconds, or ask the shop's host why it is slow.",
		[HTTP_TOO_LONG] = "Lower PageSize. If it is no answer of the API, correct Address.",
		[HTTP_OTHER] = "Try again; if it stays so, ask the shop's host.",
	};

	return words[failure];
}

int
connection_http_send(
    struct arena *a, const struct http_request *q, struct http_reply *out, struct err *err)
{
	struct err why = { 0 };
	int rc = http_send(a, q, out, &why);

	if (rc == 0)
		return 0;
	return err_set(
	    err, rc, "%s: %s %s", shown(a, q->url), why.detail, how_to_mend(out->failure));
}

/* ------------------------------------------------------------------ answers of others */

static int
is_page(const struct http_reply *r)
{
	const char *p = r->body + strspn(r->body, " \t\r\n\xef\xbb\xbf");

	if (strncasecmp(r->content_type, "text/html", 9) == 0)
		return 1;
	return strncasecmp(p, "<!doctype html", 14) == 0 || strncasecmp(p, "<html", 5) == 0;
}

static int
is_redirect(const struct http_reply *r)
{
	return r->status >= 300 && r->status < 400 && r->status != 304;
}

static const char *
refusal_of(int status)
{
	switch (status) {
	case 401:
		return "answers 401: the credentials are wrong, or did not arrive. Give them anew; "
		       "Apache takes the header Authorization away unless it has CGIPassAuth On.";
	case 403:
		return "answers 403: the credentials lack a right, or a firewall of the shop "
		       "refuses this machine.";
	case 404:
		return "answers 404: there is no API. Correct Address; in the shop, switch the API "
		       "on and the rewriting of addresses.";
	case 405:
		return "answers 405: there is something else than the API. Correct Address.";
	case 429:
		return "answers 429: it got too many requests. Lower RequestsPerMinute.";
	default:
		return NULL;
	}
}

static int
redirected(struct arena *a, const char *where, const struct http_reply *r, struct err *err)
{
	return err_set(err, ERR_PERMANENT, "%s answers %d and leads to %s. Redirects are not "
	    "followed, so that credentials go nowhere else: set Address to where it leads.", where,
	    r->status, r->location[0] == '\0' ? "an address that it does not name" :
	    shown(a, r->location));
}

int
connection_http_judge(struct arena *a, const struct http_request *q, const struct http_reply *r,
    enum connection_http_credentials with, struct err *err)
{
	const char *where = shown(a, q->url), *refusal = refusal_of(r->status);

	if (is_redirect(r))
		return redirected(a, where, r, err);
	if (with == CONNECTION_HTTP_WITHOUT && (r->status == 401 || r->status == 403))
		return 0;
	if (refusal != NULL)
		return err_set(err, r->status == 429 ? ERR_TRANSIENT : ERR_PERMANENT, "%s %s",
		    where, refusal);
	if (r->status >= 500)
		return err_set(err, ERR_TRANSIENT, "%s answers %d: the shop is not able to answer. "
		    "Is it under maintenance, or its API switched off?", where, r->status);
	if (r->status == 200 && is_page(r))
		return err_set(err, ERR_PERMANENT, "%s answers with a web page, not with data: "
		    "there is a page, perhaps for signing in, in place of the API. Correct "
		    "Address, or let this machine pass without signing in.", where);
	return 0;
}
