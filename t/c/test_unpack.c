/* lib/format/unpack: which codings are known, each form of them, and what can be wrong with one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/unpack.h"
#include "lib/text.h"
#include "t/c/tap.h"

enum { GZIP = MAX_WBITS + 16, ZLIB = MAX_WBITS, BARE = -MAX_WBITS, MAX = 4 << 20 };

static struct arena a;

/* Packs n bytes behind what b holds. */
static void
pack(struct buf *b, int bits, const void *p, size_t n)
{
	z_stream z = { .next_in = (z_const Bytef *)p, .avail_in = (uInt)n };
	size_t most;
	unsigned char *out;

	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	most = deflateBound(&z, (uLong)n);
	out = arena_alloc(&a, most);
	z.next_out = out;
	z.avail_out = (uInt)most;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	buf_add(b, out, most - z.avail_out);
	deflateEnd(&z);
}

static struct buf
packed(int bits, const char *text)
{
	struct buf b;

	buf_init(&b, &a);
	pack(&b, bits, text, strlen(text));
	return b;
}

static void
gives(enum unpack_coding coding, const struct buf *b, const char *want, const char *what)
{
	struct err err = { 0 };
	const char *text = NULL;
	size_t n = 0;
	int rc = unpack(&a, coding, b->data, b->len, MAX, &text, &n, &err);

	ok(rc == 0 && n == strlen(want) && memcmp(text, want, n) == 0, what, err.detail);
}

/* Refused with this code and a sentence that holds words; what came out before that is head. */
static void
refuses(enum unpack_coding coding, const struct buf *b, int code, const char *words,
    const char *head)
{
	struct err err = { 0 };
	const char *text = NULL;
	size_t n = 0;
	int rc = unpack(&a, coding, b->data, b->len, MAX, &text, &n, &err);

	ok(rc == code && strstr(err.detail, words) != NULL, words, err.detail);
	ok(n == strlen(head) && memcmp(text, head, n) == 0, "what came out before is there", "");
}

/* ------------------------------------------------------------------ codings */

static void
test_names(void)
{
	static const struct { const char *header; enum unpack_coding coding; } rows[] = {
		{ NULL, UNPACK_NONE }, { "", UNPACK_NONE }, { " ", UNPACK_NONE },
		{ "identity", UNPACK_NONE }, { "Identity", UNPACK_NONE },
		{ "gzip", UNPACK_GZIP }, { "GZip", UNPACK_GZIP }, { "x-gzip", UNPACK_GZIP },
		{ " gzip\t", UNPACK_GZIP }, { ", gzip,", UNPACK_GZIP },
		{ "deflate", UNPACK_DEFLATE }, { "DEFLATE", UNPACK_DEFLATE },
		{ "br", UNPACK_UNKNOWN }, { "zstd", UNPACK_UNKNOWN },
		{ "compress", UNPACK_UNKNOWN }, { "x-compress", UNPACK_UNKNOWN },
		{ "gzip, gzip", UNPACK_UNKNOWN },
		{ "gzip,identity", UNPACK_UNKNOWN }, { "identity, gzip", UNPACK_UNKNOWN },
		{ "gzi", UNPACK_UNKNOWN }, { "gzipp", UNPACK_UNKNOWN },
		{ "\"gzip\"", UNPACK_UNKNOWN }, { "*", UNPACK_UNKNOWN },
	};

	static const char kept[] = "{\"user-agent\":\"x\",\"content-encoding\":\"gzip\"}";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ok(unpack_coding_of(rows[i].header) == rows[i].coding, "coding",
		    rows[i].header == NULL ? "none" : rows[i].header);
	ok(unpack_coding_kept(kept) == UNPACK_GZIP, "of a stored message", "");
	ok(unpack_coding_kept("{}") == UNPACK_NONE, "of one without", "");
	ok(unpack_coding_kept("") == UNPACK_NONE, "of one without headers", "");
	ok(strcmp(unpack_coding_name(UNPACK_GZIP), "gzip") == 0, "its name", "");
	ok(strcmp(unpack_coding_name(UNPACK_NONE), "") == 0, "no name of none", "");
}

/* ------------------------------------------------------------------ what is right */

