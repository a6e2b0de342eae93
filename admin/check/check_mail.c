#include "config.h"

#include "admin/check/check.h"

#include <string.h>

#include "admin/context.h"
#include "lib/format/mail_address.h"
#include "net/mail_probe.h"
#include "net/mail_server.h"

enum { SMTP_STEP_S = 15, SMTP_ALL_S = 30 };

static void
check_mail_settings(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	const char *at = strrchr(c->smtp_from, '@');
	char ascii[MAIL_ADDRESS_SIZE];
	size_t before = e->nlines;

	if (c->smtp_host[0] == '\0')
		check_say(e, CHECK_ERROR, "Set smtp_host.", "No mail server is named.");
	if (mail_address_ascii(c->smtp_from, ascii) < 0 || strcmp(ascii, c->smtp_from) != 0)
		check_say(e, CHECK_ERROR,
		    "Set smtp_from to an address such as customerapi@example.org.",
		    "smtp_from is no mail address.");
	else if (strcmp(at, "@localhost") == 0)
		check_say(e, CHECK_WARNING, "Set smtp_from to an address of a domain of yours.",
		    "smtp_from is %s, which other servers refuse.", c->smtp_from);
	if (c->smtp_user[0] != '\0' && c->smtp_password[0] == '\0')
		check_say(e, CHECK_ERROR, "Set smtp_password, or empty smtp_user.",
		    "smtp_user is set, smtp_password is not.");
	if (c->smtp_user[0] != '\0' && strcmp(c->smtp_tls, "none") == 0 &&
	    !mail_host_is_local(c->smtp_host))
		check_say(e, CHECK_ERROR, "Set smtp_tls to starttls or tls.",
		    "No mail goes out: the password for %s would go unencrypted (smtp_tls is "
		    "none).",
		    c->smtp_host);
	if (c->smtp_port == 465 && strcmp(c->smtp_tls, "tls") != 0)
		check_say(e, CHECK_WARNING, "Set smtp_tls to tls.",
		    "On port 465 servers expect TLS from the first byte (smtp_tls is %s).",
		    c->smtp_tls);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Mail goes to %s, port %ld, from %s.", c->smtp_host,
		    c->smtp_port, c->smtp_from);
}

static void
check_smtp_login(struct examination *e)
{
	struct context *x = e->x;
	struct mail_server server = mail_server_of(&x->conf);
	const char *where = arena_printf(&x->arena, "%s:%u", server.host, server.port);
	struct mail_probe found;

	if (cmd_given(&x->line, "no-smtp") || server.host[0] == '\0')
		return;
	server.timeout_s = server.timeout_s > SMTP_STEP_S ? SMTP_STEP_S : server.timeout_s;
	server.deadline_s = SMTP_ALL_S;
	if (mail_probe(&x->arena, &server, &found, &x->err) < 0) {
		check_say_err(e, found.fix);
		return;
	}
	check_certificate(e, found.certificate_until, where,
	    "Whoever runs the mail server must renew it: mail stops when it ends.");
	if (!found.encrypted && !mail_host_is_local(server.host))
		check_say(e, CHECK_WARNING, "Set smtp_tls to starttls or tls, if the server can.",
		    "Mail to %s goes unencrypted.", where);
	else
		check_say(e, CHECK_OK, NULL, "%s answers%s%s; nothing was sent.", where,
		    found.encrypted ? ", encrypts" : "",
		    found.logged_in ? ", takes the login" : "");
}

/* ------------------------------------------------------------------ table */

const struct check check_mail_rows[] = {
	{ "smtp", "The mail settings make sense.", 0, CHECK_ON_SETTINGS, check_mail_settings },
	{ "smtp-login",
	    "The mail server answers, encrypts and takes the login; not with --no-smtp.", 1,
	    CHECK_ON_SETTINGS, check_smtp_login },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
