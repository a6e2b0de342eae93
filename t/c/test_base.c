/* lib: JSON that json-c would let pass, instants, encodings, sealing, faults, settings. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/limits.h"
#include "lib/remark.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "lib/text_near.h"

static int count, failures;

static void
ok(int good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++count, what);
	failures += !good;
}

static void
is(const char *got, const char *want, const char *what)
{
	int good = got != NULL && want != NULL ? strcmp(got, want) == 0 : got == want;

	ok(good, what);
	if (!good)
		printf("# got \"%s\", expected \"%s\"\n", got == NULL ? "(null)" : got,
		    want == NULL ? "(null)" : want);
}

static int
parses(const char *text, size_t n)
{
	struct json_object *o;
	struct err err = { 0 };
	int good = json_parse(text, n, &o, &err) == 0;

	json_object_put(o);
	return good;
}

static void
test_json(struct arena *a)
{
	static const char *const good[] = { "{}", "[]", "0", "-1.5e+3", "null",
		" {\"a\":[1,2,{\"b\":\"\\u00e9\\ud83d\\ude00\"}]} ", "9223372036854775807",
		"\xef\xbb\xbf{\"a\":1}", "\xef\xbb\xbf \r\n[0]",
		"\xef\xbb\xbf"
		"7",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "{\"a\":{\"x\":1},\"b\":{\"x\":2}}", NULL };
	static const char *const bad[] = { "", " ", "{'a':1}", "NaN", "[NaN]", "{\"a\":1,\"a\":2}",
		"99999999999999999999", "01", "1.", "[1,]", "{\"a\":1,}", "{\"a\"}", "\"\\ud800\"",
		"\"\\u0000\"", "\"\\x41\"", "\"a\nb\"", "\xef\xbb\xbf",
		"\xef\xbb\xbf\xef\xbb\xbf{}", "{}\xef\xbb\xbf", " \xef\xbb\xbf{}", "\xff\xfe{\0}\0",
		"\"\xff\"", "{} {}", "[1", "{\"a\":", "tru", "// x\n1", "{\"a\":1,\"\\u0061\":2}",
		NULL };
	static const char sample[] =
	    "{\"m\":19.90,\"id\":820982911946154508,\"s\":\"\",\"c\":{\"z\":\"9\"},\"t\":true}";
	char *deep = arena_alloc(a, 20001);
	struct json_object *o;
	struct err err = { 0 };

	for (size_t i = 0; good[i] != NULL; i++)
		ok(parses(good[i], strlen(good[i])), good[i]);
	for (size_t i = 0; bad[i] != NULL; i++)
		ok(!parses(bad[i], strlen(bad[i])), arena_printf(a, "refused: case %zu", i));
	ok(!parses("{\"a\":\"\0\"}", 9), "a NUL byte is refused");
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	ok(!parses(deep, 20000), "10,000 deep is refused");
	ok(parses(deep + 10000 - JSON_MAX_DEPTH, 2 * JSON_MAX_DEPTH) &&
		!parses(deep + 9999 - JSON_MAX_DEPTH, 2 * JSON_MAX_DEPTH + 2),
	    "the limit is where it is said");
	if (json_parse(sample, strlen(sample), &o, &err) == 0) {
		is(json_decimal(o, "m"), "19.90", "money is its source text");
		is(json_text(o, "id"), "820982911946154508", "so is a large id");
		is(json_text(o, "s"), NULL, "an empty string is nothing");
		is(json_text(o, "c.z"), "9", "a path");
		ok(json_flag(o, "t") == 1 && json_flag(o, "x") == -1, "flags");
		json_object_put(o);
	} else
		ok(0, err.detail);
	is(json_peek(a, "{\"x\":{\"id\":1},\"id\":42,", 22, "id", 100), "42",
	    "peek takes the top level only, in a cut text too");
	is(json_peek(a, "\xef\xbb\xbf{\"id\":7}", 11, "id", 100), "7",
	    "a byte order mark is passed over");
	ok(json_parse("\xef\xbb\xbf{\"a\":1,\"a\":2}", 16, &o, &err) < 0, "a fault behind one");
	ok(strstr(err.detail, "byte 10") != NULL, "is named by its place with the mark");
	ok(json_parse("\xef\xbb\xbf", 3, &o, &err) < 0, "a mark alone");
	is(err.detail, "The content is empty.", "is nothing");
	is(json_peek(a, "{\"idx\":1}", 9, "id", 100), NULL, "a longer name is not it");
	is(json_peek(a, "garbage", 7, "id", 100), NULL, "garbage gives nothing");
}

/* What is no Unicode becomes U+FFFD, nothing else changes. */
static void
test_json_repair(struct arena *a)
{
#define R "\xef\xbf\xbd"
	static const struct { const char *in, *out; size_t count;
	} rows[] = {
		{ "{\"a\":\"\u00e9 \\ud83d\\ude00 \\u00e9\"}",
		    "{\"a\":\"\u00e9 \\ud83d\\ude00 \\u00e9\"}", 0 },
		{ "\"\\ud83d\"", "\"" R "\"", 1 },
		{ "\"\\ude00\\ud83d\"", "\"" R R "\"", 2 },
		{ "\"\\ud83dx\\ude00\"", "\"" R "x" R "\"", 2 },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\"" R "\\ud83d\\ude00\"", 1 },
		{ "\"\\uD83D\\u0041\"", "\"" R "\\u0041\"", 1 },
		{ "\"\\u0000\"", "\"" R "\"", 1 },
		{ "\"\\\\ud83d\\\\\"", "\"\\\\ud83d\\\\\"", 0 },
		{ "\"\\\\\\u0000\"", "\"\\\\" R "\"", 1 },
		{ "\"\\u00", "\"\\u00", 0 },
		{ "\"\\", "\"\\", 0 },
		{ "\"\\uzzzz\"", "\"\\uzzzz\"", 0 },
		{ "\"\xe9t\xe9\"", "\"" R "t" R "\"", 2 },
		{ "\"\xc3\"", "\"" R "\"", 1 },
		{ "\xf0\x9f\x98", R R R, 3 },
		{ "\xed\xa0\x80", R R R, 3 },
		{ "", "", 0 },
	};
	size_t length, repaired;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *out = json_repair(
		    a, rows[i].in, strlen(rows[i].in), &length, &repaired);

		ok(repaired == rows[i].count && length == strlen(rows[i].out) &&
			memcmp(out, rows[i].out, length) == 0,
		    arena_printf(a, "repaired: case %zu", i));
		json_repair(a, out, length, &length, &repaired);
		ok(repaired == 0, "what was repaired needs no repair");
	}
