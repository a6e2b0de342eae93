/*
 * private - a process that keeps what it holds to itself: no core file, no look into its memory
 * from outside, no descriptors that whoever started it left open. For all programs of ours, before
 * they hold a secret.
 */
#ifndef LIB_PRIVATE_H
#define LIB_PRIVATE_H

#include <stddef.h>

/* Memory is not dumped, and others of the same user may neither trace the process nor read its
 * memory and environment. */
void private_memory(void);

/* Closes all descriptors above 2 but those in keep (n of them, in any order, -1 is none), and opens
 * /dev/null in the place of the first three where one is missing: else the next connection would be
 * what others think is standard error. Before anything of one's own is open. */
void private_descriptors(const int *keep, size_t n);

#endif
