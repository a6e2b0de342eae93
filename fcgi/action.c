#include "config.h"

#include "fcgi/action.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/text_near.h"

enum { PATHS_MAX = 256 };

/* ------------------------------------------------------------------ matching */

static int
segment_matches(const char *part, size_t n, const char *segment)
{
	if (n > 0 && part[0] == '{')
		return *segment != '\0';
	return strlen(segment) == n && strncasecmp(part, segment, n) == 0;
}

static int
path_matches(const char *path, const struct request *r)
{
	size_t i = 0;

	if (*path == '\0')
		return r->nsegments == 0;
	for (;; i++) {
		size_t n = strcspn(path, "/");

		if (i == r->nsegments || !segment_matches(path, n, r->segments[i]))
			return 0;
		if (path[n] == '\0')
			return i + 1 == r->nsegments;
		path += n + 1;
	}
}

static int
matches(const struct action *a, const struct request *r)
{
	return path_matches(a->path, r) || (a->also != NULL && path_matches(a->also, r));
}

static int
in_area(const struct action *a, const struct request *r)
{
	const char *area = r->thread->conf->fcgi_area;

	return r->session != NULL || strcmp(area, "all") == 0 || strcmp(a->area, area) == 0 ||
	    strcmp(a->area, "every") == 0;
}

static const char *
allow_text(struct request *r, unsigned methods)
{
	struct buf b;

	buf_init(&b, &r->arena);
	if (methods & REQUEST_GET)
		buf_adds(&b, "GET, HEAD, ");
	if (methods & REQUEST_POST)
		buf_adds(&b, "POST, ");
	if (methods & REQUEST_PUT)
		buf_adds(&b, "PUT, ");
	if (methods & REQUEST_DELETE)
		buf_adds(&b, "DELETE, ");
	buf_adds(&b, "OPTIONS");
	return b.data;
}

/* An action's path with the request's own parts in its holes. */
static const char *
path_filled(struct request *r, const char *path)
{
	struct buf b;

	buf_init(&b, &r->arena);
	for (size_t i = 0, n; *path != '\0'; path += n + (path[n] == '/'), i++) {
		n = strcspn(path, "/");
		buf_addc(&b, '/');
		if (path[0] == '{' && i < r->nsegments)
			buf_adds(&b, r->segments[i]);
		else
			buf_add(&b, path, n);
	}
	return b.data;
}

static size_t
segment_count(const char *path)
{
	size_t n = 0;

	for (; *path != '\0'; path++)
		n += path[0] == '/' && path[1] != '\0';
	return n;
}

/* Part by part: one part that is quite another word is not made good by long ones that are right. A
 * path of fewer or more parts has lost or gained a "/". */
static int
is_near(struct request *r, const char *filled)
{
	if (segment_count(filled) != r->nsegments)
		return 1;
	for (size_t i = 0; i < r->nsegments; i++) {
		size_t n = strcspn(++filled, "/");
		const char *const part[] = { arena_strndup(&r->arena, filled, n), NULL };

		if (!text_ieq(part[0], r->segments[i]) &&
		    text_nearest(r->segments[i], part) == NULL)
			return 0;
		filled += n;
	}
	return 1;
}

/* The action path nearest to what was asked, or NULL. The holes of a path count as right. */
static const char *
nearest_path(struct request *r)
{
	const char *filled[PATHS_MAX + 1] = { 0 }, *paths[PATHS_MAX], *near;
	size_t n = 0;

	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++) {
			const char *path;

			if (!in_area(a, r) || n == PATHS_MAX ||
			    !is_near(r, path = path_filled(r, a->path)))
				continue;
			paths[n] = a->path;
			filled[n++] = path;
		}
	near = text_nearest(r->path, filled);
	for (size_t i = 0; i < n; i++)
		if (filled[i] == near)
			return paths[i];
	return NULL;
}

static int
not_found(struct request *r, struct err *err)
{
	const char *near = nearest_path(r);

	if (near == NULL)
		return err_set(err, ERR_NOT_FOUND, "There is nothing at this address; "
		    "HelpWebapi lists what there is.");
	return err_set(
	    err, ERR_NOT_FOUND, "There is nothing at this address; did you mean /%s?", near);
}

