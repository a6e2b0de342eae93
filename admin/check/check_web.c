#include "config.h"

#include "admin/check/check.h"

#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "admin/context.h"
#include "lib/clock.h"
#include "lib/format/json.h"
#include "lib/format/mail_address.h"
#include "net/http.h"

enum {
	CERTIFICATE_DAYS = 21,
	CONNECT_S = 5,
	TOTAL_S = 15,
	LARGE_BYTES = 200 * 1000,
	REPLY_MAX = 64 * 1024
};

int
check_certificate(struct examination *e, usec_t until, const char *whose, const char *fix)
{
	char date[32];

	if (until == USEC_NONE ||
	    until - time(NULL) * USEC_SEC > CERTIFICATE_DAYS * INT64_C(86400) * USEC_SEC)
		return 1;
	clock_iso8601(until, date);
	check_say(e, CHECK_WARNING, fix, "The certificate of %s ends on %.10s.", whose, date);
	return 0;
}

/* Decoded once it is "a/b%25c". */
#define PROBE_PATH "/Probe/a%2Fb%2525c"
enum { PROBE_MARK_BYTES = 7 };

struct route {
	struct examination *e;
	const char *base;		/* without "/" at the end */
	const char *ca;
	const char *probe;		/* PROBE_PATH, or one that arrives where that does not */
};

/* A body with a path: sent at once, or in chunks. */
struct probe {
	const char *method, *path;
	const void *body;
	size_t bytes;
	int chunked;
};

static int
send_probe(struct route *r, const struct probe *p, struct http_reply *out)
{
	static const struct http_header headers[] = {
		{ "Authorization", "Bearer doctor-probe" }, { "X-Crm360Api-Token", "doctor-token" }, { "X-Crm360Api-CustomerName", "doctor-customer" },
		{ "X-Crm360Api-DatabaseAlias", "doctor-alias" },
		{ "X-Crm360Api-ApiKey", "doctor-key" }, { "X-Shopify-Hmac-SHA256", "ZG9jdG9y" },
		{ "Content-Type", "application/octet-stream" },
	};
	struct context *x = r->e->x;
	struct http_request q = { .method = p->method,
		.url = arena_printf(&x->arena, "%s%s", r->base, p->path),
		.headers = headers,
		.nheaders = sizeof headers / sizeof headers[0],
		.body = p->body,
		.body_bytes = p->bytes,
		.chunked = p->chunked,
		.reach = HTTP_ANYWHERE,
		.ca = r->ca,
		.connect_s = CONNECT_S,
		.total_s = TOTAL_S,
		.reply_max = REPLY_MAX };

	return http_send(&x->arena, &q, out, &x->err);
}

static int
ask(struct route *r, const char *method, const char *path, const void *body, size_t bytes,
    struct http_reply *out)
{
	struct probe p = { .method = method, .path = path, .body = body, .bytes = bytes };

	return send_probe(r, &p, out);
}

/* The program is there, and takes the front of the path for a part of an address of its own. */
static void
say_base_path(struct route *r)
{
	const struct conf *c = &r->e->x->conf;
	struct arena *a = &r->e->x->arena;
	const char *host = strstr(r->base, "://"),
		   *path = host == NULL ? NULL : strchr(host + 3, '/');
	const char *fix = "Give --url with the base path that clients use behind the host.";

	if (path == NULL)
		path = "";
	else
		fix = arena_printf(
		    a, "Set fcgi_base_path = \"%s\", and start the program anew.", path);
	check_say(r->e, CHECK_ERROR, fix,
	    "The program is reached, but does not find its path: fcgi_base_path is %s, "
	    "and %s/healthz is an address that it does not know.",
	    c->fcgi_base_path[0] == '\0' ? "empty" : c->fcgi_base_path, path);
}

