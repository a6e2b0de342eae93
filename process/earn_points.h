/*
 * process_earn_points - EarnPoints: points of purchases by the tenant's rules; what a purchase has,
 * less what it should have, is one movement.
 */
#ifndef PROCESS_EARN_POINTS_H
#define PROCESS_EARN_POINTS_H

#include "process/run.h"

run_fn process_earn_points_run;

#endif