#undef R
}

static void
test_remarks(struct arena *a)
{
	struct remarks r = { 0 };
	char *twenty_one = arena_strdup(a, "");

	is(remark_json(a, &r), "", "no remark");
	remark_add(&r, a, "%s cut to %d \"characters\".", "Label", 5);
	remark_add(&r, a, "Label cut to 5 \"characters\".");
	is(remark_json(a, &r), "[\"Label cut to 5 \\\"characters\\\".\"]",
	    "one that is said twice stands once");
	for (int i = 1; i <= REMARKS_MAX; i++)
		remark_add(&r, a, "%d", i);
	twenty_one = arena_printf(a, "%s", remark_json(a, &r));
	ok(strstr(twenty_one, "\"19\",\"And 1 more.\"]") != NULL,
	    "of many the first are kept, and the number of the others");
}

static void
test_clock(void)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "2026-11-24T08:09:10Z", "2026-11-24T08:09:10Z" }, { "2021-12-31T19:00:00-05:00", "2022-01-01T00:00:00Z" },
		{ "2024-02-29", "2024-02-29T00:00:00Z" }, { "2026-01-01T00:00:00.123456+0530", "2025-12-31T18:30:00.123456Z" },
		{ "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z" }, { "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z" },
		{ "2026-02-29", NULL }, { "2026-13-01", NULL }, { "2026-01-01T24:00:00Z", NULL }, { "2026-01-01T10:00:00+", NULL }, { "", NULL },
		{ "2026-01-01x", NULL }, { "26-01-01", NULL },
	};
	char text[32];
	usec_t t;
	int offset;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int rc = clock_parse(rows[i].in, &t, &offset);

		if (rc == 0)
			clock_iso8601(t, text);
		is(rc == 0 ? text : NULL, rows[i].out, rows[i].in);
	}
	ok(clock_parse("2026-01-01 10:00", &t, &offset) == 0 && !offset, "no offset is told");
	for (int64_t d = -800000; d <= 800000; d += 977) {
		int y, m, day;

		clock_civil_from_days(d, &y, &m, &day);
		if (clock_days_from_civil(y, m, day) != d) {
			ok(0, "days and dates agree");
			return;
		}
	}
	ok(1, "days and dates agree");
}

