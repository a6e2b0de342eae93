/*
 * mail_result - what the two ways to send (libESMTP, libcurl) share: the fate of recipients. For
 * net/ only.
 */
#ifndef NET_MAIL_RESULT_H
#define NET_MAIL_RESULT_H

#include <stddef.h>

#include "net/mail.h"

/* A reply of the server, as far as there was one. */
struct mail_reply { int code; const char *text; };

/* Sets a recipient's fate; words (NULL = none) become printable UTF-8. */
void mail_result(struct mail_recipient *r, enum mail_fate fate, int code, const char *words);

/* From the replies to MAIL, to its RCPT and to the message; code 0 = none. Sent only by a 2xx to
 * the recipient and to the message; leaves it UNSET when that is open. */
void mail_judge(struct mail_recipient *r, struct mail_reply sender, struct mail_reply own,
    struct mail_reply message);

/* What has no fate yet is to be tried again. */
void mail_all_later(struct mail_job *jobs, size_t n, const char *words);

/* TLS from the first byte (RFC 8314), over one connection. Leaves UNSET nothing but what comes
 * after a failure of memory. */
void mail_send_implicit(const struct mail_server *s, struct mail_job *jobs, size_t n);

/* Recipients without a fate: the mail was not begun. */
void mail_untried(struct mail_job *job);

/* Told to stop. */
int mail_stopping(const struct mail_server *s);

#endif
