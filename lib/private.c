#include "config.h"

#include "lib/private.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	DESCRIPTORS_MAX = 65536
}; /* how many are closed one by one where the kernel has no
    * close_range() */

void
private_memory(void)
{
	const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static void
close_between(unsigned first, unsigned last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++)
		close((int)fd);
}

/* The smallest descriptor in keep that is not below fd, or -1. */
static int
next_kept(const int *keep, size_t n, int fd)
{
	int next = -1;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= fd && (next < 0 || keep[i] < next))
			next = keep[i];
	return next;
}

void
private_descriptors(const int *keep, size_t n)
{
	int fd = STDERR_FILENO + 1, kept, opened;

	while ((kept = next_kept(keep, n, fd)) >= 0) {
		if (kept > fd)
			close_between((unsigned)fd, (unsigned)kept - 1);
		fd = kept + 1;
	}
	close_between((unsigned)fd, UINT_MAX);
	do
		opened = open("/dev/null", O_RDWR);
	while (opened >= 0 && opened <= STDERR_FILENO);
	if (opened >= 0)
		close(opened);
}
