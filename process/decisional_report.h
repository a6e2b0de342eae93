/*
 * decisional_report - the result, log and warnings of a refresh of the decision tables.
 */
#ifndef PROCESS_DECISIONAL_REPORT_H
#define PROCESS_DECISIONAL_REPORT_H

#include "process/decisional_fill.h"

/* Says what was counted. Whoever can mend a purchase that is left out, or counts too low, is told
 * how. */
void decisional_report(struct run *run, struct decisional *d);

#endif
