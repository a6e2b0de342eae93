#include "config.h"

#include "model/entity_sample.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_external.h"

#define SOURCE "SourceId"	/* the message's, when a body does not say it */

enum { SHOWN_MAX = 4, KEY_OF_NEW = 99, KEY_OF_OLD = 1, KEY_OF_GONE = 2 };

/* The values of columns in samples, as JSON: for a new row, and for a changed one. */
static const struct { const char *column, *insert, *update; } values[] = {
	{ "GenderId", "2", "2" },
	{ "FirstName", "\"Ada\"", "\"Ada\"" },
	{ "LastName", "\"Lovelace\"", "\"King\"" },
	{ "LanguageId", "\"fra\"", "\"fra\"" },
	{ "Label", "\"Sample\"", "\"Another sample\"" },
	{ "City", "\"Lyon\"", "\"Paris\"" },
	{ "CountryId", "\"FRA\"", "\"FRA\"" },
	{ "Email", "\"ada@demo.example\"", "\"ada.king@demo.example\"" },
	{ "EmailOptin", "true", "false" },
	{ "Sku", "\"SAMPLE-M\"", "\"SAMPLE-M\"" },
	{ "PurchaseTypeId", "1", "1" },
	{ "PurchaseStatusId", "3", "5" },
	{ "PurchaseDate", "\"2026-11-24T09:00:00+01:00\"", "\"2026-11-24T09:00:00+01:00\"" },
	{ "CurrencyId", "\"EUR\"", "\"EUR\"" },
	{ "Quantity", "1", "2" },
	{ "Amount", "\"12.50\"", "\"25.00\"" },
	{ "Price", "\"12.50\"", "\"13.00\"" },
	{ "PointTypeId", "3", "4" },
	{ "PointAmount", "10", "20" },
	{ "LoyaltyCardTypeId", "1", "1" },
	{ "VoucherTypeId", "1", "1" },
	{ "VoucherStateId", "1", "2" },
	{ "CaseStateId", "1", "3" },
	{ "AttachedStoreTypeId", "1", "2" },
	{ "InterestDate", "\"2026-11-24\"", "\"2026-11-25\"" },
	{ "SegmentDate", "\"2026-11-24\"", "\"2026-11-25\"" },
	{ "ActionDate", "\"2026-11-24\"", "\"2026-11-25\"" },
	{ "ParticipationDate", "\"2026-11-24\"", "\"2026-11-25\"" },
};

const char *
entity_sample_action(enum entity_sample_kind kind)
{
	static const char *const names[ENTITY_SAMPLE_KINDS] = { "Insert", "Update", "Delete" };

	return names[kind];
}

/* ------------------------------------------------------------------ what names a row */

/* ContactIdentifier's sample has an identifier of its own, so that the sample contact keeps the
 * other one. */
static const char *
identifier_of(const struct entity *e)
{
	return strcmp(e->name, "ContactIdentifier") == 0 ? "sample-2" : "sample-1";
}

/* A reference to a row that every tenant has. */
static const char *
shipped_key(const struct entity_column *c)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (c->type == ENTITY_CODE && strcmp(values[i].column, c->name) == 0)
			return values[i].insert;
	return "1";
}

/* {"PurchaseIdentifier": "sample-1"}: the parts of the natural key that the message does not
 * give. */
static void
write_external(struct writer *w, const struct entity *named_by)
{
	writer_object_flat(w);
	for (size_t i = 0; named_by->natural[i] != NULL; i++) {
		const int at = entity_column_find(named_by, named_by->natural[i]);
		const struct entity_column *c = &named_by->columns[at];
		const struct entity *to = entity_external_of(c);

		if (strcmp(c->name, SOURCE) == 0)
			continue;
		writer_name(w, to == NULL ? c->name : entity_external_name(w->b->arena, c));
		if (to != NULL)
			write_external(w, to);
		else if (c->refers != NULL)
			writer_json(w, shipped_key(c));
		else
			writer_text(w, "sample-1");
	}
	writer_end(w);
}

/* Writes a required column: a reference, or what names the row. */
static void
write_reference(struct writer *w, const struct entity *e, const struct entity_column *c)
{
	const struct entity *to = entity_external_of(c);

	writer_name(w, to == NULL ? c->name : entity_external_name(w->b->arena, c));
	if (to != NULL)
		write_external(w, to);
	else if (c->refers != NULL)
		writer_json(w, shipped_key(c));
	else
		writer_text(w, identifier_of(e));
}

