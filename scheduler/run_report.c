#include "config.h"

#include "process/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "scheduler/run_keeper.h"

enum { LINE_CHARS_MAX = 1000 };

void
run_progress(struct run *run, const char *phase, int64_t done, int64_t total)
{
	struct run_keeper *k = run->keeper;

	pthread_mutex_lock(&k->mutex);
	if (strcmp(k->phase, phase) != 0) {
		snprintf(k->phase, sizeof k->phase, "%s", phase);
		k->phase_begun = clock_monotonic_us();
	}
	k->done = done;
	k->total = total;
	pthread_mutex_unlock(&k->mutex);
}

/* Whole lines from the front go when there is no room. */
static void
log_add(struct run_keeper *k, const char *text)
{
	size_t n = strlen(text), cut = 0;

	if (n > STORE_RUN_LOG_MAX / 2)
		return;
	if (k->log_bytes + n > STORE_RUN_LOG_MAX) {
		char *end = memchr(k->log + n, '\n', k->log_bytes > n ? k->log_bytes - n : 0);

		cut = end == NULL ? k->log_bytes : (size_t)(end + 1 - k->log);
	}
	memmove(k->log, k->log + cut, k->log_bytes - cut);
	k->log_bytes -= cut;
	memcpy(k->log + k->log_bytes, text, n + 1);
	k->log_bytes += n;
}

void
run_log(struct run *run, const char *fmt, ...)
{
	struct run_keeper *k = run->keeper;
	struct arena a = { 0 };
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = arena_vprintf(&a, fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	pthread_mutex_lock(&k->mutex);
	log_add(k,
	    arena_printf(&a, "%7.1f s  %s\n", (double)(clock_monotonic_us() - k->begun) / 1e6,
		text_utf8_fit(&a, line, LINE_CHARS_MAX)));
	pthread_mutex_unlock(&k->mutex);
	arena_done(&a);
}

void
run_warn(struct run *run, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = arena_vprintf(&run->arena, fmt, ap);
	va_end(ap);
	run_log(run, "%s", line);
	run->warning = run->warning == NULL ?
	    line :
	    arena_printf(&run->arena, "%s; %s",
		text_utf8_fit(&run->arena, run->warning, RUN_REASON_MAX), line);
}

void
run_result_int(struct run *run, const char *name, int64_t value)
{
	writer_put_int(&run->out, name, value);
}

void
run_result_text(struct run *run, const char *name, const char *value)
{
	writer_put_text(&run->out, name, value);
}
