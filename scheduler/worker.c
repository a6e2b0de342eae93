#include "config.h"

#include "scheduler/worker.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "scheduler/mailer.h"
#include "scheduler/queue.h"
#include "store/db.h"

enum { FAILURE_PAUSE_MS = 1000 };

static volatile sig_atomic_t want_stop;

static void
on_term(int sig)
{
	(void)sig;
	want_stop = 1;
}

static void
prepare(void)
{
	struct sigaction act = { .sa_handler = on_term };

	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	signal(SIGINT, SIG_IGN);	/* a terminal's Ctrl-C goes to the parent, which drains us */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	db_library_init();
}

static void
beat(const struct worker_start *start)
{
	ssize_t n;

	if (start->beat_fd < 0)
		return;
	n = write(start->beat_fd, ".", 1);
	if (n <= 0)
		want_stop = 1;		/* the parent is gone */
}

static void
pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (!want_stop)
		nanosleep(&t, NULL);
}

/* Steps until told to stop; a step says how much it did. */
static int
loop(const struct conf *conf, const struct worker_start *start, int (*step)(void *, int *, struct err *), void *arg)
{
	struct err err;
	int count, rc, complained = 0;

	while (!want_stop) {
		beat(start);
		err_clear(&err);
		rc = step(arg, &count, &err);
		if (rc < 0 && !complained)
			log_event(LOG_LEVEL_ERROR, "database", "process", start->name, "error", err_slug(err.code), "detail", err.detail, NULL);
		complained = rc < 0;
		if (rc < 0 && start->once)
			return 1;
		if (rc == 0 && count > 0)
			continue;
		if (start->once)
			return 0;
		pause_ms(rc < 0 ? FAILURE_PAUSE_MS : conf->queue_poll_ms);
	}
	return 0;
}

static int
step_queue(void *arg, int *count, struct err *err)
{
	return queue_step(arg, count, err);
}

static void
release_predecessor(const struct conf *conf, const struct worker_start *start)
{
	struct db_target target = db_target_registry(conf);
	struct err err = { 0 };
	struct db *db = NULL;

	while (start->predecessor != NULL && !want_stop) {
		beat(start);
		if (db_open(&db, &target, &err) == 0 && store_queue_release(db, start->predecessor, &err) == 0)
			break;
		db_close(&db);
		pause_ms(FAILURE_PAUSE_MS);
	}
	db_close(&db);
}

int
worker_run(const struct conf *conf, const struct worker_start *start)
{
	struct queue q = { .conf = conf, .worker = start->name };
	int status;

	prepare();
	tenants_init(&q.tenants, conf);
	release_predecessor(conf, start);
	status = loop(conf, start, step_queue, &q);
	tenants_done(&q.tenants);
	db_close(&q.registry);
	return status;
}

static int
step_mailer(void *arg, int *count, struct err *err)
{
	return mailer_step(arg, count, err);
}

int
worker_run_mailer(const struct conf *conf, const struct worker_start *start)
{
	struct mailer m = { .conf = conf };
	int status;

	prepare();
	status = loop(conf, start, step_mailer, &m);
	db_close(&m.registry);
	return status;
}
