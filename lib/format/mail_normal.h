/*
 * mail_normal - the one form in which mail addresses are compared: however a mailbox is spelled,
 * it is one. Mails use what was given, never this form.
 *
 * It is made of the address without outer blanks (text_strip()):
 * - the local part in NFC, without case (Unicode, chapter 3, D145: canonical caseless matching);
 * - the domain as A-labels in lower case, without a dot at its end (IDNA by UTS 46,
 *   non-transitional). A domain that IDNA refuses stays text, in NFC and without case.
 */
#ifndef LIB_FORMAT_MAIL_NORMAL_H
#define LIB_FORMAT_MAIL_NORMAL_H

struct arena;

/* Characters of a normal form, bytes of an address that has one. */
enum { MAIL_NORMAL_MAX = 228, MAIL_NORMAL_INPUT_BYTES = 1024 };

/* The normal form, in the arena. NULL when text is NULL, has no text on one side of its last '@',
 * holds U+FFFD, or is longer than MAIL_NORMAL_INPUT_BYTES without its outer blanks.
 * The normal form of a normal form is itself. One that would be longer than MAIL_NORMAL_MAX is a
 * hash of itself, at a domain that cannot be (RFC 2606). Of text that is no UTF-8 only the ASCII
 * letters are changed, to lower case. */
char *mail_normal(struct arena *a, const char *text);

#endif
