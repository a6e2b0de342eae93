#include "config.h"

#include "lib/format/json.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json_scan.h"
#include "lib/text.h"

/* ------------------------------------------------------------------ parsing */

static size_t
count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, value) {
			(void)name;
			n += 1 + count_members(value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	}
	return n;
}

/* The text is valid but has a name twice: says which. */
static int
twice_fault(const char *p, size_t n, struct err *err)
{
	struct json_object *seen[JSON_MAX_DEPTH] = { 0 };
	struct json_scan s = { .p = p + json_bom(p, n), .start = p, .end = p + n, .seen = seen };

	json_scan_all(&s);
	for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
		json_object_put(seen[i]);
	return err_set(err, ERR_PERMANENT,
	    "The content has an object with the name %.*s twice, the second time at byte %zu.",
	    (int)(s.twice_len < 100 ? s.twice_len : 100), s.twice == NULL ? "" : s.twice,
	    (size_t)((s.twice == NULL ? s.p : s.twice) - p));
}

int
json_parse(const char *p, size_t n, struct json_object **out, struct err *err)
{
	return json_parse_within(p, n, JSON_MEMORY_MAX, out, err);
}

int
json_parse_within(const char *p, size_t n, size_t memory, struct json_object **out, struct err *err)
{
	struct json_tokener *tok;
	struct json_scan s;
	size_t bom = json_bom(p, n);
	int rc;

	*out = NULL;
	if (n >= INT32_MAX)
		return err_set(err, ERR_PERMANENT, "The content is too long.");
	if ((rc = json_scan_text(&s, p, n, err)) < 0)
		return rc;
	if (s.cost + n > memory)
		return err_set(err, ERR_PERMANENT,
		    "The content has too many values: they would take %zu MiB of memory, and %zu "
		    "are allowed.",
		    (s.cost + n) >> 20, memory >> 20);
	if ((tok = json_tokener_new_ex(JSON_MAX_DEPTH + 1)) == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	*out = json_tokener_parse_ex(tok, p + bom, (int)(n - bom));
	if (*out == NULL && json_tokener_get_error(tok) == json_tokener_continue)
		*out = json_tokener_parse_ex(
		    tok, "", 1); /* a number or literal ends only at a NUL */
	if (json_tokener_get_error(tok) != json_tokener_success)
		rc = err_set(err, ERR_PERMANENT, "The content is not valid JSON: %s.",
		    json_tokener_error_desc(json_tokener_get_error(tok)));
	else if (count_members(*out) != s.members)
		rc = twice_fault(p, n, err);
	json_tokener_free(tok);
	if (rc < 0) {
		json_object_put(*out);
		*out = NULL;
	}
	return rc;
}

/* ------------------------------------------------------------------ repairing */

/* The 16 bits of a \\u escape at p, or -1 when there is none. */
static int
escape_at(const char *p, const char *end)
{
	unsigned char two[2];
	char digits[5] = "";

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	memcpy(digits, p + 2, 4);
	return text_unhex(digits, two, 2) == 0 ? two[0] << 8 | two[1] : -1;
}

static int
is_half(int unit, int first)
{
	return unit >= first && unit < first + 0x400;
}

/* The bytes at p that make one character of a JSON text; 0 when they make none, and *skip gets how
 * many to leave out. */
static size_t
character_at(const char *p, const char *end, size_t *skip)
{
	int unit;

	*skip = 1;
	if (*p == '\\') {
		*skip = 6;
		if ((unit = escape_at(p, end)) < 0)
			return end - p > 1 && (p[1] == '\\' || p[1] == '"') ? 2 : 1;
		if (is_half(unit, 0xd800) && is_half(escape_at(p + 6, end), 0xdc00))
			return 12;
		return unit == 0 || is_half(unit, 0xd800) || is_half(unit, 0xdc00) ? 0 : 6;
	}
	if ((unsigned char)*p < 0x80)
		return 1;
	for (size_t n = 2; n <= 4 && n <= (size_t)(end - p); n++)
		if (text_is_utf8(p, n))
			return n;
	return 0;
}

const char *
json_repair(struct arena *a, const char *p, size_t n, size_t *length, size_t *count)
{
	const char *const end = p + n, *from = p, *text = p;
	size_t bytes, skip;
	struct buf b;

	*count = 0;
	*length = n;
	buf_init(&b, a);
	while (p < end) {
		if ((bytes = character_at(p, end, &skip)) > 0) {
			p += bytes;
			continue;
		}
		buf_add(&b, from, (size_t)(p - from));
		buf_adds(&b, TEXT_REPLACEMENT);
		from = p += skip;
		(*count)++;
	}
	if (*count == 0)
		return text;
	buf_add(&b, from, (size_t)(p - from));
	*length = b.len;
	return b.data;
}

int
json_parse_repaired(struct arena *a, const char *p, size_t n, struct json_object **out,
    size_t *count, struct err *err)
{
	int rc = json_parse(p, n, out, err);
	size_t length;

	*count = 0;
	if (rc == 0)
		return 0;
	p = json_repair(a, p, n, &length, count);
	if (*count == 0)
		return rc;
	if (err != NULL)
		err_clear(err);
	return json_parse(p, length, out, err);
}

/* ------------------------------------------------------------------ peeking */

/* The scalar at s->p as text, or NULL. */
static char *
peek_scalar(struct arena *a, struct json_scan *s)
{
	const char *from;
	size_t n;

	json_scan_space(s);
	from = s->p;
	if (s->p == s->end || memchr("n{[", *s->p, 3) != NULL || json_scan_scalar(s) < 0)
		return NULL;
	if (s->p == s->end)	/* the number may go on beyond the limit */
		return NULL;
	n = (size_t)(s->p - from);
	if (*from != '"')
		return arena_strndup(a, from, n);
	if (memchr(from, '\\', n) != NULL || !text_is_utf8(from, n))
		return NULL;
	return arena_strndup(a, from + 1, n - 2);
}

char *
json_peek(struct arena *a, const char *p, size_t n, const char *member, size_t limit)
{
	size_t most = n < limit ? n : limit;
	struct json_scan s = { .p = p + json_bom(p, most), .start = p, .end = p + most };
	size_t len = strlen(member);

	json_scan_space(&s);
	if (s.p == s.end || *s.p++ != '{')
		return NULL;
	for (;;) {
		const char *name;

		json_scan_space(&s);
		name = s.p;
		if (json_scan_name(&s) < 0)
			return NULL;
		if ((size_t)(s.end - name) > len + 1 && memcmp(name + 1, member, len) == 0 &&
		    name[len + 1] == '"')
			return peek_scalar(a, &s);
		if (json_scan_value(&s) < 0)
			return NULL;
		json_scan_space(&s);
		if (s.p == s.end || *s.p++ != ',')
			return NULL;
	}
}

/* ------------------------------------------------------------------ reading */

const char *
json_document(struct arena *a, struct json_object *o)
{
	const int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	return o == NULL ? "" : arena_strdup(a, json_object_to_json_string_ext(o, style));
}

struct json_object *
json_at(struct json_object *o, const char *path)
{
	char name[128];

	while (o != NULL) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof name || !json_object_is_type(o, json_type_object))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		o = json_object_object_get(o, name);
		if (path[n] == '\0')
			return o;
		path += n + 1;
	}
	return NULL;
}

