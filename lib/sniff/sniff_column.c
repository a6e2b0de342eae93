#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

/* Of a hundred values, those that must be of a type. */
enum { ENOUGH = 95, FORMS = 10, SHOWN = 40 };

/* What was counted of a column. */
struct count {
	int64_t values, can[FORMS];		/* by the bits of sniff_value() */
	int64_t day_first, month_first;		/* dates with one reading */
	int64_t point, comma, two_ways;		/* numbers by their decimal mark */
	int64_t point_ways;			/* of those with two ways, the mark is a point */
	int64_t same;				/* 1.234.56: one mark for both */
	int64_t zeros, spoilt, guarded, times, no_dates;
	int64_t yes, no;
	char group;
	const char *spoilt_one;
};

const char *
sniff_type_name(enum sniff_type type)
{
	static const char *const names[SNIFF_TYPES] = {
		[SNIFF_EMPTY] = "empty", [SNIFF_INTEGER] = "integer", [SNIFF_DECIMAL] = "decimal",
		[SNIFF_DATE] = "date", [SNIFF_FLAG] = "yes/no", [SNIFF_EMAIL] = "e-mail",
		[SNIFF_PHONE] = "phone", [SNIFF_COUNTRY] = "country", [SNIFF_TEXT] = "text" };

	return names[type];
}

/* ------------------------------------------------------------------ counting */

static void
count_number(const char *text, struct count *c)
{
	static const struct cell_number_form form = { .decimal = CELL_MARK_LAST };
	struct cell_number n;

	if (cell_number(text, &form, &n) != NULL) {
		c->two_ways += n.two_ways;
		c->point_ways += n.two_ways && strchr(text, '.') != NULL;
		return;
	}
	c->point += n.decimal == '.';
	c->comma += n.decimal == ',';
	c->same += n.group != '\0' && n.group == n.decimal;
	if (n.group != '\0')
		c->group = n.group;
}

static void
count_date(const char *text, unsigned can, struct count *c)
{
	enum cell_date form = can & CAN_YMD ? CELL_DATE_YMD : CELL_DATE_MDY;
	struct cell_time t;

	if (can & CAN_DMY)
		form = CELL_DATE_DMY;
	c->day_first += (can & CAN_DMY) != 0 && (can & CAN_MDY) == 0;
	c->month_first += (can & CAN_MDY) != 0 && (can & CAN_DMY) == 0;
	if (cell_date(text, form, NULL, &t) == NULL) {
		c->times += t.has_time;
		c->no_dates += t.none;
	}
}

static void
count_text(const char *text, struct count *c)
{
	size_t n;
	const char *bare = cell_bare(text, &n);

	c->zeros += n > 1 && bare[0] == '0' && strspn(bare, "0123456789") == n;
	c->guarded += bare != text && n > 0;
	if (cell_spoilt(text) != NULL && c->spoilt++ == 0)
		c->spoilt_one = text;
}

static void
count_value(const char *text, struct count *c)
{
	unsigned can = sniff_value(text);
	int flag;

	c->values++;
	for (unsigned i = 0; i < FORMS; i++)
		c->can[i] += can >> i & 1;
	if (can & CAN_NUMBER)
		count_number(text, c);
	if (can & (CAN_DMY | CAN_MDY | CAN_YMD))
		count_date(text, can, c);
	if ((can & CAN_FLAG) && cell_flag(text, &flag) == NULL) {
		c->yes += flag;
		c->no += !flag;
	}
	count_text(text, c);
}

/* Values that can be of the one type. */
static int64_t
counted(const struct count *c, unsigned can)
{
	return c->can[__builtin_ctz(can)];
}

/* ------------------------------------------------------------------ deciding */

/* The bit of sniff_value() for values of the type; 0 for texts. */
static unsigned
wanted(enum sniff_type type, enum cell_date date)
{
	static const unsigned types[SNIFF_TYPES] = { [SNIFF_INTEGER] = CAN_INTEGER,
		[SNIFF_DECIMAL] = CAN_NUMBER, [SNIFF_FLAG] = CAN_FLAG, [SNIFF_EMAIL] = CAN_EMAIL,
		[SNIFF_PHONE] = CAN_PHONE, [SNIFF_COUNTRY] = CAN_COUNTRY };

	return type == SNIFF_DATE ? sniff_date_can(date) : types[type];
}