int
action_find(struct request *r, const struct action **out, const char **allow, struct err *err)
{
	unsigned wanted = r->method == REQUEST_HEAD ? REQUEST_GET : (unsigned)r->method,
		 methods = 0;

	*out = NULL;
	*allow = NULL;
	for (size_t c = 0; controllers[c] != NULL; c++) {
		for (const struct action *a = controllers[c]; a->name != NULL; a++) {
			if (!in_area(a, r) || !matches(a, r))
				continue;
			methods |= a->methods;
			if (a->methods & wanted && *out == NULL)
				*out = a;
		}
	}
	if (*out != NULL)
		return 0;
	if (methods == 0)
		return not_found(r, err);
	*allow = allow_text(r, methods);
	if (r->method == REQUEST_OPTIONS)
		return 0;
	return err_set(err, ERR_METHOD, "This address takes %s.", *allow);
}

/* ------------------------------------------------------------------ facts of a row */

const char *
action_clear_path(const struct action *a)
{
	return a->also != NULL ? a->also : a->path;
}

const char *
action_matched_path(const struct action *a, const struct request *r)
{
	return a->also != NULL && path_matches(a->also, r) ? a->also : a->path;
}

const char *
action_about(const struct action *const *list, const char *controller)
{
	for (size_t c = 0; list[c] != NULL; c++)
		for (const struct action *a = list[c]; a->name != NULL; a++)
			if (a->about != NULL && strcmp(a->controller, controller) == 0)
				return a->about;
	return NULL;
}

int
action_has_error(const struct action *a, int code)
{
	for (const int *e = a->errors; e != NULL && *e != ERR_NONE; e++)
		if (*e == code)
			return 1;
	return 0;
}

int
action_has_etag(const struct action *a)
{
	return a->etag || a->status_too == 304 || action_has_error(a, ERR_PRECONDITION);
}

int
action_has_body_params(const struct action *a)
{
	for (const struct param *p = a->params; p != NULL && p->name != NULL; p++)
		if (p->in == PARAM_BODY)
			return 1;
	return 0;
}

size_t
action_body_max(const struct action *a, const struct conf *conf)
{
	const size_t most = a->body_max == 0 ? ACTION_BODY_MAX : a->body_max,
		     all = (size_t)conf->body_max_bytes;

	return most < all ? most : all;
}

const char *
action_body_sentence(struct arena *a, const struct action *action)
{
	const size_t most = action->body_max == 0 ? ACTION_BODY_MAX : action->body_max;

	if (most == ACTION_BODY_ANY)
		return "A body may have as many bytes as the setting body_max_bytes says, 8388608 "
		       "unless it says otherwise; a longer one is refused with 413.";
	return arena_printf(
	    a, "A body may have %zu bytes; a longer one is refused with 413.", most);
}

/* Keeps codes ordered by status, each status once. */
static int
error_add(int codes[ACTION_ERRORS_MAX], int n, int code)
{
	int i = 0;

	while (i < n && err_status(codes[i]) < err_status(code))
		i++;
	if (n == ACTION_ERRORS_MAX || (i < n && err_status(codes[i]) == err_status(code)))
		return n;
	memmove(codes + i + 1, codes + i, (size_t)(n - i) * sizeof codes[0]);
	codes[i] = code;
	return n + 1;
}

int
action_errors(const struct action *a, int codes[ACTION_ERRORS_MAX])
{
	int n = 0;

	for (const int *e = a->errors; e != NULL && *e != ERR_NONE; e++)
		n = error_add(codes, n, *e);
	n = error_add(codes, n, ERR_BAD_REQUEST);
	if (a->access != ACCESS_PUBLIC) {
		n = error_add(codes, n, ERR_AUTH);
		n = error_add(codes, n, ERR_FORBIDDEN);
		n = error_add(codes, n, ERR_UNAVAILABLE);
		n = error_add(codes, n, a->access == ACCESS_LOGIN ? ERR_THROTTLED : ERR_QUOTA);
	}
	if (a->takes_body || action_has_body_params(a)) {
		n = error_add(codes, n, ERR_TOO_LARGE);
		n = error_add(codes, n, ERR_ENCODING);
	}
	n = error_add(codes, n, ERR_URI_TOO_LONG);
	return error_add(codes, n, ERR_INTERNAL);
}

