#include "config.h"

#include "net/mail.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include <auth-client.h>
#include <libesmtp.h>

#include "lib/arena.h"
#include "lib/format/mail_address.h"
#include "net/mail_result.h"
#include "net/mail_server.h"
#include "net/socket.h"

/* Gives the message's text in one piece. The library asks until it gets NULL, and starts again when
 * len is NULL. */
struct source { const struct mail_job *job; int given; };

/* What the library has of a job; message NULL: nothing, all its recipients have their fate. */
struct handles { smtp_message_t message; smtp_recipient_t *recipients; struct source source; };

/* A session on its way: what the callbacks need. */
struct sending {
	const struct mail_server *server;
	struct mail_job *jobs;
	struct handles *handles;	/* of each job */
	size_t n, next;			/* next: the first job whose end was not seen yet */
	size_t answered, before;	/* jobs that this session answered; that others took */
	SSL_CTX *ssl;
	usec_t end;			/* monotonic: of all sessions */
	char trouble[200];		/* what went wrong with TLS, if anything */
	int logged_in;			/* the server said 235 */
	int expired;			/* it took too long */
	int halted;			/* whom answered() told wants no more */
	struct socket_guard guard;
};

static int
is_stopping(const struct sending *s)
{
	return s->halted || mail_stopping(s->server);
}

/* The first mail of all is begun in any case. */
static int
is_late(const struct sending *s)
{
	return s->answered + s->before > 0 && mail_is_late(s->server, s->end);
}

/* ------------------------------------------------------------------ fates */

static struct mail_reply
reply_of(const smtp_status_t *status)
{
	return status == NULL ? (struct mail_reply){ 0 } :
				(struct mail_reply){ .code = status->code, .text = status->text };
}

/* 1 when the server heard of the job in this session. */
static int
is_begun(const struct sending *s, size_t j)
{
	return s->handles[j].message != NULL &&
	    !mail_is_unbegun(reply_of(smtp_reverse_path_status(s->handles[j].message)));
}

/* Judges by the statuses alone: libESMTP's own result can be success for a mail that was not sent.
 * What a session that took others ends before is left for the next one. */
static void
judge(const struct sending *s, size_t j)
{
	struct mail_job *job = &s->jobs[j];
	const struct handles *h = &s->handles[j];
	const struct mail_reply sender = reply_of(smtp_reverse_path_status(h->message)),
			  message = reply_of(smtp_message_transfer_status(h->message));

	if (s->answered > 0 && !is_begun(s, j))
		return;
	for (size_t i = 0; i < job->nrecipients; i++) {
		struct mail_recipient *r = &job->recipients[i];

		if (h->recipients[i] == NULL || r->fate != MAIL_FATE_UNSET)
			continue;
		mail_judge(r, sender, reply_of(smtp_recipient_status(h->recipients[i])), message);
		if (r->fate == MAIL_REFUSED && s->server->user[0] != '\0' &&
		    !s->logged_in) /* our own wrong setting must not make the mail dead */
			mail_result(
			    r, MAIL_LATER, r->code, "The mail server did not accept the login.");
	}
}

/* The next job is through, as far as this session goes. 1 when it has its fates of it. */
static int
end_job(struct sending *s)
{
	const size_t j = s->next++;

	if (s->handles[j].message == NULL)
		return 0;
	judge(s, j);
	if (mail_is_open(&s->jobs[j]))
		return 0;
	if (is_begun(s, j))
		s->answered++;
	return 1;
}

/* Between two mails; it may connect to others. */
static void
tell(struct sending *s, size_t job)
{
	if (s->server->answered == NULL)
		return;
	socket_guard_aside(&s->guard, 1);
	s->halted |= s->server->answered(s->server->arg, job) != 0;
	socket_guard_aside(&s->guard, 0);
}

/* The server has answered this message; those before it that the session did not tell of were
 * refused when it heard of them. Only now does stopping leave no doubt about a mail's fate. */
static void
end_jobs(struct sending *s, smtp_message_t message)
{
	for (int is_it = 0; s->next < s->n && !is_it;) {
		is_it = s->handles[s->next].message == message;
		if (end_job(s))
			tell(s, s->next - 1);
	}
	if (is_stopping(s) || is_late(s))
		socket_guard_cut(&s->guard);
}

/* ------------------------------------------------------------------ one session */

/* TLS faults that libESMTP only reports as an event: it goes on and says "success". */
static void
on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct sending *s = arg;
	va_list ap;
	int *ok;

	(void)session;
	va_start(ap, arg);
	switch (event) {
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		(void)va_arg(ap, long);
		ok = va_arg(ap, int *);
		*ok = 0;
		snprintf(
		    s->trouble, sizeof s->trouble, "The mail server's certificate is not valid.");
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
	case SMTP_EV_NO_PEER_CERTIFICATE:
	case SMTP_EV_WEAK_CIPHER:
		if (event == SMTP_EV_WEAK_CIPHER)
			(void)va_arg(ap, int);
		ok = va_arg(ap, int *);
		*ok = 0;
		snprintf(s->trouble, sizeof s->trouble,
		    "The mail server's certificate is missing, weak or for another name.");
		break;
	case SMTP_EV_MESSAGESENT:
		end_jobs(s, va_arg(ap, smtp_message_t));
		break;
	default:
		break;
	}
	va_end(ap);
}

