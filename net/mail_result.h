/*
 * mail_result - sets the fate of recipients, for both ways to send (libESMTP, libcurl). For net/
 * only.
 */
#ifndef NET_MAIL_RESULT_H
#define NET_MAIL_RESULT_H

#include <stddef.h>

#include "net/mail.h"

/* A reply of the server; code 0 = none. */
struct mail_reply { int code; const char *text; };

/* Sets a recipient's fate; words (NULL = none) become printable UTF-8. */
void mail_result(struct mail_recipient *r, enum mail_fate fate, int code, const char *words);

/* Sets the fate from the replies to MAIL, to its RCPT and to the message; code 0 = none. Sent only
 * after a 2xx to the recipient and to the message; stays UNSET while that is open. */
void mail_judge(struct mail_recipient *r, struct mail_reply sender, struct mail_reply own,
    struct mail_reply message);

/* Every recipient without a fate is to be tried again. */
void mail_all_later(struct mail_job *jobs, size_t n, const char *words);

/* Sends with TLS from the first byte (RFC 8314), over one connection. Only a lack of memory leaves
 * recipients UNSET. */
void mail_send_implicit(const struct mail_server *s, struct mail_job *jobs, size_t n);

/* Sets the recipients without a fate to untried: the mail was not begun. */
void mail_untried(struct mail_job *job);

/* 1 while a recipient has no fate. */
int mail_is_open(const struct mail_job *job);

/* 1 when the server never heard of a mail, given its reply to MAIL: it said nothing, or that it
 * ends the session (421, RFC 5321 3.8). */
int mail_is_unbegun(struct mail_reply sender);

/* 1 when the program was told to stop. */
int mail_stopping(const struct mail_server *s);

/* 1 when so little is left until end (monotonic) that a mail which is begun now may be cut, with
 * its fate in doubt: less than its own time-out, or half of the deadline if that is less. */
int mail_is_late(const struct mail_server *s, usec_t end);

#endif
