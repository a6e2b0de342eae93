/*
 * tap - what C tests say. For test programs of one file.
 */
#ifndef T_C_TAP_H
#define T_C_TAP_H

#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static void
ok(int good, const char *what, const char *detail)
{
	tap_count++;
	tap_failed += !good;
	printf("%s %d - %s%s%s\n", good ? "ok" : "not ok", tap_count, what,
	    detail[0] == '\0' ? "" : " ", detail);
}

/* Two texts are the same; else what was got is said. */
static inline void
ok_text(const char *got, const char *want, const char *what)
{
	int good = strcmp(got, want) == 0;

	ok(good, what, good ? "" : got);
}

/* The plan; returns the exit status. */
static int
tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
