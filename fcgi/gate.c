#include "config.h"

#include "fcgi/gate.h"

#include <pthread.h>

enum { INSIDE_MAX = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t may_enter = PTHREAD_COND_INITIALIZER;
static int inside, waiting, is_open;
static __thread int is_inside;

void
gate_enter(void)
{
	if (is_inside)
		return;
	pthread_mutex_lock(&mutex);
	while (inside >= INSIDE_MAX && !is_open) {
		waiting++;
		pthread_cond_wait(&may_enter, &mutex);
		waiting--;
	}
	inside++;
	pthread_mutex_unlock(&mutex);
	is_inside = 1;
}

void
gate_leave(void)
{
	if (!is_inside)
		return;
	is_inside = 0;
	pthread_mutex_lock(&mutex);
	if (--inside == 0 && waiting > 0)
		pthread_cond_signal(&may_enter);
	pthread_mutex_unlock(&mutex);
}

void
gate_open(void)
{
	pthread_mutex_lock(&mutex);
	is_open = 1;
	pthread_cond_broadcast(&may_enter);
	pthread_mutex_unlock(&mutex);
}
