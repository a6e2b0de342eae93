#include "config.h"

#include "scheduler/parent.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/supervise.h"
#include "lib/os/wake.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "scheduler/child.h"
#include "scheduler/memory.h"

enum { CHILDREN_MAX = 128, NAME_BYTES = 96 };

struct child {
	struct supervised process;
	const struct child_kind *kind;	/* NULL = unused place */
	int wanted;
	char name[NAME_BYTES], predecessor[NAME_BYTES];
	int beat_fd;			/* read end, -1 */
	usec_t last_beat;
	struct supervise_pause pause;
};

struct parent {
	struct conf conf;
	struct arena arena;
	const char *conf_path;
	struct child children[CHILDREN_MAX];
	struct wake wakes[WAKE_KINDS];
};

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

/* The settings go along by a descriptor: the file may have got a mistake since they were read. */
static void
become_child(const struct child *c, int wake_fd, int beat_fd, int settings_fd)
{
	const char *args[18];
	char wake[16], beat[16], settings[16];
	int n = 0;

	snprintf(wake, sizeof wake, "%d", wake_fd);
	snprintf(beat, sizeof beat, "%d", beat_fd);
	args[n++] = "customerapi-scheduler";
	args[n++] = "--child";
	args[n++] = c->kind->name;
	args[n++] = "--name";
	args[n++] = c->name;
	args[n++] = "--wake";
	args[n++] = wake;
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
	int beat[2], settings, wake = p->wakes[c->kind->wake].fd;
	pid_t pid;

	if (pipe2(beat, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	settings = conf_send(&p->conf);
	name_child(c, index);
	if ((pid = settings < 0 ? -1 : supervise_fork(&c->process)) == 0) {
		fcntl(beat[1], F_SETFD, 0);
		fcntl(beat[1], F_SETFL, 0);
		fcntl(settings, F_SETFD, 0);
		if (wake >= 0)
			fcntl(wake, F_SETFD, 0);
		become_child(c, wake, beat[1], settings);
	}
	close(beat[1]);
	close(settings);
	if (pid < 0) {
		close(beat[0]);
		c->pause.not_before = clock_monotonic_us() + USEC_SEC;
		return;
	}
	c->beat_fd = beat[0];
	c->last_beat = c->process.started;
	c->predecessor[0] = '\0';
}

/* ------------------------------------------------------------------ watching */

static struct supervised *
at(void *arg, size_t i)
{
	struct parent *p = arg;

	return &p->children[i].process;
}

static long
mercy_s(void *arg, size_t i)
{
	struct parent *p = arg;

	return p->children[i].kind->mercy_s(&p->conf);
}

/* Told to stop, it may have died of that before it could catch it. */
static int
is_clean(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		return c->process.stop_since != 0 && WTERMSIG(status) == SIGTERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
ended(void *arg, size_t i, int status)
{
	struct parent *p = arg;
	struct child *c = &p->children[i];
	char how[SUPERVISE_HOW_BYTES];
	int clean = is_clean(c, status);

	log_event(clean ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "process-ended", "process", c->name,
	    "kind", c->kind->name, "how", supervise_how(status, how), NULL);
	if (!clean) {
		if (c->kind->names_leases)
			memcpy(c->predecessor, c->name, sizeof c->predecessor);
		supervise_failed(&c->pause, &c->process, p->conf.run_as_daemon_pause_ms,
		    p->conf.run_as_daemon_pause_ms);
	}
	close(c->beat_fd);
	c->beat_fd = -1;
}

static void
watch_child(struct parent *p, struct child *c)
{
	usec_t now = clock_monotonic_us();
	char beats[64];

	if (c->process.pid == 0)
		return;
	while (read(c->beat_fd, beats, sizeof beats) > 0)
		c->last_beat = now;
	if (c->process.stop_since != 0)
		return;
	if (memory_resident_mb(c->process.pid) > c->kind->memory_mb(&p->conf)) {
		log_event(LOG_LEVEL_ERROR, "memory", "process", c->name, "detail",
		    "above its memory; it is replaced", NULL);
		supervise_stop(&c->process);
	} else if (now - c->last_beat > p->conf.process_silent_s * USEC_SEC) {
		log_event(LOG_LEVEL_ERROR, "silent", "process", c->name, "detail",
		    "no sign of life; it is replaced", NULL);
		supervise_stop(&c->process);
		/* It had its time; nothing would hear a polite word. */
		kill(c->process.pid, SIGKILL);
	}
}

static void
name_wakes(struct parent *p)
{
	struct err err = { 0 };

	for (int kind = WAKE_NONE + 1; kind < WAKE_KINDS; kind++)
		if (wake_name(&p->wakes[kind], &p->conf, kind, &err) < 0)
			log_event(LOG_LEVEL_WARNING, "wake", "error", err_slug(err.code), "detail",
			    err.detail, NULL);
}

static void
watch(void *arg)
{
	struct parent *p = arg;

	name_wakes(p);
	for (int i = 0; i < CHILDREN_MAX; i++)
		watch_child(p, &p->children[i]);
}

static void
fill(void *arg)
{
	struct parent *p = arg;

	for (int i = 0; i < CHILDREN_MAX; i++) {
		const struct child *c = &p->children[i];

		if (c->wanted && c->process.pid == 0 &&
		    clock_monotonic_us() >= c->pause.not_before)
			start_child(p, i);
	}
}

/* ------------------------------------------------------------------ loop */

/* Each kind has its own places, so that a child keeps its own when the settings change. */
static void
plan(struct parent *p)
{
	int kind = 0;

	for (; child_kinds[kind].name != NULL && (kind + 1) * CHILD_KIND_MAX <= CHILDREN_MAX;
	     kind++)
		for (int i = 0; i < CHILD_KIND_MAX; i++) {
			struct child *c = &p->children[kind * CHILD_KIND_MAX + i];

			c->kind = &child_kinds[kind];
			c->wanted = i < c->kind->count(&p->conf);
		}
	if (child_kinds[kind].name != NULL)
		abort();	/* CHILDREN_MAX is too small for the table */
}

static void
open_wakes(struct parent *p)
{
	p->wakes[WAKE_NONE].fd = -1;
	for (int kind = WAKE_NONE + 1; kind < WAKE_KINDS; kind++)
		wake_open(&p->wakes[kind], &p->conf);
}

static void
close_wakes(struct parent *p)
{
	for (int kind = WAKE_NONE + 1; kind < WAKE_KINDS; kind++)
		wake_close(&p->wakes[kind]);
}

static void
reload(void *arg)
{
	struct parent *p = arg;

	if (!supervise_reload(&p->conf, &p->arena, p->conf_path, "customerapi-scheduler"))
		return;
	plan(p);
	close_wakes(p);
	open_wakes(p);
	for (int i = 0; i < CHILDREN_MAX; i++)
		supervise_stop(&p->children[i].process);
	log_event(LOG_LEVEL_INFO, "reload", NULL);
}

int
parent_run(const struct conf *conf, const char *conf_path)
{
	static struct parent p;
	const struct supervisor supervisor = { .arg = &p,
		.n = CHILDREN_MAX,
		.at = at,
		.mercy_s = mercy_s,
		.ended = ended,
		.reload = reload,
		.watch = watch,
		.fill = fill };

	p = (struct parent){ .conf = *conf, .conf_path = conf_path };
	supervise_init();
	plan(&p);
	open_wakes(&p);
	name_wakes(&p);
	log_event(LOG_LEVEL_INFO, "start", "version", PACKAGE_VERSION, NULL);
	supervise_run(&supervisor);
	close_wakes(&p);
	arena_done(&p.arena);
	return 0;
}
