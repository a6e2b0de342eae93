/*
 * private - protects a process's secrets: no core file, no access to its memory from outside, no
 * descriptors inherited from the process that started it. All programs call it before they hold a
 * secret.
 */
#ifndef LIB_PRIVATE_H
#define LIB_PRIVATE_H

#include <stddef.h>

/* Memory is not dumped, and others of the same user may neither trace the process nor read its
 * memory and environment. */
void private_memory(void);

/* Closes all descriptors above 2 except the n in keep (in any order; -1 is skipped). Opens
 * /dev/null for each of the first three that is missing: otherwise the next connection would become
 * standard error. Call it before the program opens anything itself. */
void private_descriptors(const int *keep, size_t n);

#endif
