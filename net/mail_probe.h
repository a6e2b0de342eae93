/*
 * mail_probe - checks whether the mail server answers, encrypts and accepts the login. By libcurl;
 * it sends no mail and names no recipient.
 */
#ifndef NET_MAIL_PROBE_H
#define NET_MAIL_PROBE_H

#include "lib/clock.h"
#include "net/mail.h"

struct arena;
struct err;

struct mail_probe {
	const char *greeting;		/* its first line, printable; "" when it said nothing */
	int encrypted;
	int logged_in;			/* 0 also when there is no login to try */
	usec_t certificate_until;	/* USEC_NONE when not encrypted */
	const char *fix;		/* what to do when it failed */
};

/* Greets the server, encrypts as the settings say, logs in, sends NOOP and QUIT. Returns 0, or a
 * code with what is wrong in err and what to do in out->fix. It sends the password only where
 * mail_send() would. */
int mail_probe(
    struct arena *a, const struct mail_server *server, struct mail_probe *out, struct err *err);

#endif
