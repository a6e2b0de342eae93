#include "config.h"

#include "net/mail_probe.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/certificate.h"
#include "net/mail_server.h"

enum { GREETING_MAX = 120 };

struct dialogue {
	struct arena *arena;
	const char *greeting;
	int code;			/* of the last reply, 0 = none yet */
	const char *text;
	int logged_in, offers_tls;
};

/* Passwords pass here too, so only the server's replies are kept. */
static int
on_debug(CURL *handle, curl_infotype type, char *data, size_t size, void *arg)
{
	struct dialogue *d = arg;
	char *line;
	int code;

	(void)handle;
	if (type != CURLINFO_HEADER_IN || size < 3)
		return 0;
	line = arena_strndup(d->arena, data, size < GREETING_MAX ? size : GREETING_MAX);
	if (sscanf(line, "%3d", &code) != 1)
		return 0;
	for (char *p = line; *p != '\0'; p++)
		*p = *p < 0x20 || *p > 0x7e ? ' ' : *p;
	line = text_trim(line);
	if (d->code == 0)
		d->greeting = line;
	d->code = code;
	d->text = line;
	d->logged_in |= code == 235;
	d->offers_tls |= code == 250 && strncmp(line + 3 + (line[3] != '\0'), "STARTTLS", 8) == 0;
	return 0;
}

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	(void)p, (void)arg;
	return size * count;
}

static void
set_up(CURL *c, const struct mail_server *s, const char *url, struct dialogue *d)
{
	long tls = CURLUSESSL_ALL;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "NOOP");
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->tls == MAIL_TLS_NONE)
		tls = CURLUSESSL_NONE;
	else if (s->tls == MAIL_TLS_IF_OFFERED)
		tls = CURLUSESSL_TRY;
	curl_easy_setopt(c, CURLOPT_USE_SSL, tls);
	if (s->ca[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	if (s->user[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, s->password);
		curl_easy_setopt(c, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN");
	}
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, s->timeout_s);
	curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, s->timeout_s);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, s->deadline_s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, d);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
}

/* Sets what is wrong, with the server's last reply if there was one. */
static int
fail(struct mail_probe *out, struct err *err, const struct mail_server *s, const struct dialogue *d,
    const char *what, const char *fix)
{
	out->fix = fix;
	if (d->text == NULL)
		return err_set(err, ERR_TRANSIENT, "%s:%u %s.", s->host, s->port, what);
	return err_set(
	    err, ERR_TRANSIENT, "%s:%u %s. Its last words: %s", s->host, s->port, what, d->text);
}

static const struct trouble { CURLcode code; const char *what, *fix;
} troubles[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "is not known: there is no such host name",
	    "Correct smtp_host, or mend the machine's name resolution." },
	{ CURLE_COULDNT_CONNECT, "takes no connection",
	    "Correct smtp_host and smtp_port; is the server up, and does a firewall let this "
	    "machine through?" },
	{ CURLE_PEER_FAILED_VERIFICATION,
	    "shows a certificate that is not valid for this name, has ended, or comes from an "
	    "unknown authority",
	    "Use the name in the certificate as smtp_host; for an authority of your own set "
	    "smtp_tls_ca." },
	{ CURLE_SSL_CACERT_BADFILE, "cannot be checked: the file with its authority cannot be read",
	    "Correct smtp_tls_ca." },
	{ CURLE_SSL_CONNECT_ERROR, "does not speak TLS there, or none that is new enough",
	    "On port 587 and 25 smtp_tls is starttls, on port 465 tls; the server must know TLS "
	    "1.2." },
	{ CURLE_LOGIN_DENIED, "does not take the login", "Correct smtp_user and smtp_password." },
	{ CURLE_OK, NULL, NULL },
};

static int
judge(const struct mail_server *s, const struct dialogue *d, CURLcode rc, struct mail_probe *out,
    struct err *err)
{
	const struct trouble *t = troubles;

	if (rc == CURLE_OK && (s->user[0] == '\0' || out->logged_in))
		return 0;
	if (rc == CURLE_OK)
		return fail(out, err, s, d, "does not offer AUTH PLAIN",
		    out->encrypted ?
			"Ask who runs it for a login of that kind." :
			"Set smtp_tls to starttls or tls: many servers offer a login on encrypted "
			"connections only. Without a login empty smtp_user.");
	if (rc == CURLE_USE_SSL_FAILED && !d->offers_tls)
		return fail(out, err, s, d, "does not offer STARTTLS",
		    "Set smtp_tls to tls when it expects TLS from the first byte (port 465); to "
		    "none when no password is at stake.");
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return fail(out, err, s, d,
		    d->code == 0 ? "did not greet in time" : "did not answer in time",
		    d->code == 0 ? "Set smtp_tls to tls if it expects TLS from the first byte "
				   "(port 465); or raise smtp_timeout_s." :
				   "Raise smtp_timeout_s, or ask who runs it.");
	while (t->what != NULL && t->code != rc)
		t++;
	return fail(out, err, s, d, t->what == NULL ? curl_easy_strerror(rc) : t->what,
	    t->what == NULL ? "Correct smtp_host, smtp_port and smtp_tls." : t->fix);
}

int
mail_probe(
    struct arena *a, const struct mail_server *server, struct mail_probe *out, struct err *err)
{
	struct mail_server s = *server;
	struct dialogue d = { .arena = a, .greeting = "" };
	struct curl_certinfo *chain = NULL;
	char *url;
	CURL *c;
	CURLcode rc;
	int code;

	*out = (struct mail_probe){ .greeting = "", .certificate_until = USEC_NONE };
	out->fix = "Set smtp_tls to starttls or tls, or empty smtp_user.";
	if (mail_server_guard(&s) < 0)
		return err_set(err, ERR_CONFIG,
		    "The password would go unencrypted to %s (smtp_tls is none).", s.host);
	c = curl_easy_init();
	url = mail_server_url(&s);
	if (c == NULL || url == NULL) {
		curl_easy_cleanup(c);
		curl_free(url);
		out->fix = "Correct it.";
		return err_set(err, ERR_CONFIG, "smtp_host or smtp_hello is not a host name.");
	}
	set_up(c, &s, url, &d);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_CERTINFO, &chain);
	out->certificate_until = certificate_until(chain);
	out->encrypted = out->certificate_until != USEC_NONE;
	out->greeting = d.greeting;
	out->logged_in = d.logged_in;
	code = judge(&s, &d, rc, out, err);
	curl_easy_cleanup(c);
	curl_free(url);
	return code;
}
