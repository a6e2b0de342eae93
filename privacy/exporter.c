#include "config.h"

#include "privacy/exporter.h"

#include <string.h>

#include "lib/text.h"

int
exporter_put(struct exporter *x, const struct buf *b, struct err *err)
{
	return x->what->write(x->what->arg, b->data, b->len, err);
}

int
exporter_put_text(struct exporter *x, const char *text, struct err *err)
{
	return x->what->write(x->what->arg, text, strlen(text), err);
}
