/*
 * decisional_report - the result, log and warnings of a refresh of the decision tables.
 */
#ifndef PROCESS_DECISIONAL_REPORT_H
#define PROCESS_DECISIONAL_REPORT_H

#include "process/decisional_fill.h"

/* Reports what was counted. Warnings say how to correct purchases that are left out or count too
 * low. */
void decisional_report(struct run *run, struct decisional *d);

#endif
