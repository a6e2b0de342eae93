#include "config.h"

#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"

enum { SECONDS_A_DAY = 86400, BOOT_ID_MAX = 63 };

usec_t
clock_offset_us(void)
{
#ifdef CHECK_BUILD
	const char *s = getenv("CUSTOMERAPI_CLOCK_OFFSET");

	if (s != NULL)
		return strtoll(s, NULL, 10) * USEC_SEC;
#endif
	return 0;
}

usec_t
clock_monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * USEC_SEC + t.tv_nsec / 1000;
}

usec_t
clock_boot_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * USEC_SEC + t.tv_nsec / 1000 + clock_offset_us();
}

const char *
clock_boot_id(struct arena *a)
{
	char id[BOOT_ID_MAX + 1] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f != NULL && fgets(id, sizeof id, f) != NULL)
		id[strcspn(id, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
	return arena_strdup(a, id[0] == '\0' ? "unknown" : id);
}

/* Days from civil and back: the era of 400 years has 146,097 days; years are counted from March so
 * that the leap day is the last. */
int64_t
clock_days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void
clock_civil_from_days(int64_t days, int *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

struct civil {
	int y, m, d, hour, minute, second, usec;
};

static struct civil
civil_of(usec_t t)
{
	struct civil c;
	int64_t day = SECONDS_A_DAY * USEC_SEC, days = t / day, rest = t % day;

	if (rest < 0) {
		rest += day;
		days--;
	}
	clock_civil_from_days(days, &c.y, &c.m, &c.d);
	c.hour = (int)(rest / (3600 * USEC_SEC));
	c.minute = (int)(rest / (60 * USEC_SEC) % 60);
	c.second = (int)(rest / USEC_SEC % 60);
	c.usec = (int)(rest % USEC_SEC);
	return c;
}

/* n digits of v, which is not negative, and the character behind them. Page views have many times:
 * snprintf() is the dearest part of writing them. */
static char *
put_digits(char *out, int v, int n, char behind)
{
	for (int i = n; i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);
	out[n] = behind;
	return out + n + 1;
}

void
clock_iso8601(usec_t t, char out[32])
{
	const struct civil c = civil_of(t);
	char *at = put_digits(out, c.y % 10000, 4, '-');

	at = put_digits(at, c.m, 2, '-');
	at = put_digits(at, c.d, 2, 'T');
	at = put_digits(at, c.hour, 2, ':');
	at = put_digits(at, c.minute, 2, ':');
	at = put_digits(at, c.second, 2, c.usec != 0 ? '.' : 'Z');
	if (c.usec != 0)
		at = put_digits(at, c.usec, 6, 'Z');
	*at = '\0';
}

void
clock_sql(usec_t t, char out[32])
{
	struct civil c = civil_of(t);

	snprintf(out, 32, "%04d-%02d-%02d %02d:%02d:%02d.%06d", c.y % 10000, c.m, c.d, c.hour,
	    c.minute, c.second, c.usec);
}

/* Reads exactly n digits at *s; returns -1 when there are fewer. */
static int
take_digits(const char **s, int n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

static int
take(const char **s, char c)
{
	if (**s != c)
		return 0;
	(*s)++;
	return 1;
}

static int
is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int
days_in_month(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Reads the fraction digits after the dot; digits beyond the sixth are ignored. */
static int
take_fraction(const char **s, int *usec)
{
	int digits = 0;

	*usec = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++, digits++)
		if (digits < 6)
			*usec = *usec * 10 + (**s - '0');
	for (int i = digits; i < 6; i++)
		*usec *= 10;
	return digits > 0 && digits <= 12 ? 0 : -1;
}

static int
take_time(const char **s, struct civil *c)
{
	if ((c->hour = take_digits(s, 2)) < 0 || c->hour > 23 || !take(s, ':'))
		return -1;
	if ((c->minute = take_digits(s, 2)) < 0 || c->minute > 59)
		return -1;
	if (!take(s, ':'))
		return 0;
	if ((c->second = take_digits(s, 2)) < 0 || c->second > 60)
		return -1;
	if (c->second == 60)
		c->second = 59;
	return take(s, '.') ? take_fraction(s, &c->usec) : 0;
}

static int
take_offset(const char **s, int *offset_s, int *has_offset)
{
	int sign, hours, minutes;

	*offset_s = 0;
	*has_offset = 1;
	if (take(s, 'Z') || take(s, 'z'))
		return 0;
	if (**s != '+' && **s != '-') {
		*has_offset = 0;
		return 0;
	}
	sign = *(*s)++ == '-' ? -1 : 1;
	if ((hours = take_digits(s, 2)) < 0)
		return -1;
	take(s, ':');
	if ((minutes = take_digits(s, 2)) < 0 || hours > 23 || minutes > 59)
		return -1;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int
take_date(const char **s, struct civil *c)
{
	if ((c->y = take_digits(s, 4)) < 0 || !take(s, '-'))
		return -1;
	if ((c->m = take_digits(s, 2)) < 1 || c->m > 12 || !take(s, '-'))
		return -1;
	c->d = take_digits(s, 2);
	return c->d < 1 || c->d > days_in_month(c->y, c->m) ? -1 : 0;
}

int
clock_parse(const char *s, usec_t *out, int *has_offset)
{
	struct civil c = { 0 };
	int offset_s = 0;

	*has_offset = 0;
	if (take_date(&s, &c) < 0)
		return -1;
	if (take(&s, 'T') || take(&s, 't') || take(&s, ' '))
		if (take_time(&s, &c) < 0 || take_offset(&s, &offset_s, has_offset) < 0)
			return -1;
	if (*s != '\0')
		return -1;
	*out = (((clock_days_from_civil(c.y, c.m, c.d) * 24 + c.hour) * 60 + c.minute) * 60 +
		   c.second - offset_s) *
		USEC_SEC +
	    c.usec;
	return 0;
}