/* Another word is no slip, however long what stands around it. */
static void
test_nearest(void)
{
	static const char *const actions[] = { "Insert", "Update", "Delete", NULL };
	static const char *const triples[] = { "Shopify/Customer/Update", "Shopify/Order/Insert",
		NULL };
	static const char *const processes[] = { "/ProcessManagement/Erase/Daily", NULL };
	static const char *const two[] = { "Id", "a/b", NULL };

	is(text_nearest("Create", actions), NULL, "Create is not Update");
	is(text_nearest("Updaet", actions), "Update", "two letters changed places");
	is(text_nearest("Shopify/Customer/Create", triples), NULL, "nor is it behind others");
	is(text_nearest("Shopfiy/Custommer/Upadte", triples), "Shopify/Customer/Update",
	    "a slip in each part");
	is(text_nearest("Shopify/Client/Update", triples), NULL, "another word in the middle");
	is(text_nearest("/ProcessManagement/Foo/Daily", processes), NULL, "Foo is not Erase");
	is(text_nearest("/ProcessManagement/Erasee/Daily", processes), processes[0], "a slip");
	is(text_nearest("x", two), NULL, "nothing of it is right");
}

static void
test_text(struct arena *a)
{
	static const char *const names[] = { "SourceId", "ZoneId", "BrandId", NULL };
	size_t n;
	int64_t v;
	struct buf b;

	is(text_base64(a, "hello", 5), "aGVsbG8=", "base64");
	is((const char *)text_unbase64(a, "aGVsbG8", &n), "hello", "base64 without padding");
	ok(text_unbase64(a, "a", &n) == NULL && text_unbase64(a, "aGVs bG8=", &n) == NULL &&
		text_unbase64(a, "aGVsbG8==", &n) == NULL,
	    "what is no base64");
	is(text_url_decode(a, "a%2Fb+c", 7, 1, &n), "a/b c", "percent-decoding");
	ok(text_url_decode(a, "a%2", 3, 0, &n) == NULL &&
		text_url_decode(a, "%zz", 3, 0, &n) == NULL,
	    "a broken escape");
	is(text_nearest("SourcId", names), "SourceId", "did you mean");
	is(text_nearest("Frobnicate", names), NULL, "nothing is near");
	test_nearest();
	is(text_names(a, names, 1000), "SourceId, ZoneId, BrandId", "names");
	is(text_names(a, names, 10), "SourceId and 2 more", "no more than fit");
	is(text_form(1, "message", "messages"), "message", "1 message");
	is(text_form(0, "message", "messages"), "messages", "0 messages");
	is(text_form(2, "message", "messages"), "messages", "2 messages");
	ok(text_int64("-9223372036854775808", &v) == 0, "the least integer");
	ok(text_int64("9223372036854775808", &v) == -2, "one too large");
	ok(text_int64("1 ", &v) == -1 && text_int64("", &v) == -1 && text_int64("-", &v) == -1,
	    "no integers");
	ok(text_ieq("Abc", "aBC") && !text_ieq("abc", "ab") && !text_ieq("", "a"),
	    "whole strings, not prefixes");
	ok(text_is_utf8("\xf0\x9f\x98\x80", 4), "UTF-8");
	ok(!text_is_utf8("\xc0\x80", 2) && !text_is_utf8("\xed\xa0\x80", 3) &&
		!text_is_utf8("\xf4\x90\x80\x80", 4),
	    "no UTF-8");
	buf_init(&b, a);
	buf_add_json_n(&b, "a\"\n\xff\x01", 5);
	is(b.data, "\"a\\\"\\n\xef\xbf\xbd\\u0001\"", "JSON strings are always valid");
}

static void
test_secret(struct arena *a)
{
	struct secret_box box = { .loaded = 1 }, other = { .loaded = 1, .key = { 1 } };
	struct err err = { 0 };
	unsigned char *sealed;
	size_t n, m;
	char *hash = secret_password_hash(a, "right", &err);

	sealed = secret_seal(a, &box, "source:7", "hush", 4, &n, &err);
	is(secret_open(a, &box, "source:7", sealed, n, &m, &err), "hush", "a sealed secret opens");
	is(secret_open(a, &box, "source:8", sealed, n, &m, &err), NULL, "not in another place");
	is(secret_open(a, &other, "source:7", sealed, n, &m, &err), NULL, "not with another key");
	sealed[n - 1] ^= 1;
	is(secret_open(a, &box, "source:7", sealed, n, &m, &err), NULL, "not when damaged");
	is(secret_open(a, &box, "source:7", sealed, 5, &m, &err), NULL, "not when cut");
	ok(hash != NULL && strncmp(hash, "$y$", 3) == 0, "a password is hashed");
	ok(secret_password_check("right", hash) && !secret_password_check("wrong", hash),
	    "passwords");
	ok(strlen(secret_token(a, "t_")) == 45 &&
		strcmp(secret_token(a, ""), secret_token(a, "")) != 0,
	    "tokens have 256 bits and differ");
}

