/*
 * decisional_label - the labels of purchases without a known status, and how many purchases have
 * each.
 */
#ifndef PROCESS_DECISIONAL_LABEL_H
#define PROCESS_DECISIONAL_LABEL_H

#include <stddef.h>
#include <stdint.h>

struct arena;

enum { DECISIONAL_LABELS = 50 }; /* further labels are left out */

struct decisional_labels {
	struct decisional_label {
		const char *text;
		int64_t purchases;
	} of[DECISIONAL_LABELS];
	size_t n;
};

/* Adds purchases that were sent with this text ("" = with none). It is copied into a. A text that
 * may name a person counts as "(no label)". */
void decisional_label_add(
    struct decisional_labels *labels, struct arena *a, const char *text, int64_t purchases);

/* Sorts the labels and returns those with the most purchases, in a: "En cours" (3), none (2). */
const char *decisional_labels_text(struct decisional_labels *labels, struct arena *a);

#endif
