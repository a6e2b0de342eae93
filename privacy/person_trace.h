/*
 * person_trace - what the registry holds of persons: messages (with their attempts and mails),
 * mails to the person, and logs of runs that speak of the person. All of a tenant's rows are looked
 * at, a window of keys and one body at a time, so memory is bounded by one body, which is read
 * unpacked.
 */
#ifndef PRIVACY_PERSON_TRACE_H
#define PRIVACY_PERSON_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "privacy/person_match.h"

struct arena;
struct db;
struct err;

/* As in api_message.state. */
enum { PERSON_TRACE_READY = 1, PERSON_TRACE_LEASED = 2, PERSON_TRACE_DEAD = 4,
    PERSON_TRACE_UNROUTED = 5 };

struct person_trace_message {
	int64_t id;
	const unsigned char *receipt;	/* 16 bytes */
	int state, kind;
	int16_t source_id;
	const char *platform, *entity, *action, *email, *event_id, *method, *uri, *headers, *reason;
	usec_t received_at, settled_at;
	const char *body;		/* unpacked; as it came when that cannot be */
	size_t body_bytes;
	const char *head;		/* what comes out of such a one */
	size_t head_bytes;
	enum person_match match; /* NONE: only one of the recipients of its mails is the person */
	int is_recipient;
	int is_others;			/* it is another person's, see person_match_others() */
};

struct person_trace_mail {
	int64_t mail_id, message_id;	/* 0 = none: a digest or an alarm */
	int kind, state;
	const char *subject, *content, *reason;
	usec_t created_at, sent_at;
	int16_t source_id;		/* of its message, when the walk finds it; 0 = of none */
	int in_text;			/* subject or content name the person */
	struct person_trace_recipient {
		const char *address, *reply;
		int state, code;
		usec_t changed_at;
		int is_person, in_reply;
	} *recipients;
	size_t nrecipients;
};

struct person_trace_run {
	int64_t run_id;
	const char *parameters, *result, *reason, *log_tail;
};

struct person_trace {
	struct db *registry;
	int64_t tenant_id;
	const struct person_matcher *matcher;	/* NULL: every message of the Source */
	int16_t source_id; /* only messages of this Source, and mails of those; 0 = of any */
	int of_none;				/* and mails of no message */
	usec_t until; /* only messages received up to then; USEC_NONE = all */
	/* Called for each find, outside any transaction; a negative code ends the walk. What they
	 * are given lives until they return. NULL: not looked for. Positive: nothing of it is left;
	 * the traces behind this one are not asked. */
	int (*message)(void *arg, const struct person_trace_message *m, struct err *err);
	int (*mail)(void *arg, const struct person_trace_mail *m, struct err *err);
	int (*run)(void *arg, const struct person_trace_run *r, struct err *err);
	void (*progress)(
	    void *arg, const char *phase, int64_t done, int64_t total); /* may be NULL */
	void *arg;
};

/* Walks messages, then mails, then runs: once, however many (n > 0) are looked for. All are of one
 * tenant; the first one's progress is told. */
int person_trace_walk(const struct person_trace *const *traces, size_t n, struct err *err);

/* The mails of a message, with recipients, whether they name the person or not. */
int person_trace_mails_of(const struct person_trace *t, int64_t message_id, struct arena *a,
    struct person_trace_mail **out, size_t *n, struct err *err);

#endif
