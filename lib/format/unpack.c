#include "config.h"

#include "lib/format/unpack.h"

#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"

enum { BLOCK = 16384, GZIP_TOO = 16 };

/* ------------------------------------------------------------------ codings */

enum unpack_coding
unpack_coding_of(const char *header)
{
	static const struct { const char *name; enum unpack_coding coding; } rows[] = {
		{ "", UNPACK_NONE }, { "identity", UNPACK_NONE }, { "gzip", UNPACK_GZIP },
		{ "x-gzip", UNPACK_GZIP }, { "deflate", UNPACK_DEFLATE },
	};
	static const char empty[] = " \t,";	/* a list has empty elements: RFC 9110 §5.6.1 */
	size_t n;

	if (header == NULL)
		return UNPACK_NONE;
	header += strspn(header, empty);
	for (n = strlen(header); n > 0 && strchr(empty, header[n - 1]) != NULL; n--)
		;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strlen(rows[i].name) == n && strncasecmp(rows[i].name, header, n) == 0)
			return rows[i].coding;
	return UNPACK_UNKNOWN;
}

enum unpack_coding
unpack_coding_kept(const char *headers)
{
	struct arena a = { 0 };
	size_t n = strlen(headers);
	enum unpack_coding coding;

	coding = unpack_coding_of(json_peek(&a, headers, n, "content-encoding", n));
	arena_done(&a);
	return coding;
}

const char *
unpack_coding_name(enum unpack_coding coding)
{
	static const char *const names[] = { [UNPACK_GZIP] = "gzip", [UNPACK_DEFLATE] = "deflate" };

	return coding == UNPACK_GZIP || coding == UNPACK_DEFLATE ? names[coding] : "";
}

/* ------------------------------------------------------------------ inflating */

struct source {
	z_stream z;
	enum unpack_coding coding;
	const unsigned char *p;
	size_t n;
};

/* 1 when the first two bytes are a zlib header (RFC 1950 §2.2). Bare deflate with these bytes would
 * be a stored block with non-zero padding, which no program writes. */
static int
is_zlib(const unsigned char *p, size_t n)
{
	return n >= 2 && (p[0] & 0x8f) == 0x08 && (p[0] << 8 | p[1]) % 31 == 0;
}

/* The format as zlib's windowBits. */
static int
window_bits(const struct source *s)
{
	if (s->coding == UNPACK_GZIP)
		return MAX_WBITS + GZIP_TOO;
	return is_zlib(s->p, s->n) ? MAX_WBITS : -MAX_WBITS;
}

static int
source_open(struct source *s, struct err *err)
{
	s->z = (z_stream){ .next_in = (z_const Bytef *)s->p, .avail_in = (uInt)s->n };
	if (inflateInit2(&s->z, window_bits(s)) != Z_OK)
		return err_set(err, ERR_UNAVAILABLE, "There is no memory to unpack the content.");
	return 0;
}

static int
source_fault(const struct source *s, const char *what, struct err *err)
{
	return err_set(err, ERR_PERMANENT,
	    "The content is not valid %s, which Content-Encoding says it is: %s at byte %zu.",
	    unpack_coding_name(s->coding), what, s->n - s->z.avail_in);
}

static int
source_stopped(const struct source *s, int rc, struct err *err)
{
	if (rc == Z_MEM_ERROR)
		return err_set(err, ERR_UNAVAILABLE, "There is no memory to unpack the content.");
	if (rc == Z_BUF_ERROR)
		return source_fault(s, "it ends in the middle", err);
	return source_fault(s, s->z.msg != NULL ? s->z.msg : "it needs a dictionary", err);
}

/* A gzip file may have several members; each starts a new stream. */
static int
is_member(const struct source *s)
{
	static const unsigned char magic[] = { 0x1f, 0x8b };

	if (s->coding != UNPACK_GZIP || s->z.avail_in < sizeof magic)
		return 0;
	return memcmp(s->z.next_in, magic, sizeof magic) == 0;
}

/* Unpacks more, into room bytes at out. 1 = there may be more, 0 = that was all, or a code. */
static int
source_step(struct source *s, unsigned char *out, size_t room, struct err *err)
{
	int rc;

	s->z.next_out = out;
	s->z.avail_out = (uInt)room;
	rc = inflate(&s->z, Z_NO_FLUSH);
	if (rc == Z_OK)
		return 1;
	if (rc != Z_STREAM_END)
		return source_stopped(s, rc, err);
	if (s->z.avail_in == 0)
		return 0;
	if (!is_member(s))
		return source_fault(s, "something is behind its end", err);
	inflateReset(&s->z);
	return 1;
}

static int
too_large(size_t size, size_t max, size_t packed, struct err *err)
{
	if (size > max)
		return err_set(err, ERR_TOO_LARGE,
		    "The content has more than %zu bytes when it is unpacked.", max);
	if (size > UNPACK_FREE_BYTES && size / UNPACK_RATIO_MAX >= packed)
		return err_set(err, ERR_TOO_LARGE,
		    "The content becomes more than %d times larger when it is unpacked.",
		    UNPACK_RATIO_MAX);
	return 0;
}

/* *size gets the unpacked size, at most max; of a faulty body, the bytes before the fault. */
static int
source_measure(struct source *s, size_t max, size_t *size, struct err *err)
{
	unsigned char nowhere[BLOCK];
	int rc = source_open(s, err), more = rc == 0, large = 0;

	*size = 0;
	while (more && !large) {
		rc = source_step(s, nowhere, sizeof nowhere, err);
		*size += sizeof nowhere - s->z.avail_out;
		large = too_large(*size, max, s->n, err);
		more = rc > 0;
	}
	inflateEnd(&s->z);
	*size = *size < max ? *size : max;
	return large != 0 ? large : rc;
}

/* Unpacks the first size bytes, as measured before. Returns how many there are. */
static size_t
source_fill(struct source *s, unsigned char *out, size_t size)
{
	int more = source_open(s, NULL) == 0;
	size_t n = 0;

	while (more && n < size) {
		more = source_step(s, out + n, size - n, NULL) > 0;
		n = size - s->z.avail_out;
	}
	inflateEnd(&s->z);
	return n;
}

/* ------------------------------------------------------------------ all */

int
unpack(struct arena *a, enum unpack_coding coding, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err)
{
	struct source s = { .coding = coding, .p = (const unsigned char *)p, .n = n };
	unsigned char *out;
	int rc;

	*text = p;
	*text_bytes = n;
	if (n == 0 || coding <= UNPACK_NONE)
		return 0;
	*text = "";
	*text_bytes = 0;
	if (coding == UNPACK_UNKNOWN)
		return err_set(err, ERR_ENCODING, "%s", err_sentence(ERR_ENCODING));
	if (n > INT32_MAX)
		return err_set(err, ERR_TOO_LARGE, "The content is too long.");
	rc = source_measure(&s, max, text_bytes, err);
	if (*text_bytes > 0) {
		out = arena_alloc(a, *text_bytes + 1);
		*text_bytes = source_fill(&s, out, *text_bytes);
		*text = (const char *)out;
	}
	return rc;
}

int
unpack_kept(struct arena *a, const char *headers, const char *p, size_t n, size_t max,
    const char **text, size_t *text_bytes, struct err *err)
{
	return unpack(a, unpack_coding_kept(headers), p, n, max, text, text_bytes, err);
}
