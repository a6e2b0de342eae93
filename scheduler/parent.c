#include "config.h"

#include "scheduler/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "scheduler/memory.h"
#include "scheduler/worker.h"

enum { CHILDREN_MAX = 128, NAME_BYTES = 96, TICK_MS = 200, PAUSE_MAX_MS = 30000 };

struct child {
	pid_t pid;			/* 0 = not running */
	const struct worker_kind *kind;	/* NULL = unused place */
	int wanted;
	char name[NAME_BYTES], predecessor[NAME_BYTES];
	int beat_fd;			/* read end, -1 */
	usec_t started, last_beat, stop_since, not_before;
	long pause_ms;
};

struct parent {
	struct conf conf;
	struct arena arena;
	const char *conf_path;
	struct child children[CHILDREN_MAX];
};

static volatile sig_atomic_t want_stop, want_reload;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		want_reload = 1;
	else if (sig != SIGCHLD)
		want_stop = 1;
}

/* ------------------------------------------------------------------ starting */

static void
name_child(struct child *c, int index)
{
	struct arena a = { 0 };
	unsigned char random[6];
	char host[40] = "";

	gethostname(host, sizeof host - 1);
	secret_random(random, sizeof random);
	snprintf(c->name, sizeof c->name, "%s/%ld/%d/%s", host, (long)getpid(), index,
	    text_hex(&a, random, sizeof random));
	arena_done(&a);
}

/* The settings go along by a descriptor: the file may have got a mistake since they were read.
 * Signals are blocked until here, so that none is lost. */
static void
become_child(
    const struct child *c, int beat_fd, int settings_fd, pid_t parent, const sigset_t *mask)
{
	const char *args[16];
	char beat[16], settings[16];
	int n = 0;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	snprintf(beat, sizeof beat, "%d", beat_fd);
	args[n++] = "customerapi-scheduler";
	args[n++] = "--child";
	args[n++] = c->kind->name;
	args[n++] = "--name";
	args[n++] = c->name;
	args[n++] = "--beat";
	args[n++] = beat;
	if (c->predecessor[0] != '\0') {
		args[n++] = "--predecessor";
		args[n++] = c->predecessor;
	}
	snprintf(settings, sizeof settings, "%d", settings_fd);
	args[n++] = "--settings";
	args[n++] = settings;
	args[n] = NULL;
	execv("/proc/self/exe", (char *const *)(uintptr_t)args); /* execv() changes none of them */
	_exit(127);
}

static void
start_child(struct parent *p, int index)
{
	struct child *c = &p->children[index];
	pid_t self = getpid(), pid;
	sigset_t all, mask;
	int beat[2], settings;

	if (pipe2(beat, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	settings = conf_send(&p->conf);
	name_child(c, index);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	if ((pid = settings < 0 ? -1 : fork()) == 0) {
		fcntl(beat[1], F_SETFD, 0);
		fcntl(beat[1], F_SETFL, 0);
		fcntl(settings, F_SETFD, 0);
		become_child(c, beat[1], settings, self, &mask);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(beat[1]);
	close(settings);
	if (pid < 0) {
		close(beat[0]);
		c->not_before = clock_monotonic_us() + USEC_SEC;
		return;
	}
	c->pid = pid;
	c->beat_fd = beat[0];
	c->started = c->last_beat = clock_monotonic_us();
	c->stop_since = 0;
	c->predecessor[0] = '\0';
}

/* ------------------------------------------------------------------ watching */

static void
note_death(struct parent *p, struct child *c, int status)
{
	char how[32];
	int told = c->stop_since != 0 && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGTERM; /* before it could catch it */
	int clean = told || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
	usec_t now = clock_monotonic_us();

	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
	log_event(clean ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "process-ended", "process", c->name,
	    "kind", c->kind->name, "how", how, NULL);
	if (!clean) {
		if (c->kind->names_leases)
			memcpy(c->predecessor, c->name, sizeof c->predecessor);
		if (now - c->started > 10 * USEC_SEC)
			c->pause_ms = p->conf.run_as_daemon_pause_ms;
		else
			c->pause_ms = c->pause_ms == 0     ? p->conf.run_as_daemon_pause_ms :
			    c->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS :
							     c->pause_ms * 2;
		c->not_before = now + c->pause_ms * 1000;
	}
	close(c->beat_fd);
	c->beat_fd = -1;
	c->pid = 0;
}

static void
reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < CHILDREN_MAX; i++)
			if (p->children[i].pid == pid)
				note_death(p, &p->children[i], status);
}

static void
stop_child(struct child *c)
{
	if (c->pid == 0 || c->stop_since != 0)
		return;
	kill(c->pid, SIGTERM);
	c->stop_since = clock_monotonic_us();
}

static void
watch_child(struct parent *p, struct child *c)
{
	usec_t now = clock_monotonic_us();
	char beats[64];

	if (c->pid == 0)
		return;
	while (read(c->beat_fd, beats, sizeof beats) > 0)
		c->last_beat = now;
	if (c->stop_since == 0 && memory_resident_mb(c->pid) > c->kind->memory_mb(&p->conf)) {
		log_event(LOG_LEVEL_ERROR, "memory", "process", c->name, "detail",
		    "above its memory; it is replaced", NULL);
		stop_child(c);
	}
	if (c->stop_since == 0 && now - c->last_beat > p->conf.process_silent_s * USEC_SEC) {
		log_event(LOG_LEVEL_ERROR, "silent", "process", c->name, "detail",
		    "no sign of life; it is replaced", NULL);
		stop_child(c);
		kill(c->pid, SIGKILL);	/* it had its time; nothing would hear a polite word */
	}
	if (c->stop_since != 0 && now - c->stop_since > c->kind->mercy_s(&p->conf) * USEC_SEC)
		kill(c->pid, SIGKILL);
}

static int
any_left(const struct parent *p)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].pid != 0)
			return 1;
	return 0;
}

