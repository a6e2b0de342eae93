/*
 * mail_message - a mail as it goes over the wire (RFC 5322, 2045 to 2047): headers, a text as plain
 * text and as HTML, and an attachment. All in ASCII, with CR LF line ends.
 *
 * Not by GMime: its objects took four fifths of what a mail costs to compose (doc/performance.md).
 */
#ifndef NET_MAIL_MESSAGE_H
#define NET_MAIL_MESSAGE_H

#include <stddef.h>

struct arena;
struct mail_content;

/* Headers and attachment are those of the content; text and html are UTF-8 with LF line ends, and
 * each ends with one. The message is in the arena. Addresses that are no plain local@domain are
 * left out, for nothing is sent to them (net/mail.h). */
char *mail_message(struct arena *a, const struct mail_content *m, const char *text,
    const char *html, size_t *bytes);

#endif
