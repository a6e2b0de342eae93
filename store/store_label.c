#include "config.h"

#include "store/store_label.h"

#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/word.h"
#include "store/entity/lookup.h"
#include "store/known/reference_cache.h"

const struct store_label_kind store_label_kinds[] = {
	{ "PurchaseStatus", "PurchaseStatus", "Magento: PurchaseStatus of purchases and lines." },
	{ "Civility", "Civility", "Magento: Civility; Adictiz: civility." },
	{ "Gender", "Gender",
	    "Magento: Civility, which often holds the gender; Adictiz: civility." },
	{ "Country", "Country",
	    "Magento: CountryId, MobilePhoneCountryId; Adictiz: country; Shopify: country_code." },
	{ "Flag", NULL, "Adictiz: newsletter, optin_partner, optin_mobile." },
	{ .name = NULL },
};

static const struct store_label_kind *
find_kind(const char *name)
{
	const struct store_label_kind *k = store_label_kinds;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k;
}

/* The id of a row of an entity whose key is a number or a code; SQL NULL when it cannot be one. */
static struct val
key_of(const struct entity *e, const char *id)
{
	const struct entity_column *c = &e->columns[entity_column_find(e, e->key)];
	int64_t n;

	if (c->type == ENTITY_CODE)
		return v_text(id);
	if (text_int64(id, &n) < 0 || n < INT16_MIN || n > INT16_MAX)
		return v_null();
	return v_int(n);
}

int
store_label_find(struct db *db, struct arena *a, const char *kind, int16_t source_id,
    const char *word, struct store_label_worth *out, struct err *err)
{
	const struct entity *e = find_kind(kind)->entity == NULL
	    ? NULL
	    : entity_find(find_kind(kind)->entity);
	struct rows r;
	int rc;

	*out = (struct store_label_worth){ v_null(), v_null() };
	if (word[0] == '\0')
		return 0;
	rc = db_query(db, Q_label_find, DB_ARGS(v_text(kind), v_text(word), v_int(source_id)), a,
	    &r, err);
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		const char *id = rows_text(&r, i, C_label_find_id);
		struct val worth = e == NULL ? v_int(strcmp(id, "1") == 0) : key_of(e, id);

		*(rows_int(&r, i, C_label_find_source_id) == 0 ? &out->shipped :
								 &out->of_source) = worth;
	}
	return rc;
}

