/*
 * mail_normal - the form in which mail addresses are compared, so that all spellings of a mailbox
 * are equal. Mails go to the address as given, never to this form.
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
 * holds U+FFFD, or is longer than MAIL_NORMAL_INPUT_BYTES without its outer blanks. The normal form
 * of a normal form is itself. A form that would be longer than MAIL_NORMAL_MAX is replaced by its
 * hash, at a domain that cannot exist (RFC 2606). In text that is not UTF-8 only the ASCII letters
 * change, to lower case. */
char *mail_normal(struct arena *a, const char *text);

#endif
