#include "config.h"

#include "model/export/export_kind.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity_external.h"
#include "model/entity_words.h"

#define INT(n) { .name = n, .type = ENTITY_INT32 }
#define REF(n, e) { .name = n, .type = ENTITY_INT32, .refers = e }
#define TIME(n) { .name = n, .type = ENTITY_DATETIME }
#define DAY(n) { .name = n, .type = ENTITY_DATETIME, .calendar = 1 }
#define MONEY(n) { .name = n, .type = ENTITY_DECIMAL, .length = 4 }
#define CODE(n, len) { .name = n, .type = ENTITY_CODE, .length = len }
#define FLAG(n) { .name = n, .type = ENTITY_BOOLEAN }
#define COLUMNS(...) (const struct entity_column[]){ __VA_ARGS__, { .name = NULL } }

/* The decision tables, which are none of the model (sql/tenant/0005-decisional.sql). */
static const struct entity made[] = {
	{ .name = "DecisionContact", .key = "ContactId",
	    .columns = COLUMNS(REF("ContactId", "Contact"), REF("ZoneId", "Zone"),
		TIME("FirstPurchaseDate"), TIME("LastPurchaseDate"), DAY("FirstPurchaseMonth"),
		INT("PurchaseCount"), INT("PurchaseCount12Months"), INT("PurchaseCount24Months"),
		INT("UnpricedCount"), MONEY("Quantity"), MONEY("RefAmount"),
		MONEY("RefAmount12Months"), MONEY("RefAmount24Months"), MONEY("AverageBasket"),
		INT("RecencyQuintile"), INT("FrequencyQuintile"), INT("MonetaryQuintile"),
		CODE("RfmSegment", 16), MONEY("PointBalance"), FLAG("GlobalOptin"),
		FLAG("EmailOptin"), FLAG("MobilePhoneOptin"), FLAG("HomePhoneOptin"),
		FLAG("AddressOptin")) },
	{ .name = "DecisionMonth", .key = "Month",
	    .columns = COLUMNS(DAY("Month"), REF("BrandId", "Brand"), REF("ZoneId", "Zone"),
		REF("StoreId", "Store"), REF("SourceId", "Source"), INT("Purchases"),
		INT("UnpricedPurchases"), MONEY("Quantity"), MONEY("RefAmount"), INT("Customers"),
		INT("NewCustomers"), INT("ReturningCustomers")) },
	{ .name = "DecisionContactability", .key = "Channel",
	    .columns = COLUMNS(CODE("Channel", 16), REF("BrandId", "Brand"), REF("ZoneId", "Zone"),
		CODE("Optin", 8), INT("StateId"), INT("Contacts"), INT("Contactable")) },
	{ .name = "DecisionCohort", .key = "CohortMonth",
	    .columns = COLUMNS(DAY("CohortMonth"), DAY("Month"), INT("MonthNumber"),
		INT("CohortContacts"), INT("ActiveContacts"),
		{ .name = "Retention", .type = ENTITY_DECIMAL, .length = 6 }, INT("Purchases"),
		MONEY("RefAmount")) },
	{ .name = NULL },
};

/* Each after those that its rows refer to. */
const struct export_kind export_kinds[] = {
	{ .name = "Contacts", .root = "Contact", .each = "Address", .by = "ContactId",
	    .doc = "Contacts with their addresses and opt-ins: a line per address, or one without "
		   "address." },
	{ .name = "Identifiers", .root = "Contact", .each = "ContactIdentifier",
	    .by = "ContactId", .names_only = 1,
	    .doc = "All identifiers of contacts: a line per identifier, beside the one that names "
		   "the contact in the other files." },
	{ .name = "Stores", .root = "Store", .doc = "Stores." },
	{ .name = "Goods", .root = "PurchaseGood", .doc = "Goods." },
	{ .name = "Cards", .root = "LoyaltyCard", .doc = "Loyalty cards." },
	{ .name = "VoucherCategories", .root = "VoucherCategory",
	    .doc = "Categories of vouchers." },
	{ .name = "Vouchers", .root = "Voucher", .doc = "Vouchers." },
	{ .name = "Purchases", .root = "PurchaseHeader", .each = "PurchaseDetail",
	    .by = "PurchaseHeaderId",
	    .doc = "Purchases with their lines: a line of the file per line of the purchase." },
	{ .name = "Points", .root = "LoyaltyPoint", .doc = "Loyalty points." },
	{ .name = "DecisionContacts", .root = "DecisionContact", .keys = { "ContactId" },
	    .doc = "Decision table: what is computed of each contact." },
	{ .name = "DecisionMonths", .root = "DecisionMonth",
	    .keys = { "Month", "BrandId", "ZoneId", "StoreId", "SourceId" },
	    .doc = "Decision table: purchases per month, brand, zone, store and Source." },
	{ .name = "DecisionContactability", .root = "DecisionContactability",
	    .keys = { "Channel", "BrandId", "ZoneId", "Optin", "StateId" },
	    .doc = "Decision table: how many contacts can be reached." },
	{ .name = "DecisionCohorts", .root = "DecisionCohort", .keys = { "CohortMonth", "Month" },
	    .doc = "Decision table: how many of those who came in a month came again." },
	{ .name = NULL },
};

