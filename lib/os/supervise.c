#include "config.h"

#include "lib/os/supervise.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"

enum { TICK_MS = 200, PAUSE_MAX_MS = 30000, LIVED_S = 10 };

static volatile sig_atomic_t want_stop, want_reload;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		want_reload = 1;
	else if (sig != SIGCHLD)
		want_stop = 1;
}

void
supervise_init(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGCHLD, &act, NULL);	/* ends the sleep early */
}

/* ------------------------------------------------------------------ one process */

static void
be_child(pid_t parent, const sigset_t *mask)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
}

pid_t
supervise_fork(struct supervised *c)
{
	pid_t self = getpid(), pid;
	sigset_t all, mask;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	if ((pid = fork()) == 0) {
		be_child(self, &mask);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (pid > 0)
		*c = (struct supervised){ .pid = pid, .started = clock_monotonic_us() };
	return pid;
}

void
supervise_stop(struct supervised *c)
{
	if (c->pid == 0 || c->stop_since != 0)
		return;
	kill(c->pid, SIGTERM);
	c->stop_since = clock_monotonic_us();
}

const char *
supervise_how(int status, char out[SUPERVISE_HOW_BYTES])
{
	if (WIFSIGNALED(status))
		snprintf(out, SUPERVISE_HOW_BYTES, "signal %d", WTERMSIG(status));
	else
		snprintf(out, SUPERVISE_HOW_BYTES, "exit %d", WEXITSTATUS(status));
	return out;
}

void
supervise_failed(
    struct supervise_pause *p, const struct supervised *c, long first_ms, long lived_ms)
{
	const usec_t now = clock_monotonic_us();

	if (now - c->started > LIVED_S * USEC_SEC)
		p->ms = lived_ms;
	else
		p->ms = p->ms == 0 ? first_ms : p->ms * 2;
	if (p->ms > PAUSE_MAX_MS)
		p->ms = PAUSE_MAX_MS;
	p->not_before = now + p->ms * 1000;
}

int
supervise_reload(struct conf *conf, struct arena *a, const char *path, const char *program)
{
	struct arena fresh = { 0 };
	struct conf read;
	struct err err = { 0 };

	if (conf_load(&read, &fresh, path, &err) < 0) {
		log_event(LOG_LEVEL_ERROR, "reload", "detail", err.detail, "kept",
		    "the old settings", NULL);
		arena_done(&fresh);
		return 0;
	}
	arena_done(a);	/* processes have their own copy of the old settings */
	*a = fresh;
	*conf = read;
	log_setup(program, log_level_find(conf->log_level));
	return 1;
}

/* ------------------------------------------------------------------ all of them */

static void
reap(const struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < s->n; i++)
			if (s->at(s->arg, i)->pid == pid) {
				s->ended(s->arg, i, status);
				s->at(s->arg, i)->pid = 0;
			}
}

static void
kill_late(const struct supervisor *s)
{
	const usec_t now = clock_monotonic_us();

	for (size_t i = 0; i < s->n; i++) {
		const struct supervised *c = s->at(s->arg, i);

		if (c->pid != 0 && c->stop_since != 0 &&
		    now - c->stop_since > s->mercy_s(s->arg, i) * USEC_SEC)
			kill(c->pid, SIGKILL);
	}
}

static int
any_left(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at(s->arg, i)->pid != 0)
			return 1;
	return 0;
}

static void
stop_all(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n; i++)
		supervise_stop(s->at(s->arg, i));
}

static void
turn(const struct supervisor *s)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

	s->watch(s->arg);
	kill_late(s);
	if (!want_stop)
		s->fill(s->arg);
	nanosleep(&tick, NULL);
}

void
supervise_run(const struct supervisor *s)
{
	while (!want_stop) {
		reap(s);
		if (want_reload) {
			want_reload = 0;
			s->reload(s->arg);
		}
		turn(s);
	}
	if (s->stopping != NULL)
		s->stopping(s->arg);
	stop_all(s);
	while (reap(s), any_left(s))
		turn(s);
	log_event(LOG_LEVEL_INFO, "stop", NULL);
}
