/*
 * store_label - words of closed lists and the ids that they are worth, in a tenant's database.
 *
 * Shipped words are of Source 0; an admin adds words of a Source (customerapi label, the actions
 * Labels). Words are compared by word_of() (model/word.h).
 */
#ifndef STORE_STORE_LABEL_H
#define STORE_STORE_LABEL_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/db.h"
#include "store/field.h"

struct arena;
struct err;

enum { STORE_LABEL_CHARACTERS = 200, STORE_LABEL_ID = 8 };

/* A closed list whose words are foreign. */
struct store_label_kind {
	const char *name;	/* "PurchaseStatus" */
	const char *entity;	/* whose key the id is; NULL: 1 is yes, 0 is no */
	const char *doc;	/* what is read by it */
};

/* All kinds; ends with name NULL. */
extern const struct store_label_kind store_label_kinds[];

/* Their names as choices. */
#define STORE_LABEL_KINDS "PurchaseStatus|Civility|Gender|Country|Flag"

/* What a label of a kind is worth: *of_source (the Source's own setting) and *shipped, each SQL
 * NULL when there is none. */
struct store_label_worth {
	struct val of_source, shipped;
};
int store_label_find(struct db *db, struct arena *a, const char *kind, int16_t source_id,
    const char *word, struct store_label_worth *out, struct err *err);

/* A word that a sender uses. word: word_of() of the label. */
struct store_label_word {
	const char *kind;
	int16_t source_id;
	const char *label, *word;
};

/* The id that it stands for: the Source's own setting, else the label of the tenant's own table,
 * else what is shipped; SQL NULL: not known. */
int store_label_mean(struct db *db, struct arena *a, const struct store_label_word *w,
    struct val *out, struct err *err);

/* A label to be set or removed. word is out: the form in which it is compared. */
struct store_label {
	const char *kind, *label, *id, *word;
	int16_t source_id;
};

/* Sets what a label of a Source is worth; *word gets the form in which it is compared.
 * ERR_BAD_REQUEST with the faults SourceId (no such Source), Label (without a letter or digit) and
 * Id (no row of the list). */
int store_label_put(struct db *db, struct arena *a, const struct store_label *l, usec_t now,
    const char **word, struct err *err);

/* *removed = 0 when the Source has no such label. */
int store_label_remove(struct db *db, struct arena *a, const struct store_label *l, int *removed,
    struct err *err);

/* Kind, source id, label, word, id, language, modified at; by kind, word and Source. source_id
 * below 0: those of all Sources that an admin set; 0: the shipped ones. kind NULL = all. after:
 * only words behind it, NULL = all. */
int store_label_list(struct db *db, struct arena *a, int source_id, const char *kind,
    const char *after, int limit, struct rows *out, struct err *err);

/* What is shown of a label: rows of struct store_label, and of the rows of a list. */
extern const struct field store_label_row[], store_label_listed[];

#endif
