/*
 * crash - places where a test may kill this process, to see that nothing is lost or doubled.
 */
#ifndef LIB_CRASH_H
#define LIB_CRASH_H

/* In check builds: kills this process when CUSTOMERAPI_TEST_CRASH_AT is name; only once when
 * CUSTOMERAPI_TEST_CRASH_FILE names a file, which is then deleted. */
void crash_point(const char *name);

#endif