/* 1 when the program itself answers at this address. */
static int
reaches_program(struct route *r)
{
	static const char words[] = "\"Status\":\"Alive\"";
	struct examination *e = r->e;
	struct http_reply reply;

	if (ask(r, "GET", "/healthz", NULL, 0, &reply) < 0)
		check_say_err(e,
		    e->x->err.code == ERR_BAD_REQUEST ?
			"Give --url as https://api.example.org, with fcgi_base_path behind it if "
			"there is one." :
			"Is the web server up, is the name right, and does its certificate hold? "
			"For an authority of your own give --ca.");
	else if (reply.status == 502 || reply.status == 503 || reply.status == 504)
		check_say(e, CHECK_ERROR,
		    "Start customerapi.fcgi; its socket must be the one in the web server's "
		    "configuration, and the web server's user must be allowed to use it.",
		    "The web server answers %d: it does not reach the program.", reply.status);
	else if (reply.status >= 300 && reply.status < 400)
		check_say(e, CHECK_ERROR,
		    "Give --url as the address that it redirects to; senders of webhooks do not "
		    "follow redirects.",
		    "The web server answers %d: a redirect.", reply.status);
	else if (reply.status == 200 && strstr(reply.body, words) != NULL)
		return 1;
	else if (strstr(reply.body, "urn:customerapi:problem:not-found") != NULL)
		say_base_path(r);
	else
		check_say(e, CHECK_ERROR,
		    "Is it the right host and base path (fcgi_base_path)? The web server must pass "
		    "every path on to customerapi.fcgi: see nginx/customerapi.conf.",
		    "/healthz is answered with %d, and not by CustomerAPI.", reply.status);
	return 0;
}

static const char path_fix[] =
    "Pass REQUEST_URI as the client sent it, or the raw path as PATH_INFO "
    "with CUSTOMERAPI_RAW_PATH=1 (nginx/customerapi.conf does); Apache: AllowEncodedSlashes "
    "NoDecode.";

static int64_t
length_of(struct json_object *answer, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(answer, name, &value) ? json_object_get_int64(value) : 0;
}

static void
judge_headers(struct route *r, struct json_object *answer)
{
	static const struct { const char *member, *header; int64_t bytes;
	} expected[] = {
		{ "AuthorizationBytes", "Authorization", 19 },
		{ "TokenBytes", "X-Crm360Api-Token", 12 },
		{ "CustomerNameBytes", "X-Crm360Api-CustomerName", 15 },
		{ "DatabaseAliasBytes", "X-Crm360Api-DatabaseAlias", 12 },
		{ "ApiKeyBytes", "X-Crm360Api-ApiKey", 10 },
		{ "SignatureBytes", "X-Shopify-Hmac-SHA256", 8 },
	};
	size_t lost = 0;

	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		if (length_of(answer, expected[i].member) != expected[i].bytes) {
			check_say(r->e, CHECK_ERROR,
			    i == 0 ? "Let the web server pass it on: Apache: CGIPassAuth On; "
				     "nginx: no fastcgi_param HTTP_AUTHORIZATION of its own." :
				     "Let the web server pass it on; a proxy or firewall in front "
				     "may drop headers that it does not know.",
			    "The header %s does not arrive%s.", expected[i].header,
			    length_of(answer, expected[i].member) == 0 ? "" : " as it was sent");
			lost++;
		}
	if (lost == 0)
		check_say(r->e, CHECK_OK, NULL,
		    "Authorization, the X-Crm360Api headers and signatures arrive.");
}

static void
judge_path(struct route *r, struct json_object *answer)
{
	struct json_object *raw;
	int slash = json_object_object_get_ex(answer, "RawPath", &raw) &&
	    json_object_get_boolean(raw);
	int whole = slash && length_of(answer, "MarkBytes") == PROBE_MARK_BYTES;

	if (strcmp(r->probe, PROBE_PATH) != 0)
		return;		/* said already */
	if (whole)
		check_say(r->e, CHECK_OK, NULL, "The path arrives as it was sent.");
	else
		check_say(r->e, CHECK_ERROR, path_fix, "The path does not arrive as it was sent: "
		    "an encoded slash (%%2F) or percent sign (%%25) is lost.");
}