const char *
json_text(struct json_object *o, const char *path)
{
	struct json_object *v = json_at(o, path);
	const char *s;

	if (v == NULL || json_object_is_type(v, json_type_object) ||
	    json_object_is_type(v, json_type_array))
		return NULL;
	s = json_object_get_string(v);
	return s == NULL || *s == '\0' ? NULL : s;
}

int
json_flag(struct json_object *o, const char *path)
{
	const char *s = json_text(o, path);

	if (s == NULL)
		return -1;
	if (text_ieq(s, "true") || strcmp(s, "1") == 0)
		return 1;
	return text_ieq(s, "false") || strcmp(s, "0") == 0 ? 0 : -1;
}

int64_t
json_int(struct json_object *o, const char *path, int *found)
{
	const char *s = json_text(o, path);
	int64_t v = 0;

	const int is_there = s != NULL && text_int64(s, &v) == 0;

	if (found != NULL)
		*found = is_there;
	return is_there ? v : 0;
}

const char *
json_decimal(struct json_object *o, const char *path)
{
	const char *s = json_text(o, path), *p = s;
	size_t whole, fraction = 0;

	if (s == NULL)
		return NULL;
	p += *p == '-';
	whole = strspn(p, "0123456789");
	p += whole;
	if (*p == '.') {
		fraction = strspn(p + 1, "0123456789");
		p += 1 + fraction;
		if (fraction == 0)
			return NULL;
	}
	return whole > 0 && *p == '\0' ? s : NULL;
}

struct json_object *
json_array(struct json_object *o, const char *path)
{
	struct json_object *v = json_at(o, path);

	return json_object_is_type(v, json_type_array) ? v : NULL;
}

size_t
json_count(struct json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

int
json_is_object(const char *text)
{
	struct json_object *o = NULL;
	struct err err = { 0 };
	int is = json_parse(text, strlen(text), &o, &err) == 0 &&
	    json_object_is_type(o, json_type_object);

	json_object_put(o);
	return is;
}

int
json_is_empty(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return 1;
	case json_type_string:
		return json_object_get_string_len(v) == 0;
	case json_type_array:
		return json_object_array_length(v) == 0;
	case json_type_object:
		return json_object_object_length(v) == 0;
	default:
		return 0;
	}
}
