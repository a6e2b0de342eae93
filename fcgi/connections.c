#include "config.h"

#include "fcgi/connections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "fcgi/gate.h"
#include "fcgi/request.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

/* A thread in line. */
struct waiter {
	struct waiter *next;
	struct connections *got;
	pthread_cond_t wake;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct connections *sets_free;		/* last used first */
static struct waiter *line, **line_end = &line;
static long made;

/* A set that is free, or may be made; NULL: there is none, or others wait for it. */
static struct connections *
take_free(const struct conf *conf)
{
	struct connections *c = sets_free;

	if (c != NULL) {
		sets_free = c->next;
		return c;
	}
	if (made >= conf->fcgi_connections || (c = calloc(1, sizeof *c)) == NULL)
		return NULL;
	made++;
	c->tenants.max = CONNECTIONS_TENANTS;
	return c;
}

static void
leave_line(const struct waiter *w)
{
	struct waiter **at = &line;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (w->next == NULL)
		line_end = at;
}

/* The mutex is held. NULL: it took too long. */
static struct connections *
wait_in_line(void)
{
	struct waiter w = { .wake = PTHREAD_COND_INITIALIZER };
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CONNECTIONS_WAIT_S;
	*line_end = &w;
	line_end = &w.next;
	while (w.got == NULL)
		if (pthread_cond_clockwait(&w.wake, &mutex, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
	if (w.got == NULL)
		leave_line(&w);
	pthread_cond_destroy(&w.wake);
	return w.got;
}

int
connections_take(struct request_thread *thread, struct err *err)
{
	if (thread->own != NULL)
		return 0;
	gate_leave();
	pthread_mutex_lock(&mutex);
	if ((thread->own = take_free(thread->conf)) == NULL)
		thread->own = wait_in_line();
	pthread_mutex_unlock(&mutex);
	if (thread->own != NULL)
		return 0;
	err_set(err, ERR_UNAVAILABLE, "All connections to the database are in use.");
	return err_inside(err, "all %ld connections of fcgi_connections have been in use for %d s",
	    thread->conf->fcgi_connections, CONNECTIONS_WAIT_S);
}

int
connections_try(struct request_thread *thread)
{
	struct connections *c = thread->own;

	gate_leave();
	if (c == NULL) {
		pthread_mutex_lock(&mutex);
		if ((c = sets_free) != NULL)
			sets_free = c->next;
		pthread_mutex_unlock(&mutex);
		thread->own = c;
	}
	return c == NULL || c->db == NULL || db_broken(c->db) ? -1 : 0;
}

void
connections_give_back(struct request_thread *thread)
{
	struct connections *c = thread->own;
	struct waiter *first;

	thread->own = NULL;
	if (c == NULL)
		return;
	pthread_mutex_lock(&mutex);
	if ((first = line) == NULL) {
		c->next = sets_free;
		sets_free = c;
	} else {
		leave_line(first);
		first->got = c;
		pthread_cond_signal(&first->wake);
	}
	pthread_mutex_unlock(&mutex);
}

void
connections_close(void)
{
	for (struct connections *c; (c = sets_free) != NULL; made--) {
		sets_free = c->next;
		db_close(&c->db);
		tenant_pool_close(&c->tenants);
		free(c);
	}
}
