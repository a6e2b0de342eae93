/* TAP: what forms and queries say; typing errors; texts as they are shown. */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/content.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "t/c/tap.h"

static void
is(const char *got, const char *want, const char *what)
{
	ok(got != NULL && strcmp(got, want) == 0, what, got == NULL ? "(nothing)" : got);
}

/* ------------------------------------------------------------------ forms */

static const struct { const char *form, *json; } forms[] = {
	{ "", "{}" }, { "&&", "{}" }, { "a=1", "{\"a\":\"1\"}" }, { "a", "{\"a\":\"\"}" },
	{ "a=1&b=2&a=3", "{\"a\":[\"1\",\"3\"],\"b\":\"2\"}" },
	{ "a=1&A=2", "{\"a\":\"1\",\"A\":\"2\"}" }, { "a=1&a=2&a=3", "{\"a\":[\"1\",\"2\",\"3\"]}" },
	{ "a=b=c", "{\"a\":\"b=c\"}" }, { "a+b=c+d%2B", "{\"a b\":\"c d+\"}" },
	{ "a=%zz&b=50%", "{\"a\":\"%zz\",\"b\":\"50%\"}" }, { "=x", "{\"\":\"x\"}" },
	{ "a=%C3%A9", "{\"a\":\"\u00e9\"}" }, { "a=%E9", "{\"a\":\"\ufffd\"}" },
	{ "a=1%00b", "{\"a\":\"1\ufffdb\"}" }, { "a%00=1", "{\"a\ufffd\":\"1\"}" },
	{ "a[]=1&a[]=2", "{\"a[]\":[\"1\",\"2\"]}" },
	{ "key=k&Email=e&SourceId=1", "{\"key\":\"k\",\"Email\":\"e\",\"SourceId\":\"1\"}" },
};

static void
check_forms(struct arena *a)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct json_object *o = NULL;
		size_t repaired;
		int rc = content_form(a, forms[i].form, strlen(forms[i].form), &o, &repaired, NULL);

		ok(rc == 0 &&
			strcmp(json_object_to_json_string_ext(
				   o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
			    forms[i].json) == 0,
		    "the form", forms[i].form);
		json_object_put(o);
	}
}

/* ------------------------------------------------------------------ queries */

static void
check_query(struct arena *a, enum content_kind kind, const char *query, const char *want)
{
	struct json_object *o = NULL;
	size_t repaired;

	content_query(a, kind, query, &o, &repaired, NULL);
	is(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), want, query);
	json_object_put(o);
}

static void
check_queries(struct arena *a)
{
	static const char all[] = "sourceid=1&x=%41&ZONEID=2&batchMode=1&Email=a&ke%79=K&Login=l&"
	    "PASSWORD=p&y&secondsOfInvisibility=1";

	check_query(a, CONTENT_QUEUE, all, "{\"x\":\"A\",\"y\":\"\"}");
	check_query(a, CONTENT_EMAIL, all,
	    "{\"x\":\"A\",\"batchMode\":\"1\",\"y\":\"\",\"secondsOfInvisibility\":\"1\"}");
	is(content_query_text(a, CONTENT_QUEUE, all), "x=%41&y", "the text of it");
	is(content_query_of("/a/b"), "", "no query");
	is(content_query_of("/a/b?c?d"), "c?d", "a query");
	is(content_peek(a, "xid=1&id=a%20b&id=2", 19, "id"), "a b", "the first of a name");
	ok(content_peek(a, "id=&ida=1&id", 12, "id") == NULL, "an empty one is none", "");
}

/* ------------------------------------------------------------------ messages */

static void
check_message(struct arena *a, const char *method, const char *type, const char *body,
    const char *want)
{
	const struct content_text t = { .kind = CONTENT_QUEUE,
		.method = method,
		.uri = "/x?q=1&key=2",
		.headers = arena_printf(a, "{\"content-type\":\"%s\"}", type),
		.body = body,
		.bytes = strlen(body) };
	struct json_object *o = NULL;
	struct err err = { 0 };
	size_t repaired;
	int rc = content_read(a, &t, &o, &repaired, &err);

	is(rc == 0 ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : "refused", want,
	    arena_printf(a, "%s %s %s", method, type, body));
	json_object_put(o);
}

static void
check_messages(struct arena *a)
{
	static const char form[] = "application/x-www-form-urlencoded";

	check_message(a, "POST", "application/json", "{\"a\":1}", "{\"a\":1}");
	check_message(a, "POST", form, "a=1", "{\"a\":\"1\"}");
	check_message(a, "POST", "Application/X-WWW-Form-Urlencoded ; charset=utf-8", "a=1",
	    "{\"a\":\"1\"}");
	check_message(a, "POST", form, " {\"a\":1}", "{\"a\":1}");
	check_message(a, "POST", form, "\ufeff[1]", "[1]");
	check_message(a, "POST", "text/plain", "a=1", "refused");
	check_message(a, "POST", "", "a=1", "refused");
	check_message(a, "POST", form, "", "{\"q\":\"1\"}");
	check_message(a, "GET", "", "SourceId=1&a=2", "{\"a\":\"2\"}");
	check_message(a, "GET", "", "SourceId=1", "refused");
	check_message(a, "GET", "", "%7B%7D=2", "{\"{}\":\"2\"}");
}

/* ------------------------------------------------------------------ names and texts */

static void
check_typos(void)
{
	static const struct { const char *typed, *name; int is; } rows[] = {
		{ "ZoneId", "ZoneId", 1 }, { "zoneid", "ZoneId", 1 }, { "ZonId", "ZoneId", 1 },
		{ "ZoneIds", "ZoneId", 1 }, { "ZoneI", "ZoneId", 1 }, { "oneId", "ZoneId", 1 },
		{ "ZoneUd", "ZoneId", 1 }, { "ZnoeId", "ZoneId", 1 }, { "ZoneDi", "ZoneId", 1 },
		{ "xZoneId", "ZoneId", 1 }, { "Zonnd", "ZoneId", 0 }, { "Zone", "ZoneId", 0 },
		{ "dIenoZ", "ZoneId", 0 }, { "ZoneIdXy", "ZoneId", 0 }, { "", "ZoneId", 0 },
		{ "Zone_Id", "ZoneId", 1 }, { "ZnoeIds", "ZoneId", 0 }, { "", "a", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ok(text_is_typo(rows[i].typed, rows[i].name) == rows[i].is, "one typing error",
		    rows[i].typed);
}

static void
check_shown(struct arena *a)
{
	is(text_shown(a, "a\r\nb\tc\x7f", 0), "a  b c ", "controls are blanks");
	ok(strcmp(text_shown(a, "a\nb\r", 1), "a\nb ") == 0, "line ends may stay", "");
	is(text_shown(a, "\u202eab\u2069\u061c\u200e", 0), "ab", "marks of direction go");
	is(text_shown(a,
	       "a\xc2\x85"
	       "b\xc2\x9b"
	       "c\u2028d",
	       0),
	    "a b c d", "controls beyond ASCII");
	is(text_shown(a, "\u00e9\u00a0\u200c\u200d\u20ac\u2070\u2027\u2030", 0),
	    "\u00e9\u00a0\u200c\u200d\u20ac\u2070\u2027\u2030", "what is beside them stays");
	is(text_shown(a, "a\x85\xe2\x80", 0), "a\ufffd", "no UTF-8");
	is(text_shown(a, "", 0), "", "nothing");
}

int
main(void)
{
	struct arena a = { 0 };

	check_forms(&a);
	check_queries(&a);
	check_messages(&a);
	check_typos();
	check_shown(&a);
	arena_done(&a);
	return tap_end();
}
