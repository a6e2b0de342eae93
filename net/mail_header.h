/*
 * mail_header - text of any kind as the value of a mail header (RFC 5322 §2.2, RFC 2047), folded.
 *
 * Not by GMime: it writes encoded words of any length, and mistakes text that looks like an encoded
 * word for one.
 */
#ifndef NET_MAIL_HEADER_H
#define NET_MAIL_HEADER_H

struct arena;

/* The value of the unstructured header name ("Subject"; up to 40 bytes), in the arena: everything
 * after the colon, with the first blank and the last line end ("\n").
 *
 * text is first cleaned by text_shown(): UTF-8 without controls. A reader sees exactly that, blanks
 * included. Words in ASCII are not encoded. A word must be encoded when it has other characters or
 * "=?", does not fit on a line, or stands at a double blank; everything from the first such word to
 * the last is encoded. So text that looks like an encoded word is encoded itself and read as
 * written. A line has at most 76 bytes, an encoded word 75 and whole characters only; marks, joined
 * emoji and flags stay together unless they alone are longer. */
char *mail_header_text(struct arena *a, const char *name, const char *text);

#endif
