#include "config.h"

#include "fcgi/worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fcgi/access/refused.h"
#include "fcgi/connections.h"
#include "fcgi/gate.h"
#include "fcgi/quota.h"
#include "fcgi/request.h"
#include "fcgi/serve.h"
#include "fcgi/transport/transport_cgi.h"
#include "fcgi/transport/transport_event.h"
#include "fcgi/transport/transport_fcgi.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "store/db.h"

struct worker {
	const struct conf *conf;
	const struct secret_box *box;
	int listen_fd;
	int drain_fd;			/* an eventfd; readable = leave */
	struct worker_slot *slot;
	pthread_mutex_t waiting;	/* one thread at a time waits for a connection */
	_Atomic int draining;
	struct event_loop *loop;	/* NULL with libfcgi */
};

/* A place for one request. */
struct seat {
	struct serve_later later;	/* first; with its transport */
	struct worker *worker;
	struct transport_fcgi *libfcgi;	/* NULL: event */
	struct transport_event event;
};

struct worker_thread {
	struct worker *worker;
	pthread_t id;
	int index;
	struct event_thread event;
};

enum { LATE_S = 2, LOOK_MS = 200, WRITE_LOOK_MS = 1000, HEAPS_MAX = 2 };

static int signal_fd = -1;		/* eventfd written by the SIGTERM handler */
static volatile sig_atomic_t told;	/* SIGTERM came */

static void
begin_drain(void)
{
	uint64_t one = 1;
	ssize_t n = write(signal_fd, &one, sizeof one);

	(void)n;
}

static void
on_term(int sig)
{
	int saved = errno;

	(void)sig;
	told = 1;
	begin_drain();
	errno = saved;
}

static void
catch(int sig, void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler };

	sigemptyset(&act.sa_mask);
	sigaction(sig, &act, NULL);
}

static void
load_box(const struct conf *conf, struct secret_box *box)
{
	struct err err = { 0 };

	if (secret_box_load(box, conf->key_file, &err) < 0)
		log_event(LOG_LEVEL_WARNING, "key-file", "detail", err.detail, "inside", err.inside,
		    NULL);
}

/* Waits for a connection. 0: there is one; 1: there is none, but there are counts to write; -1:
 * leave. */
static int
wait_for_connection(struct worker *w)
{
	struct pollfd fds[2] = { { .fd = w->listen_fd, .events = POLLIN },
		{ .fd = w->drain_fd, .events = POLLIN } };
	int n = -1, broken = 0;

	pthread_mutex_lock(&w->waiting);
	while (!w->draining && !broken && fds[0].revents == 0) {
		if (n == 0 && quota_unwritten())
			break;
		n = poll(fds, 2, WRITE_LOOK_MS);
		broken = n < 0 && errno != EINTR;
	}
	pthread_mutex_unlock(&w->waiting);
	if (n == 0 && !w->draining)
		return 1;
	return w->draining || broken || (fds[0].revents & POLLIN) == 0 ? -1 : 0;
}

static void
note_busy(struct worker_thread *t)
{
	t->worker->slot->busy_since[t->index] = clock_monotonic_us();
}

static void
note_idle(struct worker_thread *t)
{
	t->worker->slot->busy_since[t->index] = 0;
}

/* The master's clock starts before the request is read: a peer that sends half a request must not
 * hold a thread for ever. */
static int
take_libfcgi(struct worker_thread *t, struct seat *s)
{
	int rc = wait_for_connection(t->worker);

	if (rc != 0)
		return rc;
	note_busy(t);
	if ((rc = transport_fcgi_accept(s->libfcgi, &s->later.transport)) != 0)
		note_idle(t);
	return rc;
}

static int
take_event(struct worker_thread *t, struct seat *s)
{
	int rc;

	gate_enter();
	rc = transport_event_take(&s->event, &t->event, &s->later.transport, WRITE_LOOK_MS);
	if (rc == 0)
		note_busy(t);
	return rc;
}

/* Waits for a request: 0; 1 when none came and there may be something to write; -1 when it is time
 * to leave. */
static int
take(struct worker_thread *t, struct seat *s)
{
	int rc = s->libfcgi != NULL ? take_libfcgi(t, s) : take_event(t, s);

	if (rc == 0)
		quota_thread_busy(1);
	return rc;
}

static void
count_request(struct worker *w)
{
	uint64_t n = ++w->slot->served;

	if (w->conf->fcgi_max_requests > 0 && n >= (uint64_t)w->conf->fcgi_max_requests)
		begin_drain();
}

static void
request_over(struct seat *s)
{
	if (s->libfcgi != NULL)
		transport_fcgi_finish(s->libfcgi);
	else
		transport_event_finish(&s->event);
	quota_thread_busy(-1);
	count_request(s->worker);
}

/* It waited for its commit without a thread. */
static void
over(struct serve_later *later, struct request_thread *by)
{
	struct seat *s = (struct seat *)later;

	(void)by;
	request_over(s);
	free(s);
}

