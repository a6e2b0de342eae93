/*
 * memory - what a process takes.
 */
#ifndef SCHEDULER_MEMORY_H
#define SCHEDULER_MEMORY_H

#include <stddef.h>
#include <sys/types.h>

struct conf;

/* What is freed stays with the process, up to 32 MiB: the next batch needs as much, and pages that
 * come anew cost a fifth of a worker's time. A large body still has memory of its own. */
void memory_keep(void);

/* The part of a worker's memory that texts may take which are read at once, in bytes: each takes a
 * multiple of itself on its way. At most most. */
size_t memory_share(const struct conf *conf, size_t most);

/* Resident memory in MiB; 0 when it cannot be told. */
long memory_resident_mb(pid_t pid);

#endif
