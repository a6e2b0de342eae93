#include "config.h"

#include "model/entity_sample.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_external.h"

#define SOURCE "SourceId"	/* the message's, when a body does not say it */

enum { SHOWN_MAX = 4, KEY_OF_NEW = 99, KEY_OF_OLD = 1, KEY_OF_GONE = 2 };

/* What columns hold in samples, as JSON: of a new row, and of one that is changed. */
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

static void
add_member(struct buf *b, const char *name)
{
	buf_addf(b, "%s\n  \"%s\": ", b->len > 1 ? "," : "", name);
}

/* An identifier of its own: the contact of the sample goes on by the other. */
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

/* {"PurchaseIdentifier": "sample-1"}: all of the natural key that the message does not give. */
static void
add_external(struct buf *b, const struct entity *named_by)
{
	const char *before = "";

	buf_addc(b, '{');
	for (size_t i = 0; named_by->natural[i] != NULL; i++) {
		const int at = entity_column_find(named_by, named_by->natural[i]);
		const struct entity_column *c = &named_by->columns[at];
		const struct entity *to = entity_external_of(c);

		if (strcmp(c->name, SOURCE) == 0)
			continue;
		buf_addf(b, "%s\"%s\": ", before,
		    to == NULL ? c->name : entity_external_name(b->arena, c));
		before = ", ";
		if (to != NULL)
			add_external(b, to);
		else if (c->refers != NULL)
			buf_adds(b, shipped_key(c));
		else
			buf_adds(b, "\"sample-1\"");
	}
	buf_addc(b, '}');
}

/* A column that must be there: what it refers to, or what names the row. */
static void
add_reference(struct buf *b, const struct entity *e, const struct entity_column *c)
{
	const struct entity *to = entity_external_of(c);

	add_member(b, to == NULL ? c->name : entity_external_name(b->arena, c));
	if (to != NULL)
		add_external(b, to);
	else if (c->refers != NULL)
		buf_adds(b, shipped_key(c));
	else
		buf_addf(b, "\"%s\"", identifier_of(e));
}

/* The key of a row that has no other name: one that is chosen, or that the database counted. */
static void
add_key(struct buf *b, const struct entity *e, enum entity_sample_kind kind)
{
	const struct entity_column *c = &e->columns[entity_column_find(e, e->key)];

	if (e->key_auto && kind == ENTITY_SAMPLE_INSERT)
		return;
	add_member(b, e->key);
	if (c->type == ENTITY_CODE)
		buf_adds(b, strcmp(e->name, "Language") == 0 ? "\"qaa\"" : "\"QAA\"");
	else if (!e->key_auto)
		buf_addf(b, "%d", KEY_OF_NEW);
	else
		buf_addf(b, "%d", kind == ENTITY_SAMPLE_UPDATE ? KEY_OF_OLD : KEY_OF_GONE);
}

static void
add_names(struct buf *b, const struct entity *e, enum entity_sample_kind kind)
{
	if (entity_has_external(e)) {
		add_member(b, ENTITY_EXTERNAL);
		add_external(b, entity_named_by(e));
	} else if (e->natural[0] == NULL) {
		add_key(b, e, kind);
	}
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (i == 0 || strcmp(e->natural[i], SOURCE) != 0)
			add_reference(b, e, &e->columns[entity_column_find(e, e->natural[i])]);
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
add_contents(struct buf *b, const struct entity *e, enum entity_sample_kind kind)
{
	int shown = 0;

	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		const char *value = value_of(c->name, kind);

		if (is_name(e, c))
			continue;
		if (c->required) {
			add_reference(b, e, c);
		} else if (value != NULL && shown++ < SHOWN_MAX) {
			add_member(b, c->name);
			buf_adds(b, value);
		}
	}
}

const char *
entity_sample(struct arena *a, const struct entity *e, enum entity_sample_kind kind)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, '{');
	add_names(&b, e, kind);
	if (kind != ENTITY_SAMPLE_DELETE)
		add_contents(&b, e, kind);
	buf_adds(&b, "\n}");
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
