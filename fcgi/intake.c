#include "config.h"

#include "fcgi/intake.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>

#include "fcgi/gate.h"
#include "lib/err.h"
#include "lib/os/wake.h"
#include "store/registry_db.h"

enum { TRIES = 3, PAUSE_MS = 20 };

/* A thread that waits for its message. */
struct waiter {
	struct intake_item item;
	sem_t wake;			/* settled, or first in the queue with nobody leading */
	_Atomic int state;		/* WAITS, then what its leader did last */
};

enum { WAITS, SETTLED, LET_GO };

void
intake_init(struct intake *in, const struct conf *conf)
{
	*in = (struct intake){ .conf = conf };
	pthread_mutex_init(&in->mutex, NULL);
	pthread_cond_init(&in->room, NULL);
	in->end = &in->head;
}

void
intake_done(struct intake *in)
{
	db_close(&in->db);
	pthread_cond_destroy(&in->room);
	pthread_mutex_destroy(&in->mutex);
}

struct intake *
intake_shared(const struct conf *conf)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct intake shared;
	static int made;

	pthread_mutex_lock(&mutex);
	if (!made) {
		intake_init(&shared, conf);
		made = 1;
	}
	pthread_mutex_unlock(&mutex);
	return &shared;
}

struct group {
	struct intake_item *const *items;
	size_t n;
	struct store_put puts[STORE_MESSAGE_GROUP_MAX];
};

static int
group_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct group *g = arg;
	const struct store_message *messages[STORE_MESSAGE_GROUP_MAX];

	for (size_t i = 0; i < g->n; i++)
		messages[i] = g->items[i]->message;
	return store_message_put(db, a, messages, g->n, g->puts, err);
}

/* One statement, which commits by itself. Nothing of it is left when it fails, unless the
 * connection is lost: then the outcome is unknown. */
static int
group_try(struct intake *in, struct intake_item *const *items, size_t n, struct err *err)
{
	static const struct db_manner manner = { .pause_ms = PAUSE_MS, .each_alone = 1 };
	struct group g = { .items = items, .n = n };
	int rc = db_transact_as(in->db, &manner, group_work, &g, err);

	for (size_t i = 0; i < n && rc == 0; i++)
		items[i]->put = g.puts[i];
	return rc;
}

/* Once more on a new connection when the old one is lost: what was committed is found by its
 * receipt. An old connection may have been dead for long, without the database being down; of one
 * that was opened just now the database has heard. */
static int
group_put(struct intake *in, struct intake_item *const *items, size_t n, struct err *err)
{
	int rc = 0, uncertain = 0;

	for (int try = 0; try < TRIES; try++) {
		err_clear(err);
		if ((rc = registry_db_open(&in->db, in->conf, 0, err)) < 0)
			break;
		rc = group_try(in, items, n, err);
		if (rc == 0)
			return 0;
		if (rc != ERR_DB_GONE && rc != ERR_DB_UNCERTAIN)
			break;
		uncertain = 1;
	}
	if (uncertain && err_is_transient(rc))
		return err_set(err, ERR_DB_UNCERTAIN,
		    "the connection was lost while the message was being committed; send it again");
	return rc;
}

static void
item_settle(struct intake_item *item, int rc, const struct err *err)
{
	item->rc = rc;
	if (rc < 0) {
		item->err = *err;
		if (err_status(rc) == 503)
			item->err.retry_after_s = INTAKE_RETRY_AFTER_S;
	}
}

/* Errors that a single message would get, too. */
static int
is_of_connection(int rc)
{
	return rc == ERR_DB_GONE || rc == ERR_DB_UNCERTAIN || rc == ERR_DB_CLOSED;
}

/* If the database is gone or read-only, all messages fail. Any other error may come from one
 * message. */
static void
group_commit(struct intake *in, struct intake_item *const *items, size_t n)
{
	struct err err;
	int rc;

	err_clear(&err);
	rc = group_put(in, items, n, &err);
	if (rc == 0 || n == 1 || is_of_connection(rc)) {
		for (size_t i = 0; i < n; i++)
			item_settle(items[i], rc, &err);
		in->groups += rc == 0;
		in->messages += rc == 0 ? n : 0;
		return;
	}
	for (size_t i = 0; i < n; i++)
		group_commit(in, items + i, 1);
}