static void
test_good(void)
{
	static const char text[] = "{\"id\":1,\"note\":\"gr\xc3\xbc\xc3\x9f\"}";
	struct buf b = packed(GZIP, text), plain, several;
	const char *out;
	size_t n;

	gives(UNPACK_GZIP, &b, text, "gzip");
	unpack(&a, UNPACK_GZIP, b.data, b.len, MAX, &out, &n, NULL);
	ok(out[n] == '\0', "a NUL is behind it", "");
	b = packed(ZLIB, text);
	gives(UNPACK_DEFLATE, &b, text, "deflate as zlib");
	b = packed(BARE, text);
	gives(UNPACK_DEFLATE, &b, text, "deflate as bare deflate");
	b = packed(-9, "x");
	gives(UNPACK_DEFLATE, &b, "x", "with a small window");
	b = packed(9, "x");
	gives(UNPACK_DEFLATE, &b, "x", "and its zlib form");
	several = packed(GZIP, "{\"id\":");
	pack(&several, GZIP, "", 0);
	pack(&several, GZIP, "7}", 2);
	gives(UNPACK_GZIP, &several, "{\"id\":7}", "several members");
	b = packed(GZIP, "");
	gives(UNPACK_GZIP, &b, "", "nothing, packed");
	buf_init(&plain, &a);
	gives(UNPACK_GZIP, &plain, "", "no bytes are no bytes");
	gives(UNPACK_DEFLATE, &plain, "", "in the other coding, too");
	gives(UNPACK_UNKNOWN, &plain, "", "and in one that nobody knows");
	buf_adds(&plain, "plain");
	gives(UNPACK_NONE, &plain, "plain", "not packed");
	gives(UNPACK_UNSET, &plain, "plain", "unset is not packed");
	unpack(&a, UNPACK_NONE, plain.data, plain.len, 2, &out, &n, NULL);
	ok(out == plain.data && n == 5, "what is not packed is given as it is, whatever the limit",
	    "");
}

/* Larger than any buffer in between, and than what repeats. */
static void
test_large(void)
{
	size_t n, size = 3 << 20;
	char *text = arena_alloc(&a, size + 1);
	struct buf b;
	const char *out;
	unsigned state = 1;
	int rc;

	for (size_t i = 0; i < size; i++)
		text[i] = "0123456789abcdef"[(state = state * 1103515245u + 12345u) >> 28];
	buf_init(&b, &a);
	pack(&b, GZIP, text, size);
	rc = unpack(&a, UNPACK_GZIP, b.data, b.len, size, &out, &n, NULL);
	ok(rc == 0 && n == size && memcmp(out, text, n) == 0, "3 MiB, exactly at the limit", "");
	rc = unpack(&a, UNPACK_GZIP, b.data, b.len, size - 1, &out, &n, NULL);
	ok(rc == ERR_TOO_LARGE, "one byte more than the limit", "");
	ok(n == size - 1 && memcmp(out, text, n) == 0, "what fits is there", "");
	rc = unpack(&a, UNPACK_GZIP, b.data, b.len, 0, &out, &n, NULL);
	ok(rc == ERR_TOO_LARGE && n == 0, "a limit of 0", "");
}

/* ------------------------------------------------------------------ what is wrong */

static void
test_bad(void)
{
	struct buf good = packed(GZIP, "{\"id\":1}"), b = good;
	int whole = 0;

	refuses(UNPACK_UNKNOWN, &good, ERR_ENCODING, "cannot be unpacked", "");
	for (size_t n = 1; n < good.len; n++) {
		struct err err = { 0 };
		const char *text;
		size_t bytes;
		int rc = unpack(&a, UNPACK_GZIP, good.data, n, MAX, &text, &bytes, &err);

		whole += rc != ERR_PERMANENT || strstr(err.detail, "it ends in the middle") == NULL;
	}
	ok(whole == 0, "cut anywhere", "");
	b.len = good.len - 8;
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "it ends in the middle at byte", "{\"id\":1}");
	buf_init(&b, &a);
	buf_add(&b, good.data, good.len);
	buf_adds(&b, "x");
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "is behind its end at byte 28", "{\"id\":1}");
	buf_init(&b, &a);
	buf_add(&b, good.data, good.len);
	buf_add(&b, "\0\0\0\0", 4);
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "something is behind its end", "{\"id\":1}");
	buf_init(&b, &a);
	buf_add(&b, good.data, good.len);
	buf_add(&b, "\x1f\x8bnot one more", 14);
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "unknown compression method", "{\"id\":1}");
	buf_init(&b, &a);
	buf_add(&b, good.data, good.len);
	b.data[good.len - 6] ^= 1;
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "incorrect data check", "{\"id\":1}");
	b.data[good.len - 6] ^= 1;
	b.data[good.len - 2] ^= 1;
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "incorrect length check", "{\"id\":1}");
}

