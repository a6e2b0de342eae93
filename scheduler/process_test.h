/*
 * process_test - a process for tests of the daemon, in check builds only: as long, large and faulty as its parameters say.
 */
#ifndef SCHEDULER_PROCESS_TEST_H
#define SCHEDULER_PROCESS_TEST_H

#include "scheduler/run.h"

run_fn process_test_run;

#endif
