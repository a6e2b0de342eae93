/*
 * mail_server - what the ways to a mail server share: the settings, when a password may go over the
 * line, the address for libcurl.
 */
#ifndef NET_MAIL_SERVER_H
#define NET_MAIL_SERVER_H

#include "net/mail.h"

struct conf;

/* The server of the settings; deadline and stopping are the caller's to set. */
struct mail_server mail_server_of(const struct conf *c);

/* With a login at another machine encryption becomes a must: who takes the offer of STARTTLS away
 * on the line would get the password. -1 when the settings rule it out. */
int mail_server_guard(struct mail_server *s);

/* "smtps://host:port/hello" or "smtp://…"; for curl_free(). NULL when there is none. */
char *mail_server_url(const struct mail_server *s);

#endif
