/*
 * text - bytes and strings: a growing buffer, encodings, comparisons, "did you mean".
 *
 * All results live in the arena that is passed in. Sizes are bytes. Letters are compared as ASCII
 * unless said otherwise.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A growing byte string in an arena; data is always NUL-terminated. */
struct buf {
	struct arena *arena;
	char *data;
	size_t len, cap;
};

void buf_init(struct buf *b, struct arena *a);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds s as a JSON string with quotes; invalid UTF-8 becomes U+FFFD. s NULL adds null. */
void buf_add_json(struct buf *b, const char *s);
void buf_add_json_n(struct buf *b, const char *s, size_t n);

/* Adds s with the five HTML characters escaped. */
void buf_add_html(struct buf *b, const char *s);

/* 1 when s and t are the same but for ASCII case (whole strings, never prefixes). */
int text_ieq(const char *s, const char *t);

/* 1 when the n bytes at p are valid UTF-8 (RFC 3629: no overlong forms, no surrogates) without NUL
 * bytes. */
int text_is_utf8(const char *p, size_t n);

/* Bytes of the valid UTF-8 sequence that n bytes (at least 1) at p begin with, 1 to 4; a NUL is
 * one. 0 when they begin with none. */
size_t text_utf8_sequence(const char *p, size_t n);

/* U+FFFD, which stands for what is no Unicode. */
#define TEXT_REPLACEMENT "\xef\xbf\xbd"

/* 1 when s is ASCII. */
int text_is_ascii(const char *s);

/* 1 when s has a control character of ASCII; _but: one that is not among allowed. */
int text_has_control(const char *s);
int text_has_control_but(const char *s, const char *allowed);

/* Number of code points of a valid UTF-8 string. */
size_t text_utf8_length(const char *s);

/* Cuts valid UTF-8 s in place to at most max code points; returns 1 if something was cut. */
int text_utf8_cut(char *s, size_t max);

/* A copy of s that is valid UTF-8 of at most max code points, for a column of that length. A
 * character that is cut off at the end of s is left out; any other invalid byte becomes U+FFFD.
 * NULL gives "". */
char *text_utf8_fit(struct arena *a, const char *s, size_t max);

/* A copy of n bytes that is valid UTF-8: each invalid byte, and each NUL, becomes U+FFFD. Adds
 * their number to *count. */
char *text_utf8_repaired(struct arena *a, const char *p, size_t n, size_t *count);

/* Strips ASCII white space at both ends, in place; returns the new start. */
char *text_trim(char *s);

/* The same for all invisible characters of Unicode: blanks, controls and format characters, such as
 * the zero-width ones, the soft hyphen and the byte order mark. s is UTF-8. */
char *text_trim_unseen(char *s);

/* 1 when UTF-8 s is empty or has only such characters. */
int text_is_unseen(const char *s);

/* 1 when UTF-8 s has a blank or control of Unicode. */
int text_has_blank(const char *s);

/* Takes the format characters out of UTF-8 s, in place; returns s. */
char *text_drop_format(char *s);

/* A copy of s as it may be shown to a reader who did not ask for it: valid UTF-8; controls (C0,
 * DEL, C1, U+2028, U+2029) are blanks, but for line ends when keep_lines; without the marks that
 * turn the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), with
 * which a text can be made to read otherwise than it is. */
char *text_shown(struct arena *a, const char *s, int keep_lines);

/* The part of s (*n bytes) without blanks at its ends; *n becomes its length. Changes no byte.
 * Blanks are Unicode's White_Space, and the spaces without width: U+200B, U+2060, U+FEFF. */
const char *text_strip(const char *s, size_t *n);

/* Bytes of the character at p (n bytes) when it is a letter, digit, mark or joiner of any
 * script; 0 when it is another, or no UTF-8. */
size_t text_letter(const char *p, size_t n);

/* Lower-cases ASCII letters in place; returns s. */
char *text_lower(char *s);

/* Percent-decodes n bytes once ('+' is a blank when plus_is_space). Returns NULL when a % is not
 * followed by two hex digits. *len gets the length without the closing NUL; the result may hold NUL
 * bytes when the input held %00. */
char *text_url_decode(struct arena *a, const char *p, size_t n, int plus_is_space, size_t *len);

/* Adds s percent-encoded, all but letters, digits and -._~ (RFC 3986 §2.3). */
void buf_add_url(struct buf *b, const char *s);

/* 1 when the sequence at p turns the direction of writing (U+061C, U+200E, U+200F,
 * U+202A to U+202E, U+2066 to U+2069). */
int text_is_turn(const char *p);

/* The words that go with a number: one for 1, many for any other. */
const char *text_form(int64_t n, const char *one, const char *many);

/* Lower-case hex of n bytes. */
char *text_hex(struct arena *a, const void *p, size_t n);

/* Decodes hex of exactly 2*n digits into out. 0, or -1 when it is anything else. */
int text_unhex(const char *s, unsigned char *out, size_t n);

/* Standard base64 with padding (RFC 4648 §4). */
char *text_base64(struct arena *a, const void *p, size_t n);

/* Decodes base64, standard or URL-safe, with or without padding; white space is not accepted.
 * Returns NULL when it is not base64; *len gets the byte count. */
unsigned char *text_unbase64(struct arena *a, const char *s, size_t *len);

/* Parses a whole decimal integer (optional '-' or '+', digits only, nothing else). 0, or -1 not an
 * integer, -2 out of int64. */
int text_int64(const char *s, int64_t *out);

/* 1 when the text can be a member's name and holds no personal data: letters, digits and a few
 * signs, fewer than 5 digits in a row, at most 64 characters. No blanks, no "@". */
int text_is_name(const char *text);

#endif
