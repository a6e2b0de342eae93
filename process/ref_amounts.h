/*
 * process_ref_amounts - ComputeRefAmounts: amounts of purchases, their lines and vouchers in the
 * tenant's reference currency.
 *
 * Reference amount = amount times the currency's rate at the purchase's date (of a voucher: its
 * use, else its start, else its creation), rounded to four digits half to even. The reference
 * currency's own rate is 1. Without a rate it is NULL, and the run ends with a warning that names
 * currency and dates. Restartable at any commit.
 */
#ifndef PROCESS_REF_AMOUNTS_H
#define PROCESS_REF_AMOUNTS_H

#include "process/run.h"

run_fn process_ref_amounts_run;

#endif
