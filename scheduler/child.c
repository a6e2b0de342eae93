#include "config.h"

#include "scheduler/child.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "scheduler/mailer/mailer.h"
#include "scheduler/memory.h"
#include "scheduler/queue.h"
#include "scheduler/retention.h"
#include "scheduler/runner.h"
#include "scheduler/tick/tick.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/schedule/store_tick.h"

enum { FAILURE_PAUSE_MS = 1000, BEAT_MS = 100, NAP_MS = 1000 };
enum { SIGN_S = 10, RUNNER_IDLE_MS = 500, LATE_S = 2 };

static volatile sig_atomic_t want_stop;
static volatile unsigned leave_s;
static int was_woken;		/* out of its last sleep, by a datagram */

/* SIGALRM ends the process when the parent does not: the kernel also sends SIGTERM when the parent
 * has died. */
static void
on_term(int sig)
{
	(void)sig;
	want_stop = 1;
	alarm(leave_s);
}

static void
prepare(long mercy_s)
{
	struct sigaction act = { .sa_handler = on_term };

	leave_s = (unsigned)mercy_s + LATE_S;
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	signal(SIGINT, SIG_IGN); /* a terminal's Ctrl-C goes to the parent, which drains us */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	db_library_init();
}

static void
beat(const struct child_start *start)
{
	static usec_t last;
	usec_t now = clock_monotonic_us();
	ssize_t n;

	if (start->beat_fd < 0 || now - last < BEAT_MS * 1000)
		return;
	last = now;
	n = write(start->beat_fd, ".", 1);
	if (n <= 0)
		want_stop = 1;		/* the parent is gone */
}

