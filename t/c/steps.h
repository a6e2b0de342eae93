/*
 * steps - a source whose bytes come in pieces, for tests and fuzz doors: what is read must not
 * depend on the pieces.
 */
#ifndef T_C_STEPS_H
#define T_C_STEPS_H

#include "lib/format/byte_source.h"

/* Bytes, of which at most step come at a time. */
struct steps {
	struct byte_source_memory memory;
	size_t step;
};

/* *s is the caller's, and must stay where it is. Its size is not told, as of a pipe. */
struct byte_source steps_source(struct steps *s);

#endif
