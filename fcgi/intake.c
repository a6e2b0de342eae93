#include "config.h"

#include "fcgi/intake.h"

#include "lib/err.h"
#include "lib/os/wake.h"
#include "store/registry_db.h"

enum { TRIES = 3, PAUSE_MS = 20 };

struct intake_item {
	struct intake_item *next;
	const struct store_message *message;
	struct store_put put;
	struct err err;
	int rc, done;
	pthread_cond_t wake;		/* done, or first in the queue with nobody leading */
};

void
intake_init(struct intake *in, const struct conf *conf)
{
	*in = (struct intake){ .conf = conf };
	pthread_mutex_init(&in->mutex, NULL);
	in->end = &in->head;
}

void
intake_done(struct intake *in)
{
	db_close(&in->db);
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
		size_t more = in->head->message->body_bytes;

		if (n > 0 && (more > INTAKE_ALONE_BYTES || bytes + more > INTAKE_GROUP_BYTES))
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

static void
wake_daemon(const struct intake *in, struct intake_item *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i]->rc == 0 && items[i]->message->invisible_s == 0) {
			wake_send(in->conf, WAKE_QUEUE);
			return;
		}
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
	wake_daemon(in, items, n);
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
