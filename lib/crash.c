#include "config.h"

#include "lib/crash.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
crash_point(const char *name)
{
#ifdef CHECK_BUILD
	const char *wanted = getenv("CUSTOMERAPI_TEST_CRASH_AT"),
		   *once = getenv("CUSTOMERAPI_TEST_CRASH_FILE");

	if (wanted == NULL || strcmp(wanted, name) != 0)
		return;
	if (once == NULL || unlink(once) == 0)
		kill(getpid(), SIGKILL);
#else
	(void)name;
#endif
}

int
crash_conflict(void)
{
#ifdef CHECK_BUILD
	const char *files = getenv("CUSTOMERAPI_TEST_CONFLICTS");
	char path[256];

	for (int i = 1; files != NULL && i <= 9; i++) {
		snprintf(path, sizeof path, "%s.%d", files, i);
		if (unlink(path) == 0)
			return 1;
	}
#endif
	return 0;
}
