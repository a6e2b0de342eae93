#include "config.h"

#include "fcgi/access/refused_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "fcgi/access/refused.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "store/db.h"
#include "store/registry_db.h"

enum { PAUSE_MAX_S = 30, IDLE_S = 30, STOP_S = 3, DB_TIMEOUT_S = 5 };

/* One row to be. Times are monotonic. refusals 0 = free. */
struct entry {
	int64_t alias_id, refusals;
	int source_id;
	enum store_refusal_cause cause;
	int is_mixed;
	usec_t first_at, last_at;
	char client[STORE_REFUSAL_CLIENT_MAX + 1], method[STORE_REFUSAL_METHOD_MAX + 1];
	char path[STORE_REFUSAL_PATH_MAX + 1], note[STORE_REFUSAL_NOTE_MAX + 1];
	char request_id[STORE_REFUSAL_REQUEST_ID_MAX + 1];
};

/* BEYOND: the one place after the sets, for groups whose set is full. */
enum { ENTRIES = REFUSED_SETS * REFUSED_WAYS + 1, BEYOND = ENTRIES - 1 };

static enum refused_mode mode;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct entry entries[ENTRIES];
static struct entry taken[ENTRIES];		/* the thread's own, while it writes */
static int waiting, stopping;			/* entries in use; told to stop */
static uint64_t seed;				/* nobody can aim at a set */
static pthread_t thread;
static const struct conf *settings;
static _Atomic int64_t alone;
static _Atomic int64_t *write_at = &alone; /* from when on the pool may write again; monotonic */

/* ------------------------------------------------------------------ counting */

static size_t
set_of(const struct store_refusal *r)
{
	uint64_t h = seed;

	h = (h ^ (uint64_t)r->alias_id) * UINT64_C(0x100000001b3);
	h = (h ^ (uint64_t)(unsigned)r->source_id) * UINT64_C(0x100000001b3);
	h = (h ^ (uint64_t)r->cause) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 32) % REFUSED_SETS * REFUSED_WAYS;
}

static int
is_of_group(const struct entry *e, const struct store_refusal *r)
{
	if (e->refusals == 0 || e->cause != r->cause)
		return 0;
	return e->alias_id == r->alias_id && e->source_id == r->source_id;
}

static int
is_the_same(const struct entry *e, const struct store_refusal *r)
{
	if (!is_of_group(e, r) || strncmp(e->client, r->client, sizeof e->client - 1) != 0)
		return 0;
	return strncmp(e->method, r->method, sizeof e->method - 1) == 0 &&
	    strncmp(e->path, r->path, sizeof e->path - 1) == 0 &&
	    strncmp(e->note, r->note, sizeof e->note - 1) == 0;
}

static void
become_mixed(struct entry *e)
{
	e->is_mixed = 1;
	snprintf(e->client, sizeof e->client, "several");
	e->method[0] = e->path[0] = e->note[0] = '\0';
}

/* The place for r: its own, a free one, or the "several" of its group. If its group has places but
 * no "several", the last one becomes it. */
static struct entry *
place_of(const struct store_refusal *r)
{
	struct entry *set = &entries[set_of(r)], *unused = NULL, *of_group = NULL;

	for (struct entry *e = set; e < set + REFUSED_WAYS; e++) {
		if (is_the_same(e, r))
			return e;
		if (e->refusals == 0)
			unused = unused == NULL ? e : unused;
		else if (is_of_group(e, r) && (of_group == NULL || !of_group->is_mixed))
			of_group = e;
	}
	if (unused != NULL)
		return unused;
	if (of_group == NULL)
		of_group = &entries[BEYOND];
	else if (!of_group->is_mixed)
		become_mixed(of_group);
	return of_group;
}

static void
entry_init(struct entry *e, const struct store_refusal *r, int is_beyond)
{
	*e = (struct entry){ .alias_id = r->alias_id, .source_id = r->source_id, .cause = r->cause,
		.first_at = r->first_at, .last_at = r->last_at };
	if (is_beyond) {
		e->alias_id = e->source_id = 0;
		e->cause = STORE_REFUSAL_SEVERAL;
		become_mixed(e);
		return;
	}
	snprintf(e->client, sizeof e->client, "%s", r->client);
	snprintf(e->method, sizeof e->method, "%s", r->method);
	snprintf(e->path, sizeof e->path, "%s", r->path);
	snprintf(e->note, sizeof e->note, "%s", r->note);
	e->is_mixed = r->path[0] == '\0';	/* one that could not be written, and comes back */
}

/* The mutex is held. */
static void
add(const struct store_refusal *r)
{
	struct entry *e = place_of(r);

	if (e->refusals == 0) {
		entry_init(e, r, e == &entries[BEYOND]);
		waiting++;
	}
	e->refusals += r->refusals;
	e->first_at = r->first_at < e->first_at ? r->first_at : e->first_at;
	if (r->last_at < e->last_at)
		return;
	e->last_at = r->last_at;
	snprintf(e->request_id, sizeof e->request_id, "%s", r->request_id);
}

