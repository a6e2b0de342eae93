/*
 * memory - what a process takes.
 */
#ifndef SCHEDULER_MEMORY_H
#define SCHEDULER_MEMORY_H

#include <sys/types.h>

/* Resident memory in MiB; 0 when it cannot be told. */
long memory_resident_mb(pid_t pid);

#endif
