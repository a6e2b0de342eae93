/*
 * decimal - exact sums of money: up to 24 digits before the point and 12 after it. They never pass
 * through a double.
 *
 * A value is a struct by value; nothing is allocated but the text form.
 */
#ifndef LIB_FORMAT_DECIMAL_H
#define LIB_FORMAT_DECIMAL_H

#include <stdint.h>

struct arena;

__extension__ typedef __int128 decimal_units;

enum { DECIMAL_PLACES = 12, DECIMAL_DIGITS = 24 };

struct decimal {
	decimal_units units;	/* the value times 10^DECIMAL_PLACES; all zero bytes are 0 */
};

/* Parses "-12.340": an optional '-', digits, an optional point with digits. 0, or -1 when it is
 * anything else, has more than 24 digits before the point, or digits other than 0 beyond the 12th
 * behind it. */
int decimal_parse(const char *s, struct decimal *out);

/* *sum += d; *sum -= d; *d *= n. 0, or -1 when the result has more than 24 digits before the point
 * (*sum, *d are then unchanged). */
int decimal_add(struct decimal *sum, struct decimal d);
int decimal_subtract(struct decimal *sum, struct decimal d);
int decimal_multiply(struct decimal *d, int64_t n);

/* *d becomes *d * part / whole, rounded as decimal_round() does. 0, or -1 when whole is 0 or there
 * are too many digits (*d is then unchanged). */
int decimal_share(struct decimal *d, struct decimal part, struct decimal whole, int places);

/* d rounded to places (0 to DECIMAL_PLACES) behind the point; a half goes to the even digit. */
struct decimal decimal_round(struct decimal d, int places);

/* Below, equal to or above 0 as a is less than, equal to or greater than b. */
int decimal_compare(struct decimal a, struct decimal b);

/* The exact text, with at least two places ("5.00", "-0.125"). Lives in a. */
char *decimal_text(struct arena *a, struct decimal d);

/* Decimal text without the zeros that say nothing: "12.5000" gives "12.5", "100.0000" gives "100",
 * "-0.0000" gives "0". NULL gives NULL. Lives in a. */
char *decimal_trim(struct arena *a, const char *text);

#endif
