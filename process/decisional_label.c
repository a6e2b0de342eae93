#include "config.h"

#include "process/decisional_label.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { LABELS_SHOWN = 10, LABEL_CHARACTERS = 40 };

/* FreeField2 holds the status as sent, which can be any text. A result must not name persons, so
 * only texts that look like labels are shown. */
static const char *
shown(const char *text)
{
	enum { DIGITS_MAX = 4 };
	size_t digits = 0;

	for (const char *p = text; *p != '\0'; p++) {
		digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
		if (*p == '@' || digits > DIGITS_MAX)
			return "(no label)";
	}
	return text_utf8_length(text) <= LABEL_CHARACTERS ? text : "(no label)";
}

void
decisional_label_add(
    struct decisional_labels *labels, struct arena *a, const char *text, int64_t purchases)
{
	size_t i = 0;

	text = shown(text);
	while (i < labels->n && strcmp(labels->of[i].text, text) != 0)
		i++;
	if (i == DECISIONAL_LABELS)
		return;
	if (i == labels->n) {
		labels->of[labels->n].purchases = 0;
		labels->of[labels->n++].text = arena_strdup(a, text);
	}
	labels->of[i].purchases += purchases;
}

static int
by_purchases(const void *x, const void *y)
{
	const struct decisional_label *a = x, *b = y;

	if (a->purchases != b->purchases)
		return (a->purchases < b->purchases) - (a->purchases > b->purchases);
	if (*a->text == '\0' || *b->text == '\0')
		return (*a->text == '\0') - (*b->text == '\0');
	return strcmp(a->text, b->text);
}

const char *
decisional_labels_text(struct decisional_labels *labels, struct arena *a)
{
	struct buf b;

	qsort(labels->of, labels->n, sizeof labels->of[0], by_purchases);
	buf_init(&b, a);
	for (size_t i = 0; i < labels->n && i < LABELS_SHOWN; i++) {
		const struct decisional_label *l = &labels->of[i];

		buf_adds(&b, i == 0 ? "" : ", ");
		buf_addf(&b, *l->text == '\0' ? "none" : "\"%s\"", l->text);
		buf_addf(&b, " (%" PRId64 ")", l->purchases);
	}
	return b.data;
}