static void
probe_small(struct route *r)
{
	struct json_object *answer = NULL;
	struct http_reply reply;
	int rc = ask(r, "POST", r->probe, "doctor", 6, &reply);

	if (rc == 0 && reply.status == 404) {
		check_say(r->e, CHECK_ERROR, path_fix,
		    "The path arrives decoded: an encoded slash (%%2F) in a name becomes a "
		    "separator.");
		r->probe = "/Probe/doctor";
		rc = ask(r, "POST", r->probe, "doctor", 6, &reply);
	}
	if (rc < 0)
		check_say_err(
		    r->e, "The address answered a moment ago; does something cut the connection?");
	else if (reply.status != 200 ||
	    json_parse(reply.body, reply.bytes, &answer, &r->e->x->err) < 0)
		check_say(r->e, CHECK_ERROR,
		    "Does a firewall refuse POST? Are program and doctor of the same version?",
		    "POST /Probe is answered with %d.", reply.status);
	else {
		judge_path(r, answer);
		judge_headers(r, answer);
	}
	json_object_put(answer);
	err_clear(&r->e->x->err);
}

/* 1 when a body of so many bytes came through whole. */
static int
probe_body(struct route *r, size_t bytes, enum check_result result, const char *what)
{
	struct context *x = r->e->x;
	struct json_object *answer = NULL;
	struct http_reply reply;
	char *body = arena_alloc(&x->arena, bytes + 1);
	int whole = 0;

	memset(body, 'x', bytes);
	if (ask(r, "POST", r->probe, body, bytes, &reply) < 0)
		check_say_err(r->e,
		    "Raise the web server's limit of body size and time: nginx: "
		    "client_max_body_size 8m; Apache: FcgidMaxRequestLen 67108864, "
		    "RequestReadTimeout.");
	else if (reply.status != 200 || json_parse(reply.body, reply.bytes, &answer, &x->err) < 0)
		check_say(r->e, result,
		    "Raise the web server's limit: nginx: client_max_body_size 8m "
		    "(body_max_bytes); Apache with mod_fcgid: FcgidMaxRequestLen 67108864; see "
		    "also "
		    "LimitRequestBody.",
		    "%s (%zu bytes) does not get through: it is answered with %d.", what, bytes,
		    reply.status);
	else if (length_of(answer, "BodyBytes") != (int64_t)bytes)
		check_say(r->e, CHECK_ERROR,
		    "Apache with mod_fcgid passes a body above LimitRequestBody on "
		    "as an empty one: LimitRequestBody 0. Else: does a proxy in between change "
		    "bodies? "
		    "Signatures fail then.",
		    "Of a body of %zu bytes %lld arrive.", bytes,
		    (long long)length_of(answer, "BodyBytes"));
	else
		whole = 1;
	json_object_put(answer);
	err_clear(&x->err);
	return whole;
}

/* 1 when bodies come through, the largest perhaps excepted. */
static int
probe_bodies(struct route *r)
{
	size_t most = (size_t)r->e->x->conf.body_max_bytes;

	if (!probe_body(
		r, most < LARGE_BYTES ? most : LARGE_BYTES, CHECK_ERROR, "A body of a large order"))
		return 0;
	if (most <= LARGE_BYTES ||
	    probe_body(r, most, CHECK_WARNING, "The largest body that the program takes"))
		check_say(r->e, CHECK_OK, NULL, "Bodies of %zu bytes arrive whole.", most);
	return most >= LARGE_BYTES;
}

/* Senders that do not know a body's length beforehand are rare: what they lose is a warning. */
static void
probe_chunks(struct route *r)
{
	struct context *x = r->e->x;
	char *body = arena_alloc(&x->arena, LARGE_BYTES); /* Apache counts small ones itself */
	struct probe p = { .method = "POST", .path = r->probe, .body = body, .bytes = LARGE_BYTES,
		.chunked = 1 };
	struct json_object *answer = NULL;
	struct http_reply reply;
	int rc;

	memset(body, 'x', LARGE_BYTES);
	if ((rc = send_probe(r, &p, &reply)) == 0 && reply.status == 200)
		json_parse(reply.body, reply.bytes, &answer, &x->err);
	if (rc < 0)
		check_say_err(
		    r->e, "Bodies of a known length arrive; does something cut those in chunks?");
	else if (answer == NULL || length_of(answer, "BodyBytes") != (int64_t)p.bytes)
		check_say(r->e, CHECK_WARNING,
		    "Apache with mod_proxy_fcgi: SetEnv proxy-sendcl 1. Plain "
		    "CGI cannot: let senders give a Content-Length, as shops do.",
		    "A body in chunks does not arrive: it is answered with %d.", reply.status);
	json_object_put(answer);
	err_clear(&x->err);
}

