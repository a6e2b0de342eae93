/*
 * writer - prints a JSON text into a buffer; no other code does. It keeps a stack of the open
 * objects and arrays, and writes commas, line ends and indentation itself.
 *
 * writer_init(&w, &b);
 * writer_object(&w);
 * writer_name(&w, "Status");
 * writer_text(&w, "Alive");
 * writer_end(&w);
 *
 * In an object each value follows its writer_name(); at the top there is one value.
 */
#ifndef LIB_JSON_WRITER_H
#define LIB_JSON_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/text.h"

struct json_object;

/* The most scopes that may be open; one more is a bug and ends the program with abort(). */
enum { WRITER_DEPTH = 64 };

struct writer {
	struct buf *b;
	int is_block;		/* objects and arrays stand on lines of their own, indented */
	const char *indent;	/* of one level */
	int level;
	int has_name;		/* a name was written, its value is next */
	int break_next;		/* the next member begins a line */
	int depth;
	unsigned char scope[WRITER_DEPTH];
};

/* Everything on one line, without blanks. */
void writer_init(struct writer *w, struct buf *b);

/* One value a line, indented by two blanks, or by w->indent when the caller sets it afterwards.
 * level is the value's own level, 0 at the top. */
void writer_init_block(struct writer *w, struct buf *b, int level);

/* Each opens a scope that writer_end() closes. */
void writer_object(struct writer *w);
void writer_array(struct writer *w);
void writer_end(struct writer *w);

/* The same on one line, also in a block; a block inside is indented by the blocks alone. */
void writer_object_flat(struct writer *w);
void writer_array_flat(struct writer *w);

/* An array with an element a line, not indented. */
void writer_array_lines(struct writer *w);

/* As writer_array(), but "]" stands behind the last element. */
void writer_array_tight(struct writer *w);

/* The next member of an object, or element, begins a line. */
void writer_break(struct writer *w);

void writer_name(struct writer *w, const char *name);

/* Values. NULL is null; invalid UTF-8 becomes U+FFFD. */
void writer_text(struct writer *w, const char *s);
void writer_text_n(struct writer *w, const char *s, size_t n);
void writer_int(struct writer *w, int64_t v);
void writer_flag(struct writer *w, int v);
void writer_null(struct writer *w);
void writer_time(struct writer *w, usec_t t);	/* UTC, ISO 8601; USEC_NONE is null */

/* A value that is JSON already, as it is. */
void writer_json(struct writer *w, const char *json);
void writer_json_n(struct writer *w, const char *json, size_t n);

/* Writes words for a reader in place of an element of a block's array: not JSON, and without a
 * comma before them. */
void writer_note(struct writer *w, const char *words);

/* A document that was read, or built. In a block an object or array of few scalars, of at most
 * WRITER_LEAF bytes, stands on one line. */
enum { WRITER_LEAF = 72 };
void writer_tree(struct writer *w, struct json_object *o);

/* Members that are JSON already, without braces. */
void writer_members(struct writer *w, const char *json);

/* A member of each kind. */
void writer_put_text(struct writer *w, const char *name, const char *s);
void writer_put_int(struct writer *w, const char *name, int64_t v);
void writer_put_flag(struct writer *w, const char *name, int v);
void writer_put_time(struct writer *w, const char *name, usec_t t);

#endif
