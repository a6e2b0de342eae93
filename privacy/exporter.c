#include "config.h"

#include "privacy/exporter.h"

void
exporter_init(struct exporter *x)
{
	arena_init(&x->arena);
	buf_init(&x->piece, &x->arena);
	writer_init_block(&x->w, &x->piece, 0);
	x->w.indent = "\t";
}

void
exporter_done(struct exporter *x)
{
	arena_done(&x->arena);
}

int
exporter_put(struct exporter *x, struct err *err)
{
	int rc = x->what->write(x->what->arg, x->piece.data, x->piece.len, err);

	arena_done(&x->arena);
	buf_init(&x->piece, &x->arena);
	return rc;
}