const char *
action_limits_sentence(const struct action *a)
{
	if (a->limits == ACTION_LIMITS_WHOLE)
		return "It works on all zones and brands: a user who is limited to some may not "
		    "use it.";
	if (a->limits == ACTION_LIMITS_HELD)
		return "Zones and brands that the user or the Source is limited to hold.";
	return "";
}

const char *
action_access(enum access_kind kind)
{
	static const char *const words[] = {
		[ACCESS_UNSET] = "",
		[ACCESS_PUBLIC] = "Anybody may ask.",
		[ACCESS_TOKEN] = "A token of the tenant.",
		[ACCESS_ADMIN] = "A token of the tenant.",
		[ACCESS_LOGIN] =
		    "The tenant’s names and a user’s login and password in the query; or a "
		    "token.",
		[ACCESS_WEBHOOK] =
		    "One of: a valid signature of the Source, the Source’s key in the query, a "
		    "token of the tenant, or a Source that was opened to everybody or to the "
		    "sender’s address. A wrong signature is refused whatever else is right.",
		[ACCESS_RECEIPT] =
		    "The receipt itself; with a token of the tenant, the Source’s key or its "
		    "signature of the receipt’s text more is shown.",
	};

	return words[kind];
}

/* ------------------------------------------------------------------ lint */

static const char *
lint_say(const struct action *a, const char *param, const char *what)
{
	static char text[300];

	snprintf(text, sizeof text, "%s/%s%s%s: %s", a->controller == NULL ? "?" : a->controller,
	    a->name, param == NULL ? "" : " ", param == NULL ? "" : param, what);
	return text;
}

static int
is_sentence(const char *s)
{
	return s != NULL && strlen(s) > 3 && s[strlen(s) - 1] == '.';
}

static const char *
lint_param(const struct action *a, const struct param *p)
{
	const char *fault;
	char hole[80];

	snprintf(hole, sizeof hole, "{%s}", p->name);
	if ((fault = param_lint(p)) != NULL)
		return lint_say(a, p->name, fault);
	if (p->in == PARAM_PATH && (strstr(a->path, hole) == NULL || !p->required))
		return lint_say(
		    a, p->name, "is a path parameter without its hole, or not required");
	if (p->in == PARAM_PATH && a->also != NULL && strstr(a->also, hole) == NULL)
		return lint_say(a, p->name, "has no hole in the other address");
	if (p->in == PARAM_BODY &&
	    ((a->methods & REQUEST_WITH_BODY) == 0 || a->takes_body || p->auth))
		return lint_say(
		    a, p->name, "is a body parameter of an action that has none, or of access");
	if (p->in != PARAM_BODY &&
	    (p->kind == PARAM_LIST || p->kind == PARAM_OBJECT || p->kind == PARAM_ROWS))
		return lint_say(a, p->name, "is no single value, but not in the body");
	if (p->strip && (p->kind != PARAM_TEXT || p->in != PARAM_QUERY))
		return lint_say(a, p->name, "is to be stripped, but is no text of the query");
	if (p->offset + param_field_bytes(p->kind) > a->args_bytes)
		return lint_say(a, p->name, "lies outside the args");
	if (p->required && p->sample == NULL)
		return lint_say(a, p->name, "has no sample");
	for (const struct param *q = a->params; q != p; q++)
		if (text_ieq(p->name, q->name))
			return lint_say(a, p->name, "stands twice");
	return NULL;
}

static const char *
lint_holes(const struct action *a, const char *path)
{
	for (const char *p = path; (p = strchr(p, '{')) != NULL; p++) {
		size_t n = strcspn(p, "}") - 1, found = 0;

		for (const struct param *q = a->params; q != NULL && q->name != NULL; q++)
			found += q->in == PARAM_PATH && strlen(q->name) == n &&
			    strncmp(q->name, p + 1, n) == 0;
		if (found != 1)
			return lint_say(a, NULL, "a hole in the path has no parameter");
	}
	return NULL;
}

