/*
 * process_test - a process for tests of the daemon, in check builds only: as long, large and faulty
 * as its parameters say.
 */
#ifndef PROCESS_TEST_H
#define PROCESS_TEST_H

#include "process/run.h"

run_fn process_test_run;

#endif