/* Writes the key of a row that has no other name: a chosen key, or one that the database gave. */
static void
write_key(struct writer *w, const struct entity *e, enum entity_sample_kind kind)
{
	const struct entity_column *c = &e->columns[entity_column_find(e, e->key)];

	if (e->key_auto && kind == ENTITY_SAMPLE_INSERT)
		return;
	writer_name(w, e->key);
	if (c->type == ENTITY_CODE)
		writer_text(w, strcmp(e->name, "Language") == 0 ? "qaa" : "QAA");
	else if (!e->key_auto)
		writer_int(w, KEY_OF_NEW);
	else
		writer_int(w, kind == ENTITY_SAMPLE_UPDATE ? KEY_OF_OLD : KEY_OF_GONE);
}

static void
write_names(struct writer *w, const struct entity *e, enum entity_sample_kind kind)
{
	if (entity_has_external(e)) {
		writer_name(w, ENTITY_EXTERNAL);
		write_external(w, entity_named_by(e));
	} else if (e->natural[0] == NULL) {
		write_key(w, e, kind);
	}
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (i == 0 || strcmp(e->natural[i], SOURCE) != 0)
			write_reference(w, e, &e->columns[entity_column_find(e, e->natural[i])]);
}

/* ------------------------------------------------------------------ what a row holds */

static int
is_name(const struct entity *e, const struct entity_column *c)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], c->name) == 0)
			return 1;
	return strcmp(c->name, e->key) == 0 || strcmp(c->name, SOURCE) == 0;
}

static const char *
value_of(const char *column, enum entity_sample_kind kind)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(values[i].column, column) == 0)
			return kind == ENTITY_SAMPLE_UPDATE ? values[i].update : values[i].insert;
	return NULL;
}

static void
write_contents(struct writer *w, const struct entity *e, enum entity_sample_kind kind)
{
	int shown = 0;

	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		const char *value = value_of(c->name, kind);

		if (is_name(e, c))
			continue;
		if (c->required) {
			write_reference(w, e, c);
		} else if (value != NULL && shown++ < SHOWN_MAX) {
			writer_name(w, c->name);
			writer_json(w, value);
		}
	}
}

const char *
entity_sample(struct arena *a, const struct entity *e, enum entity_sample_kind kind)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init_block(&w, &b, 0);
	writer_object(&w);
	write_names(&w, e, kind);
	if (kind != ENTITY_SAMPLE_DELETE)
		write_contents(&w, e, kind);
	writer_end(&w);
	return b.data;
}

/* ------------------------------------------------------------------ in which order */

/* 1 when a required column in front of c refers to the same entity. */
static int
is_needed_before(const struct entity *e, const struct entity_column *c)
{
	for (const struct entity_column *d = e->columns; d != c; d++)
		if (d->required && d->refers != NULL && strcmp(d->refers, c->refers) == 0)
			return 1;
	return 0;
}

const struct entity *
entity_sample_needs(const struct entity *e, size_t i)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (!c->required || entity_external_of(c) == NULL || entity_find(c->refers) == e)
			continue;
		if (!is_needed_before(e, c) && i-- == 0)
			return entity_find(c->refers);
	}
	return NULL;
}

static int
is_among(const struct entity **list, size_t n, const struct entity *e)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == e)
			return 1;
	return 0;
}

static int
has_all(const struct entity **list, size_t n, const struct entity *e)
{
	const struct entity *needed;

	for (size_t i = 0; (needed = entity_sample_needs(e, i)) != NULL; i++)
		if (!is_among(list, n, needed))
			return 0;
	return 1;
}

const struct entity **
entity_sample_order(struct arena *a)
{
	const struct entity **list;
	size_t all = 0, n = 0, before;

	while (entities[all].name != NULL)
		all++;
	list = arena_new(a, const struct entity *, all + 1);
	do {
		before = n;
		for (const struct entity *e = entities; e->name != NULL; e++)
			if (!is_among(list, n, e) && has_all(list, n, e))
				list[n++] = e;
	} while (n > before);
	return list;
}
