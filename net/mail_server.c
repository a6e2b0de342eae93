#include "config.h"

#include "net/mail_server.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/conf.h"
#include "lib/format/mail_address.h"

struct mail_server
mail_server_of(const struct conf *c)
{
	enum mail_tls tls = MAIL_TLS_IF_OFFERED;

	if (strcmp(c->smtp_tls, "none") == 0)
		tls = MAIL_TLS_NONE;
	else if (strcmp(c->smtp_tls, "starttls") == 0)
		tls = MAIL_TLS_STARTTLS;
	else if (strcmp(c->smtp_tls, "tls") == 0)
		tls = MAIL_TLS_IMPLICIT;

	return (struct mail_server){ .host = c->smtp_host,
		.port = (unsigned)c->smtp_port,
		.tls = tls,
		.ca = c->smtp_tls_ca,
		.user = c->smtp_user,
		.password = c->smtp_password,
		.hello = c->smtp_hello,
		.timeout_s = c->smtp_timeout_s };
}

int
mail_server_guard(struct mail_server *s)
{
	if (s->user[0] == '\0' || mail_host_is_local(s->host))
		return 0;
	if (s->tls == MAIL_TLS_IF_OFFERED)
		s->tls = MAIL_TLS_STARTTLS;
	return s->tls == MAIL_TLS_NONE ? -1 : 0;
}

char *
mail_server_url(const struct mail_server *s)
{
	CURLU *u = curl_url();
	char port[16], host[300], *text = NULL;
	CURLUcode rc = CURLUE_OUT_OF_MEMORY;

	snprintf(port, sizeof port, "%u", s->port);
	snprintf(host, sizeof host, strchr(s->host, ':') != NULL ? "[%s]" : "%s", s->host);
	if (u != NULL)
		rc = curl_url_set(
		    u, CURLUPART_SCHEME, s->tls == MAIL_TLS_IMPLICIT ? "smtps" : "smtp", 0);
	if (rc == CURLUE_OK)
		rc = curl_url_set(u, CURLUPART_HOST, host, 0);
	if (rc == CURLUE_OK)
		rc = curl_url_set(u, CURLUPART_PORT, port, 0);
	if (rc == CURLUE_OK && s->hello[0] != '\0')
		rc = curl_url_set(u, CURLUPART_PATH, s->hello, CURLU_URLENCODE);
	if (rc == CURLUE_OK)
		rc = curl_url_get(u, CURLUPART_URL, &text, 0);
	if (rc != CURLUE_OK)
		text = NULL;
	curl_url_cleanup(u);
	return text;
}
