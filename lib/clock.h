/*
 * clock - instants as microseconds since 1970-01-01T00:00:00Z, and their text forms.
 *
 * Business time comes from the database (db_now() in store/db.h), never from this machine's clock.
 * In check builds (configure --enable-check-build) clock_offset_us() reads CUSTOMERAPI_CLOCK_OFFSET
 * (seconds) so that tests can fake time through the real programs; elsewhere it is always 0.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

typedef int64_t usec_t;

#define USEC_NONE INT64_MIN	/* "no instant": NULL in the database, null in JSON */
#define USEC_SEC INT64_C(1000000)

/* The offset to add to every business "now", in microseconds. */
usec_t clock_offset_us(void);

/* A monotonic clock for measuring, in microseconds. Unrelated to the date. */
usec_t clock_monotonic_us(void);

/* How long this machine has been up, suspended time included, in microseconds. Setting the clock
 * does not change it. Check builds add clock_offset_us(), as if that time had passed. */
usec_t clock_boot_us(void);

/* Identifies this boot of this machine, in the arena; "unknown" where the system has no boot id. */
struct arena;
const char *clock_boot_id(struct arena *a);

/* "2026-11-24T08:09:10.123456Z"; out holds 28 bytes with the NUL. Whole seconds are printed without
 * a fraction. */
void clock_iso8601(usec_t t, char out[32]);

/* "2026-11-24 08:09:10.123456", the form of DATETIME(6). */
void clock_sql(usec_t t, char out[32]);

/* Parses ISO 8601 / RFC 3339 date-times: YYYY-MM-DD[(T| )hh:mm[:ss[.fraction]]][Z|±hh:mm|±hhmm].
 * *has_offset gets 1 if an offset was given; without one the fields are taken as UTC and the caller
 * shifts them to its zone. Returns 0, or -1 when it is not such a text or not a real date (30
 * February, hour 25; second 60 is taken as 59). */
int clock_parse(const char *s, usec_t *out, int *has_offset);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t clock_days_from_civil(int64_t y, int m, int d);
void clock_civil_from_days(int64_t days, int *y, int *m, int *d);

#endif
