/*
 * process_earn_points - EarnPoints: points of purchases by the tenant's rules; what a purchase has, less what it should have, is one movement.
 */
#ifndef SCHEDULER_PROCESS_EARN_POINTS_H
#define SCHEDULER_PROCESS_EARN_POINTS_H

#include "scheduler/run.h"

run_fn process_earn_points_run;

#endif
