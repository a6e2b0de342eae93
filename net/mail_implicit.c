#include "config.h"

#include "net/mail_result.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <glib.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "net/mail_server.h"

enum { WHY_BYTES = 500 };

/* Which command the next reply answers. */
enum phase { PHASE_OTHER, PHASE_SENDER, PHASE_RECIPIENT, PHASE_DATA, PHASE_MESSAGE };

struct dialogue {
	struct arena arena;
	const struct mail_job *job;
	size_t given;			/* bytes of the message */
	enum phase phase;
	int logged_in;			/* the server said 235 */
	size_t recipient;		/* the next RCPT is for */
	struct mail_reply sender, message, *recipients;
	const struct mail_server *server;
	usec_t stopped;			/* when the request to stop was seen, 0 = not yet */
};

/* ------------------------------------------------------------------ what is said */

static int
starts_with(const char *p, size_t n, const char *word)
{
	return n >= strlen(word) && strncasecmp(p, word, strlen(word)) == 0;
}

/* The next recipient without a fate, in their order: the one that the next RCPT names. */
static size_t
next_asked(const struct mail_job *job, size_t i)
{
	while (i < job->nrecipients && job->recipients[i].fate != MAIL_FATE_UNSET)
		i++;
	return i;
}

static void
on_command(struct dialogue *d, const char *p, size_t n)
{
	static const struct {
		const char *name;
		enum phase phase;
	} commands[] = { { "MAIL FROM", PHASE_SENDER }, { "RCPT TO", PHASE_RECIPIENT },
		{ "DATA", PHASE_DATA } };

	if (starts_with(p, n, "RCPT TO"))
		d->recipient = next_asked(
		    d->job, d->phase == PHASE_RECIPIENT ? d->recipient + 1 : 0);
	d->phase = PHASE_OTHER;
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (starts_with(p, n, commands[i].name))
			d->phase = commands[i].phase;
}

/* A line of a reply; the last one has a blank behind the code (RFC 5321 4.2.1). */
static void
on_reply(struct dialogue *d, const char *p, size_t n)
{
	struct mail_reply reply;

	while (n > 0 && (p[n - 1] == '\r' || p[n - 1] == '\n'))
		n--;
	if (n < 3 || (n > 3 && p[3] != ' '))
		return;
	reply.code = 0;
	for (size_t i = 0; i < 3; i++) {
		if (!g_ascii_isdigit(p[i]))
			return;
		reply.code = reply.code * 10 + g_ascii_digit_value(p[i]);
	}
	reply.text = n > 4 ? arena_strndup(&d->arena, p + 4, n - 4) : "";
	if (reply.code == 235)
		d->logged_in = 1;
	if (d->phase == PHASE_SENDER)
		d->sender = reply;
	else if (d->phase == PHASE_RECIPIENT && d->recipient < d->job->nrecipients)
		d->recipients[d->recipient] = reply;
	else if (d->phase == PHASE_DATA && reply.code == 354)
		d->phase = PHASE_MESSAGE;
	else if (d->phase == PHASE_DATA || d->phase == PHASE_MESSAGE) {
		d->message = reply;
		d->phase = PHASE_OTHER;
	}
}

/* libcurl reports the result of a whole mail; only the SMTP dialogue shows each recipient's.
 * Passwords pass here too, so only replies are kept. */
static int
on_debug(CURL *handle, curl_infotype type, char *data, size_t size, void *arg)
{
	(void)handle;
	if (type == CURLINFO_HEADER_OUT)
		on_command(arg, data, size);
	else if (type == CURLINFO_HEADER_IN)
		on_reply(arg, data, size);
	return 0;
}

static size_t
on_read(char *to, size_t size, size_t count, void *arg)
{
	struct dialogue *d = arg;
	size_t n = d->job->bytes - d->given, room = size * count;

	if (n > room)
		n = room;
	memcpy(to, d->job->message + d->given, n);
	d->given += n;
	return n;
}

/* When the program is to stop, a mail on its way still gets stop_s seconds. */
static int
on_progress(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
	struct dialogue *d = arg;

	(void)down, (void)down_now, (void)up, (void)up_now;
	if (d->stopped == 0 && mail_stopping(d->server))
		d->stopped = clock_monotonic_us();
	return d->stopped != 0 && clock_monotonic_us() - d->stopped > d->server->stop_s * USEC_SEC;
}

/* ------------------------------------------------------------------ the session */

static void
set_up(CURL *c, const struct mail_server *s, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtps");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->ca[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (s->user[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, s->password);
		curl_easy_setopt(c, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN");
	}
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, s->timeout_s);
	curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, s->timeout_s);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, s->timeout_s);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
}

static const char *
why_not(const struct mail_server *s, CURLcode rc, const char *library, char *text, size_t size)
{
	if (rc == CURLE_LOGIN_DENIED)
		return "The mail server did not accept the login.";
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return "The daemon was told to stop.";
	if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE)
		snprintf(text, size, "The mail server's certificate is not valid: %s.", library);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		snprintf(text, size, "The mail server %s:%u took too long: %s.", s->host, s->port,
		    library);
	else
		snprintf(text, size, "The mail server %s:%u did not take it: %s.", s->host, s->port,
		    library);
	return text;
}

