/*
 * process_decisional - RefreshDecisionalData: the tenant's decision tables, made anew from its
 * contacts, addresses, purchases and points.
 *
 * What counts, and what each column means, stands with the statements in sql/queries.sql and in
 * customerapi(1). Months and days are those of the tenant's zone: their first instants come from
 * lib/calendar. Contacts, addresses and purchases are copied once, and all tables are made of the
 * copies. The tables are built beside those in use and exchanged by one RENAME TABLE, so readers
 * see the old ones or the new ones. A run that died leaves nothing but half-built twins, which the
 * next one empties; a lock on the server keeps both apart.
 *
 * Purchases whose status nobody knows are named in the result by the labels that they were sent
 * with.
 *
 * Quintiles: 5 is the best fifth (the latest last purchase, the most purchases, the highest
 * reference amount). A contact's is 1 plus a fifth of the buyers' number for each that is worth
 * less than it, rounded down: so equal contacts have equal quintiles.
 */
#ifndef PROCESS_DECISIONAL_H
#define PROCESS_DECISIONAL_H

#include "process/run.h"

run_fn process_decisional_run;

#endif