/* Until a datagram comes, or SIGTERM, which cannot slip in between the look and the sleep. */
static void
nap(int wake_fd, long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	struct pollfd p = { .fd = wake_fd, .events = POLLIN };
	sigset_t term, before;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	if (!want_stop)
		ppoll(&p, 1, &t, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Sleeps until it is woken or the time is over; signs of life go on. */
static void
idle(const struct child_start *start, int wake_fd, long ms)
{
	const usec_t until = clock_monotonic_us() + ms * INT64_C(1000);
	usec_t left;

	was_woken = 0;
	while (!want_stop && (left = (until - clock_monotonic_us() + 999) / 1000) > 0) {
		nap(wake_fd, left < NAP_MS ? (long)left : NAP_MS);
		if ((was_woken = wake_take(wake_fd)))
			return;
		beat(start);
	}
}

/* Steps until told to stop; a step says how much it did, and idle_ms how long to wait after one
 * that did nothing. */
static int
loop(const struct child_start *start, int (*step)(void *, int *, struct err *),
    const long *idle_ms, void *arg)
{
	struct err err;
	int count, rc, complained = 0;

	while (!want_stop) {
		beat(start);
		err_clear(&err);
		rc = step(arg, &count, &err);
		if (rc < 0 && !complained)
			log_event(LOG_LEVEL_ERROR, "database", "process", start->name, "error",
			    err_slug(err.code), "detail", err.detail, "inside",
			    err.inside[0] == '\0' ? NULL : err.inside, NULL);
		complained = rc < 0;
		if (rc < 0 && start->once)
			return 1;
		if (rc == 0 && count > 0)
			continue;
		if (start->once)
			return 0;
		if (rc < 0)
			idle(start, -1, FAILURE_PAUSE_MS);
		else
			idle(start, start->wake_fd, *idle_ms);
	}
	return 0;
}

static void
release_predecessor(const struct conf *conf, const struct child_start *start)
{
	struct err err = { 0 };
	struct db *db = NULL;

	while (start->predecessor != NULL && !want_stop) {
		beat(start);
		if (registry_db_open(&db, conf, 0, &err) == 0 &&
		    store_queue_release(db, start->predecessor,
			conf->mail_give_up_days * 86400 * USEC_SEC, &err) == 0)
			break;
		db_close(&db);
		idle(start, -1, FAILURE_PAUSE_MS);
	}
	db_close(&db);
}

/* Every few seconds a row says that this kind of process is at work. */
static int
sign_of_life(struct db *db, const char *kind, usec_t *not_before, struct err *err)
{
	if (clock_monotonic_us() < *not_before)
		return 0;
	*not_before = clock_monotonic_us() + SIGN_S * USEC_SEC;
	return store_tick_put(db, kind, err);
}

/* ------------------------------------------------------------------ queue worker */

struct queue_worker {
	struct queue queue;
	struct retention retention;
	usec_t next_sign;		/* monotonic clock */
};

static int
step_queue(void *arg, int *count, struct err *err)
{
	struct queue_worker *w = arg;
	int rc, more;

	if (was_woken)
		parked_wake(&w->queue.parked);
	rc = queue_step(&w->queue, count, err);
	if (rc == 0)
		rc = sign_of_life(w->queue.registry, "worker", &w->next_sign, err);
	if (rc == 0 && !want_stop &&
	    (rc = retention_step(&w->retention, &w->queue, &more, err)) == 0)
		*count += more;
	return rc;
}

static int
go_on(void *arg)
{
	beat(arg);
	return !want_stop;
}

static long
ten(const struct conf *conf)
{
	(void)conf;
	return 10;
}

static int
run_queue(const struct conf *conf, const struct child_start *start)
{
	struct child_start own = *start;
	struct queue_worker w = {
		.queue = { .conf = conf, .go_on = go_on, .arg = &own,
		    .holder = { .name = start->name, .lease_us = conf->queue_lease_s * USEC_SEC } }
	};
	int status;

	prepare(ten(conf));
	memory_keep();
	tenants_init(&w.queue.tenants, conf);
	release_predecessor(conf, start);
	status = loop(start, step_queue, &conf->queue_poll_ms, &w);
	tenants_done(&w.queue.tenants);
	db_close(&w.queue.registry);
	return status;
}

static long
queue_count(const struct conf *conf)
{
	return conf->queue_workers;
}

static long
queue_memory(const struct conf *conf)
{
	return conf->queue_worker_memory_mb;
}

/* ------------------------------------------------------------------ mailer */

struct mailing {
	struct mailer mailer;
	usec_t next_sign;		/* monotonic clock */
};

static int
step_mailer(void *arg, int *count, struct err *err)
{
	struct mailing *w = arg;
	int rc = mailer_step(&w->mailer, count, err);

	return rc == 0 ? sign_of_life(w->mailer.registry, "mailer", &w->next_sign, err) : rc;
}

static void
beat_of(void *arg)
{
	beat(arg);
}

static int
run_mailer(const struct conf *conf, const struct child_start *start)
{
	struct child_start own = *start;
	struct mailing w = {
		.mailer = { .conf = conf, .beat = beat_of, .arg = &own, .want_stop = &want_stop }
	};
	int status;

	prepare(mailer_mercy_s(conf));
	status = loop(start, step_mailer, &conf->queue_poll_ms, &w);
	db_close(&w.mailer.registry);
	return status;
}

static long
mailer_count(const struct conf *conf)
{
	return conf->mail_sessions;
}

static long
one(const struct conf *conf)
{
	(void)conf;
	return 1;
}

/* ------------------------------------------------------------------ tick */

struct ticker {
	struct tick tick;
	usec_t next_sign;		/* monotonic clock */
};

static int
step_tick(void *arg, int *count, struct err *err)
{
	struct ticker *w = arg;
	int rc = tick_step(&w->tick, count, err);

	return rc == 0 && w->tick.registry != NULL ?
	    sign_of_life(w->tick.registry, "tick", &w->next_sign, err) :
	    rc;
}

static int
run_tick(const struct conf *conf, const struct child_start *start)
{
	struct ticker w = { .tick = { .conf = conf } };
	int status;

	prepare(ten(conf));
	status = loop(start, step_tick, &w.tick.pause_ms, &w);
	db_close(&w.tick.registry);
	return status;
}

/* ------------------------------------------------------------------ runner */

static int
step_runner(void *arg, int *count, struct err *err)
{
	struct runner *r = arg;
	int rc = runner_step(r, count, err);

	if (rc == 0 && *count > 0 && !r->once)
		want_stop = 1;		/* the next run gets a process of its own */
	return rc;
}

static int
run_runner(const struct conf *conf, const struct child_start *start)
{
	struct runner r = { .conf = conf,
		.worker = start->name,
		.beat_fd = start->beat_fd,
		.once = start->once,
		.want_stop = &want_stop };
	const long idle_ms = RUNNER_IDLE_MS;
	int status;

	prepare(ten(conf));
	status = loop(start, step_runner, &idle_ms, &r);
	db_close(&r.registry);
	return status;
}

static long
runner_count(const struct conf *conf)
{
	return conf->run_slots;
}

/* ------------------------------------------------------------------ table */

const struct child_kind child_kinds[] = {
	{ .name = "worker", .count = queue_count, .memory_mb = queue_memory, .mercy_s = ten, .wake = WAKE_QUEUE, .names_leases = 1, .run = run_queue },
	{ .name = "mailer", .count = mailer_count, .memory_mb = queue_memory, .mercy_s = mailer_mercy_s, .wake = WAKE_MAIL, .run = run_mailer },
	{ .name = "tick", .count = one, .memory_mb = queue_memory, .mercy_s = ten, .run = run_tick },
	{ .name = "runner", .count = runner_count, .memory_mb = runner_memory_mb, .mercy_s = ten, .run = run_runner },
	{ .name = NULL },
};

const struct child_kind *
child_kind_find(const char *name)
{
	for (const struct child_kind *k = child_kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}
