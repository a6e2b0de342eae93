#include "config.h"

#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/format/writer.h"
#include "lib/text.h"

enum { LINE_BYTES = 8192 };

static const char *log_program = "customerapi";
static enum log_level log_least = LOG_LEVEL_INFO;
static const char *const log_names[] = { [LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug" };

void
log_setup(const char *program, enum log_level least)
{
	log_program = program;
	log_least = least;
}

enum log_level
log_level_find(const char *name)
{
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
		if (text_ieq(name, log_names[i]))
			return (enum log_level)i;
	return LOG_LEVEL_UNSET;
}

/* Cuts at the end of a pair so that the line stays valid JSON. */
static void
add_pair(struct writer *w, const char *key, const char *value)
{
	struct buf *b = w->b;
	size_t before = b->len;

	writer_put_text(w, key, value);
	if (b->len + 3 > LINE_BYTES) {
		b->len = before;
		b->data[before] = '\0';
	}
}

void
log_event(enum log_level level, const char *event, ...)
{
	struct arena a = { 0 };
	struct timeval tv;
	struct writer w;
	struct buf b;
	char when[32];
	const char *key;
	va_list ap;
	ssize_t written;

	if (level > log_least || level == LOG_LEVEL_UNSET)
		return;
	gettimeofday(&tv, NULL);
	clock_iso8601(tv.tv_sec * USEC_SEC + tv.tv_usec, when);
	buf_init(&b, &a);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_text(&w, "time", when);
	writer_put_text(&w, "level", log_names[level]);
	writer_put_text(&w, "program", log_program);
	writer_put_int(&w, "pid", getpid());
	writer_put_text(&w, "event", event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (value != NULL)
			add_pair(&w, key, value);
	}
	va_end(ap);
	writer_end(&w);
	buf_addc(&b, '\n');
	written = write(STDERR_FILENO, b.data, b.len);
	(void)written;	/* a full or closed log must never stop the work */
	arena_done(&a);
}

void
log_warn_root(void)
{
	if (geteuid() == 0)
		log_event(LOG_LEVEL_WARNING, "root", "detail",
		    "This service runs as root, and what takes it over has the machine: run it as "
		    "a user of its own, which owns its socket's "
		    "folder and its key file.",
		    NULL);
}