static void
test_mislabelled(void)
{
	struct err err = { 0 };
	const char *text;
	struct buf b;
	size_t n;
	int rc;

	buf_init(&b, &a);
	buf_adds(&b, "{\"id\":1}");
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "The content is not valid gzip, "
	    "which Content-Encoding says it is: incorrect header check at byte 2.", "");
	rc = unpack(&a, UNPACK_DEFLATE, b.data, b.len, MAX, &text, &n, &err);
	ok(rc == ERR_PERMANENT && strstr(err.detail, "not valid deflate") != NULL,
	    "text is no deflate, though something may come out", "");
	b = packed(ZLIB, "{}");
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "incorrect header check", "");
	b = packed(GZIP, "{}");
	refuses(UNPACK_DEFLATE, &b, ERR_PERMANENT, "not valid deflate", "");
	b = packed(ZLIB, "{}");
	buf_adds(&b, "{}");
	refuses(UNPACK_DEFLATE, &b, ERR_PERMANENT, "something is behind its end", "{}");
	buf_init(&b, &a);
	buf_add(&b, "\x78\xbb\0\0\0\1", 6);	/* zlib with a preset dictionary */
	refuses(UNPACK_DEFLATE, &b, ERR_PERMANENT, "it needs a dictionary", "");
	buf_init(&b, &a);
	buf_add(&b, "\x1f", 1);
	refuses(UNPACK_GZIP, &b, ERR_PERMANENT, "it ends in the middle", "");
	refuses(UNPACK_DEFLATE, &b, ERR_PERMANENT, "not valid deflate", "");
}

/* Of little that becomes much no more is kept than is asked for. */
static void
test_trap(void)
{
	size_t size = 10 << 20, n, before;
	char *zeros = arena_alloc(&a, size);
	struct err err = { 0 };
	struct buf b, members;
	const char *out;
	int rc;

	buf_init(&b, &a);
	pack(&b, GZIP, zeros, size);
	before = a.total;
	ok(b.len < 11 << 10, "10 MiB of zeros in 10 kB", "");
	rc = unpack(&a, UNPACK_GZIP, b.data, b.len, 64 << 20, &out, &n, &err);
	ok(rc == ERR_TOO_LARGE && strstr(err.detail, "200 times") != NULL, "refused", err.detail);
	ok(a.total - before < 3 << 20, "not much memory is taken for them", "");
	rc = unpack(&a, UNPACK_GZIP, b.data, b.len, 8 << 10, &out, &n, &err);
	ok(rc == ERR_TOO_LARGE && strstr(err.detail, "8192 bytes") != NULL, "a limit", err.detail);
	ok(n == 8 << 10, "and their head is what was asked for", "");
	buf_init(&b, &a);
	pack(&b, BARE, zeros, UNPACK_FREE_BYTES);
	rc = unpack(&a, UNPACK_DEFLATE, b.data, b.len, MAX, &out, &n, &err);
	ok(b.len * UNPACK_RATIO_MAX < UNPACK_FREE_BYTES && rc == 0 && n == UNPACK_FREE_BYTES,
	    "what stays small may grow as much", "");
	buf_init(&members, &a);
	for (int i = 0; i < 100000; i++)
		buf_add(&members, "\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0", 20);
	rc = unpack(&a, UNPACK_GZIP, members.data, members.len, MAX, &out, &n, &err);
	ok(rc == 0 && n == 0, "100,000 empty members", "");
}

int
main(void)
{
	test_names();
	test_good();
	test_large();
	test_bad();
	test_mislabelled();
	test_trap();
	arena_done(&a);
	return tap_end();
}
