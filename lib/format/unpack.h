/*
 * unpack - unpacks compressed bodies by Content-Encoding (RFC 9110 §8.4): gzip with one or more
 * members (RFC 1952), and deflate, which some senders take for zlib (RFC 1950), others for bare
 * deflate (RFC 1951).
 *
 * The unpacked size is measured first, so a refused body takes no memory.
 */
#ifndef LIB_FORMAT_UNPACK_H
#define LIB_FORMAT_UNPACK_H

#include <stddef.h>

struct arena;
struct err;

/* UNSET means the same as NONE. UNKNOWN: another coding, or several. */
enum unpack_coding { UNPACK_UNSET, UNPACK_NONE, UNPACK_GZIP, UNPACK_DEFLATE, UNPACK_UNKNOWN };

/* A body that unpacks to more than UNPACK_FREE_BYTES and to more than UNPACK_RATIO_MAX times its
 * packed size is a decompression bomb. */
enum { UNPACK_FREE_BYTES = 1 << 20, UNPACK_RATIO_MAX = 200 };

/* The coding that a Content-Encoding header names; header NULL: there is no such header. */
enum unpack_coding unpack_coding_of(const char *header);

/* The same for a stored message, from the JSON object of its headers. */
enum unpack_coding unpack_coding_kept(const char *headers);

/* "gzip" or "deflate"; "" for any other. */
const char *unpack_coding_name(enum unpack_coding coding);

/* Unpacks the n bytes at p into a, with a NUL behind them. A body that is not packed gives p
 * itself, whatever its size. An empty body stays empty in any coding. ERR_TOO_LARGE beyond max
 * bytes or the ratio, ERR_PERMANENT for what is damaged, cut or followed by something else,
 * ERR_ENCODING for a coding that is unknown, ERR_UNAVAILABLE without memory; *text is then what
 * came out before that, at most max bytes. */
int unpack(struct arena *a, enum unpack_coding coding, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err);

/* The same for a stored message: its headers say how it is packed. */
int unpack_kept(struct arena *a, const char *headers, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err);

#endif
