/*
 * supervise - keeps child processes running: shared by the web program's master and the daemon's
 * parent.
 *
 * Five times a second the loop notes which processes have ended, reads the settings again after
 * SIGHUP, kills processes that take too long to stop, and calls the program's functions that watch
 * and start processes. SIGTERM and SIGINT end the loop: it tells all processes to stop and waits
 * for them. One supervisor in a process, in its only thread.
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
	long (*mercy_s)(void *arg, size_t i); /* how long it may take to stop */
	/* It has ended with this status of waitpid(); its pid is still set. */
	void (*ended)(void *arg, size_t i, int status);
	void (*reload)(void *arg); /* SIGHUP came */
	void (*watch)(void *arg);  /* each turn, to the end */
	void (*fill)(void *arg);   /* each turn, until all are to stop: starts what is missing */
	void (*stopping)(void *arg); /* before all are told to stop; or NULL */
};

/* Catches the signals. Before the first supervise_fork(). */
void supervise_init(void);

/* Runs until SIGTERM or SIGINT, then until all processes have ended. */
void supervise_run(const struct supervisor *s);

/* fork(). Returns the new process's id and fills c; 0 in the new process; or -1 with errno. The new
 * process has no signal handlers, gets SIGTERM when its parent dies, and misses no signal. */
pid_t supervise_fork(struct supervised *c);

/* Sends SIGTERM, unless it was sent already or the process does not run. */
void supervise_stop(struct supervised *c);

/* "exit 1", "signal 9" */
enum { SUPERVISE_HOW_BYTES = 32 };
const char *supervise_how(int status, char out[SUPERVISE_HOW_BYTES]);

/* The pause after a failure, during which no process is started. It doubles for processes that fail
 * within ten seconds, up to half a minute. */
struct supervise_pause {
	long ms;
	usec_t not_before;
};

/* Notes that c has failed. first_ms: the first pause in a series of failures; lived_ms: the pause
 * after a process that ran longer. */
void supervise_failed(
    struct supervise_pause *p, const struct supervised *c, long first_ms, long lived_ms);

/* Reads the settings of path into *conf, with their strings in *a, sets up the log and returns 1.
 * On a fault logs it, keeps the settings and returns 0. */
int supervise_reload(
    struct conf *conf, struct arena *a, const char *path, const char *program);

#endif
