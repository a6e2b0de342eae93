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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/access/refused.h"
#include "fcgi/quota.h"
#include "fcgi/transport/transport_event.h"
#include "fcgi/worker.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/supervise.h"

enum {
	ORPHAN_WAIT_MS = 5000,
	ORPHAN_LOOK_MS = 50,
	PAUSE_FIRST_MS = 100,
	WORKERS_MAX = QUOTA_WORKERS,
	SYSTEMD_FD = 3,
	FILES_MAX = 65536
};

struct child {
	struct supervised process;
	struct worker_slot *slot;
};

struct master {
	struct conf conf;
	struct arena arena;		/* of conf, after a reload */
	const char *conf_path;
	int listen_fd;
	struct child children[WORKERS_MAX];
	struct supervise_pause pause;	/* before a dead worker is replaced */
	int is_stopping;
};

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

/* The owner of the socket is the process that called listen(). It may be missing, alive, or dead
 * with children that still hold the socket. */
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

/* 1 when the socket is free. Workers close it as soon as they notice that their master died, even
 * during a request. */
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

/* The folder under /run is missing after each boot. Everybody may enter it, because the socket's
 * mode decides who may connect. */
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
start_child(struct master *m, struct child *c)
{
	pid_t pid;

	memset(c->slot, 0, sizeof *c->slot);
	if ((pid = supervise_fork(&c->process)) < 0) {
		log_event(LOG_LEVEL_ERROR, "fork", "detail", strerror(errno), NULL);
		m->pause.not_before = clock_monotonic_us() + USEC_SEC;
	}
	if (pid == 0) {		/* the worker */
		quota_be_worker(
		    (int)(c - m->children), m->conf.fcgi_workers * m->conf.fcgi_threads);
		_exit(worker_run(&m->conf, m->listen_fd, c->slot));
	}
}

static struct supervised *
at(void *arg, size_t i)
{
	struct master *m = arg;

	return &m->children[i].process;
}

static long
mercy_s(void *arg, size_t i)
{
	(void)arg, (void)i;
	return WORKER_MERCY_S;
}

static void
ended(void *arg, size_t i, int status)
{
	struct master *m = arg;
	const struct supervised *c = at(m, i);
	char pid[16], how[SUPERVISE_HOW_BYTES];
	int expected = c->stop_since != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0);

	snprintf(pid, sizeof pid, "%ld", (long)c->pid);
	log_event(expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "worker-ended", "worker", pid, "how",
	    supervise_how(status, how), NULL);
	if (!expected)
		supervise_failed(&m->pause, c, PAUSE_FIRST_MS, 0);
	quota_worker_died((int)i);
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

static void
watch(void *arg)
{
	struct master *m = arg;
	usec_t now = clock_monotonic_us();

	if (m->is_stopping)
		transport_event_last();	/* a worker may have given a connection meanwhile */
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		struct child *c = &m->children[i];

		if (c->process.pid == 0 || c->process.stop_since != 0 ||
		    !is_over_deadline(m, c, now))
			continue;
		log_event(LOG_LEVEL_ERROR, "deadline", "detail",
		    "a request is over its deadline; its worker is replaced", NULL);
		supervise_stop(&c->process);
	}
}

static int
is_staying(const struct child *c)
{
	return c->process.pid != 0 && c->process.stop_since == 0 && !c->slot->is_leaving;
}

/* A worker that is told to stop, or leaves by itself, is replaced at once, before it has ended. */
static void
fill(void *arg)
{
	struct master *m = arg;
	long running = 0;

	for (size_t i = 0; i < WORKERS_MAX; i++)
		running += is_staying(&m->children[i]);
	for (size_t i = 0; i < WORKERS_MAX && running < m->conf.fcgi_workers; i++) {
		if (clock_monotonic_us() < m->pause.not_before)
			return;
		if (at(m, i)->pid == 0) {
			start_child(m, &m->children[i]);
			running++;
		}
	}
}

static void
reload(void *arg)
{
	struct master *m = arg;

	if (!supervise_reload(&m->conf, &m->arena, m->conf_path, "customerapi.fcgi"))
		return;
	log_event(LOG_LEVEL_INFO, "reload", NULL);
	for (size_t i = 0; i < WORKERS_MAX; i++)
		supervise_stop(at(m, i));
}

/* ------------------------------------------------------------------ loop */

/* Each connection that a web server keeps is a descriptor. */
static void
raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int
prepare(struct master *m)
{
	struct worker_slot *slots = mmap(NULL, sizeof *slots * WORKERS_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	raise_files();
	/* Workers wait by poll(): where another was quicker, accept() must come back. */
	if (fcntl(m->listen_fd, F_SETFL, fcntl(m->listen_fd, F_GETFL) | O_NONBLOCK) < 0)
		return -1;
	if (slots == MAP_FAILED || transport_event_prepare() < 0)
		return -1;
	if (quota_create() < 0 || refused_create() < 0)
		return -1;
	for (size_t i = 0; i < WORKERS_MAX; i++)
		m->children[i].slot = &slots[i];
	supervise_init();
	return 0;
}

/* No worker will be there to take a connection over. */
static void
stopping(void *arg)
{
	struct master *m = arg;

	m->is_stopping = 1;
	transport_event_last();
}

int
master_run(const struct conf *conf, const char *conf_path, int listen_fd)
{
	static struct master m;
	const struct supervisor supervisor = { .arg = &m,
		.n = WORKERS_MAX,
		.at = at,
		.mercy_s = mercy_s,
		.ended = ended,
		.reload = reload,
		.watch = watch,
		.fill = fill,
		.stopping = stopping };

	m = (struct master){ .conf = *conf, .conf_path = conf_path, .listen_fd = listen_fd };
	if (prepare(&m) < 0)
		return 1;
	log_event(
	    LOG_LEVEL_INFO, "start", "version", PACKAGE_VERSION, "area", conf->fcgi_area, NULL);
	supervise_run(&supervisor);
	arena_done(&m.arena);
	return 0;
}