/* Takes the type when enough of the values are of it: 1, or 0. */
static int
take(struct sniff_column *col, const struct count *c, enum sniff_type type, enum cell_date date)
{
	int64_t fitting = counted(c, wanted(type, date));

	if (fitting * 100 < c->values * ENOUGH)
		return 0;
	col->type = type;
	col->date = date;
	col->percent = (int)(fitting * 100 / c->values);
	return 1;
}

static int
take_date(struct sniff_column *col, const struct count *c)
{
	enum cell_date slashes = c->month_first > c->day_first ? CELL_DATE_MDY : CELL_DATE_DMY;
	int found = take(col, c, SNIFF_DATE, CELL_DATE_YMD) ||
	    take(col, c, SNIFF_DATE, CELL_DATE_COMPACT);

	if (!found && take(col, c, SNIFF_DATE, slashes)) {
		col->ambiguous = c->day_first == 0 && c->month_first == 0;
		found = 1;
	}
	col->has_time = found && c->times > 0;
	return found;
}

/* 1 and 0 must both be there: a column of 1 alone may be a number of pieces. */
static int
is_flag(const struct count *c)
{
	int only_digits = counted(c, CAN_INTEGER) == c->values;

	if (only_digits && (c->yes == 0 || c->no == 0))
		return 0;
	return counted(c, CAN_FLAG) == c->values;
}

static void
decide_marks(struct sniff_column *col, const struct count *c)
{
	col->group = c->group;
	col->decimal = c->comma > 0 ? CELL_MARK_COMMA : CELL_MARK_POINT;
	if (c->comma > 0 && c->point > 0)
		col->decimal = CELL_MARK_LAST;
	if (c->comma == 0 && c->point == 0 && c->two_ways > 0) {
		col->ambiguous = 1;
		col->decimal = c->point_ways > 0 ? CELL_MARK_POINT : CELL_MARK_COMMA;
	}
	if (c->same > 0)
		col->decimal = CELL_MARK_LAST;
}

static void
decide_type(struct sniff_column *col, const struct count *c)
{
	if (is_flag(c) && take(col, c, SNIFF_FLAG, CELL_DATE_UNSET))
		return;
	if (take(col, c, SNIFF_EMAIL, CELL_DATE_UNSET) ||
	    take(col, c, SNIFF_COUNTRY, CELL_DATE_UNSET) || take_date(col, c))
		return;
	if (take(col, c, SNIFF_PHONE, CELL_DATE_UNSET) ||
	    take(col, c, SNIFF_INTEGER, CELL_DATE_UNSET))
		return;
	if (take(col, c, SNIFF_DECIMAL, CELL_DATE_UNSET)) {
		decide_marks(col, c);
		return;
	}
	col->type = SNIFF_TEXT;
	col->percent = 100;
}

/* ------------------------------------------------------------------ remarks */

static void
remark_date(struct sniff_column *col, const struct count *c, struct arena *a)
{
	if (col->ambiguous)
		sniff_say(&col->remarks, a, "It may be %s or %s: no day above 12 was seen.",
		    cell_date_name(CELL_DATE_DMY), cell_date_name(CELL_DATE_MDY));
	if (c->day_first > 0 && c->month_first > 0)
		sniff_say(&col->remarks, a, "%" PRId64 " dates are dd/mm/yyyy and %" PRId64
		    " are mm/dd/yyyy.", c->day_first, c->month_first);
	if (c->no_dates > 0)
		sniff_say(&col->remarks, a, "%" PRId64 " values are a date of zeros, which stands "
		    "for none.", c->no_dates);
}

static void
remark_number(struct sniff_column *col, const struct count *c, struct arena *a)
{
	if (col->ambiguous)
		sniff_say(&col->remarks, a, "Its mark may stand before decimals or between "
		    "thousands: all values that were seen have three digits behind it.");
	if (c->comma > 0 && c->point > 0)
		sniff_say(&col->remarks, a, "Decimals stand behind a point in %" PRId64 " values, "
		    "behind a comma in %" PRId64 ".", c->point, c->comma);
}