/* Only the first refusal wakes the thread, so that a flood does not wake it each time. */
void
refused_count(const struct store_refusal *r)
{
	struct store_refusal one = *r;

	one.first_at = one.last_at = clock_monotonic_us();
	one.refusals = 1;
	pthread_mutex_lock(&mutex);
	if (waiting == 0)
		pthread_cond_signal(&changed);
	add(&one);
	pthread_mutex_unlock(&mutex);
}

static struct store_refusal
refusal_of(const struct entry *e)
{
	return (struct store_refusal){
		.alias_id = e->alias_id, .source_id = e->source_id, .cause = e->cause,
		.client = e->client, .method = e->method, .path = e->path, .note = e->note,
		.request_id = e->request_id, .refusals = e->refusals, .first_at = e->first_at,
		.last_at = e->last_at,
	};
}

/* ------------------------------------------------------------------ writing */

/* Entries' instants are this process's own; in the table they are the database's. */
static int
write_taken(struct db *db, size_t n, struct err *err)
{
	static struct store_refusal list[ENTRIES];
	usec_t now, here = clock_monotonic_us();
	int rc = db_now(db, &now, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		list[i] = refusal_of(&taken[i]);
		list[i].first_at += now - here;
		list[i].last_at += now - here;
	}
	return rc < 0 ? rc : store_refusal_put(db, list, n, err);
}

/* 0, or -1: nothing was written, and the log says so when it is the first time. */
static int
write_out(struct db **db, size_t n, int is_first)
{
	struct err err = { 0 };
	int rc = registry_db_open(db, settings, DB_TIMEOUT_S, &err);

	if (rc == 0)
		rc = write_taken(*db, n, &err);
	if (rc == 0)
		return 0;
	db_close(db);
	if (is_first)
		log_event(LOG_LEVEL_WARNING, "refusals-not-written", "error", err_slug(rc),
		    "detail", err.detail, "inside", err.inside, NULL);
	return -1;
}

/* The mutex is held. */
static size_t
take(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ENTRIES; i++) {
		if (entries[i].refusals == 0)
			continue;
		taken[n++] = entries[i];
		entries[i].refusals = 0;
	}
	waiting = 0;
	return n;
}

static void
give_back(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct store_refusal r = refusal_of(&taken[i]);

		add(&r);
	}
}

/* Waits until something changes (0) or until that time (-1). The mutex is held. */
static int
wait_until(usec_t at)
{
	const struct timespec until = { .tv_sec = (time_t)(at / USEC_SEC),
		.tv_nsec = (long)(at % USEC_SEC) * 1000 };

	return pthread_cond_clockwait(&changed, &mutex, CLOCK_MONOTONIC, &until) == 0 ? 0 : -1;
}

static void
pause_until(usec_t at)
{
	while (!stopping && clock_monotonic_us() < at)
		wait_until(at);
}

/* Takes the pool's next second, and waits for it. */
static void
wait_for_turn(void)
{
	const int64_t now = clock_monotonic_us();
	int64_t due = *write_at, mine;

	do
		mine = due > now ? due : now;
	while (!atomic_compare_exchange_weak(write_at, &due, mine + USEC_SEC));
	pause_until(mine);
}

/* One writing. Returns how many seconds the next is away. */
static int
write_once(struct db **db, int pause_s)
{
	const size_t n = take();
	int rc;

	pthread_mutex_unlock(&mutex);
	rc = write_out(db, n, pause_s == 1);
	pthread_mutex_lock(&mutex);
	if (rc == 0)
		return 1;
	give_back(n);
	return pause_s * 2 > PAUSE_MAX_S ? PAUSE_MAX_S : pause_s * 2;
}

static void *
thread_main(void *arg)
{
	struct db *db = NULL;
	int pause_s = 1;

	(void)arg;
	pthread_mutex_lock(&mutex);
	while (!stopping || waiting > 0) {
		int is_last;

		if (waiting == 0) {
			if (wait_until(clock_monotonic_us() + IDLE_S * USEC_SEC) < 0)
				db_close(&db);
			continue;
		}
		wait_for_turn();
		is_last = stopping;
		pause_s = write_once(&db, pause_s);
		if (is_last)
			break;
		pause_until(clock_monotonic_us() + pause_s * USEC_SEC);
	}
	pthread_mutex_unlock(&mutex);
	db_close(&db);
	db_thread_end();
	return NULL;
}

int
refused_create(void)
{
	void *p = mmap(
	    NULL, sizeof *write_at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	write_at = p;
	return 0;
}

void
refused_start(const struct conf *conf)
{
	settings = conf;
	secret_random(&seed, sizeof seed);
	if (pthread_create(&thread, NULL, thread_main, NULL) == 0)
		mode = REFUSED_THREAD;
}

void
refused_start_direct(void)
{
	mode = REFUSED_DIRECT;
}

void
refused_stop(void)
{
	struct timespec until;

	if (mode != REFUSED_THREAD)
		return;
	pthread_mutex_lock(&mutex);
	stopping = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_S;
	pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until);
}

enum refused_mode
refused_mode(void)
{
	return mode;
}
