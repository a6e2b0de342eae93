#include "config.h"

#include "lib/format/content.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"

#define OF_BOTH "sourceid", "zoneid", "brandid", "contactaddresstypeid", "key", "email"

static const char *const of_email[] = { OF_BOTH, NULL };
static const char *const of_queue[] = { OF_BOTH, "batchmode", "secondsofinvisibility", NULL };
static const char *const of_none[] = { NULL };

const char *const content_secrets[] = { "key", "login", "password", NULL };

const char *const *
content_documented(enum content_kind kind)
{
	if (kind == CONTENT_EMAIL)
		return of_email;
	return kind == CONTENT_QUEUE ? of_queue : of_none;
}

static int
is_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (text_ieq(name, *names))
			return 1;
	return 0;
}

/* ------------------------------------------------------------------ pairs */

struct pair {
	const char *text;		/* as it stands there */
	size_t bytes;
	const char *name, *value;	/* decoded, valid UTF-8 */
	size_t repaired;
};

/* The n bytes decoded; a "%" that is not followed by two hex digits stays. */
static const char *
decoded(struct arena *a, const char *p, size_t n, size_t *repaired)
{
	size_t length;
	const char *text = text_url_decode(a, p, n, 1, &length);

	return text == NULL ? text_utf8_repaired(a, p, n, repaired) :
	    text_utf8_repaired(a, text, length, repaired);
}

/* The next pair at *p, which moves on; 0 at the end. Empty ones ("&&") are passed over. */
static int
next_pair(struct arena *a, const char **p, const char *end, struct pair *pair)
{
	const char *equals;
	size_t name;

	while (*p < end && **p == '&')
		(*p)++;
	if (*p == end)
		return 0;
	pair->text = *p;
	equals = memchr(*p, '&', (size_t)(end - *p));
	pair->bytes = (size_t)((equals == NULL ? end : equals) - *p);
	equals = memchr(*p, '=', pair->bytes);
	name = equals == NULL ? pair->bytes : (size_t)(equals - *p);
	pair->repaired = 0;
	pair->name = decoded(a, *p, name, &pair->repaired);
	pair->value = equals == NULL ? "" :
	    decoded(a, equals + 1, pair->bytes - name - 1, &pair->repaired);
	*p += pair->bytes;
	return 1;
}

void
content_add(struct json_object *o, const char *name, const char *value)
{
	struct json_object *known, *list, *text = json_object_new_string(value);

	if (!json_object_object_get_ex(o, name, &known)) {
		json_object_object_add(o, name, text);
		return;
	}
	if (json_object_is_type(known, json_type_array)) {
		json_object_array_add(known, text);
		return;
	}
	list = json_object_new_array();
	json_object_array_add(list, json_object_get(known));
	json_object_array_add(list, text);
	json_object_object_add(o, name, list);	/* lets go of known */
}

/* The pairs whose names are not among the given ones. */
static int
read_pairs(struct arena *a, const char *p, size_t n, const char *const *skip[2],
    struct json_object **out, size_t *repaired, struct err *err)
{
	const char *end = p + n;
	struct json_object *o = json_object_new_object();
	struct pair pair;
	size_t count = 0;

	*out = NULL;
	*repaired = 0;
	while (next_pair(a, &p, end, &pair)) {
		if (is_among(pair.name, skip[0]) || is_among(pair.name, skip[1]))
			continue;
		if (++count > CONTENT_FIELDS_MAX || strlen(pair.name) > CONTENT_NAME_BYTES) {
			json_object_put(o);
			return err_set(err, ERR_PERMANENT, count > CONTENT_FIELDS_MAX ?
			    "The form has more than %d fields." :
			    "The form has a field whose name is longer than %d bytes.",
			    count > CONTENT_FIELDS_MAX ? CONTENT_FIELDS_MAX : CONTENT_NAME_BYTES);
		}
		*repaired += pair.repaired;
		content_add(o, pair.name, pair.value);
	}
	*out = o;
	return 0;
}

