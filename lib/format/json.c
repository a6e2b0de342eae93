#include "config.h"

#include "lib/format/json.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

/* What json-c 0.16 takes on 64 bits, rounded up: an object comes with a table of 16 places, an
 * array with 32. */
enum { OBJECT_COST = 900, ARRAY_COST = 400, SCALAR_COST = 96, NAME_COST = 144 };

/* ------------------------------------------------------------------ RFC 8259 scanner */

struct scan {
	const char *p, *end, *start;
	const char *fault;		/* static sentence, NULL while all is well */
	size_t members;			/* names met, to find duplicates after parsing */
	size_t cost;			/* bytes that json-c will take for it, about */
	size_t depth;
	char open[JSON_MAX_DEPTH];	/* the closing characters awaited */
	/* Only when looking for the name that is twice: the names met at each depth, and that
	 * name's source text. */
	struct json_object **seen;
	const char *twice;
	size_t twice_len;
};

static int
scan_fail(struct scan *s, const char *fault)
{
	if (s->fault == NULL)
		s->fault = fault;
	return -1;
}

static void
scan_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static int
scan_hex4(struct scan *s, unsigned *out)
{
	unsigned char two[2];
	char digits[5] = "";

	if (s->end - s->p < 4)
		return scan_fail(s, "a cut \\u escape");
	memcpy(digits, s->p, 4);
	if (text_unhex(digits, two, 2) != 0)
		return scan_fail(s, "a \\u escape without four hex digits");
	s->p += 4;
	*out = (unsigned)two[0] << 8 | two[1];
	return 0;
}

/* Behind the backslash. */
static int
scan_escape(struct scan *s)
{
	unsigned high, low;

	if (s->p == s->end || strchr("\"\\/bfnrtu", *s->p) == NULL || *s->p == '\0')
		return scan_fail(s, "an unknown escape");
	if (*s->p++ != 'u')
		return 0;
	if (scan_hex4(s, &high) < 0)
		return -1;
	if (high == 0)
		return scan_fail(s, "a NUL character (\\u0000)");
	if (high >= 0xdc00 && high <= 0xdfff)
		return scan_fail(s, "half a surrogate pair");
	if (high < 0xd800 || high > 0xdbff)
		return 0;
	if (s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
		return scan_fail(s, "half a surrogate pair");
	s->p += 2;
	if (scan_hex4(s, &low) < 0)
		return -1;
	return low >= 0xdc00 && low <= 0xdfff ? 0 : scan_fail(s, "half a surrogate pair");
}

/* At the opening quote. */
static int
scan_string(struct scan *s)
{
	s->p++;
	while (s->p < s->end && *s->p != '"') {
		if ((unsigned char)*s->p < 0x20)
			return scan_fail(s, "a control character in a string");
		if (*s->p++ == '\\' && scan_escape(s) < 0)
			return -1;
	}
	if (s->p == s->end)
		return scan_fail(s, "a string without its end");
	s->p++;
	return 0;
}

static size_t
scan_digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static int
scan_number(struct scan *s)
{
	const char *from = s->p;
	char text[24] = "";
	int64_t value;
	size_t digits;

	if (*s->p == '-')
		s->p++;
	digits = scan_digits(s);
	if (digits == 0 || (digits > 1 && s->p[-(ptrdiff_t)digits] == '0'))
		return scan_fail(s, "a malformed number");
	if (s->p == s->end || (*s->p != '.' && *s->p != 'e' && *s->p != 'E')) {
		if ((size_t)(s->p - from) >= sizeof text)
			return scan_fail(s, "an integer beyond 64 bits");
		memcpy(text, from, (size_t)(s->p - from));
		return text_int64(text, &value) == 0 ? 0 :
						       scan_fail(s, "an integer beyond 64 bits");
	}
	if (*s->p == '.') {
		s->p++;
		if (scan_digits(s) == 0)
			return scan_fail(s, "a malformed number");
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (scan_digits(s) == 0)
			return scan_fail(s, "a malformed number");
	}
	return 0;
}

static int
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return scan_fail(s, "something that is no JSON value");
	s->p += n;
	return 0;
}

static int
scan_scalar(struct scan *s)
{
	s->cost += SCALAR_COST;
	switch (*s->p) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
			return scan_number(s);
		return scan_fail(s, "something that is no JSON value");
	}
}

/* Notes the name whose source text is from to s->p; two spellings of one name (escapes) are the
 * same. */
static int
scan_note(struct scan *s, const char *from)
{
	struct json_object **seen = &s->seen[s->depth - 1], *name;
	struct json_tokener *tok = json_tokener_new();
	int twice;

	name = tok == NULL ? NULL : json_tokener_parse_ex(tok, from, (int)(s->p - from));
	if (*seen == NULL)
		*seen = json_object_new_object();
	twice = name == NULL ||
	    json_object_object_get_ex(*seen, json_object_get_string(name), NULL);
	if (twice) {
		s->twice = from;
		s->twice_len = (size_t)(s->p - from);
	} else
		json_object_object_add(*seen, json_object_get_string(name), NULL);
	json_object_put(name);
	json_tokener_free(tok);
	return twice ? -1 : 0;
}

