/*
 * platform_label - words of a sender's language (states, civilities, countries) and what they are
 * worth.
 *
 * First what an admin has set for the message's Source counts, then the labels of the tenant's own
 * table, then the words that are shipped (sql/labels.txt). Words are compared by model/word.h. A
 * word that nobody knows gives nothing: the caller leaves its column out, so that a known value
 * stays.
 */
#ifndef PLATFORM_LABEL_H
#define PLATFORM_LABEL_H

#include "model/row.h"
#include "store/db.h"

struct err;
struct platform_context;

/* The id of a label of a kind (store/store_label.h): VAL_INT, of a Country VAL_TEXT; SQL NULL when
 * label is NULL or nobody knows it. 0, or a failure of the database. */
int platform_label(struct platform_context *ctx, const char *kind, const char *label,
    struct val *out, struct err *err);

/* The same into a column of the row, which is left out when nobody knows the label; then field is
 * named in a remark. Returns 1 when the label is known, 0, or a failure of the database. */
int platform_label_set(struct platform_context *ctx, const char *kind, const char *field,
    const char *label, struct row *row, enum column column, struct err *err);

/* GenderId of a person by what was sent as gender or civility: the label's own, else that of the
 * shipped civility which it is (Mr is male, Mrs and Miss female). SQL NULL when neither says it. */
int platform_label_gender(struct platform_context *ctx, const char *label, struct val civility,
    struct val *out, struct err *err);

/* The remark about a label that nobody knows. */
void platform_label_unknown(struct platform_context *ctx, const char *kind, const char *field,
    const char *label);

/* ISO 639-2 of a locale like "fr-CA"; SQL NULL when it is none. 0 or a negative code. */
int platform_label_language(
    struct platform_context *ctx, const char *locale, struct val *language, struct err *err);

#endif
