/* lib/format/decimal: what is taken, what is refused, exact sums. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/decimal.h"
#include "model/line_amount.h"
#include "t/c/tap.h"

static const struct {
	const char *in, *out;	/* out NULL = refused */
} texts[] = {
	{ "0", "0.00" }, { "-0", "0.00" }, { "-0.00", "0.00" }, { "5", "5.00" }, { "19.99", "19.99" }, { "0.1", "0.10" }, { "-12.340", "-12.34" },
	{ "0.125", "0.125" }, { "-0.125", "-0.125" }, { "00012.5", "12.50" }, { "0.000000000001", "0.000000000001" }, { "1.5000000000000000", "1.50" },
	{ "999999999999999999999999.999999999999", "999999999999999999999999.999999999999" },
	{ "1000000000000000000000000", NULL }, { "0.0000000000001", NULL }, { "", NULL }, { "-", NULL }, { ".5", NULL }, { "5.", NULL }, { "+5", NULL },
	{ "1e3", NULL }, { "1,5", NULL }, { " 1", NULL }, { "1 ", NULL }, { "--1", NULL }, { "1.2.3", NULL }, { "NaN", NULL },
};

static void
check_texts(struct arena *a)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct decimal d = { 0 };
		int r = decimal_parse(texts[i].in, &d);

		if (texts[i].out == NULL)
			ok(r == -1, "refused:", texts[i].in);
		else
			ok(r == 0 && strcmp(decimal_text(a, d), texts[i].out) == 0,
			    "read and written:", texts[i].in);
	}
}

static void
check_sums(struct arena *a)
{
	struct decimal sum = { 0 }, cent, most;

	decimal_parse("0.01", &cent);
	for (int i = 0; i < 100000; i++)
		decimal_add(&sum, cent);
	ok(strcmp(decimal_text(a, sum), "1000.00") == 0, "100,000 cents are", decimal_text(a, sum));
	decimal_multiply(&cent, -3);
	ok(strcmp(decimal_text(a, cent), "-0.03") == 0, "times -3 is", decimal_text(a, cent));
	decimal_subtract(&sum, cent);
	ok(strcmp(decimal_text(a, sum), "1000.03") == 0, "less that is", decimal_text(a, sum));
	ok(decimal_compare(sum, cent) > 0 && decimal_compare(cent, sum) < 0 &&
		decimal_compare(sum, sum) == 0,
	    "compared", "");
	decimal_parse("999999999999999999999999", &most);
	ok(decimal_add(&most, most) == -1 && decimal_multiply(&most, INT64_MAX) == -1,
	    "an overflow is refused", "");
	ok(strcmp(decimal_text(a, most), "999999999999999999999999.00") == 0, "and leaves",
	    decimal_text(a, most));
}

static void
check_rounding(struct arena *a)
{
	static const struct {
		const char *from;
		int places;
		const char *to;
	} cases[] = { { "0.300000000004", 4, "0.30" }, { "1.00005", 4, "1.00" },
		{ "1.00015", 4, "1.0002" }, { "-1.00015", 4, "-1.0002" },
		{ "-1.00014999", 4, "-1.0001" }, { "2.5", 0, "2.00" }, { "3.5", 0, "4.00" },
		{ "0.99999", 4, "1.00" }, { "12.3456", 12, "12.3456" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d;

		decimal_parse(cases[i].from, &d);
		ok(strcmp(decimal_text(a, decimal_round(d, cases[i].places)), cases[i].to) == 0,
		    "rounded", cases[i].from);
	}
}

static void
check_shares(struct arena *a)
{
	static const struct {
		const char *of, *part, *whole;
		int places;
		const char *is;	/* NULL = refused */
	} cases[] = { { "10", "1", "3", 2, "3.33" }, { "10", "2", "3", 2, "6.67" },
		{ "-10", "2", "3", 2, "-6.67" }, { "10", "-1", "3", 2, "-3.33" },
		{ "10", "1", "-3", 2, "-3.33" }, { "0.05", "1", "2", 2, "0.02" },
		{ "0.15", "1", "2", 2, "0.08" }, { "1000", "2", "3", 0, "667.00" },
		{ "1", "1", "8", 3, "0.125" }, { "7", "5", "5", 2, "7.00" },
		{ "7", "0", "5", 2, "0.00" }, { "19.99", "4.20", "10.00", 2, "8.40" },
		{ "999999999999999.9999", "99999", "100000", 4, "999989999999999.9999" },
		{ "1", "1", "0", 2, NULL },
		{ "999999999999999999999999", "999999999999.999999999999", "1", 2, NULL } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d, part, whole, before;

		decimal_parse(cases[i].of, &d);
		decimal_parse(cases[i].part, &part);
		decimal_parse(cases[i].whole, &whole);
		before = d;
		if (cases[i].is == NULL)
			ok(decimal_share(&d, part, whole, cases[i].places) == -1 &&
				decimal_compare(d, before) == 0,
			    "no share of", cases[i].of);
		else
			ok(decimal_share(&d, part, whole, cases[i].places) == 0 &&
				strcmp(decimal_text(a, d), cases[i].is) == 0,
			    "a share is", decimal_text(a, d));
	}
}

static void
check_lines(struct arena *a)
{
	static const struct {
		const char *amount, *tax_free, *discount, *net, *net_tax_free, *positive;
	} cases[] = { { "45", "37.5", "-5", "40.00", "33.3333", "5.00" },
		{ "45", "37.5", "5", "40.00", "33.3333", "5.00" },
		{ "24", "20", "0", "24.00", "20.00", "0.00" },
		{ "-40", "-32", "5", "-35.00", "-28.00", "5.00" },
		{ "10", "8", "10", "0.00", "0.00", "10.00" },
		{ "0", "0", "3", "-3.00", "0.00", "3.00" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line_amount l;

		decimal_parse(cases[i].amount, &l.amount);
		decimal_parse(cases[i].tax_free, &l.tax_free);
		decimal_parse(cases[i].discount, &l.discount);
		ok(line_amount_net(&l) == 0, "there is a net amount:", cases[i].net);
		ok(strcmp(decimal_text(a, l.amount), cases[i].net) == 0 &&
			strcmp(decimal_text(a, l.tax_free), cases[i].net_tax_free) == 0 &&
			strcmp(decimal_text(a, l.discount), cases[i].positive) == 0,
		    "a line is net of its discount:", cases[i].net);
	}
}

int
main(void)
{
	struct arena a = { 0 };

	check_texts(&a);
	check_sums(&a);
	check_rounding(&a);
	check_shares(&a);
	check_lines(&a);
	arena_done(&a);
	return tap_end();
}