/* A member's name and colon, at the quote. */
static int
scan_name(struct scan *s)
{
	const char *from;

	scan_space(s);
	from = s->p;
	if (s->p == s->end || *s->p != '"')
		return scan_fail(s, "an object member without a name in double quotes");
	if (scan_string(s) < 0 || (s->seen != NULL && scan_note(s, from) < 0))
		return -1;
	s->members++;
	s->cost += NAME_COST;
	scan_space(s);
	if (s->p == s->end || *s->p != ':')
		return scan_fail(s, "a name without a colon");
	s->p++;
	return 0;
}

static void
scan_close(struct scan *s)
{
	s->p++;
	s->depth--;
	if (s->seen != NULL) {
		json_object_put(s->seen[s->depth]);
		s->seen[s->depth] = NULL;
	}
}

/* Opens containers until a scalar or an empty container is behind us. */
static int
scan_open(struct scan *s)
{
	for (;;) {
		char c;

		scan_space(s);
		if (s->p == s->end)
			return scan_fail(s, "the end where a value should be");
		c = *s->p;
		if (c != '{' && c != '[')
			return scan_scalar(s);
		if (s->depth == JSON_MAX_DEPTH)
			return scan_fail(s, "nesting deeper than 64");
		s->open[s->depth++] = c == '{' ? '}' : ']';
		s->cost += c == '{' ? OBJECT_COST : ARRAY_COST;
		s->p++;
		scan_space(s);
		if (s->p < s->end && *s->p == s->open[s->depth - 1]) {
			scan_close(s);
			return 0;
		}
		if (c == '{' && scan_name(s) < 0)
			return -1;
	}
}

/* One whole value of any kind. */
static int
scan_value(struct scan *s)
{
	size_t outer = s->depth;

	if (scan_open(s) < 0)
		return -1;
	while (s->depth > outer) {
		char close = s->open[s->depth - 1];

		scan_space(s);
		if (s->p == s->end)
			return scan_fail(s, "the end inside an object or array");
		if (*s->p == close) {
			scan_close(s);
			continue;
		}
		if (*s->p != ',')
			return scan_fail(s, "a missing comma or bracket");
		s->p++;
		if ((close == '}' && scan_name(s) < 0) || scan_open(s) < 0)
			return -1;
	}
	return 0;
}

static int
scan_all(struct scan *s)
{
	if (scan_value(s) < 0)
		return -1;
	scan_space(s);
	return s->p == s->end ? 0 : scan_fail(s, "something behind the value");
}

/* Offset of the first byte that does not belong to valid UTF-8. */
static size_t
bad_byte(const char *p, size_t n)
{
	size_t i = 0, len;

	while (i < n) {
		for (len = 1; len <= 4 && i + len <= n && !text_is_utf8(p + i, len); len++)
			;
		if (len > 4 || i + len > n)
			break;
		i += len;
	}
	return i;
}

size_t
json_bom(const char *p, size_t n)
{
	return n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static int
scan_text(struct scan *s, const char *p, size_t n, struct err *err)
{
	*s = (struct scan){ .p = p + json_bom(p, n), .start = p, .end = p + n };
	if (s->p == s->end)
		return err_set(err, ERR_PERMANENT, "The content is empty.");
	if (!text_is_utf8(p, n))
		return err_set(err, ERR_PERMANENT, "The content is not UTF-8 text at byte %zu.",
		    bad_byte(p, n));
	if (scan_all(s) < 0)
		return err_set(err, ERR_PERMANENT, "The content is not valid JSON: %s at byte %zu.",
		    s->fault, (size_t)(s->p - s->start));
	return 0;
}

int
json_check(const char *p, size_t n, struct err *err)
{
	struct scan s;

	return scan_text(&s, p, n, err);
}

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
	struct scan s = { .p = p + json_bom(p, n), .start = p, .end = p + n, .seen = seen };

	scan_all(&s);
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
	struct scan s;
	size_t bom = json_bom(p, n);
	int rc;

	*out = NULL;
	if (n >= INT32_MAX)
		return err_set(err, ERR_PERMANENT, "The content is too long.");
	if ((rc = scan_text(&s, p, n, err)) < 0)
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
peek_scalar(struct arena *a, struct scan *s)
{
	const char *from;
	size_t n;

	scan_space(s);
	from = s->p;
	if (s->p == s->end || *s->p == 'n' || *s->p == '{' || *s->p == '[' || scan_scalar(s) < 0)
		return NULL;
	if (s->p == s->end)	/* perhaps the first digits of a longer number */
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
	struct scan s = { .p = p + json_bom(p, most), .start = p, .end = p + most };
	size_t len = strlen(member);

	scan_space(&s);
	if (s.p == s.end || *s.p++ != '{')
		return NULL;
	for (;;) {
		const char *name;

		scan_space(&s);
		name = s.p;
		if (scan_name(&s) < 0)
			return NULL;
		if ((size_t)(s.end - name) > len + 1 && memcmp(name + 1, member, len) == 0 &&
		    name[len + 1] == '"')
			return peek_scalar(a, &s);
		if (scan_value(&s) < 0)
			return NULL;
		scan_space(&s);
		if (s.p == s.end || *s.p++ != ',')
			return NULL;
	}
}

/* ------------------------------------------------------------------ reading */

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
	return text_ieq(s, "true") || strcmp(s, "1") == 0 ? 1 :
	    text_ieq(s, "false") || strcmp(s, "0") == 0   ? 0 :
							    -1;
}

int64_t
json_int(struct json_object *o, const char *path, int *found)
{
	const char *s = json_text(o, path);
	int64_t v = 0;

	*found = s != NULL && text_int64(s, &v) == 0;
	return *found ? v : 0;
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
