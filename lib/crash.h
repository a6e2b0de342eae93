/*
 * crash - places where a test may kill this process, to see that nothing is lost or doubled.
 */
#ifndef LIB_CRASH_H
#define LIB_CRASH_H

/* In check builds: kills this process when CUSTOMERAPI_TEST_CRASH_AT is name; only once when
 * CUSTOMERAPI_TEST_CRASH_FILE names a file, which is then deleted. */
void crash_point(const char *name);

/* 1 when a transaction is to fail as if another had won. In check builds only, while one of the
 * files $CUSTOMERAPI_TEST_CONFLICTS.1 to .9 exists; each call that returns 1 deletes one. */
int crash_conflict(void);

#endif
