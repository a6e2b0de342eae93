/*
 * refused_table - the bounded table of refusals in memory, and the thread that writes it; see
 * refused.h, which has what starts and stops it.
 */
#ifndef FCGI_ACCESS_REFUSED_TABLE_H
#define FCGI_ACCESS_REFUSED_TABLE_H

#include "store/registry/store_refusal.h"

/* How refusals are counted: not at all, in the table, or each directly in the database. */
enum refused_mode { REFUSED_OFF, REFUSED_THREAD, REFUSED_DIRECT };

enum refused_mode refused_mode(void);

/* Counts one, now. Copies what it needs. */
void refused_count(const struct store_refusal *r);

#endif
