/*
 * process_test - a process for tests of the daemon, in check builds only. Its parameters say how
 * long it runs, how much memory it takes and how it fails.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"
#include "model/process.h"
#include "process/process.h"
#include "store/db.h"

static void
pause_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int
test_run(struct run *run, struct err *err)
{
	const struct process_test_args *in = run->args;

	run_log(run, "begins, %lld steps", (long long)in->steps.value);
	if (in->memory_mb.value > 0)
		memset(arena_alloc(&run->arena, (size_t)in->memory_mb.value << 20), 1,
		    (size_t)in->memory_mb.value << 20);
	for (int64_t i = 0; i < in->steps.value; i++) {
		run_progress(run, "steps", i, in->steps.value);
		pause_ms(in->step_ms.value);
	}
	run_progress(run, "steps", in->steps.value, in->steps.value);
	/* its effect: one row a run, so that a test can count */
	if (in->note.value != NULL &&
	    db_exec(
		run->db, Q_test_effect, DB_ARGS(v_text(in->note.value), v_time(run->now)), err) < 0)
		return err->code;
	if (in->end.value != NULL && strcmp(in->end.value, "Crash") == 0)
		kill(getpid(), SIGKILL);
	if (in->end.value != NULL && strcmp(in->end.value, "Fail") == 0)
		return err_set(err, ERR_PERMANENT, "It was told to fail.");
	if (in->end.value != NULL && strcmp(in->end.value, "Warning") == 0)
		run_warn(run, "it was told to warn");
	run_result_int(run, "Steps", in->steps.value);
	run_result_text(run, "Note", in->note.value);
	return 0;
}

const struct process_row process_test_rows[] = {
	PROCESS(test, "Test", test_run, .hidden = 1,
	    .time_limit_s = 5, .memory_mb = 300, .retries = 1, .retry_after_s = 1,
	    .doc = "For tests of the daemon.")
	PROCESS_PARAM(test, int, steps, "Steps", .min = 0, .max = 100000, .def = "1",
	    .doc = "How many steps it takes.")
	PROCESS_PARAM(test, int, step_ms, "StepMs", .min = 0, .max = 60000, .def = "0",
	    .doc = "How long each is.")
	PROCESS_PARAM(test, int, memory_mb, "MemoryMb", .min = 0, .max = 4000, .def = "0",
	    .doc = "How much it takes.")
	PROCESS_PARAM(test, text, note, "Note", .max_length = 100,
	    .doc = "Kept in the tenant's database.")
	PROCESS_PARAM(test, text, end, "End", .max_length = 20, .choices = "Crash|Fail|Warning",
	    .doc = "How it ends.")
	PROCESS_END(test)
	{ .name = NULL },
};
