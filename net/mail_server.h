/*
 * mail_server - what all connections to a mail server share: the settings, the rule for when a
 * password may be sent, the address for libcurl.
 */
#ifndef NET_MAIL_SERVER_H
#define NET_MAIL_SERVER_H

#include "net/mail.h"

struct conf;

/* The server of the settings; deadline and stopping are the caller's to set. */
struct mail_server mail_server_of(const struct conf *c);

/* A login at another machine requires encryption: otherwise an attacker who removes the STARTTLS
 * offer would get the password. -1 when the settings rule out encryption. */
int mail_server_guard(struct mail_server *s);

/* "smtps://host:port/hello" or "smtp://…"; for curl_free(). NULL when there is none. */
char *mail_server_url(const struct mail_server *s);

#endif
