/*
 * process_expire_points - ExpirePoints: what is left of points whose time is over becomes a
 * movement that takes it away.
 */
#ifndef PROCESS_EXPIRE_POINTS_H
#define PROCESS_EXPIRE_POINTS_H

#include "process/run.h"

run_fn process_expire_points_run;

#endif
