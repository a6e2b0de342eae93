#include "config.h"

#include "scheduler/lease.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/registry_db.h"

static void
extend(const struct lease_keeper *k, struct db **db)
{
	struct err err = { 0 };
	usec_t now;

	if (registry_db_open(db, k->conf, 0, &err) == 0 && db_now(*db, &now, &err) == 0)
		store_queue_extend(*db, k->lease, now + k->conf->queue_lease_s * USEC_SEC, &err);
}

static void *
keep(void *arg)
{
	struct lease_keeper *k = arg;
	struct db *db = NULL;

	pthread_mutex_lock(&k->mutex);
	while (!k->stop) {
		struct timespec until;
		int64_t wait_ms = k->conf->queue_lease_s * 1000 / 3;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += wait_ms / 1000;
		until.tv_nsec += wait_ms % 1000 * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&k->wake, &k->mutex, &until) == ETIMEDOUT && !k->stop) {
			pthread_mutex_unlock(&k->mutex);
			extend(k, &db);
			pthread_mutex_lock(&k->mutex);
		}
	}
	pthread_mutex_unlock(&k->mutex);
	db_close(&db);
	db_thread_end();
	return NULL;
}

void
lease_keep(struct lease_keeper *k, const struct conf *conf, const struct queue_claim *claim)
{
	pthread_condattr_t attr;

	*k = (struct lease_keeper){ .conf = conf };
	memcpy(k->lease, claim->lease, QUEUE_LEASE_BYTES);
	pthread_mutex_init(&k->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	k->running = pthread_create(&k->thread, NULL, keep, k) == 0;
}

void
lease_let_go(struct lease_keeper *k)
{
	pthread_mutex_lock(&k->mutex);
	k->stop = 1;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	if (k->running)
		pthread_join(k->thread, NULL);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->mutex);
}