const struct export_kind *
export_kind_find(const char *name)
{
	for (const struct export_kind *k = export_kinds; k->name != NULL; k++)
		if (text_ieq(k->name, name))
			return k;
	return NULL;
}

int
export_kind_is_made(const struct export_kind *kind)
{
	return kind->keys[0] != NULL;
}

const struct entity *
export_kind_root(const struct export_kind *kind)
{
	if (!export_kind_is_made(kind))
		return entity_find(kind->root);
	for (const struct entity *e = made; e->name != NULL; e++)
		if (strcmp(e->name, kind->root) == 0)
			return e;
	return NULL;
}

const struct entity *
export_kind_each(const struct export_kind *kind)
{
	return kind->each == NULL ? NULL : entity_find(kind->each);
}

/* ------------------------------------------------------------------ columns */

struct listing {
	struct arena *a;
	const struct export_kind *kind;
	const struct entity *e;
	const char *prefix;		/* "", or "Address." */
	int is_each;
	struct export_column *out;
	size_t n;
};

static struct export_column *
add(struct listing *l, const char *name, const struct entity *by, const struct entity_column *c)
{
	struct export_column *column = &l->out[l->n++];

	*column = (struct export_column){ .name = arena_printf(l->a, "%s%s", l->prefix, name),
		.of = l->e, .by = by, .c = c, .is_each = l->is_each };
	return column;
}

static const struct entity_column *
column_of(const struct entity *e, const char *name)
{
	return &e->columns[entity_column_find(e, name)];
}

static int
is_natural(const struct entity *e, const struct entity_column *c)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], c->name) == 0)
			return 1;
	return 0;
}

/* "StoreId" is "Store". */
static const char *
without_id(struct arena *a, const char *name)
{
	const size_t n = strlen(name);

	return n > 2 && strcmp(name + n - 2, "Id") == 0 ? arena_strndup(a, name, n - 2) : name;
}

/* What a row refers to, by its natural key. */
static void
add_reference(struct listing *l, const struct entity_column *c, int is_key)
{
	const struct entity *by = entity_external_of(c);

	for (size_t i = 0; by->natural[i] != NULL; i++) {
		const char *name = arena_printf(l->a, "%s.%s", without_id(l->a, c->name),
		    by->natural[i]);
		struct export_column *column = add(l, name, by, column_of(by, by->natural[i]));

		column->through = c;
		column->is_key = is_key;
	}
}

/* A contact's own identifier. */
static void
add_own(struct listing *l)
{
	const struct entity *by = entity_named_by(l->e);

	for (size_t i = 0; by->natural[i] != NULL; i++) {
		struct export_column *column =
		    add(l, by->natural[i], by, column_of(by, by->natural[i]));

		column->is_own = column->is_key = 1;
	}
}

static int
is_part_of_key(const struct listing *l, const struct entity_column *c)
{
	if (l->kind->keys[0] == NULL)
		return is_natural(l->e, c);
	for (size_t i = 0; l->kind->keys[i] != NULL; i++)
		if (strcmp(l->kind->keys[i], c->name) == 0)
			return 1;
	return 0;
}

static void
add_key(struct listing *l, const struct entity_column *c)
{
	if (entity_external_of(c) != NULL)
		add_reference(l, c, 1);
	else
		add(l, c->name, l->e, c)->is_key = 1;
}