/* Takes the next group off the queue. Called with the mutex held and the queue not empty. */
static size_t
group_take(struct intake *in, struct intake_item **items)
{
	size_t n = 0, bytes = 0;

	while (in->head != NULL && n < STORE_MESSAGE_GROUP_MAX) {
		size_t more = store_message_bytes(in->head->message);

		if (n > 0 && more > INTAKE_ALONE_BYTES)
			break;
		if (n > 0 && bytes + more > STORE_MESSAGE_GROUP_BYTES)
			break;
		items[n++] = in->head;
		in->head = in->head->next;
		bytes += more;
		if (more > INTAKE_ALONE_BYTES)
			break;
	}
	/* What is more than a size waits for the next group. */
	if (store_message_group(n) < n) {
		n = store_message_group(n);
		in->head = items[n];
	}
	if (in->head == NULL)
		in->end = &in->head;
	return n;
}

/* Of messages that are due now. */
static void
wake_daemon(const struct intake *in, struct intake_item *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i]->rc == 0 && items[i]->message->invisible_s == 0) {
			wake_send(in->conf, WAKE_QUEUE);
			return;
		}
}

static void
waiter_settled(struct intake_item *item, void *by)
{
	struct waiter *w = (struct waiter *)item;

	(void)by;
	w->state = SETTLED;
	sem_post(&w->wake);
	w->state = LET_GO;
}

static int
is_given(const struct intake_item *item)
{
	return item->settled != waiter_settled;
}

/* The mutex is held. */
static void
enqueue(struct intake *in, struct intake_item *item)
{
	item->next = NULL;
	*in->end = item;
	in->end = &item->next;
	if (!is_given(item))
		return;
	in->given++;
	in->given_bytes += item->message->body_bytes;
}

/* The group is committed, and another thread may lead. The mutex is held. */
static void
hand_over(struct intake *in, struct intake_item *const *items, size_t n)
{
	in->busy = 0;
	for (size_t i = 0; i < n; i++)
		if (is_given(items[i])) {
			in->given--;
			in->given_bytes -= items[i]->message->body_bytes;
		}
	pthread_cond_broadcast(&in->room);
	if (in->head != NULL && !is_given(in->head))
		sem_post(&((struct waiter *)in->head)->wake);
}

int
intake_lead(struct intake *in, void *by)
{
	struct intake_item *items[STORE_MESSAGE_GROUP_MAX];
	size_t n = 0;

	pthread_mutex_lock(&in->mutex);
	if (!in->busy && in->head != NULL) {
		n = group_take(in, items);
		in->busy = 1;
	}
	pthread_mutex_unlock(&in->mutex);
	if (n == 0)
		return 0;
	gate_leave();
	group_commit(in, items, n);
	wake_daemon(in, items, n);
	pthread_mutex_lock(&in->mutex);
	hand_over(in, items, n);
	pthread_mutex_unlock(&in->mutex);
	for (size_t i = 0; i < n; i++)
		items[i]->settled(items[i], by);
	return 1;
}

/* Nobody leads, and the next has no thread that could. */
static int
is_left_alone(struct intake *in)
{
	int alone;

	pthread_mutex_lock(&in->mutex);
	alone = !in->busy && in->head != NULL && is_given(in->head);
	pthread_mutex_unlock(&in->mutex);
	return alone;
}

int
intake_put(struct intake *in, const struct store_message *m, struct store_put *out, struct err *err)
{
	struct waiter w = { .item = { .message = m, .settled = waiter_settled } };

	gate_leave();
	sem_init(&w.wake, 0, 0);
	pthread_mutex_lock(&in->mutex);
	enqueue(in, &w.item);
	pthread_mutex_unlock(&in->mutex);
	while (w.state == WAITS)
		if (!intake_lead(in, NULL))
			while (sem_wait(&w.wake) < 0 && errno == EINTR)
				;
	while (w.state != LET_GO)
		sched_yield();
	sem_destroy(&w.wake);
	while (is_left_alone(in))
		intake_lead(in, NULL);
	if (w.item.rc < 0) {
		*err = w.item.err;
		return w.item.rc;
	}
	*out = w.item.put;
	return 0;
}

static int
is_full(const struct intake *in)
{
	return in->given >= INTAKE_GIVEN_MAX || in->given_bytes >= INTAKE_GIVEN_BYTES;
}

void
intake_give(struct intake *in, struct intake_item *item, void *by)
{
	pthread_mutex_lock(&in->mutex);
	while (is_full(in)) {
		if (in->busy) {
			gate_leave();
			pthread_cond_wait(&in->room, &in->mutex);
			continue;
		}
		pthread_mutex_unlock(&in->mutex);
		intake_lead(in, by);
		pthread_mutex_lock(&in->mutex);
	}
	enqueue(in, item);
	pthread_mutex_unlock(&in->mutex);
}