/* NULL: there is no memory. */
static struct seat *
seat_create(struct worker *w)
{
	struct seat *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	*s = (struct seat){
		.later = { .over = over }, .worker = w, .event = { .loop = w->loop }
	};
	if (w->loop == NULL && (s->libfcgi = transport_fcgi_create(w->listen_fd)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
seat_destroy(struct seat *s)
{
	if (s == NULL)
		return;
	transport_fcgi_destroy(&s->libfcgi);
	free(s);
}

/* Returns the thread's seat, which is a new one when the request goes on without it. */
static struct seat *
answer(struct worker_thread *t, struct seat *s, struct request_thread *thread)
{
	struct worker *w = s->worker;

	if (s->libfcgi != NULL) {
		serve(&s->later.transport, thread);
		request_over(s);
		return s;
	}
	if (serve_or_wait(&s->later, thread))
		s = seat_create(w);
	else
		request_over(s);
	do
		note_busy(t);
	while (serve_commit(thread));
	return s;
}

static void *
thread_main(void *arg)
{
	struct worker_thread *t = arg;
	struct worker *w = t->worker;
	struct request_thread thread = { .conf = w->conf, .box = w->box };
	struct seat *seat = seat_create(w);
	int rc;

	while (seat != NULL && (rc = take(t, seat)) >= 0) {
		if (rc == 0)
			seat = answer(t, seat, &thread);
		quota_write(&thread);
		note_idle(t);
	}
	gate_leave();
	db_thread_end();
	seat_destroy(seat);
	if (!w->draining)
		begin_drain();	/* accept failed for good: leave, the master starts a new worker */
	return NULL;
}

static void
wait_for_drain(struct worker *w)
{
	struct pollfd fd = { .fd = signal_fd, .events = POLLIN };

	while (poll(&fd, 1, -1) < 0 && errno == EINTR)
		;
	w->draining = w->slot->is_leaving = 1;
	begin_drain();		/* keeps drain_fd readable for all threads */
}

/* If no other process has the socket, connections are refused from now on, and a new master may
 * bind it. The descriptor's number stays in use, because threads may be about to use it. */
static void
let_go_of_socket(const struct worker *w)
{
	gate_open();
	if (w->loop != NULL)
		transport_event_drain(w->loop);
	dup2(w->drain_fd, w->listen_fd);
}

/* 0, or -1 when it takes too long. A worker that leaves by itself waits for the deadline of its
 * requests. One that is told to stop waits for WORKER_MERCY_S, because the master kills it then. */
static int
wait_for_threads(const struct worker *w, const struct worker_thread *threads, int n)
{
	usec_t since = clock_monotonic_us(), told_at = USEC_NONE;
	struct timespec until;

	for (int i = 0; i < n;) {
		usec_t now = clock_monotonic_us(), next = now + LOOK_MS * 1000;

		if (told && told_at == USEC_NONE)
			told_at = now;
		if (now > (told ? told_at : since + w->conf->fcgi_deadline_s * USEC_SEC) +
			(WORKER_MERCY_S + LATE_S) * USEC_SEC)
			return -1;
		until = (struct timespec){ .tv_sec = next / USEC_SEC,
			.tv_nsec = next % USEC_SEC * 1000 };
		i += pthread_clockjoin_np(threads[i].id, NULL, CLOCK_MONOTONIC, &until) == 0;
	}
	return 0;
}

/* Ends the process without waiting for its threads: nothing can interrupt them, and the process
 * frees what they hold. */
static _Noreturn void
leave_late(void)
{
	log_event(LOG_LEVEL_ERROR, "deadline", "detail",
	    "a request does not end; its worker leaves", NULL);
	_exit(1);
}

int
worker_run(const struct conf *conf, int listen_fd, struct worker_slot *slot)
{
	static struct worker_thread threads[WORKER_THREADS_MAX];
	struct secret_box box = { 0 };
	struct worker w = { .conf = conf, .box = &box, .listen_fd = listen_fd, .slot = slot };
	sigset_t term, before;
	int n = 0;

	/* Else most threads get a heap of their own, and each keeps what its largest took. */
	mallopt(M_ARENA_MAX, HEAPS_MAX);
	signal_fd = w.drain_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w.waiting, NULL);
	transport_fcgi_init();		/* sets handlers of its own; ours come after */
	catch(SIGTERM, on_term);
	catch (SIGINT, SIG_IGN); /* a terminal's Ctrl-C goes to the master, which drains us */
	catch(SIGHUP, SIG_IGN);
	catch(SIGUSR1, SIG_IGN);
	catch(SIGPIPE, SIG_IGN);
	db_library_init();
	load_box(conf, &box);
	if (strcmp(conf->fcgi_transport, "libfcgi") != 0 &&
	    (w.loop = transport_event_create(
		 listen_fd, conf->fcgi_deadline_s, (size_t)conf->body_max_bytes)) == NULL)
		return 1;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(
	    SIG_BLOCK, &term, &before); /* the threads inherit it: SIGTERM interrupts no request */
	refused_start(conf);
	for (; n < conf->fcgi_threads && n < WORKER_THREADS_MAX; n++) {
		threads[n] = (struct worker_thread){ .worker = &w, .index = n };
		if (pthread_create(&threads[n].id, NULL, thread_main, &threads[n]) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (n > 0) {
		wait_for_drain(&w);
		let_go_of_socket(&w);
		if (wait_for_threads(&w, threads, n) < 0)
			leave_late();
	}
	connections_close();
	refused_stop();
	return n > 0 ? 0 : 1;
}

int
worker_run_cgi(const struct conf *conf)
{
	struct secret_box box = { 0 };
	struct request_thread thread = { .conf = conf, .box = &box };
	struct transport transport;

	catch(SIGPIPE, SIG_IGN);
	db_library_init();
	load_box(conf, &box);
	transport_cgi_init(&transport);
	refused_start_direct();
	serve(&transport, &thread);
	transport_cgi_drain();
	connections_close();
	return 0;
}
