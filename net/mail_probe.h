/*
 * mail_probe - is the mail server there, does it encrypt, does it take the login? By libcurl; no
 * mail is sent and no recipient is named.
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

/* Greets it, encrypts as the settings say, logs in, says NOOP and QUIT. 0, or what is wrong in err
 * and what to do in out->fix. A password goes nowhere where mail_send() would not send it. */
int mail_probe(
    struct arena *a, const struct mail_server *server, struct mail_probe *out, struct err *err);

#endif
