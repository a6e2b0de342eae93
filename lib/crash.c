#include "config.h"

#include "lib/crash.h"

#include <signal.h>
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
