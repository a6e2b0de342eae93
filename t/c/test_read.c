/* model/read: members as typed values, and what becomes of those that cannot be. */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "model/read.h"
#include "t/c/tap.h"

static struct json_object *
parsed(const char *text)
{
	struct json_object *o = NULL;
	struct err err = { 0 };

	ok(json_parse(text, strlen(text), &o, &err) == 0, "a body", text);
	return o;
}

static int
is_remark(const struct reader *r, const char *said)
{
	return r->remarks.n == 1 && strcmp(r->remarks.said[0], said) == 0;
}

static void
check_members(struct arena *a)
{
	struct json_object *o = parsed("{\"Buyer\": {\"Email\": \"a@b.example\", \"Name\": null}}");
	struct reader any = { .arena = a, .any_case = 1 };
	int given;

	ok(read_member(&read_exact, o, "Buyer.Email", NULL) != NULL, "a path", "");
	ok(read_member(&read_exact, o, "buyer.email", NULL) == NULL, "exact names", "");
	ok(read_member(&any, o, "buyer.email", NULL) != NULL, "names in any case", "");
	ok(read_member(&any, o, "BUYER.NAME", &given) == NULL && given, "null is given", "");
	ok(read_has(&read_exact, o, "Buyer.Name"), "null is there", "");
	ok(!read_has(&any, o, "buyer.email.of"), "a text has no members", "");
	json_object_put(o);
}

static void
check_optional(struct arena *a)
{
	struct json_object *o = parsed("{\"n\": [1], \"d\": \"spring\", \"i\": \"abcd\"}");
	struct reader r = { .arena = a };

	ok(read_text(&r, o, "n") == NULL && is_remark(&r, "n left out: it must be text."),
	    "a list is no text", "");
	r.remarks.n = 0;
	ok(read_date(&r, o, "x.", "d") == USEC_NONE && r.is_left_out &&
		is_remark(&r, "x.d left out: it must be a date and time by ISO 8601."),
	    "spring is no date", "");
	r.remarks.n = 0;
	ok(read_word(&r, o, "", "i", 3) == NULL &&
		is_remark(&r, "i left out: it is longer than 3 characters."),
	    "a code is not cut", "");
	ok(r.nfaults == 0, "what nothing depends on is no fault", "");
	json_object_put(o);
}

static void
check_required(struct arena *a)
{
	struct json_object *o = parsed(
	    "{\"i\": \"abcd\", \"k\": -1, \"t\": \"ten\", \"m\": 19.90}");
	struct reader r = { .arena = a };
	struct err err = { 0 };
	struct decimal d;
	usec_t t;

	read_code(&r, o, "", "i", 3);
	read_id(&r, o, "x.", "k", ENTITY_INT16);
	ok(r.nfaults == 2 && read_settle(&r, &err) == ERR_PERMANENT, "faults are gathered", "");
	ok(strcmp(err.detail, "i is longer than 3 characters; x.k must not be negative.") == 0,
	    "and told by name", err.detail);
	ok(read_amount(&r, o, "t", &d, &err) == ERR_PERMANENT &&
		strcmp(err.detail, "\"t\" is not an amount (a decimal number like 19.99).") == 0,
	    "an amount that is none refuses at once", err.detail);
	ok(read_time(&r, o, "t", &t, &err) == ERR_PERMANENT && t == USEC_NONE,
	    "so does an instant", err.detail);
	ok(read_amount(&r, o, "m", &d, &err) == 1 && strcmp(decimal_text(a, d), "19.90") == 0,
	    "an amount", "");
	ok(read_amount(&r, o, "none", &d, &err) == 0 && d.units == 0, "no amount", "");
	json_object_put(o);
}

static void
check_zone(struct arena *a)
{
	struct json_object *o = parsed(
	    "{\"d\": \"2026-07-01T12:00:00\", \"z\": \"2026-07-01T12:00:00Z\"}");
	struct reader r = { .arena = a, .time_zone = "Europe/Paris" };
	const usec_t utc = read_date(&r, o, "", "z");

	ok(read_date(&r, o, "", "d") == utc - 2 * 3600 * USEC_SEC, "in the reader's zone", "");
	r.is_utc = 1;
	ok(read_date(&r, o, "", "d") == utc, "UTC where that is said", "");
	read_close(&r);
	json_object_put(o);
}

int
main(void)
{
	struct arena a = { 0 };

	check_members(&a);
	check_optional(&a);
	check_required(&a);
	check_zone(&a);
	arena_done(&a);
	return tap_end();
}
