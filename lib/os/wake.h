/*
 * wake - an empty datagram by which a program of this machine tells the daemon that there is work
 * now. It hastens, and is never needed: who sleeps looks again by itself.
 *
 * The daemon owns one datagram socket per kind of sleeper, at wake_socket with the kind's ending.
 * All its sleepers of that kind wait on that socket, and each datagram ends the sleep of one. The
 * kernel holds a few datagrams of a sender; what is more is dropped, for all sleepers are up then.
 */
#ifndef LIB_OS_WAKE_H
#define LIB_OS_WAKE_H

#include "lib/clock.h"

struct conf;
struct err;

enum wake_kind { WAKE_NONE, WAKE_QUEUE, WAKE_MAIL, WAKE_KINDS };

/* Sends one. Never waits and never fails: when nobody is there, or he may not be written to,
 * nothing happens. Thread-safe. */
void wake_send(const struct conf *conf, enum wake_kind kind);

/* The daemon's side. */
struct wake {
	int fd;			/* for the sleepers, also while it has no name; -1 */
	char path[108];		/* its name, "" = it has none */
	usec_t next_try;	/* for a name; monotonic */
	int complained;
};

/* A socket that has no name yet. w->fd is -1 when wake_socket is empty. */
void wake_open(struct wake *w, const struct conf *conf);

/* Gives it its name, at once or, when that fails, every few seconds: call it again and again. What
 * a dead daemon left is removed; while another daemon owns the name, its sleepers are woken.
 * ERR_IO or ERR_CONFIG once for each series of failures, else 0. */
int wake_name(struct wake *w, const struct conf *conf, enum wake_kind kind, struct err *err);

/* Takes the name away and closes it. */
void wake_close(struct wake *w);

/* Takes one datagram off fd. 1 = there was one; what it holds does not matter. */
int wake_take(int fd);

#endif
