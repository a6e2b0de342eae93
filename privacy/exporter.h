/*
 * exporter - an export of a person at work: shared by the files that write parts of its document.
 */
#ifndef PRIVACY_EXPORTER_H
#define PRIVACY_EXPORTER_H

#include "privacy/person_export.h"
#include "privacy/person_trace.h"

struct buf;

struct exporter {
	const struct person_export *what;
	struct person_export_counts *counts;
	const struct person_trace *trace; /* while the registry is looked at */
	int part; /* of Messages, Mails, Runs: how many are begun */
	int64_t items; /* in the array that is open */
};

/* Both write a piece of the document. */
int exporter_put(struct exporter *x, const struct buf *b, struct err *err);
int exporter_put_text(struct exporter *x, const char *text, struct err *err);

#endif