int
content_form(struct arena *a, const char *p, size_t n, struct json_object **out,
    size_t *repaired, struct err *err)
{
	return read_pairs(a, p, n, (const char *const *[]){ of_none, of_none }, out, repaired, err);
}

const char *
content_query_of(const char *uri)
{
	const char *mark = strchr(uri, '?');

	return mark == NULL ? "" : mark + 1;
}

int
content_query(struct arena *a, enum content_kind kind, const char *query,
    struct json_object **out, size_t *repaired, struct err *err)
{
	return read_pairs(a, query, strlen(query),
	    (const char *const *[]){ content_documented(kind), content_secrets }, out, repaired,
	    err);
}

const char *
content_query_text(struct arena *a, enum content_kind kind, const char *query)
{
	const char *p = query, *end = p + strlen(p);
	struct pair pair;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	while (next_pair(a, &p, end, &pair)) {
		if (is_among(pair.name, content_documented(kind)) ||
		    is_among(pair.name, content_secrets))
			continue;
		if (b.len > 0)
			buf_addc(&b, '&');
		buf_add(&b, pair.text, pair.bytes);
	}
	return b.data;
}

const char *
content_peek(struct arena *a, const char *p, size_t n, const char *name)
{
	const char *end = p + n;
	size_t length = strlen(name), repaired = 0;

	while (p < end) {
		const char *next = memchr(p, '&', (size_t)(end - p));
		size_t bytes = (size_t)((next == NULL ? end : next) - p);

		if (bytes > length + 1 && strncmp(p, name, length) == 0 && p[length] == '=')
			return decoded(a, p + length + 1, bytes - length - 1, &repaired);
		p += bytes + 1;
	}
	return NULL;
}

/* ------------------------------------------------------------------ a stored message */

const char *
content_type_kept(struct arena *a, const char *headers, const char **whole)
{
	struct json_object *o;
	const char *given;
	char *type;

	if (whole != NULL)
		*whole = "";
	if (json_parse(headers, strlen(headers), &o, NULL) < 0)
		return "";
	given = json_text(o, "content-type");
	given = arena_strdup(a, given == NULL ? "" : given);
	json_object_put(o);
	if (whole != NULL)
		*whole = given;
	type = arena_strndup(a, given, strcspn(given, ";"));
	return text_lower(text_trim(type));
}

const char *
content_query_kept(const struct content_text *t)
{
	if (t->bytes == 0)
		return content_query_of(t->uri);
	return t->method != NULL && strcmp(t->method, "GET") == 0 ? t->body : NULL;
}

int
content_is_form(struct arena *a, const struct content_text *t)
{
	const char *type = content_type_kept(a, t->headers, NULL);
	size_t at = json_bom(t->body, t->bytes);

	if (content_query_kept(t) != NULL)
		return 0;

	while (at < t->bytes && strchr(" \t\r\n", t->body[at]) != NULL)
		at++;
	return at < t->bytes && strcmp(type, "application/x-www-form-urlencoded") == 0 &&
	    strchr("{[", t->body[at]) == NULL;
}

/* Without a body and without content in the query there is nothing to read; the fault names the
 * empty body. */
static int
read_query(struct arena *a, const struct content_text *t, struct json_object **out,
    size_t *repaired, struct err *err)
{
	int rc = content_query(a, t->kind, content_query_kept(t), out, repaired, err);

	if (rc < 0 || json_object_object_length(*out) > 0)
		return rc;
	json_object_put(*out);
	*out = NULL;
	return err_set(err, ERR_PERMANENT, "The content is empty.");
}

int
content_read(struct arena *a, const struct content_text *t, struct json_object **out,
    size_t *repaired, struct err *err)
{
	if (content_query_kept(t) != NULL)
		return read_query(a, t, out, repaired, err);
	if (content_is_form(a, t))
		return content_form(a, t->body, t->bytes, out, repaired, err);
	return json_parse_repaired(a, t->body, t->bytes, out, repaired, err);
}
