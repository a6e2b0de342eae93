#include "config.h"

#include "lib/format/json_scan.h"

#include <string.h>

#include "lib/err.h"
#include "lib/text.h"

/* The memory that json-c 0.16 takes on 64-bit systems, rounded up: an object starts with a table of
 * 16 places, an array with 32. */
enum { OBJECT_COST = 900, ARRAY_COST = 400, SCALAR_COST = 96, NAME_COST = 144 };

static int
scan_fail(struct json_scan *s, const char *fault)
{
	if (s->fault == NULL)
		s->fault = fault;
	return -1;
}

void
json_scan_space(struct json_scan *s)
{
	while (s->p < s->end && memchr(" \t\n\r", *s->p, 4) != NULL)
		s->p++;
}

static int
scan_hex4(struct json_scan *s, unsigned *out)
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
scan_escape(struct json_scan *s)
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
scan_string(struct json_scan *s)
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
scan_digits(struct json_scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static int
scan_number(struct json_scan *s)
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
	if (s->p == s->end || memchr(".eE", *s->p, 3) == NULL) {
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
scan_word(struct json_scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return scan_fail(s, "something that is no JSON value");
	s->p += n;
	return 0;
}

int
json_scan_scalar(struct json_scan *s)
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
scan_note(struct json_scan *s, const char *from)
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

int
json_scan_name(struct json_scan *s)
{
	const char *from;

	json_scan_space(s);
	from = s->p;
	if (s->p == s->end || *s->p != '"')
		return scan_fail(s, "an object member without a name in double quotes");
	if (scan_string(s) < 0 || (s->seen != NULL && scan_note(s, from) < 0))
		return -1;
	s->members++;
	s->cost += NAME_COST;
	json_scan_space(s);
	if (s->p == s->end || *s->p != ':')
		return scan_fail(s, "a name without a colon");
	s->p++;
	return 0;
}

static void
scan_close(struct json_scan *s)
{
	s->p++;
	s->depth--;
	if (s->seen != NULL) {
		json_object_put(s->seen[s->depth]);
		s->seen[s->depth] = NULL;
	}
}

/* Opens containers until it has read a scalar or an empty container. */
static int
scan_open(struct json_scan *s)
{
	for (;;) {
		char c;

		json_scan_space(s);
		if (s->p == s->end)
			return scan_fail(s, "the end where a value should be");
		c = *s->p;
		if (c != '{' && c != '[')
			return json_scan_scalar(s);
		if (s->depth == JSON_MAX_DEPTH)
			return scan_fail(s, "nesting deeper than 64");
		s->open[s->depth++] = c == '{' ? '}' : ']';
		s->cost += c == '{' ? OBJECT_COST : ARRAY_COST;
		s->p++;
		json_scan_space(s);
		if (s->p < s->end && *s->p == s->open[s->depth - 1]) {
			scan_close(s);
			return 0;
		}
		if (c == '{' && json_scan_name(s) < 0)
			return -1;
	}
}

int
json_scan_value(struct json_scan *s)
{
	size_t outer = s->depth;

	if (scan_open(s) < 0)
		return -1;
	while (s->depth > outer) {
		char close = s->open[s->depth - 1];

		json_scan_space(s);
		if (s->p == s->end)
			return scan_fail(s, "the end inside an object or array");
		if (*s->p == close) {
			scan_close(s);
			continue;
		}
		if (*s->p != ',')
			return scan_fail(s, "a missing comma or bracket");
		s->p++;
		if ((close == '}' && json_scan_name(s) < 0) || scan_open(s) < 0)
			return -1;
	}
	return 0;
}

int
json_scan_all(struct json_scan *s)
{
	if (json_scan_value(s) < 0)
		return -1;
	json_scan_space(s);
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

int
json_scan_text(struct json_scan *s, const char *p, size_t n, struct err *err)
{
	*s = (struct json_scan){ .p = p + json_bom(p, n), .start = p, .end = p + n };
	if (s->p == s->end)
		return err_set(err, ERR_PERMANENT, "The content is empty.");
	if (!text_is_utf8(p, n))
		return err_set(err, ERR_PERMANENT, "The content is not UTF-8 text at byte %zu.",
		    bad_byte(p, n));
	if (json_scan_all(s) < 0)
		return err_set(err, ERR_PERMANENT, "The content is not valid JSON: %s at byte %zu.",
		    s->fault, (size_t)(s->p - s->start));
	return 0;
}

int
json_check(const char *p, size_t n, struct err *err)
{
	struct json_scan s;

	return json_scan_text(&s, p, n, err);
}
