/*
 * exporter - an export of a person at work: shared by the files that write parts of its document.
 */
#ifndef PRIVACY_EXPORTER_H
#define PRIVACY_EXPORTER_H

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "privacy/person_export.h"
#include "privacy/person_trace.h"

struct exporter {
	const struct person_export *what;
	struct person_export_counts *counts;
	const struct person_trace *trace; /* while the registry is looked at */
	int part; /* of Messages, Mails, Runs: how many are begun */
	struct writer w;		/* of the document, into piece */
	struct buf piece;		/* what is not handed on yet */
	struct arena arena;		/* of piece, and of what is read for it */
};

void exporter_init(struct exporter *x);
void exporter_done(struct exporter *x);

/* Hands on the piece, and forgets it with all that is in the arena. */
int exporter_put(struct exporter *x, struct err *err);

#endif
