/*
 * mail_header - text of any kind as the value of a mail header (RFC 5322 §2.2, RFC 2047), folded.
 *
 * GMime writes encoded words of any length, and takes a text that looks like one for one.
 */
#ifndef NET_MAIL_HEADER_H
#define NET_MAIL_HEADER_H

struct arena;

/* The value of the unstructured header name ("Subject"; up to 40 bytes), in the arena: what stands
 * behind the colon, its first blank and its last line end ("\n") included.
 *
 * text is made what text_shown() says, in UTF-8 and without controls. A reader gets that as it is,
 * blanks included; what looks like an encoded word is encoded itself, and read as it was written. Words of ASCII stay as they are; from the first word that cannot to
 * the last one all are encoded: words with other characters, with "=?", that do not fit on a line,
 * and double blanks. A line has at most 76 bytes, an encoded word 75 and whole characters only;
 * marks, joined emoji and flags stay together unless they alone are longer. */
char *mail_header_text(struct arena *a, const char *name, const char *text);

#endif
