#include "config.h"

#include "fcgi/master.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/access/refused.h"
#include "fcgi/quota.h"
#include "fcgi/worker.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"

enum {
	ORPHAN_WAIT_MS = 5000,
	ORPHAN_LOOK_MS = 50,
	TICK_MS = 200,
	PAUSE_MAX_MS = 30000,
	WORKERS_MAX = QUOTA_WORKERS,
	SYSTEMD_FD = 3
};

enum child_state { CHILD_FREE, CHILD_RUNNING, CHILD_DRAINING };

struct child {
	enum child_state state;
	pid_t pid;
	usec_t started, drain_since;
	struct worker_slot *slot;
};

struct master {
	struct conf conf;
	struct arena arena;		/* of conf, after a reload */
	const char *conf_path;
	int listen_fd;
	pid_t self;
	struct child children[WORKERS_MAX];
	long pause_ms;			/* before a dead worker is replaced */
	usec_t not_before;
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

/* ------------------------------------------------------------------ socket */

int
master_inherited_socket(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int listening = 0;
	socklen_t n = sizeof listening;

	if (fds != NULL && pid != NULL)
		if (strcmp(fds, "1") == 0 && atol(pid) == (long)getpid())
			return SYSTEMD_FD;
	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening)
		return STDIN_FILENO;
	return -1;
}

enum listener { LISTENER_NONE, LISTENER_LIVE, LISTENER_DEAD };

/* Who called listen() for the socket: nobody has it, a process that lives, or one that died and
 * left it to its children. */
static enum listener
listener_of(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred by = { 0 };
	socklen_t n = sizeof by;
	enum listener who = LISTENER_NONE;

	if (fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)a, sizeof *a) == 0) {
		who = LISTENER_LIVE;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &by, &n) == 0 && by.pid > 0)
			if (kill(by.pid, 0) != 0 && errno == ESRCH)
				who = LISTENER_DEAD;
	}
	if (fd >= 0)
		close(fd);
	return who;
}

/* 1 when the socket is free. Workers whose master died let go of it as soon as they notice,
 * whatever they are busy with. */
static int
wait_for_socket(const struct sockaddr_un *a)
{
	const struct timespec look = { .tv_nsec = ORPHAN_LOOK_MS * 1000000L };
	enum listener who = listener_of(a);

	for (int ms = 0; who == LISTENER_DEAD && ms < ORPHAN_WAIT_MS; ms += ORPHAN_LOOK_MS) {
		nanosleep(&look, NULL);
		who = listener_of(a);
	}
	return who == LISTENER_NONE;
}

static int
set_owner(const struct conf *conf, struct err *err)
{
	const struct group *g;

	if (chmod(conf->fcgi_socket, (mode_t)strtol(conf->fcgi_socket_mode, NULL, 8)) != 0)
		return err_set(err, ERR_IO, "The mode of %s cannot be set: %s.", conf->fcgi_socket,
		    strerror(errno));
	if (conf->fcgi_socket_group[0] == '\0')
		return 0;
	if ((g = getgrnam(conf->fcgi_socket_group)) == NULL)
		return err_set(err, ERR_CONFIG, "fcgi_socket_group: there is no group %s.",
		    conf->fcgi_socket_group);
	if (chown(conf->fcgi_socket, (uid_t)-1, g->gr_gid) != 0)
		return err_set(err, ERR_IO,
		    "The group of %s cannot be set: %s; whoever starts this must be a member of "
		    "%s.",
		    conf->fcgi_socket, strerror(errno), conf->fcgi_socket_group);
	return 0;
}

/* A run folder is gone after each start of the machine. Open to all: the socket's own mode says who
 * may connect. */
static int
make_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[sizeof ((struct sockaddr_un *)NULL)->sun_path];
	mode_t mask;
	int made;

	if (slash == NULL || slash == path)
		return 0;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
	mask = umask(0022);
	made = mkdir(folder, 0755) == 0 || errno == EEXIST;
	umask(mask);
	return made ? 0 :
		      err_set(err, ERR_IO,
			  "The folder %s of fcgi_socket cannot be made: %s. Make it, owned by the "
			  "user that this program runs as: install -d -m 0755 -o USER %s",
			  folder, strerror(errno), folder);
}

int
master_bind(const struct conf *conf, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, bound;

	if (strlen(conf->fcgi_socket) >= sizeof a.sun_path)
		return err_set(err, ERR_CONFIG, "fcgi_socket: the path is longer than %zu bytes.",
		    sizeof a.sun_path - 1);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", conf->fcgi_socket);
	if (make_folder(conf->fcgi_socket, err) < 0)
		return err->code;
	if (!wait_for_socket(&a))
		return err_set(err, ERR_IO, "Another program listens on %s.", conf->fcgi_socket);
	unlink(conf->fcgi_socket);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return err_set(err, ERR_IO, "No socket: %s.", strerror(errno));
	mask = umask(0177);
	bound = bind(fd, (const struct sockaddr *)(const void *)&a, sizeof a) == 0;
	umask(mask);
	if (!bound || listen(fd, (int)conf->fcgi_backlog) != 0) {
		close(fd);
		return err_set(
		    err, ERR_IO, "%s cannot be bound: %s.", conf->fcgi_socket, strerror(errno));
	}
	if (set_owner(conf, err) < 0) {
		close(fd);
		return err->code;
	}
	return fd;
}

/* ------------------------------------------------------------------ children */

static void
forget_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
}

