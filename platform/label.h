/*
 * platform_label - finds the ids of words in a sender's language (states, civilities, countries).
 *
 * It looks first at what an admin has set for the message's Source, then at the labels of the
 * tenant's own table, then at the shipped words (sql/labels.txt). Words are compared by
 * model/word.h. An unknown word gives nothing: the caller leaves its column out, so that a stored
 * value stays.
 */
#ifndef PLATFORM_LABEL_H
#define PLATFORM_LABEL_H

#include "model/row.h"

struct err;
struct platform_context;

/* The id of a label of a kind (store/store_label.h): VAL_INT, for a Country VAL_TEXT; SQL NULL when
 * label is NULL or unknown. 0, or a failure of the database. */
int platform_label(struct platform_context *ctx, const char *kind, const char *label,
    struct val *out, struct err *err);

/* Sets a column of the row to the id. When the label is unknown, leaves the column out and names
 * field in a remark. Returns 1 when the label is known, 0, or a failure of the database. */
int platform_label_set(struct platform_context *ctx, const char *kind, const char *field,
    const char *label, struct row *row, enum column column, struct err *err);

/* GenderId of a person from what was sent as gender or civility: the label's own, else that of the
 * shipped civility that it means (Mr is male, Mrs and Miss female). SQL NULL when neither gives
 * one. */
int platform_label_gender(struct platform_context *ctx, const char *label, struct val civility,
    struct val *out, struct err *err);

/* Adds the remark about an unknown label. */
void platform_label_unknown(struct platform_context *ctx, const char *kind, const char *field,
    const char *label);

/* ISO 639-2 of a locale like "fr-CA"; SQL NULL when it is none. 0 or a negative code. */
int platform_label_language(
    struct platform_context *ctx, const char *locale, struct val *language, struct err *err);

#endif