static void
test_limits(struct arena *a)
{
	static const char *const bad[] = { "", "2", "2,3", "x/*", "*/-1", "2,/1", "0/1",
		"2/99999999999", "*/*/*" };
	struct limits l, of = { 0 }, both;
	struct err err = { 0 };
	int good = 1;

	ok(limits_read(a, NULL, &l, &err) == 0 && !limits_any(&l), "no limits");
	ok(limits_stored(a, &l) == NULL, "are not stored");
	ok(limit_allows(&l.zones, 7) && limit_attach(&l.zones, 7) == 7, "and allow all");
	ok(limits_read(a, "2,3/*", &l, &err) == 0 && l.zones.n == 2 && !l.brands.is_set,
	    "zones, all brands");
	is(limits_stored(a, &l), "2,3/*", "as they are stored");
	is(limits_words(a, &l), "zones 2, 3", "and told");
	ok(!limit_allows(&l.zones, 1) && limit_allows(&l.zones, 3) && limit_allows(&l.zones, 0),
	    "of no zone is open to all");
	ok(limit_attach(&l.zones, 1) == 2 && limit_attach(&l.zones, 3) == 3,
	    "the first where the default is not allowed");
	of.zones = limit_of((const int32_t[]){ 3, 4 }, 2);
	of.brands = limit_of((const int32_t[]){ 5 }, 1);
	both = limits_meet(a, &l, &of);
	is(limits_stored(a, &both), "3/5", "of two what both allow");
	of.zones = limit_of((const int32_t[]){ 4 }, 1);
	both = limits_meet(a, &of, &l);
	is(limits_stored(a, &both), "/5", "which may be nothing");
	ok(limits_read(a, "/5", &both, &err) == 0 && both.zones.is_set &&
		!limit_allows(&both.zones, 4),
	    "and is not all");
	ok(limit_attach(&both.zones, 4) == 0, "nor anything");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		good &= limits_read(a, bad[i], &l, &err) == ERR_INTERNAL;
	ok(good, "what is no limits is refused, not read as none");
}

/* Comparing each with each would not end. */
static void
test_set(void)
{
	enum { MANY = 200000 };
	struct arena a = { 0 };
	struct set s;
	size_t there = 0, good = 0;

	set_init(&s, &a);
	ok(!set_find_text(&s, "a", NULL), "an empty set has nothing");
	for (size_t i = 0; i < MANY; i++)
		good += (size_t)set_add_text(&s, arena_printf(&a, "%zu", i), i, NULL);
	for (size_t i = 0; i < MANY; i++)
		good += !set_add_text(&s, arena_printf(&a, "%zu", i), 0, &there) && there == i;
	ok(good == 2 * MANY && s.n == MANY, "200,000 texts, each once, each with its number");
	ok(set_add(&s, "a\0b", 3, 1, NULL) && set_add(&s, "a\0c", 3, 2, NULL) &&
		set_add(&s, "", 0, 3, NULL),
	    "bytes, and none");
	ok(set_find(&s, "a\0c", 3, &there) && there == 2, "bytes are found");
	ok(!set_find(&s, "a", 1, NULL) && set_find_text(&s, "", NULL), "and none");
	arena_done(&a);
}

/* Adds n faults and takes them back. */
static void
add_and_back(struct arena *a, struct err *e, size_t n)
{
	const struct err before = *e;

	for (size_t i = 0; i < n; i++)
		err_fault(e, a, "late", "is taken back");
	err_back(e, &before);
}

static void
test_faults(struct arena *a)
{
	struct err e = { 0 };

	add_and_back(a, &e, 2);
	ok(e.code == ERR_NONE && e.faults == NULL && e.nfaults == 0, "all faults are taken back");
	err_fault(&e, a, "first", "stays");
	add_and_back(a, &e, 100);
	ok(e.code == ERR_BAD_REQUEST && e.nfaults == 1, "those that came later are taken back");
	is(e.faults->field, "first", "the first stays");
	ok(e.faults->next == NULL, "and is the last of the list");
	for (int i = 0; i < ERR_FAULTS_MAX + 1; i++)
		err_fault(&e, a, "first", "stays");
	add_and_back(a, &e, 5);
	is(e.last->message, "and 2 more", "as many are counted as before");
}

int
main(void)
{
	struct arena a = { 0 };

	test_json(&a);
	test_json_repair(&a);
	test_remarks(&a);
	test_clock();
	test_limits(&a);
	test_text(&a);
	test_secret(&a);
	test_set();
	test_faults(&a);
	is(conf_lint(), NULL, "the settings table has no fault");
	printf("1..%d\n", count);
	arena_done(&a);
	return failures > 0;
}
