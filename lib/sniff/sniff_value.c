#include "config.h"

#include <string.h>

#include <glib.h>

#include "lib/sniff/country_gen.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

/* Digits of a phone number: with a country's code, and in a country. */
enum { PHONE_MIN = 8, PHONE_MAX = 15, LOCAL_MIN = 9, LOCAL_MAX = 11 };

/* A local part and a domain with a dot, nothing that no address has. */
static int
is_email(const char *s, size_t n)
{
	size_t at = n, dot = n, ats = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr(" \t,;<>()\"", s[i]) != NULL)
			return 0;
		if (s[i] == '@') {
			at = i;
			ats++;
		}
		if (s[i] == '.')
			dot = i;
	}
	if (ats != 1 || at == 0)
		return 0;
	return dot > at + 1 && dot + 1 < n;
}

/* +33 6 12 34 56 78, 0033…, 06.12.34.56.78 */
static int
is_phone(const char *s, size_t n)
{
	size_t digits = 0, marks = 0;
	int plus = n > 0 && *s == '+';

	for (size_t i = (size_t)plus; i < n; i++) {
		if (g_ascii_isdigit(s[i]))
			digits++;
		else if (strchr(" .-()/", s[i]) != NULL)
			marks++;
		else
			return 0;
	}
	if (plus)
		return digits >= PHONE_MIN && digits <= PHONE_MAX && marks <= digits;
	if (n < LOCAL_MIN || s[0] != '0')
		return 0;
	if (s[1] == '0')	/* of another country, unless it is a number with zeros in front */
		return s[2] != '0' && digits >= PHONE_MIN + 2 && digits <= PHONE_MAX + 2;
	return digits >= LOCAL_MIN && digits <= LOCAL_MAX;
}

static int
is_country(const char *s, size_t n)
{
	static const char two[] = COUNTRY_ALPHA2, three[] = COUNTRY_ALPHA3;
	const char *all = n == 2 ? two : three;
	size_t length = n == 2 ? sizeof two : sizeof three;

	if (n != 2 && n != 3)
		return 0;
	for (size_t i = 0; i + n < length; i += n)
		if (memcmp(all + i, s, n) == 0)
			return 1;
	return 0;
}

/* Digits alone, with a sign, that mean the same as a number: no zeros in front. */
static int
is_integer(const char *s, size_t n)
{
	size_t i = n > 0 && *s == '-', first = i;

	for (; i < n; i++)
		if (!g_ascii_isdigit(s[i]))
			return 0;
	if (n == first || n - first > 18)
		return 0;
	return s[first] != '0' || n - first == 1;
}

unsigned
sniff_date_can(enum cell_date form)
{
	static const unsigned can[CELL_DATE_N] = { [CELL_DATE_DMY] = CAN_DMY,
		[CELL_DATE_MDY] = CAN_MDY, [CELL_DATE_YMD] = CAN_YMD,
		[CELL_DATE_COMPACT] = CAN_COMPACT };

	return can[form];
}

static unsigned
dates(const char *text)
{
	struct cell_time t;
	unsigned can = 0;

	for (enum cell_date f = CELL_DATE_DMY; f <= CELL_DATE_COMPACT; f++)
		if (cell_date(text, f, NULL, &t) == NULL)
			can |= sniff_date_can(f);
	return can;
}

static unsigned
numbers(const char *text, const char *s, size_t n)
{
	static const struct cell_number_form form = { .decimal = CELL_MARK_LAST };
	struct cell_number number;
	unsigned can = 0;

	if (is_integer(s, n))
		can |= CAN_INTEGER;
	/* Zeros in front are part of a code. */
	if (n > 1 && s[0] == '0' && g_ascii_isdigit(s[1]))
		return can;
	if (cell_number(text, &form, &number) == NULL || number.two_ways)
		can |= CAN_NUMBER;
	return can;
}

unsigned
sniff_value(const char *text)
{
	size_t n;
	const char *s = cell_bare(text, &n);
	unsigned can = numbers(text, s, n);
	int flag;

	if (n > 0 && g_ascii_isdigit(s[0]))
		can |= dates(text);
	can |= n < 6 && cell_flag(text, &flag) == NULL ? CAN_FLAG : 0;
	can |= is_email(s, n) ? CAN_EMAIL : 0;
	can |= is_phone(s, n) ? CAN_PHONE : 0;
	can |= is_country(s, n) ? CAN_COUNTRY : 0;
	return can;
}
