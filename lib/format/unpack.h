/*
 * unpack - bodies that come packed, by Content-Encoding (RFC 9110 §8.4): gzip, of one or more
 * members (RFC 1952), and deflate, which senders take for zlib (RFC 1950) or for bare deflate
 * (RFC 1951).
 *
 * What comes out is measured before it is kept: for what is refused no memory is taken.
 */
#ifndef LIB_FORMAT_UNPACK_H
#define LIB_FORMAT_UNPACK_H

#include <stddef.h>

struct arena;
struct err;

/* UNSET is as good as NONE. UNKNOWN: a coding that is none of these, or several. */
enum unpack_coding { UNPACK_UNSET, UNPACK_NONE, UNPACK_GZIP, UNPACK_DEFLATE, UNPACK_UNKNOWN };

/* What becomes larger than both - so many bytes, and so many times what came - is a trap. */
enum { UNPACK_FREE_BYTES = 1 << 20, UNPACK_RATIO_MAX = 200 };

/* What the value of a Content-Encoding header says; NULL: there is none. */
enum unpack_coding unpack_coding_of(const char *header);

/* The same for a stored message, from the JSON object of its headers. */
enum unpack_coding unpack_coding_kept(const char *headers);

/* "gzip", "deflate", or "" for none of the two. */
const char *unpack_coding_name(enum unpack_coding coding);

/* The text of n bytes at p, in a with a NUL behind; p itself, whatever its size, when it is not
 * packed. No bytes are no bytes in any coding. ERR_TOO_LARGE beyond max bytes or the ratio,
 * ERR_PERMANENT for what is damaged, cut or followed by something else, ERR_ENCODING for a coding
 * that is unknown, ERR_UNAVAILABLE without memory; *text is then what came out before that, at
 * most max bytes. */
int unpack(struct arena *a, enum unpack_coding coding, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err);

/* The same for a stored message: its headers say how it is packed. */
int unpack_kept(struct arena *a, const char *headers, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err);

#endif