static const char *
upper(struct arena *a, const char *s)
{
	char *u = text_trim(arena_strdup(a, s));

	for (char *c = u; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	return u;
}

/* Looks in the labels of the tenant's own table. *out does not change when there is none. */
static int
find_own(struct db *db, struct arena *a, const struct store_label_word *w,
    struct val *out, struct err *err)
{
	const struct val given = v_text(w->label), by_word = v_text(w->word),
			 code = v_text(upper(a, w->label));
	struct rows r = { 0 };
	int rc = 0;

	if (strcmp(w->kind, "PurchaseStatus") == 0)
		rc = db_query(db, Q_platform_purchase_status,
		    DB_ARGS(given, by_word), a, &r, err);
	else if (strcmp(w->kind, "Civility") == 0)
		rc = db_query(db, Q_platform_civility, DB_ARGS(given, by_word), a, &r,
		    err);
	else if (strcmp(w->kind, "Gender") == 0)
		rc = db_query(db, Q_platform_gender, DB_ARGS(given, by_word), a, &r,
		    err);
	else if (strcmp(w->kind, "Country") == 0)
		rc = db_query(db, Q_platform_country_named,
		    DB_ARGS(code, given, by_word), a, &r, err);
	if (rc == 0 && r.n > 0)
		*out = *rows_at(&r, 0, C_platform_country_named_country_id);
	return rc;
}

int
store_label_mean(struct db *db, struct arena *a, const struct store_label_word *w,
    struct val *out, struct err *err)
{
	struct store_label_worth worth;
	int rc = store_label_find(db, a, w->kind, w->source_id, w->word, &worth, err);

	*out = worth.of_source;
	if (rc < 0 || out->kind != VAL_NULL)
		return rc;
	*out = worth.shipped;
	return find_own(db, a, w, out, err);
}

/* *known = 1 when an entity has a row with this key. */
static int
exists(struct db *db, struct arena *a, const struct entity *e, struct val key, int *known,
    struct err *err)
{
	*known = 0;
	return key.kind == VAL_NULL ? 0 : entity_exists(db, e, &key, a, known, err);
}

static int
check_source(struct db *db, struct arena *a, int16_t source_id, struct err *err)
{
	int known, rc = exists(db, a, entity_find("Source"), v_int(source_id), &known, err);

	if (rc == 0 && !known)
		err_fault(err, a, "SourceId", "names no Source of the tenant");
	return rc;
}

static int
check_id(struct db *db, struct arena *a, const struct store_label *l, struct err *err)
{
	const struct store_label_kind *k = find_kind(l->kind);
	const struct entity *e = k->entity == NULL ? NULL : entity_find(k->entity);
	int known = strcmp(l->id, "0") == 0 || strcmp(l->id, "1") == 0, rc = 0;

	if (e != NULL)
		rc = exists(db, a, e, key_of(e, l->id), &known, err);
	if (rc == 0 && !known && e == NULL)
		err_fault(err, a, "Id", "must be 1 (yes) or 0 (no)");
	else if (rc == 0 && !known)
		err_fault(err, a, "Id", "is no %s of the tenant", e->key);
	return rc;
}

int
store_label_put(struct db *db, struct arena *a, const struct store_label *l, usec_t now,
    const char **word, struct err *err)
{
	int rc;

	*word = word_of(a, l->label);
	if ((rc = check_source(db, a, l->source_id, err)) < 0 || (rc = check_id(db, a, l, err)) < 0)
		return rc;
	if (**word == '\0')
		err_fault(err, a, "Label", "must have a letter or a digit");
	if (err->code < 0)
		return err->code;
	if (db_exec(db, Q_label_put,
		DB_ARGS(v_text(l->kind), v_text(*word), v_int(l->source_id), v_text(l->id),
		    v_text(l->label), v_time(now)),
		err) < 0)
		return err->code;
	return reference_wrote(db, NULL, err);
}

int
store_label_remove(struct db *db, struct arena *a, const struct store_label *l, int *removed,
    struct err *err)
{
	int64_t n = db_exec(db, Q_label_remove,
	    DB_ARGS(v_text(l->kind), v_text(word_of(a, l->label)), v_int(l->source_id)), err);

	*removed = n > 0;
	if (n <= 0)
		return n < 0 ? err->code : 0;
	return reference_wrote(db, NULL, err);
}

int
store_label_list(struct db *db, struct arena *a, int source_id, const char *kind, const char *after,
    int limit, struct rows *out, struct err *err)
{
	const struct val first = v_int(source_id < 0 ? 1 : source_id),
			 last = v_int(source_id < 0 ? INT16_MAX : source_id);

	return db_query(db, Q_label_list,
	    DB_ARGS(first, last, v_text(kind), v_text(after == NULL ? "" : after), v_int(limit)), a,
	    out, err);
}

/* ------------------------------------------------------------------ what is shown */

#define LABEL_ROWS(source_id, kind, label, word, id) \
	FIELD(INT, "SourceId", "The Source; 0 of a word that is known without being set.", \
	    source_id), \
	FIELD(TEXT, "Kind", "The list that the label is of.", kind, \
	    .choices = STORE_LABEL_KINDS), \
	FIELD(TEXT, "Label", "The word as it is sent.", label, .sample = "In transit"), \
	FIELD(TEXT, "Word", "The form in which it is compared.", word, .sample = "in transit"), \
	FIELD(TEXT, "Id", "What it means.", id, .sample = "5")
#define OF(member) FROM(struct store_label, member)

const struct field store_label_row[] = {
	LABEL_ROWS(OF(source_id), OF(kind), OF(label), OF(word), OF(id)), FIELD_END
};
const struct field store_label_listed[] = {
	LABEL_ROWS(FROM_CELL(C_label_list_source_id), FROM_CELL(C_label_list_kind),
	    FROM_CELL(C_label_list_label), FROM_CELL(C_label_list_word),
	    FROM_CELL(C_label_list_id)),
	FIELD(TEXT, "Language",
	    "Of a word that is known without being set: its language, by ISO 639-1; else empty.",
	    FROM_CELL(C_label_list_language), .sample = "fr"),
	FIELD(TIME, "ModifiedAt", "When it was set.", FROM_CELL(C_label_list_modified_at)),
	FIELD_END,
};