static void
start_child(struct master *m, struct child *c)
{
	pid_t pid;

	memset(c->slot, 0, sizeof *c->slot);
	if ((pid = fork()) < 0) {
		log_event(LOG_LEVEL_ERROR, "fork", "detail", strerror(errno), NULL);
		m->not_before = clock_monotonic_us() + USEC_SEC;
		return;
	}
	if (pid == 0) {		/* the worker */
		forget_signals();
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != m->self)
			_exit(0);
		quota_be_worker(
		    (int)(c - m->children), m->conf.fcgi_workers * m->conf.fcgi_threads);
		_exit(worker_run(&m->conf, m->listen_fd, c->slot));
	}
	c->state = CHILD_RUNNING;
	c->pid = pid;
	c->started = clock_monotonic_us();
}

static void
drain_child(struct child *c)
{
	if (c->state != CHILD_RUNNING)
		return;
	kill(c->pid, SIGTERM);
	c->state = CHILD_DRAINING;
	c->drain_since = clock_monotonic_us();
}

static void
note_death(struct master *m, struct child *c, int status)
{
	char pid[16], how[32];
	int expected = c->state == CHILD_DRAINING ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 0);

	snprintf(pid, sizeof pid, "%ld", (long)c->pid);
	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
	log_event(expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "worker-ended", "worker", pid, "how",
	    how, NULL);
	if (!expected) {
		int lived = clock_monotonic_us() - c->started > 10 * USEC_SEC;

		m->pause_ms = m->pause_ms == 0 ? 100 : m->pause_ms * 2;
		if (m->pause_ms > PAUSE_MAX_MS)
			m->pause_ms = PAUSE_MAX_MS;
		if (lived)
			m->pause_ms = 0;
		m->not_before = clock_monotonic_us() + m->pause_ms * 1000;
	}
	quota_worker_died((int)(c - m->children));
	c->state = CHILD_FREE;
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < WORKERS_MAX; i++)
			if (m->children[i].state != CHILD_FREE && m->children[i].pid == pid)
				note_death(m, &m->children[i], status);
}

static int
is_over_deadline(const struct master *m, const struct child *c, usec_t now)
{
	for (size_t i = 0; i < WORKER_THREADS_MAX; i++) {
		int64_t since = c->slot->busy_since[i];

		if (since != 0 && now - since > m->conf.fcgi_deadline_s * USEC_SEC)
			return 1;
	}
	return 0;
}

static long
enforce(struct master *m)
{
	usec_t now = clock_monotonic_us();
	long running = 0;

	for (size_t i = 0; i < WORKERS_MAX; i++) {
		struct child *c = &m->children[i];

		if (c->state == CHILD_RUNNING && is_over_deadline(m, c, now)) {
			log_event(LOG_LEVEL_ERROR, "deadline", "detail",
			    "a request is over its deadline; its worker is replaced", NULL);
			drain_child(c);
		}
		if (c->state == CHILD_DRAINING && now - c->drain_since > WORKER_MERCY_S * USEC_SEC)
			kill(c->pid, SIGKILL);
		running += c->state == CHILD_RUNNING;
	}
	return running;
}

static void
fill_up(struct master *m, long running)
{
	for (size_t i = 0; i < WORKERS_MAX && running < m->conf.fcgi_workers &&
	     clock_monotonic_us() >= m->not_before;
	     i++)
		if (m->children[i].state == CHILD_FREE) {
			start_child(m, &m->children[i]);
			running++;
		}
}

static void
drain_all(struct master *m)
{
	for (size_t i = 0; i < WORKERS_MAX; i++)
		drain_child(&m->children[i]);
}

static void
reload(struct master *m)
{
	struct arena fresh = { 0 };
	struct conf conf;
	struct err err = { 0 };

	if (conf_load(&conf, &fresh, m->conf_path, &err) < 0) {
		log_event(LOG_LEVEL_ERROR, "reload", "detail", err.detail, "kept",
		    "the old settings", NULL);
		arena_done(&fresh);
		return;
	}
	arena_done(&m->arena);	/* workers have their own copy of the old settings */
	m->arena = fresh;
	m->conf = conf;
	log_setup("customerapi.fcgi", log_level_find(conf.log_level));
	log_event(LOG_LEVEL_INFO, "reload", NULL);
	drain_all(m);
}

/* ------------------------------------------------------------------ loop */

static int
prepare(struct master *m)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct worker_slot *slots = mmap(NULL, sizeof *slots * WORKERS_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* Workers wait by poll(): where another was quicker, accept() must come back. */
	if (fcntl(m->listen_fd, F_SETFL, fcntl(m->listen_fd, F_GETFL) | O_NONBLOCK) < 0)
		return -1;
	if (slots == MAP_FAILED || quota_create() < 0 || refused_create() < 0)
		return -1;
	for (size_t i = 0; i < WORKERS_MAX; i++)
		m->children[i].slot = &slots[i];
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGCHLD, &act, NULL);	/* ends the sleep early */
	return 0;
}

static int
any_left(const struct master *m)
{
	for (size_t i = 0; i < WORKERS_MAX; i++)
		if (m->children[i].state != CHILD_FREE)
			return 1;
	return 0;
}

int
master_run(const struct conf *conf, const char *conf_path, int listen_fd)
{
	static struct master m;
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

	m = (struct master){
		.conf = *conf, .conf_path = conf_path, .listen_fd = listen_fd, .self = getpid()
	};
	if (prepare(&m) < 0)
		return 1;
	log_event(
	    LOG_LEVEL_INFO, "start", "version", PACKAGE_VERSION, "area", conf->fcgi_area, NULL);
	while (!want_stop) {
		reap(&m);
		if (want_reload) {
			want_reload = 0;
			reload(&m);
		}
		fill_up(&m, enforce(&m));
		nanosleep(&tick, NULL);
	}
	drain_all(&m);
	while (reap(&m), any_left(&m)) {
		enforce(&m);
		nanosleep(&tick, NULL);
	}
	log_event(LOG_LEVEL_INFO, "stop", NULL);
	arena_done(&m.arena);
	return 0;
}