/* libESMTP goes on after a refused login; only the SMTP dialogue shows the refusal. */
static void
on_dialogue(const char *buf, int len, int writing, void *arg)
{
	struct sending *s = arg;

	if (writing == SMTP_CB_READING && len >= 4 && strncmp(buf, "235 ", 4) == 0)
		s->logged_in = 1;
}

static int
on_auth(auth_client_request_t request, char **values, int fields, void *arg)
{
	const struct mail_server *server = arg;

	for (int i = 0; i < fields; i++) {
		const char *v = NULL;

		if (request[i].flags & AUTH_USER)
			v = server->user;
		else if (request[i].flags & AUTH_PASS)
			v = server->password;
		if (v != NULL)
			values[i] = (char *)(uintptr_t)v;	/* the library only reads it */
	}
	return 1;
}

static SSL_CTX *
tls_context(const struct mail_server *server)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (server->ca[0] != '\0' ? SSL_CTX_load_verify_locations(ctx, server->ca, NULL) != 1 :
				    SSL_CTX_set_default_verify_paths(ctx) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static void
set_timeouts(smtp_session_t session, long seconds)
{
	static const int steps[] = { Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA,
		Timeout_TRANSFER, Timeout_DATA2 };

	/* In milliseconds, unlike the library's manual says; without the flag the library forces
	 * several minutes. */
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		smtp_set_timeout(
		    session, steps[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, seconds * 1000);
}

static int
set_up(smtp_session_t session, struct sending *s, auth_context_t auth)
{
	const struct mail_server *server = s->server;
	char where[300];
	enum starttls_option how = server->tls == MAIL_TLS_STARTTLS ? Starttls_REQUIRED :
								      Starttls_ENABLED;

	snprintf(where, sizeof where, "%s:%u", server->host, server->port);
	if (!smtp_set_server(session, where))
		return -1;
	if (server->hello[0] != '\0')
		smtp_set_hostname(session, server->hello);
	set_timeouts(session, server->timeout_s);
	smtp_set_eventcb(session, on_event, s);
	smtp_set_monitorcb(session, on_dialogue, s, 0);
	if (server->tls != MAIL_TLS_NONE) {
		if (s->ssl == NULL || !smtp_starttls_enable(session, how) ||
		    !smtp_starttls_set_ctx(session, s->ssl))
			return -1;
	}
	if (server->user[0] != '\0') {
		auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
		auth_set_interact_cb(auth, on_auth, (void *)(uintptr_t)server);
		if (!smtp_auth_set_context(session, auth))
			return -1;
	}
	return 0;
}

static const char *
on_data(void **buf, int *len, void *arg)
{
	struct source *s = arg;

	(void)buf;
	if (len == NULL) {
		s->given = 0;
		return NULL;
	}
	if (s->given) {
		*len = 0;
		return NULL;
	}
	s->given = 1;
	*len = (int)s->job->bytes;
	return s->job->message;
}

static int
add_job(smtp_session_t session, struct arena *a, struct mail_job *job, struct handles *h)
{
	h->recipients = arena_new(a, smtp_recipient_t, job->nrecipients);
	h->source.job = job;
	if ((h->message = smtp_add_message(session)) == NULL ||
	    !smtp_set_reverse_path(h->message, job->from) ||
	    !smtp_set_messagecb(h->message, on_data, &h->source))
		return -1;
	for (size_t i = 0; i < job->nrecipients; i++)
		if (job->recipients[i].fate == MAIL_FATE_UNSET &&
		    (h->recipients[i] = smtp_add_recipient(
			 h->message, job->recipients[i].address)) == NULL)
			return -1;
	return 0;
}

static const char *
why_not(const struct sending *s, char *text, size_t size)
{
	char words[160] = "";
	int error = smtp_errno();

	if (s->trouble[0] != '\0')
		return s->trouble;
	if (s->expired) {
		snprintf(text, size,
		    "The mail server %s:%u took longer than %ld s for the whole session.",
		    s->server->host, s->server->port, s->server->deadline_s);
		return text;
	}
	if (is_stopping(s))
		return "The daemon was told to stop.";
	if (error == SMTP_ERR_EXTENSION_NOT_AVAILABLE && s->server->tls == MAIL_TLS_STARTTLS) {
		snprintf(text, size, "The mail server %s:%u does not offer STARTTLS.",
		    s->server->host, s->server->port);
		return text;
	}
	if (error != 0)
		smtp_strerror(error, words, sizeof words);
	snprintf(text, size, "The mail server %s:%u did not take it: %s.", s->server->host,
	    s->server->port,
	    words[0] != '\0' ? words : "no connection, no answer in time, or TLS is not offered");
	return text;
}

/* Seconds that are left for all sessions. */
static long
seconds_left(const struct sending *s)
{
	usec_t left = s->end - clock_monotonic_us();

	return left <= 0 ? 0 : (long)((left + USEC_SEC - 1) / USEC_SEC);
}

/* What the session left open: what it began is to be tried again later, for nobody knows whether
 * the server has it. The rest has its turn in another session, or another time; but after one that
 * took nothing there is no other. */
static void
settle_open(struct sending *s, const char *why)
{
	s->before += s->answered;
	for (size_t j = 0; j < s->n; j++)
		if (mail_is_open(&s->jobs[j]) && is_begun(s, j)) {
			mail_all_later(&s->jobs[j], 1, why);
			s->answered++;
			s->before++;
		}
	for (size_t j = 0; j < s->n; j++) {
		if (is_stopping(s) || is_late(s))
			mail_untried(&s->jobs[j]);
		else if (s->answered == 0)
			mail_all_later(&s->jobs[j], 1, why);
	}
}

/* One session for all jobs that are open. */
static void
run_session(struct sending *s, smtp_session_t session, auth_context_t auth, struct arena *a)
{
	char text[400];
	int good = set_up(session, s, auth) == 0;

	s->next = s->answered = 0;
	s->handles = arena_new(a, struct handles, s->n);
	for (size_t j = 0; j < s->n && good; j++)
		if (mail_is_open(&s->jobs[j]))
			good = add_job(session, a, &s->jobs[j], &s->handles[j]) == 0;
	if (!good) {
		mail_all_later(s->jobs, s->n,
		    "The mail session cannot be set up: check smtp_tls_ca and smtp_host.");
		return;
	}
	socket_guard_start(&s->guard, seconds_left(s), s->server->stop, s->server->stop_s);
	smtp_start_session(session); /* its result is not needed: the statuses say more */
	s->expired = socket_guard_stop(&s->guard);
	while (s->next < s->n)
		end_job(s);
	settle_open(s, why_not(s, text, sizeof text));
}

static int
is_open(const struct sending *s)
{
	for (size_t j = 0; j < s->n; j++)
		if (mail_is_open(&s->jobs[j]))
			return 1;
	return 0;
}

/* CR or LF in an address would start another SMTP command and shift all replies, so such a
 * recipient is never passed to a library. */
static void
refuse_unsafe(struct mail_job *jobs, size_t n)
{
	char ascii[MAIL_ADDRESS_SIZE];

	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < jobs[j].nrecipients; i++) {
			struct mail_recipient *r = &jobs[j].recipients[i];

			r->fate = MAIL_FATE_UNSET;
			if (mail_address_ascii(r->address, ascii) < 0 ||
			    strcmp(ascii, r->address) != 0)
				mail_result(
				    r, MAIL_REFUSED, 0, "The address is not a plain local@domain.");
			else if (mail_address_ascii(jobs[j].from, ascii) < 0 ||
			    strcmp(ascii, jobs[j].from) != 0) /* our own mistake */
				mail_result(
				    r, MAIL_LATER, 0, "smtp_from is not a plain local@domain.");
		}
}

/* Each session but the last gives at least one job its fate, so it ends. */
static void
send_esmtp(const struct mail_server *server, struct mail_job *jobs, size_t n)
{
	struct sending s = { .server = server, .jobs = jobs, .n = n,
		.end = clock_monotonic_us() + server->deadline_s * USEC_SEC };

	auth_client_init();
	if (server->tls != MAIL_TLS_NONE)
		s.ssl = tls_context(server);
	while (is_open(&s)) {
		smtp_session_t session = smtp_create_session();
		auth_context_t auth = auth_create_context();
		struct arena a = { 0 };

		if (session != NULL && auth != NULL)
			run_session(&s, session, auth, &a);
		else
			mail_all_later(jobs, n, "Out of memory.");
		if (session != NULL)
			smtp_destroy_session(session);
		if (auth != NULL)
			auth_destroy_context(auth);
		arena_done(&a);
	}
	SSL_CTX_free(s.ssl);
	auth_client_exit();
}

void
mail_send(const struct mail_server *server, struct mail_job *jobs, size_t n)
{
	struct mail_server s = *server;

	refuse_unsafe(jobs, n);
	if (mail_server_guard(&s) < 0)
		mail_all_later(jobs, n,
		    "The password would go unencrypted: set smtp_tls to starttls or tls, or empty "
		    "smtp_user.");
	else if (s.tls == MAIL_TLS_IMPLICIT)
		mail_send_implicit(&s, jobs, n);
	else
		send_esmtp(&s, jobs, n);
	mail_all_later(jobs, n, "Out of memory.");
}
