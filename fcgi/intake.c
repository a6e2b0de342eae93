#include "config.h"

#include "fcgi/intake.h"

#include <time.h>

#include "lib/err.h"
#include "lib/secret.h"

enum { TRIES = 3, PAUSE_MIN_MS = 5, PAUSE_MAX_MS = 50 };

struct intake_item {
	struct intake_item *next;
	const struct store_message *message;
	struct store_put put;
	struct err err;
	int rc, done;
	pthread_cond_t wake;		/* done, or first in the queue with nobody leading */
};

void
intake_init(struct intake *in, const struct db_target *target)
{
	*in = (struct intake){ .target = *target };
	pthread_mutex_init(&in->mutex, NULL);
	arena_init(&in->arena);
	in->end = &in->head;
}

void
intake_done(struct intake *in)
{
	db_close(&in->db);
	arena_done(&in->arena);
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
		struct db_target target = db_target_registry(conf);

		intake_init(&shared, &target);
		made = 1;
	}
	pthread_mutex_unlock(&mutex);
	return &shared;
}

static void
pause_random(void)
{
	unsigned char r;
	struct timespec t = { 0 };

	secret_random(&r, sizeof r);
	t.tv_nsec = (PAUSE_MIN_MS + r % (PAUSE_MAX_MS - PAUSE_MIN_MS + 1)) * 1000000L;
	nanosleep(&t, NULL);
}

/* One transaction. Nothing of it is left when it fails, unless the outcome is unknown. */
static int
group_try(struct intake *in, struct intake_item *const *items, size_t n, struct err *err)
{
	const struct store_message *messages[STORE_MESSAGE_GROUP_MAX];
	struct store_put puts[STORE_MESSAGE_GROUP_MAX];
	int rc;

	for (size_t i = 0; i < n; i++)
		messages[i] = items[i]->message;
	arena_reset(&in->arena);
	if ((rc = db_begin(in->db, err)) < 0)
		return rc;
	if ((rc = store_message_put(in->db, &in->arena, messages, n, puts, err)) < 0) {
		db_rollback(in->db);
		return rc;
	}
	if ((rc = db_commit(in->db, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		items[i]->put = puts[i];
	return 0;
}

/* *fresh tells whether the connection was opened just now: only an old one may be dead without the
 * database being down. */
static int
connection_ready(struct intake *in, int *fresh, struct err *err)
{
	*fresh = 0;
	if (in->db != NULL && db_broken(in->db))
		db_close(&in->db);
	if (in->db != NULL)
		return 0;
	*fresh = 1;
	return db_open(&in->db, &in->target, err);
}

static int
group_put(struct intake *in, struct intake_item *const *items, size_t n, struct err *err)
{
	int rc = 0, uncertain = 0;

	for (int try = 0; try < TRIES; try++) {
		int fresh;

		err_clear(err);
		if ((rc = connection_ready(in, &fresh, err)) < 0)
			break;
		if ((rc = group_try(in, items, n, err)) == 0)
			return 0;
		if (in->db != NULL && db_in_transaction(in->db))
			db_rollback(in->db);
		uncertain |= rc == ERR_DB_UNCERTAIN;
		if (rc == ERR_DB_RETRY)
			pause_random();
		else if (rc != ERR_DB_UNCERTAIN && (rc != ERR_DB_GONE || fresh))
			break;
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

/* What one message alone would meet, too. */
static int
is_of_connection(int rc)
{
	return rc == ERR_DB_GONE || rc == ERR_DB_UNCERTAIN || rc == ERR_DB_CLOSED;
}

/* A database that is away, or takes no changes, is so for all of them; anything else may be the
 * fault of one. */
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
		size_t more = in->head->message->body_bytes;

		if (n > 0 && (more > INTAKE_ALONE_BYTES || bytes + more > INTAKE_GROUP_BYTES))
			break;
		items[n++] = in->head;
		in->head = in->head->next;
		bytes += more;
		if (more > INTAKE_ALONE_BYTES)
			break;
	}
	if (in->head == NULL)
		in->end = &in->head;
	return n;
}

/* Commits one group; the mutex is held before and after, not during. */
static void
lead(struct intake *in)
{
	struct intake_item *items[STORE_MESSAGE_GROUP_MAX];
	size_t n = group_take(in, items);

	in->busy = 1;
	pthread_mutex_unlock(&in->mutex);
	group_commit(in, items, n);
	pthread_mutex_lock(&in->mutex);
	in->busy = 0;
	for (size_t i = 0; i < n; i++) {
		items[i]->done = 1;
		pthread_cond_signal(&items[i]->wake);
	}
	if (in->head != NULL)
		pthread_cond_signal(&in->head->wake);
}

int
intake_put(struct intake *in, const struct store_message *m, struct store_put *out, struct err *err)
{
	struct intake_item item = { .message = m };

	pthread_cond_init(&item.wake, NULL);
	pthread_mutex_lock(&in->mutex);
	*in->end = &item;
	in->end = &item.next;
	while (!item.done) {
		if (in->busy)
			pthread_cond_wait(&item.wake, &in->mutex);
		else
			lead(in);
	}
	pthread_mutex_unlock(&in->mutex);
	pthread_cond_destroy(&item.wake);
	if (item.rc < 0) {
		*err = item.err;
		return item.rc;
	}
	*out = item.put;
	return 0;
}