static int
is_area(const char *area)
{
	static const char *const areas[] = { "every", "intake", "process", "club", "help" };

	for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
		if (strcmp(areas[i], area) == 0)
			return 1;
	return 0;
}

static int
is_success(int status)
{
	return status >= 200 && status <= 303;
}

/* The daemon knows the documented parameters by lib/format/content.c: both must say the same. */
static const char *
lint_content(const struct action *a)
{
	const char *const *names = content_documented(a->content);
	const struct param *p;
	size_t n = 0, documented = 0;

	if (a->content == CONTENT_UNSET)
		return NULL;
	if (a->content_sample == NULL)
		return lint_say(a, NULL, "takes content and has no sample of it in a query");
	for (p = a->params; p != NULL && p->name != NULL; p++)
		n += p->in == PARAM_QUERY;
	for (; names[documented] != NULL; documented++)
		if ((p = param_find(a->params, names[documented])) == NULL || p->in != PARAM_QUERY)
			return lint_say(
			    a, names[documented], "is documented in lib/format/content.c only");
	return n == documented ? NULL :
	    lint_say(a, NULL, "has a query parameter that lib/format/content.c does not know");
}

/* What help pages and OpenAPI need to know of the request and its replies. */
static const char *
lint_reply(const struct action *a)
{
	const char *fault, *where = NULL;

	if (!is_success(a->status) ||
	    (a->status_too != 0 && a->status_too != 304 && !is_success(a->status_too)))
		return lint_say(a, NULL, "status of success is not said");
	if ((a->status == 204) + (a->reply != NULL) + (a->reply_type != NULL) != 1 ||
	    (a->reply_list && a->reply == NULL))
		return lint_say(a, NULL, "reply is not said: rows, or another type, or status 204");
	if (a->errors == NULL)
		return lint_say(a, NULL, "errors are not said");
	for (const int *e = a->errors; *e != ERR_NONE; e++)
		if (err_status(*e) == 500)
			return lint_say(a, NULL, "an error is of no use to a client");
	if (a->takes_body && a->body_sample == NULL)
		return lint_say(a, NULL, "takes a body and has no sample of one");
	if (a->reply != NULL && (fault = field_lint(a->reply, &where)) != NULL)
		return lint_say(a, where, fault);
	return NULL;
}

/* Which headers a request may have follows from the errors. */
static const char *
lint_headers(const struct action *a)
{
	const int is_post = (a->methods & REQUEST_POST) != 0;
	const int has_key = action_has_error(a, ERR_KEY_REUSED);

	if (is_post && a->tx != ACTION_TX_NONE && !a->keyless && !has_key)
		return lint_say(
		    a, NULL, "takes an Idempotency-Key and does not say ERR_KEY_REUSED");
	if (has_key && !is_post)
		return lint_say(a, NULL, "says ERR_KEY_REUSED, which only a POST can be");
	if (a->status_too == 304 && (a->methods & REQUEST_GET) == 0)
		return lint_say(a, NULL, "is not modified (304), but no GET");
	return NULL;
}