static void
add_value(struct listing *l, const struct entity_column *c)
{
	const int is_number = strcmp(c->name, l->e->key) == 0;

	if (c->made_from != NULL || is_part_of_key(l, c))
		return;
	if (l->is_each && strcmp(c->name, l->kind->by) == 0)
		return;
	if (entity_external_of(c) != NULL)
		add_reference(l, c, 0);
	else
		add(l, c->name, l->e, c)->is_more = is_number;
}

static void
add_written(struct listing *l)
{
	static const struct entity_column written[] = { TIME("CreationDate"),
		TIME("ModificationDate") };

	for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
		add(l, written[i].name, l->e, &written[i])->is_more = 1;
}

/* First what names the row, then whether it is deleted. */
static void
add_entity(struct listing *l)
{
	const int flag = entity_column_find(l->e, "DeletionFlag");

	if (entity_has_external(l->e))
		add_own(l);
	for (const struct entity_column *c = l->e->columns; c->name != NULL; c++)
		if (is_part_of_key(l, c) && !(l->is_each && strcmp(c->name, l->kind->by) == 0))
			add_key(l, c);
	if (flag >= 0)
		add_value(l, &l->e->columns[flag]);
	if (l->kind->names_only && !l->is_each)
		return;
	for (int i = 0; l->e->columns[i].name != NULL; i++)
		if (i != flag)
			add_value(l, &l->e->columns[i]);
	if (!export_kind_is_made(l->kind))
		add_written(l);
}

const struct export_column *
export_columns(struct arena *a, const struct export_kind *kind, size_t *n)
{
	struct listing l = { .a = a, .kind = kind, .e = export_kind_root(kind), .prefix = "" };

	l.out = arena_new(a, struct export_column, EXPORT_COLUMNS_MAX + 1);
	add_entity(&l);
	if (kind->each != NULL) {
		l.e = export_kind_each(kind);
		l.prefix = arena_printf(a, "%s.", l.e->name);
		l.is_each = 1;
		add_entity(&l);
	}
	*n = l.n;
	return l.out;
}

const char *
export_column_doc(struct arena *a, const struct export_column *column)
{
	const char *type = entity_column_words(a, column->c);

	if (column->is_own)
		return arena_printf(a, "%s. Of the identifier that names the contact.", type);
	if (column->is_key)
		return arena_printf(a, "%s. Part of what names the row.", type);
	if (column->through != NULL)
		return arena_printf(a, "%s. Names the %s of %s.", type, column->through->refers,
		    column->through->name);
	if (strcmp(column->c->name, column->of->key) == 0)
		return arena_printf(a, "%s. The key in the database; only on wish.", type);
	if (column->is_more)
		return arena_printf(a, "%s. When the row was written; only on wish.", type);
	if (column->c->refers != NULL)
		return arena_printf(a, "%s. Key of a %s.", type, column->c->refers);
	return arena_printf(a, "%s.", type);
}

/* ------------------------------------------------------------------ checks */

/* The names in their order, as choices of a parameter. */
static int
names_differ(void)
{
	const char *at = EXPORT_KIND_NAMES;

	for (const struct export_kind *k = export_kinds; k->name != NULL; k++) {
		const size_t n = strlen(k->name);

		if (strncmp(at, k->name, n) != 0 || (at[n] != '|' && at[n] != '\0'))
			return 1;
		at += n + (at[n] == '|');
	}
	return *at != '\0';
}

const char *
export_kind_lint(void)
{
	static char said[200];

	if (names_differ())
		return "EXPORT_KIND_NAMES are not the kinds in their order";
	for (const struct export_kind *k = export_kinds; k->name != NULL; k++) {
		const struct entity *root = export_kind_root(k), *each = export_kind_each(k);
		int wrong = root == NULL || (k->each != NULL && each == NULL);

		wrong |= !wrong && each != NULL && entity_column_find(each, k->by) < 0;
		for (size_t i = 0; !wrong && k->keys[i] != NULL; i++)
			wrong = entity_column_find(root, k->keys[i]) < 0;
		if (!wrong && k->doc != NULL)
			continue;
		snprintf(said, sizeof said, "%s names what there is not", k->name);
		return said;
	}
	return NULL;
}
