#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fcgi/action.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/format/content.h"
#include "lib/param.h"
#include "lib/text.h"
#include "store/field.h"

/* ------------------------------------------------------------------ one row */

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

static int
takes_params_in_body(const struct action *a)
{
	return (a->methods & REQUEST_WITH_BODY) != 0 && !a->takes_body;
}

static int
is_single_value(const struct param *p)
{
	return p->kind != PARAM_LIST && p->kind != PARAM_OBJECT && p->kind != PARAM_ROWS;
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
	if (p->in == PARAM_BODY && (!takes_params_in_body(a) || p->auth))
		return lint_say(
		    a, p->name, "is a body parameter of an action that has none, or of access");
	if (p->in != PARAM_BODY && !is_single_value(p))
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

/* The daemon takes the documented parameters from lib/format/content.c. The row must name the same.
 * */
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

/* 1 when status_too may stand there: 0 means that there is no other status of success. */
static int
is_other_success(int status)
{
	return status == 0 || status == 304 || is_success(status);
}

/* Help pages and OpenAPI need these members of the row. */
static const char *
lint_reply(const struct action *a)
{
	const char *fault, *where = NULL;

	if (!is_success(a->status) || !is_other_success(a->status_too))
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
	const int needs_key = is_post && a->tx != ACTION_TX_NONE && !a->keyless;

	if (needs_key && !has_key)
		return lint_say(
		    a, NULL, "takes an Idempotency-Key and does not say ERR_KEY_REUSED");
	if (has_key && !is_post)
		return lint_say(a, NULL, "says ERR_KEY_REUSED, which only a POST can be");
	if (a->status_too == 304 && (a->methods & REQUEST_GET) == 0)
		return lint_say(a, NULL, "is not modified (304), but no GET");
	return NULL;
}

static const char *
lint_address(const struct action *a)
{
	const unsigned known = REQUEST_GET | REQUEST_WITH_BODY | REQUEST_DELETE;

	if (a->controller == NULL || a->path == NULL)
		return lint_say(a, NULL, "controller or path is missing");
	if (a->path[0] == '/')
		return lint_say(a, NULL, "path starts with /");
	if (a->methods == 0 || (a->methods & ~known) != 0)
		return lint_say(a, NULL, "methods are not GET, POST, PUT and DELETE");
	return NULL;
}

static const char *
lint_action(const struct action *a)
{
	const char *fault;

	if ((fault = lint_address(a)) != NULL)
		return fault;
	if (a->area == NULL || a->run == NULL)
		return lint_say(a, NULL, "area or function is missing");
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

/* ------------------------------------------------------------------ rows together */

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

/* The first row that matches is used. So a row after one that covers it would never run. */
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

/* 1 when no address has both segments, a and b, of these lengths. */
static int
segments_differ(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	if (a[0] == '{' || b[0] == '{')
		return 0;
	return a_bytes != b_bytes || strncasecmp(a, b, a_bytes) != 0;
}

/* 1 when an address can be one of both paths, and neither goes before the other by having fewer
 * holes: a client and a server need not agree on which is meant. */
static int
paths_are_ambiguous(const char *a, const char *b)
{
	size_t a_holes = 0, b_holes = 0;

	for (;;) {
		size_t n = strcspn(a, "/"), m = strcspn(b, "/");

		a_holes += a[0] == '{';
		b_holes += b[0] == '{';
		if (segments_differ(a, n, b, m))
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
