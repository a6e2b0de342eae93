/*
 * mail - composing and sending (libESMTP; libcurl for TLS from the first byte) mails.
 * Knows no SQL.
 *
 * A mail counts as sent when the server answered 2xx to the message and to that recipient, and only
 * then, whatever the library says. Callers ignore SIGPIPE.
 */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include <signal.h>
#include <stddef.h>

#include "lib/clock.h"

struct arena;
struct err;

struct mail_field { const char *name, *value; };

/* A part of the text with a title: fields, or a table when it has columns. */
struct mail_section {
	const char *title;				/* NULL = none */
	const struct mail_field *fields;
	size_t nfields;
	const char *const *columns, *const *cells;	/* cells: row by row; NULL = empty */
	size_t ncolumns, nrows;
	const char *note;				/* a sentence below it, or NULL */
};

/* What a mail says. Strings are shown as text_shown() leaves them. */
struct mail_content {
	const char *from, *subject, *message_id;	/* message_id without <> */
	const char *reply_to;				/* an address in ASCII, or NULL */
	const char *const *to;
	size_t nto;
	usec_t date;
	const char *intro;				/* a sentence above the table */
	const struct mail_field *fields;		/* readable key fields */
	size_t nfields;
	const struct mail_section *sections;		/* below them */
	size_t nsections;
	const char *note;				/* sentences at the end, or NULL */
	const void *payload;				/* attached as it is; NULL = nothing */
	size_t payload_bytes,
	    payload_max; /* more than payload_max is cut, with a note in the text */
	const char *payload_name, *payload_type;	/* "webhook.json", "application/json" */
	const char *payload_charset;			/* of a text, or NULL */
};

/* The whole message with CR LF line ends, in the arena. */
char *mail_compose(struct arena *a, const struct mail_content *m, size_t *bytes);

enum mail_tls {
	MAIL_TLS_UNSET,
	MAIL_TLS_NONE,
	MAIL_TLS_STARTTLS,
	MAIL_TLS_IF_OFFERED,
	MAIL_TLS_IMPLICIT
};

struct mail_server {
	const char *host;
	unsigned port;
	enum mail_tls tls;
	const char *ca;				/* PEM file, "" = the system's authorities */
	const char *user, *password; /* "" = no login; never sent unencrypted but to this machine,
					see mail_host_is_local() */
	const char *hello;			/* "" = this machine's name */
	long timeout_s;				/* per step */
	long deadline_s;			/* for all mails of one mail_send() together; only
						   the first is begun when less is left than
						   timeout_s, or half of this if that is less */
	const volatile sig_atomic_t *stop; /* once it is set, the mail on its way gets stop_s
					      seconds more and no other is begun; NULL = never */
	long stop_s;
	int (*answered)(void *arg, size_t job); /* called for each job that the server has answered,
						   before the next is begun; not 0: no other is
						   begun. NULL = nobody wants to know */
	void *arg;
};

enum { MAIL_REPLY_SIZE = 1201 };

enum mail_fate {
	MAIL_FATE_UNSET,
	MAIL_SENT,
	MAIL_LATER,
	MAIL_REFUSED,
	MAIL_UNTRIED
}; /* untried: it was never offered to the server, because *stop was set or the time was over */

struct mail_recipient {
	const char *address;
	enum mail_fate fate;			/* out */
	int code;				/* out: SMTP reply, 0 = none */
	char reply[MAIL_REPLY_SIZE]; /* out: the server's words, or ours when it said none;
					printable UTF-8 of up to 300 characters */
};

struct mail_job {
	const char *from;
	struct mail_recipient *recipients;
	size_t nrecipients;
	const char *message;			/* from mail_compose() */
	size_t bytes;
};

/* Sends the jobs one after the other over one connection. When the server ends it, the rest goes
 * over another, as long as each takes at least one; a mail whose end was not seen counts as taken,
 * and is MAIL_LATER. What is not begun when too little time is left is MAIL_UNTRIED. Each
 * recipient gets its fate; nothing is left UNSET. The program that calls it links net/socket.c. */
void mail_send(const struct mail_server *s, struct mail_job *jobs, size_t n);

#endif
