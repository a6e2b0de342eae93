/*
 * supervise - what the two programs that keep processes at work share: the web program's master and
 * the daemon's parent.
 *
 * A turn each fifth of a second: who has ended is noted, settings are read anew when SIGHUP came,
 * who has taken too long to stop is killed, and the program's own functions watch and start
 * processes. SIGTERM and SIGINT end the loop: all are told to stop and waited for. One supervisor
 * in a process, in its only thread.
 */
#ifndef LIB_OS_SUPERVISE_H
#define LIB_OS_SUPERVISE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/clock.h"

struct arena;
struct conf;

/* A process of ours, or a place for one. Times are monotonic. */
struct supervised {
	pid_t pid;	   /* 0 = not running */
	usec_t started;
	usec_t stop_since; /* when it was told to stop; 0 = it was not */
};

struct supervisor {
	void *arg;
	size_t n; /* places */
	struct supervised *(*at)(void *arg, size_t i);
	long (*mercy_s)(void *arg, size_t i); /* so long it may take to stop */
	/* It has ended, as status of waitpid() says; its pid is still there. */
	void (*ended)(void *arg, size_t i, int status);
	void (*reload)(void *arg); /* SIGHUP came */
	void (*watch)(void *arg);  /* each turn, to the end */
	void (*fill)(void *arg);   /* each turn, until all are to stop: start what is missing */
	void (*stopping)(void *arg); /* before all are told to stop; or NULL */
};

/* Catches the signals. Before the first supervise_fork(). */
void supervise_init(void);

/* Until SIGTERM or SIGINT, and all have ended. */
void supervise_run(const struct supervisor *s);

/* fork(): the new process's id and c filled; 0 in the new process, which has no handlers, is ended
 * by SIGTERM when its parent dies, and has missed no signal; or -1, errno says why. */
pid_t supervise_fork(struct supervised *c);

/* SIGTERM, unless it was told already or does not run. */
void supervise_stop(struct supervised *c);

/* "exit 1", "signal 9" */
enum { SUPERVISE_HOW_BYTES = 32 };
const char *supervise_how(int status, char out[SUPERVISE_HOW_BYTES]);

/* How long nobody is started after a failure: the pause doubles for those who fail within ten
 * seconds, up to half a minute. */
struct supervise_pause {
	long ms;
	usec_t not_before;
};

/* c has failed. first_ms: the first pause of a row; lived_ms: that after one who lived longer. */
void supervise_failed(
    struct supervise_pause *p, const struct supervised *c, long first_ms, long lived_ms);

/* Reads the settings of path into *conf and their strings into *a, and sets up the log by them, and
 * returns 1; or says why not, keeps what is there and returns 0. */
int supervise_reload(
    struct conf *conf, struct arena *a, const char *path, const char *program);

#endif
