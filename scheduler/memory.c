#include "config.h"

#include "scheduler/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/conf.h"

enum { KEPT_BYTES = 32 << 20, MAPPED_BYTES = 4 << 20 };

void
memory_keep(void)
{
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
}

size_t
memory_share(const struct conf *conf, size_t most)
{
	const size_t share = ((size_t)conf->queue_worker_memory_mb << 20) / 8;

	return share < most ? share : most;
}

long
memory_resident_mb(pid_t pid)
{
	char path[64];
	long total, resident = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(f, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}
