#include "config.h"

#include "fcgi/action.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/text_near.h"

enum { PATHS_MAX = 256, PLACES_MAX = 1024 };

/* ------------------------------------------------------------------ matching */

static int
segment_matches(const char *part, size_t n, const char *segment)
{
	if (n > 0 && part[0] == '{')
		return *segment != '\0';
	return strlen(segment) == n && strncasecmp(part, segment, n) == 0;
}

/* How many parts it has; "" has none. */
static size_t
part_count(const char *path)
{
	size_t n = *path != '\0';

	while ((path = strchr(path, '/')) != NULL) {
		path++;
		n++;
	}
	return n;
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
in_area(const struct action *a, const struct request *r)
{
	const char *area = r->thread->conf->fcgi_area;

	if (r->session != NULL || strcmp(area, "all") == 0)
		return 1;
	return strcmp(a->area, area) == 0 || strcmp(a->area, "every") == 0;
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

/* Compares part by part, so that one quite different part is not outweighed by long equal ones. A
 * path with another number of parts has lost or gained a "/". */
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

/* A row and one of its paths. */
struct place { const struct action *action; const char *path; size_t parts; };

static struct place places[PLACES_MAX];
static size_t nplaces;
static pthread_once_t places_once = PTHREAD_ONCE_INIT;

static void
place_add(const struct action *a, const char *path)
{
	if (path == NULL)
		return;
	if (nplaces == PLACES_MAX)
		abort();
	places[nplaces++] = (struct place){ a, path, part_count(path) };
}

static void
places_make(void)
{
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++) {
			place_add(a, a->path);
			place_add(a, a->also);
		}
}

/* The next place that the request is at, from *i on; NULL: no more. Nearly all have another number
 * of parts. */
static const struct place *
place_next(const struct request *r, size_t *i)
{
	while (*i < nplaces) {
		const struct place *p = &places[(*i)++];

		if (p->parts == r->nsegments && path_matches(p->path, r) && in_area(p->action, r))
			return p;
	}
	return NULL;
}

int
action_find(struct request *r, const struct action **out, const char **allow, struct err *err)
{
	unsigned wanted = r->method == REQUEST_HEAD ? REQUEST_GET : (unsigned)r->method,
		 methods = 0;
	const struct place *p;

	*out = NULL;
	*allow = NULL;
	pthread_once(&places_once, places_make);
	for (size_t i = 0; (p = place_next(r, &i)) != NULL;) {
		methods |= p->action->methods;
		if (p->action->methods & wanted && *out == NULL)
			*out = p->action;
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
		return "The setting body_max_bytes limits the body, to 8388608 bytes unless set. "
		       "A longer body is refused with 413.";
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
		return "It works on all zones and brands. A user who is limited to some may not "
		       "use it.";
	if (a->limits == ACTION_LIMITS_HELD)
		return "It works only on the zones and brands that the user or the Source is "
		       "limited to.";
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
		    "The names of customer and database and a user’s login and password in the "
		    "query, or a token.",
		[ACCESS_WEBHOOK] =
		    "One of: a valid signature of the Source, the Source’s key in the query, a "
		    "token of the tenant, or a Source that is open to everybody or to the "
		    "sender’s address. A wrong signature is always refused.",
		[ACCESS_RECEIPT] =
		    "The receipt. With a token of the tenant, the Source’s key or its signature "
		    "of the receipt’s text, the reply shows more.",
	};

	return words[kind];
}