static const char *
lint_action(const struct action *a)
{
	const char *fault;

	if (a->controller == NULL || a->path == NULL || a->run == NULL || a->area == NULL)
		return lint_say(a, NULL, "controller, path, area or function is missing");
	if (a->path[0] == '/' || a->methods == 0 ||
	    (a->methods & ~(unsigned)(REQUEST_GET | REQUEST_WITH_BODY | REQUEST_DELETE)) != 0)
		return lint_say(
		    a, NULL, "path starts with / or methods are not GET, POST, PUT and DELETE");
	if (a->access == ACCESS_UNSET || a->tx == ACTION_TX_UNSET)
		return lint_say(a, NULL, "access or transaction is not said");
	if (a->access != ACCESS_PUBLIC && a->limits == ACTION_LIMITS_UNSET)
		return lint_say(a, NULL, "what limits of zone and brand mean for it is not said");
	if (!is_area(a->area))
		return lint_say(a, NULL, "area is not every, intake, process, club or help");
	if (a->body_max != 0 && !a->takes_body && !action_has_body_params(a))
		return lint_say(a, NULL, "says how long a body may be, and has none");
	if (a->takes_body && (a->methods & REQUEST_POST) == 0)
		return lint_say(a, NULL, "takes a body, but no POST");
	if (a->keeps_body && !a->takes_body)
		return lint_say(a, NULL, "keeps a body that it does not take");
	if (!is_sentence(a->doc) || !is_sentence(a->reply_doc))
		return lint_say(a, NULL, "has no doc sentences");
	if ((fault = lint_reply(a)) != NULL || (fault = lint_content(a)) != NULL ||
	    (fault = lint_headers(a)) != NULL)
		return fault;
	for (const struct param *p = a->params; p != NULL && p->name != NULL; p++)
		if ((fault = lint_param(a, p)) != NULL)
			return fault;
	if (a->also != NULL && (fault = lint_holes(a, a->also)) != NULL)
		return fault;
	return lint_holes(a, a->path);
}

/* 1 when every address of path b is one of path a, too. */
static int
path_covers(const char *a, const char *b)
{
	for (;;) {
		size_t n = strcspn(a, "/"), m = strcspn(b, "/");

		if (a[0] != '{' && (n != m || strncasecmp(a, b, n) != 0))
			return 0;
		if (a[n] == '\0' || b[m] == '\0')
			return a[n] == b[m];
		a += n + 1;
		b += m + 1;
	}
}

/* The first row that matches wins, so one behind a row that covers it would never run. */
static const char *
lint_covered(const struct action *const *list, const struct action *a)
{
	for (size_t c = 0; list[c] != NULL; c++)
		for (const struct action *b = list[c]; b->name != NULL; b++) {
			if (b == a)
				return NULL;
			if ((a->methods & b->methods) != 0 && path_covers(b->path, a->path))
				return lint_say(
				    a, NULL, "stands behind a row that takes all its requests");
		}
	return NULL;
}

/* 1 when an address can be one of both paths, and neither goes before the other by having fewer
 * holes: a client and a server need not agree on which is meant. */
static int
paths_are_ambiguous(const char *a, const char *b)
{
	size_t a_holes = 0, b_holes = 0;

	for (;;) {
		size_t n = strcspn(a, "/"), m = strcspn(b, "/");
		const int a_open = a[0] == '{', b_open = b[0] == '{';

		a_holes += (size_t)a_open;
		b_holes += (size_t)b_open;
		if (!a_open && !b_open && (n != m || strncasecmp(a, b, n) != 0))
			return 0;
		if (a[n] == '\0' || b[m] == '\0')
			return a[n] == b[m] && a_holes == b_holes;
		a += n + 1;
		b += m + 1;
	}
}

static const char *
lint_clear(const struct action *const *list, const struct action *a)
{
	const char *path = action_clear_path(a);

	if (!a->hidden && action_about(list, a->controller) == NULL)
		return lint_say(a, NULL, "no row says what its controller is about");
	for (size_t c = 0; !a->hidden && list[c] != NULL; c++)
		for (const struct action *b = list[c]; b->name != NULL && b != a; b++)
			if (!b->hidden && strcmp(path, action_clear_path(b)) != 0 &&
			    paths_are_ambiguous(path, action_clear_path(b)))
				return lint_say(a, NULL, "an address of it could be another row's, "
				    "too: it needs a clear one (.also)");
	return NULL;
}

const char *
action_lint(const struct action *const *list)
{
	const char *fault;

	for (size_t c = 0; list[c] != NULL; c++)
		for (const struct action *a = list[c]; a->name != NULL; a++)
			if ((fault = lint_action(a)) != NULL ||
			    (fault = lint_covered(list, a)) != NULL ||
			    (fault = lint_clear(list, a)) != NULL)
				return fault;
	return NULL;
}