/* What all mails of a call share. */
struct sending {
	const struct mail_server *server;
	const char *url;
	CURL *curl;			/* with its connection; NULL = it is to be made anew */
	usec_t deadline;		/* monotonic */
	int logged_in, halted;
	size_t begun;			/* jobs, in all */
	size_t here;			/* of them answered over this connection */
	char why[WHY_BYTES];		/* the last mail has no fate */
};

/* 1 when each recipient has its fate. *begun: the server heard of it. */
static int
send_one(struct sending *x, struct mail_job *job, int *begun)
{
	const struct mail_server *s = x->server;
	CURL *c = x->curl;
	struct dialogue d = { .job = job, .logged_in = x->logged_in, .server = s };
	struct curl_slist *to = NULL, *longer;
	char library[CURL_ERROR_SIZE] = "", text[500];
	usec_t left = x->deadline - clock_monotonic_us();
	size_t asked = 0;
	int no_login;
	CURLcode rc;

	d.recipients = arena_new(&d.arena, struct mail_reply, job->nrecipients);
	for (size_t i = next_asked(job, 0); i < job->nrecipients;
	     i = next_asked(job, i + 1), asked++) {
		if ((longer = curl_slist_append(to, job->recipients[i].address)) == NULL)
			break;
		to = longer;
	}
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, job->from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)job->bytes);
	curl_easy_setopt(c, CURLOPT_READDATA, &d);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, &d);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, &d);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, library);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left > 1000 ? (long)(left / 1000) : 1L);
	rc = asked == 0 ? CURLE_OK : curl_easy_perform(c);
	no_login = s->user[0] != '\0' && !d.logged_in;
	*begun = asked == 0 || !mail_is_unbegun(d.sender);
	for (size_t i = 0; i < job->nrecipients && (*begun || x->here == 0); i++) {
		if (job->recipients[i].fate == MAIL_FATE_UNSET)
			mail_judge(&job->recipients[i], d.sender, d.recipients[i], d.message);
		if (no_login && job->recipients[i].fate == MAIL_REFUSED &&
		    job->recipients[i].code != 0)
			mail_result(&job->recipients[i], MAIL_LATER, job->recipients[i].code,
			    "The mail server did not accept the login.");
	}
	x->logged_in = d.logged_in;
	snprintf(x->why, sizeof x->why, "%s",
	    why_not(s, rc, library[0] != '\0' ? library : curl_easy_strerror(rc), text,
		sizeof text));
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, NULL);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(
	    c, CURLOPT_VERBOSE, 0L); /* off until the next mail's dialogue can take it */
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 1L);
	curl_slist_free_all(to);
	arena_done(&d.arena);
	return !mail_is_open(job);
}

static int
connect_again(struct sending *x)
{
	x->here = 0;
	x->logged_in = 0;
	curl_easy_cleanup(x->curl);
	if ((x->curl = curl_easy_init()) == NULL)
		return -1;
	set_up(x->curl, x->server, x->url);
	return 0;
}

/* No other mail is begun. */
static int
is_over(const struct sending *x)
{
	if (x->begun > 0 && mail_is_late(x->server, x->deadline))
		return 1;
	return x->halted || mail_stopping(x->server);
}

/* Sends a job, over another connection when the server ended one that took others. 0 = the next
 * can go. A job in doubt is not sent again here, and the next goes over another connection. */
static int
send_job(struct sending *x, struct mail_job *jobs, size_t j)
{
	int begun;

	if (is_over(x)) {
		mail_untried(&jobs[j]);
		return 0;
	}
	curl_easy_setopt(x->curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(x->curl, CURLOPT_NOPROGRESS, 0L);
	if (send_one(x, &jobs[j], &begun)) {
		x->begun += begun != 0;
		x->here += begun != 0;
		if (x->server->answered != NULL)
			x->halted |= x->server->answered(x->server->arg, j) != 0;
		return begun ? 0 : -1;
	}
	if (x->here == 0 && !begun)
		return -1;
	if (begun) {
		mail_all_later(&jobs[j], 1, x->why);
		x->begun++;
	}
	if (connect_again(x) < 0)
		return -1;
	return begun ? 0 : send_job(x, jobs, j);
}

void
mail_send_implicit(const struct mail_server *s, struct mail_job *jobs, size_t n)
{
	char *url = mail_server_url(s);
	struct sending x = { .server = s, .url = url,
		.deadline = clock_monotonic_us() + s->deadline_s * USEC_SEC,
		.why = "The mail session cannot be set up: check smtp_host and smtp_hello." };

	if (url != NULL && connect_again(&x) == 0)
		for (size_t j = 0; j < n && send_job(&x, jobs, j) == 0; j++)
			;
	mail_all_later(jobs, n, x.why);
	curl_easy_cleanup(x.curl);
	curl_free(url);
}