static void
remark(struct sniff_column *col, const struct count *c, struct arena *a)
{
	if (c->spoilt > 0)
		sniff_say(&col->remarks, a, "A spreadsheet spoilt %" PRId64 " values, such as %s.",
		    c->spoilt, c->spoilt_one);
	if (c->guarded > 0)
		sniff_say(&col->remarks, a, "%" PRId64 " values have a blank or an apostrophe in "
		    "front, which is no part of them.", c->guarded);
	if (col->type == SNIFF_TEXT && c->zeros > 0 && c->zeros * 2 > c->values / 10)
		sniff_say(&col->remarks, a, "It has numbers with zeros in front, which are part "
		    "of them.");
	if (col->type == SNIFF_DATE)
		remark_date(col, c, a);
	if (col->type == SNIFF_DECIMAL)
		remark_number(col, c, a);
}

/* Those that are not of the column's type. */
static int
is_other(const struct sniff_column *col, const char *text)
{
	unsigned want = wanted(col->type, col->date);

	return want != 0 && (sniff_value(text) & want) == 0;
}

/* ------------------------------------------------------------------ all */

static void
note_example(struct sniff_column *col, const char *text)
{
	for (size_t i = 0; i < col->nexamples; i++)
		if (strcmp(col->examples[i], text) == 0)
			return;
	if (col->nexamples < SNIFF_EXAMPLES)
		col->examples[col->nexamples++] = text;
}

static void
remark_others(const struct sample_rows *rows, size_t k, size_t from, struct arena *a,
    struct sniff_column *col)
{
	const char *first = NULL;
	int64_t others = 0;

	for (size_t i = from; i < rows->n; i++) {
		const char *text = rows->rows[i][k];

		if (text[0] != '\0' && is_other(col, text) && others++ == 0)
			first = text;
	}
	if (others > 0)
		sniff_say(&col->remarks, a, "%" PRId64 " of %" PRId64 " values %s not: \"%s\".",
		    others, col->values, text_form(others, "is", "are"),
		    text_utf8_fit(a, first, SHOWN));
}

static void
sniff_column(const struct sample_rows *rows, size_t k, size_t from, struct arena *a,
    struct sniff_column *col)
{
	struct count c = { .values = 0 };

	for (size_t i = from; i < rows->n; i++) {
		const char *text = rows->rows[i][k];
		size_t n = text[0] == '\0' ? 0 : text_utf8_length(text);

		col->longest = n > col->longest ? n : col->longest;
		if (text_is_unseen(text)) {
			col->empty++;
			continue;
		}
		count_value(text, &c);
		note_example(col, text);
	}
	col->values = c.values;
	if (c.values == 0)
		return;
	decide_type(col, &c);
	remark(col, &c, a);
	if (col->percent < 100)
		remark_others(rows, k, from, a, col);
}

/* A date with two readings is read as the other dates of the file. */
static void
settle_dates(struct sniff *out, struct arena *a)
{
	const struct sniff_column *proof = NULL;
	enum cell_date other;

	for (size_t i = 0; i < out->ncolumns && proof == NULL; i++) {
		const struct sniff_column *c = &out->columns[i];

		if ((c->date == CELL_DATE_DMY || c->date == CELL_DATE_MDY) && !c->ambiguous)
			proof = c;
	}
	if (proof == NULL)
		return;
	other = proof->date == CELL_DATE_DMY ? CELL_DATE_MDY : CELL_DATE_DMY;
	for (size_t i = 0; i < out->ncolumns; i++) {
		struct sniff_column *c = &out->columns[i];

		if (c->type != SNIFF_DATE || !c->ambiguous)
			continue;
		c->date = proof->date;
		c->ambiguous = 0;
		c->remarks.n = 0;
		sniff_say(&c->remarks, a, "It may be %s or %s; it is read as column %td, which is "
		    "the first.", cell_date_name(proof->date), cell_date_name(other),
		    proof - out->columns + 1);
	}
}

void
sniff_columns(const struct sample_rows *rows, struct arena *a, struct sniff *out)
{
	for (size_t k = 0; k < out->ncolumns; k++)
		sniff_column(rows, k, (size_t)out->dialect.header, a, &out->columns[k]);
	settle_dates(out, a);
}