/* Each area may have a pool of its own, which the web server may fail to reach. */
static void
probe_areas(struct route *r)
{
	static const struct { const char *area, *path; } areas[] = {
		{ "intake", "/ProcessManagement/Connector/Standard/doctor" }, { "process", "/ProcessManagement/doctor" }, { "club", "/Bonduelle/Club/doctor" },
	};
	size_t reached = 0, n = sizeof areas / sizeof areas[0];
	struct http_reply reply;

	for (size_t i = 0; i < n; i++) {
		if (ask(r, "GET", areas[i].path, NULL, 0, &reply) < 0)
			check_say_err(r->e, "See the web server's configuration of this path.");
		else if (strstr(reply.body, "urn:customerapi:problem:not-found") == NULL)
			check_say(r->e, CHECK_ERROR,
			    "Start this pool of customerapi.fcgi, and give its socket to the web "
			    "server: see nginx/customerapi.conf.",
			    "The pool of the area %s does not answer: %s gives %d.", areas[i].area,
			    areas[i].path, reply.status);
		else
			reached++;
	}
	if (reached == n)
		check_say(r->e, CHECK_OK, NULL, "The areas intake, process and club are reached.");
}

static int
host_is_local(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	size_t n;

	if (host == NULL)
		return 0;
	host += 3;
	n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	return mail_host_is_local(
	    *host == '[' && n > 2 ? arena_strndup(a, host + 1, n - 2) : arena_strndup(a, host, n));
}

/* Without it the help pages take the name of a client's Host header into the commands that people
 * copy. On this machine alone nobody else asks. */
static void
check_base_url(struct route *r)
{
	const struct conf *c = &r->e->x->conf;
	struct arena *a = &r->e->x->arena;
	const char *known = arena_printf(a, "%s%s", c->base_url, c->fcgi_base_path);

	if (c->base_url[0] == '\0') {
		if (strncasecmp(r->base, "https:", 6) == 0 || !host_is_local(a, r->base))
			check_say(r->e, CHECK_WARNING,
			    arena_printf(a, "Set base_url to the scheme and host of %s.", r->base),
			    "base_url is not set: the help pages show whatever name a client asks "
			    "for.");
	} else if (strcasecmp(known, r->base) != 0)
		check_say(r->e, CHECK_WARNING,
		    "Set base_url to the address that clients use, or give that as --url.",
		    "base_url with fcgi_base_path is %s, which is not %s.", known, r->base);
}

const char *
check_url(struct context *x)
{
	const char *given = cmd_text(&x->line, "url");

	if (given != NULL || x->conf.base_url[0] == '\0')
		return given;
	return arena_printf(&x->arena, "%s%s", x->conf.base_url, x->conf.fcgi_base_path);
}

static void
check_route(struct examination *e)
{
	struct context *x = e->x;
	const char *url = check_url(x);
	struct route r = { .e = e, .ca = cmd_text(&x->line, "ca"), .probe = PROBE_PATH };
	struct http_reply reply;
	size_t n;

	if (url == NULL)
		return;
	for (n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
		;
	r.base = arena_strndup(&x->arena, url, n);
	if (!reaches_program(&r))
		return;
	if (strncasecmp(url, "https:", 6) != 0 && !host_is_local(&x->arena, url))
		check_say(e, CHECK_WARNING,
		    "Serve it by HTTPS: tokens, passwords and personal data go over this line.",
		    "%s is not encrypted.", r.base);
	else if (strncasecmp(url, "https:", 6) == 0 &&
	    ask(&r, "GET", "/healthz", NULL, 0, &reply) == 0 &&
	    check_certificate(e, reply.certificate_until, r.base,
		"Renew it, and see why that does not happen by itself (systemctl list-timers)."))
		check_say(e, CHECK_OK, NULL, "The certificate of %s is valid.", r.base);
	err_clear(&x->err);
	check_base_url(&r);
	probe_small(&r);
	if (probe_bodies(&r))
		probe_chunks(&r);
	probe_areas(&r);
}

/* ------------------------------------------------------------------ table */

const struct check check_web_rows[] = {
	{ "web-server",
	    "The web server at --url passes paths, headers and bodies on as they are, and its "
	    "certificate is valid.",
	    1, CHECK_ON_SETTINGS, check_route },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
