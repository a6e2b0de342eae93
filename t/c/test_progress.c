/* The line that shows how far long work is. */
#include "config.h"

#include <string.h>

#include "admin/progress.h"
#include "lib/arena.h"
#include "t/c/tap.h"

static void
line(const char *what, int64_t done, int64_t total, usec_t elapsed, size_t width, const char *want)
{
	struct arena a = { 0 };
	const char *got = progress_line(&a, "Purged", done, total, elapsed, width);

	ok(strcmp(got, want) == 0, what, strcmp(got, want) == 0 ? "" : got);
	ok(strlen(got) < width, "fits", "");
	arena_done(&a);
}

int
main(void)
{
	line("half", 500, 1000, 5 * USEC_SEC, 80,
	    "Purged [###############---------------]  50 %  500 of 1000  100/s  0:05 left");
	line("narrow", 500, 1000, 5 * USEC_SEC, 60,
	    "Purged [######-------]  50 %  500 of 1000  100/s  0:05 left");
	line("too narrow for a bar", 500, 1000, 5 * USEC_SEC, 50,
	    "Purged  50 %  500 of 1000  100/s  0:05 left");
	line("very narrow", 500, 1000, 5 * USEC_SEC, 20, "Purged  50 %  500 o");
	line("all", 1000, 1000, 4 * USEC_SEC, 80,
	    "Purged [##############################] 100 %  1000 of 1000  250/s");
	line("more than was counted", 1200, 1000, 4 * USEC_SEC, 80,
	    "Purged [##############################] 100 %  1200 of 1200  300/s");
	line("nothing yet", 0, 1000, 4 * USEC_SEC, 80,
	    "Purged [------------------------------]   0 %  0 of 1000");
	line("no time", 5, 1000, 0, 80, "Purged [------------------------------]   0 %  5 of 1000");
	line("slow", 5, 10000, 10 * USEC_SEC, 90,
	    "Purged [------------------------------]   0 %  5 of 10000  0.5/s  5:33:10 left");
	line("for ever", 1, INT64_MAX, 1000 * USEC_SEC, 90,
	    "Purged [------------------------------]   0 %  1 of 9223372036854775807  0.0/s");
	line("no total", 12345, 0, 5 * USEC_SEC, 80, "Purged 12345  2469/s");
	return tap_end();
}