/* ------------------------------------------------------------------ loop */

/* Each kind has its own places, so that a child keeps its own when the settings change. */
static void
plan(struct parent *p)
{
	int kind = 0;

	for (; worker_kinds[kind].name != NULL && (kind + 1) * WORKER_KIND_MAX <= CHILDREN_MAX;
	     kind++)
		for (int i = 0; i < WORKER_KIND_MAX; i++) {
			struct child *c = &p->children[kind * WORKER_KIND_MAX + i];

			c->kind = &worker_kinds[kind];
			c->wanted = i < c->kind->count(&p->conf);
		}
	if (worker_kinds[kind].name != NULL)
		abort();	/* CHILDREN_MAX is too small for the table */
}

static void
reload(struct parent *p)
{
	struct arena fresh = { 0 };
	struct conf conf;
	struct err err = { 0 };

	if (conf_load(&conf, &fresh, p->conf_path, &err) < 0) {
		log_event(LOG_LEVEL_ERROR, "reload", "detail", err.detail, "kept",
		    "the old settings", NULL);
		arena_done(&fresh);
		return;
	}
	arena_done(&p->arena);
	p->arena = fresh;
	p->conf = conf;
	log_setup("customerapi-scheduler", log_level_find(conf.log_level));
	plan(p);
	for (int i = 0; i < CHILDREN_MAX; i++)
		stop_child(&p->children[i]);
	log_event(LOG_LEVEL_INFO, "reload", NULL);
}

static void
catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGCHLD, &act, NULL);
}

int
parent_run(const struct conf *conf, const char *conf_path)
{
	static struct parent p;
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

	p = (struct parent){ .conf = *conf, .conf_path = conf_path };
	catch_signals();
	plan(&p);
	log_event(LOG_LEVEL_INFO, "start", "version", PACKAGE_VERSION, NULL);
	while (!want_stop) {
		reap(&p);
		if (want_reload) {
			want_reload = 0;
			reload(&p);
		}
		for (int i = 0; i < CHILDREN_MAX; i++) {
			struct child *c = &p.children[i];

			watch_child(&p, c);
			if (c->wanted && c->pid == 0 && clock_monotonic_us() >= c->not_before)
				start_child(&p, i);
		}
		nanosleep(&tick, NULL);
	}
	for (int i = 0; i < CHILDREN_MAX; i++)
		stop_child(&p.children[i]);
	while (reap(&p), any_left(&p)) {
		for (int i = 0; i < CHILDREN_MAX; i++)
			watch_child(&p, &p.children[i]);
		nanosleep(&tick, NULL);
	}
	log_event(LOG_LEVEL_INFO, "stop", NULL);
	arena_done(&p.arena);
	return 0;
}
