#include "lib/format/decimal.h"

#include <string.h>

#include "lib/arena.h"

enum { DECIMAL_MIN_SHOWN = 2 };

static decimal_units
decimal_power(int n)
{
	decimal_units p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

/* Keeps *out as it is when v has too many digits. */
static int
decimal_set(struct decimal *out, decimal_units v)
{
	decimal_units limit = decimal_power(DECIMAL_DIGITS + DECIMAL_PLACES);

	if (v >= limit || v <= -limit)
		return -1;
	out->units = v;
	return 0;
}

/* Reads the digits at *s into *v; returns how many there were, or -1 when they do not fit. */
static int
decimal_digits(const char **s, int most, decimal_units *v)
{
	int n = 0, significant = *v != 0;

	for (; **s >= '0' && **s <= '9'; (*s)++, n++) {
		significant = significant || **s != '0';
		if (significant && most-- <= 0)
			return -1;
		*v = *v * 10 + (**s - '0');
	}
	return n;
}

/* Reads the places behind the point; those beyond DECIMAL_PLACES must be zero. */
static int
decimal_places(const char **s, decimal_units *v)
{
	int n = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++, n++) {
		if (n < DECIMAL_PLACES)
			*v = *v * 10 + (**s - '0');
		else if (**s != '0')
			return -1;
	}
	if (n < DECIMAL_PLACES)
		*v *= decimal_power(DECIMAL_PLACES - n);
	return n == 0 ? -1 : 0;
}

int
decimal_parse(const char *s, struct decimal *out)
{
	decimal_units v = 0;
	int negative = *s == '-';

	s += negative;
	if (decimal_digits(&s, DECIMAL_DIGITS, &v) <= 0)
		return -1;
	if (*s == '.') {
		s++;
		if (decimal_places(&s, &v) != 0)
			return -1;
	} else {
		v *= decimal_power(DECIMAL_PLACES);
	}
	if (*s != '\0')
		return -1;
	return decimal_set(out, negative ? -v : v);
}

int
decimal_add(struct decimal *sum, struct decimal d)
{
	return decimal_set(sum, sum->units + d.units);
}

int
decimal_subtract(struct decimal *sum, struct decimal d)
{
	return decimal_set(sum, sum->units - d.units);
}

int
decimal_multiply(struct decimal *d, int64_t n)
{
	decimal_units v;

	if (__builtin_mul_overflow(d->units, (decimal_units)n, &v))
		return -1;
	return decimal_set(d, v);
}

static decimal_units
decimal_divisor(decimal_units a, decimal_units b)
{
	while (b != 0) {
		decimal_units rest = a % b;

		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

/* n / by, a half to the even number. by is above 0. */
static decimal_units
decimal_divide(decimal_units n, decimal_units by)
{
	decimal_units whole = n / by, rest = n % by, over = rest < 0 ? -rest : rest;

	if (over > by - over || (over == by - over && whole % 2 != 0))
		whole += n < 0 ? -1 : 1;
	return whole;
}

int
decimal_share(struct decimal *d, struct decimal part, struct decimal whole, int places)
{
	decimal_units unit = decimal_power(DECIMAL_PLACES - places), n, by, common;

	if (whole.units == 0)
		return -1;
	/* Reduces the fraction, so that the product has room: 3 of 5 pieces are 3/5, not
	 * 3,000,000,000,000/5,000,000,000,000. */
	common = decimal_divisor(part.units, whole.units);
	if (whole.units < 0)
		common = -common;
	if (__builtin_mul_overflow(d->units, part.units / common, &n) ||
	    __builtin_mul_overflow(whole.units / common, unit, &by))
		return -1;
	if (__builtin_mul_overflow(decimal_divide(n, by), unit, &n))
		return -1;
	return decimal_set(d, n);
}

struct decimal
decimal_round(struct decimal d, int places)
{
	decimal_units unit = decimal_power(DECIMAL_PLACES - places), rest = d.units % unit,
		      twice = (rest < 0 ? -rest : rest) * 2;
	decimal_units whole = d.units - rest;

	if (twice > unit || (twice == unit && whole / unit % 2 != 0))
		whole += d.units < 0 ? -unit : unit;
	return (struct decimal){ .units = whole };
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	return (a.units > b.units) - (a.units < b.units);
}

char *
decimal_text(struct arena *a, struct decimal d)
{
	char text[DECIMAL_DIGITS + DECIMAL_PLACES + 4], *p = text + sizeof(text) - 1;
	decimal_units v = d.units < 0 ? -d.units : d.units;
	int place = 0, shown = 0;

	*p = '\0';
	for (; place < DECIMAL_PLACES || v != 0 || place == DECIMAL_PLACES; place++, v /= 10) {
		char digit = (char)('0' + (int)(v % 10));

		if (place == DECIMAL_PLACES)
			*--p = '.';
		if (shown || place >= DECIMAL_PLACES - DECIMAL_MIN_SHOWN || digit != '0') {
			*--p = digit;
			shown = 1;
		}
	}
	if (d.units < 0)
		*--p = '-';
	return arena_strdup(a, p);
}

char *
decimal_trim(struct arena *a, const char *text)
{
	char *s = text == NULL ? NULL : arena_strdup(a, text);
	size_t n = s == NULL ? 0 : strlen(s);

	if (s == NULL || strchr(s, '.') == NULL)
		return s;
	while (s[n - 1] == '0')
		s[--n] = '\0';
	if (s[n - 1] == '.')
		s[--n] = '\0';
	return strcmp(s, "-0") == 0 || n == 0 ? arena_strdup(a, "0") : s;
}
