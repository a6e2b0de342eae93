#include "config.h"

#include "lib/os/wake.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/err.h"

enum { TRY_S = 5 };

static const char *const endings[WAKE_KINDS] = { [WAKE_QUEUE] = "", [WAKE_MAIL] = ".mail" };

_Static_assert(sizeof((struct wake *)NULL)->path == sizeof((struct sockaddr_un *)NULL)->sun_path,
    "a name fits into an address");

/* 0 when there is none, or it is too long. */
static int
address_of(const struct conf *conf, enum wake_kind kind, struct sockaddr_un *a)
{
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (conf->wake_socket[0] == '\0')
		return 0;
	n = snprintf(a->sun_path, sizeof a->sun_path, "%s%s", conf->wake_socket, endings[kind]);
	return n < (int)sizeof a->sun_path;
}

static const struct sockaddr *
any(const struct sockaddr_un *a)
{
	return (const struct sockaddr *)(const void *)a;
}

static int
make_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* ------------------------------------------------------------------ sending */

static pthread_once_t sender_once = PTHREAD_ONCE_INIT;
static int sender = -1;

/* The smallest buffer: it holds as many datagrams as there can be sleepers, or a little more. */
static void
sender_make(void)
{
	const int least = 1;

	sender = make_socket();
	if (sender >= 0)
		setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
}

void
wake_send(const struct conf *conf, enum wake_kind kind)
{
	struct sockaddr_un a;

	if (!address_of(conf, kind, &a))
		return;
	pthread_once(&sender_once, sender_make);
	if (sender >= 0)
		sendto(sender, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, any(&a), sizeof a);
}

/* ------------------------------------------------------------------ the daemon's side */

void
wake_open(struct wake *w, const struct conf *conf)
{
	*w = (struct wake){ .fd = conf->wake_socket[0] == '\0' ? -1 : make_socket() };
}

/* 1 = a socket is there, but nobody has it open. */
static int
is_left_over(const struct sockaddr_un *a)
{
	struct stat st;
	int fd, left = 0;

	if (lstat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode) || (fd = make_socket()) < 0)
		return 0;
	if (connect(fd, any(a), sizeof *a) != 0)
		left = errno == ECONNREFUSED;
	close(fd);
	return left;
}

/* Its owner and its group may write to it. */
static int
bind_name(int fd, const struct sockaddr_un *a)
{
	const mode_t mask = umask(0117);
	const int bound = bind(fd, any(a), sizeof *a);
	const int why = errno;

	umask(mask);
	errno = why;
	return bound;
}

static int
set_group(const struct conf *conf, const char *path, struct err *err)
{
	const struct group *g;

	if (conf->wake_socket_group[0] == '\0')
		return 0;
	if ((g = getgrnam(conf->wake_socket_group)) == NULL)
		return err_set(err, ERR_CONFIG, "wake_socket_group: there is no group %s.",
		    conf->wake_socket_group);
	if (chown(path, (uid_t)-1, g->gr_gid) != 0)
		return err_set(err, ERR_IO,
		    "The group of %s cannot be set: %s; whoever starts the daemon must be a member "
		    "of %s.",
		    path, strerror(errno), conf->wake_socket_group);
	return 0;
}

static int
take_name(struct wake *w, const struct conf *conf, const struct sockaddr_un *a, struct err *err)
{
	int rc = bind_name(w->fd, a);

	if (rc != 0 && errno == EADDRINUSE) {
		if (!is_left_over(a))
			return 0;	/* another daemon's, or no socket: it stays */
		unlink(a->sun_path);
		rc = bind_name(w->fd, a);
	}
	if (rc != 0)
		return err_set(err, ERR_IO, "%s cannot be bound: %s.", a->sun_path,
		    strerror(errno));
	memcpy(w->path, a->sun_path, sizeof w->path);
	return set_group(conf, w->path, err);
}

int
wake_name(struct wake *w, const struct conf *conf, enum wake_kind kind, struct err *err)
{
	struct sockaddr_un a;
	int rc;

	if (w->fd < 0 || w->path[0] != '\0' || clock_monotonic_us() < w->next_try)
		return 0;
	w->next_try = clock_monotonic_us() + TRY_S * USEC_SEC;
	if (!address_of(conf, kind, &a))
		rc = err_set(err, ERR_CONFIG, "wake_socket: the path is longer than %zu bytes.",
		    sizeof a.sun_path - strlen(endings[kind]) - 1);
	else
		rc = take_name(w, conf, &a, err);
	if (rc == 0 || w->complained)
		return 0;
	w->complained = 1;
	return rc;
}

void
wake_close(struct wake *w)
{
	if (w->path[0] != '\0')
		unlink(w->path);
	if (w->fd >= 0)
		close(w->fd);
	*w = (struct wake){ .fd = -1 };
}

int
wake_take(int fd)
{
	char byte;

	return fd >= 0 && recv(fd, &byte, sizeof byte, MSG_DONTWAIT) >= 0;
}
