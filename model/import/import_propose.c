#include "config.h"

#include "model/import/import_propose.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/sniff/sniff.h"
#include "lib/text.h"
#include "model/import/import_map.h"
#include "model/import/import_match.h"
#include "model/import/import_preset.h"
#include "model/import/import_role.h"

enum { LINE_WIDTH = 80 };

/* A proposal in the making. */
struct proposing {
	struct arena *a;
	const struct sniff *s;
	const char **names;		/* of the columns; ends with NULL */
	int at[ROLE_N];			/* the column of each role; -1 = none */
	struct json_object *rows;
};

/* ------------------------------------------------------------------ members */

static int
has(const struct proposing *p, enum import_role role)
{
	return p->at[role] >= 0;
}

static struct json_object *
text(const char *s)
{
	return json_object_new_string(s);
}

/* The column of the role as a value: its name, or how it is written, too. */
static struct json_object *
value_of(const struct proposing *p, enum import_role role, const char *label)
{
	const struct sniff_column *c = &p->s->columns[p->at[role]];
	const char *name = p->names[p->at[role]];
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Column", text(name));
	if (label != NULL)
		json_object_object_add(o, "Label", text(label));
	else if (c->type == SNIFF_DATE && c->date != CELL_DATE_YMD)
		json_object_object_add(o, "Date", text(cell_date_name(c->date)));
	else if (c->type == SNIFF_DECIMAL && c->decimal != CELL_MARK_LAST)
		json_object_object_add(o, "Decimal",
		    text(c->decimal == CELL_MARK_COMMA ? "Comma" : "Point"));
	if (json_object_object_length(o) > 1)
		return o;
	json_object_put(o);
	return text(name);
}

/* What rows are made of. A member is left out when the file has no column of its role. */
struct part {
	const char *member;
	enum import_role role, otherwise;	/* UNSET = none */
	const char *label;
	int is_key;				/* it alone makes no row */
};

/* Adds a row when the file has more of it than keys, or all that is asked are keys. */
static struct json_object *
add_row(struct proposing *p, const char *entity, const struct part *parts, int keys_suffice)
{
	struct json_object *row = json_object_new_object(), *members = json_object_new_object();
	int own = keys_suffice;

	json_object_object_add(row, "Entity", text(entity));
	for (const struct part *part = parts; part->member != NULL; part++) {
		enum import_role role = has(p, part->role) ? part->role : part->otherwise;

		if (role == ROLE_UNSET || !has(p, role))
			continue;
		json_object_object_add(members, part->member, value_of(p, role, part->label));
		own |= !part->is_key;
	}
	json_object_object_add(row, "Members", members);
	if (own && json_object_object_length(members) > 0) {
		json_object_array_add(p->rows, row);
		return row;
	}
	json_object_put(row);
	return NULL;
}

/* Flags stand in front of the members, as people write them. */
static void
add_flag(struct json_object *row, const char *name)
{
	struct json_object *members;

	if (row == NULL)
		return;
	members = json_object_get(json_at(row, "Members"));
	json_object_object_del(row, "Members");
	json_object_object_add(row, name, json_object_new_boolean(1));
	json_object_object_add(row, "Members", members);
}

/* ------------------------------------------------------------------ what a file is about */

#define WHO(key) { key ".Identifier", ROLE_CUSTOMER, ROLE_UNSET, NULL, 1 }, \
	{ key ".Email", ROLE_EMAIL, ROLE_UNSET, NULL, 1 }, \
	{ key ".Phone", ROLE_PHONE, ROLE_UNSET, NULL, 1 }

static void
add_person(struct proposing *p)
{
	static const struct part contact[] = { WHO("ExternalKey"),
		{ .member = "CivilityId", .role = ROLE_CIVILITY, .label = "Civility" },
		{ .member = "FirstName", .role = ROLE_FIRST_NAME },
		{ .member = "LastName", .role = ROLE_LAST_NAME, .otherwise = ROLE_NAME },
		{ .member = "CompanyName", .role = ROLE_COMPANY },
		{ .member = "BirthDate", .role = ROLE_BIRTH }, { .member = NULL } };
	static const struct part address[] = { WHO("ContactExternalKey"),
		{ .member = "Address1", .role = ROLE_STREET },
		{ .member = "Address2", .role = ROLE_STREET_2 },
		{ .member = "PostCode", .role = ROLE_POSTCODE },
		{ .member = "City", .role = ROLE_CITY }, { .member = "State", .role = ROLE_STATE },
		{ .member = "CountryId", .role = ROLE_COUNTRY, .label = "Country" },
		{ .member = "Email", .role = ROLE_EMAIL },
		{ .member = "EmailOptin", .role = ROLE_OPTIN },
		{ .member = "EmailOptinDate", .role = ROLE_OPTIN_DATE },
		{ .member = "MobilePhoneNumber", .role = ROLE_PHONE }, { .member = NULL } };

	if (!has(p, ROLE_CUSTOMER) && !has(p, ROLE_EMAIL) && !has(p, ROLE_PHONE))
		return;
	add_row(p, "Contact", contact, 1);
	add_row(p, "Address", address, 0);
}

static void
add_good(struct proposing *p, int is_of_line)
{
	static const struct part category[] = { { .member = "Identifier", .role = ROLE_CATEGORY },
		{ .member = NULL } };
	static const struct part good[] = { { .member = "Identifier", .role = ROLE_SKU },
		{ .member = "Sku", .role = ROLE_SKU }, { .member = "Ean13", .role = ROLE_EAN },
		{ .member = "Label", .role = ROLE_LABEL, .otherwise = ROLE_NAME },
		{ .member = "PurchaseGoodCategoryExternalKey.Identifier", .role = ROLE_CATEGORY },
		{ .member = "Price", .role = ROLE_PRICE }, { .member = NULL } };
	static const struct part of_line[] = { { .member = "Identifier", .role = ROLE_SKU },
		{ .member = "Sku", .role = ROLE_SKU }, { .member = "Ean13", .role = ROLE_EAN },
		{ .member = "Label", .role = ROLE_LABEL }, { .member = NULL } };
	struct json_object *row;

	if (!is_of_line) {
		add_flag(add_row(p, "PurchaseGoodCategory", category, 1), "Ensure");
		add_row(p, "PurchaseGood", good, 1);
		return;
	}
	row = add_row(p, "PurchaseGood", of_line, 1);
	add_flag(row, "Each");
	add_flag(row, "Ensure");
}

/* Lines without a number of their own are known by their SKU. */
static void
add_ordinal(struct proposing *p, struct json_object *members)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "Column", text(p->names[p->at[ROLE_SKU]]));
	json_object_object_add(o, "Ordinal", json_object_new_boolean(1));
	json_object_object_add(members, "Identifier", o);
}

static void
add_purchase(struct proposing *p)
{
	static const struct part store[] = { { .member = "StoreIdentifier", .role = ROLE_STORE },
		{ .member = NULL } };
	static const struct part header[] = {
		{ .member = "PurchaseIdentifier", .role = ROLE_ORDER },
		{ .member = "PurchaseDate", .role = ROLE_ORDER_DATE, .otherwise = ROLE_DATE },
		WHO("ContactExternalKey"),
		{ .member = "StoreExternalKey.StoreIdentifier", .role = ROLE_STORE },
		{ .member = "PurchaseStatusId", .role = ROLE_STATUS, .label = "PurchaseStatus" },
		{ .member = "PaymentMethod", .role = ROLE_PAYMENT },
		{ .member = "CurrencyId", .role = ROLE_CURRENCY },
		{ .member = "Amount", .role = ROLE_TOTAL },
		{ .member = "TaxFreeAmount", .role = ROLE_TOTAL_TAX_FREE },
		{ .member = "DiscountAmount", .role = ROLE_ORDER_DISCOUNT }, { .member = NULL } };
	static const struct part line[] = {
		{ .member = "Identifier", .role = ROLE_LINE, .otherwise = ROLE_SKU },
		{ .member = "PurchaseHeaderExternalKey.PurchaseIdentifier", .role = ROLE_ORDER },
		{ .member = "PurchaseGoodExternalKey.Identifier", .role = ROLE_SKU },
		{ .member = "Sku", .role = ROLE_SKU }, { .member = "Label", .role = ROLE_LABEL },
		{ .member = "Quantity", .role = ROLE_QUANTITY },
		{ .member = "Amount", .role = ROLE_AMOUNT },
		{ .member = "TaxFreeAmount", .role = ROLE_TAX_FREE },
		{ .member = "DiscountAmount", .role = ROLE_DISCOUNT }, { .member = NULL } };

	struct json_object *row;

	add_person(p);
	add_flag(add_row(p, "Store", store, 1), "Ensure");
	add_row(p, "PurchaseHeader", header, 1);
	if (!has(p, ROLE_SKU))
		return;
	add_good(p, 1);
	row = add_row(p, "PurchaseDetail", line, 1);
	add_flag(row, "Each");
	if (row != NULL && !has(p, ROLE_LINE))
		add_ordinal(p, json_at(row, "Members"));
}

/* A role that the file has not under its own name is that of a more general one. */
static void
lend(struct proposing *p, enum import_role from, enum import_role to)
{
	if (has(p, to) || !has(p, from))
		return;
	p->at[to] = p->at[from];
	p->at[from] = -1;
}

/* What the roles of a general name are, by what the file is about. */
static void
settle(struct proposing *p)
{
	const int is_order = has(p, ROLE_ORDER) || has(p, ROLE_ORDER_DATE);
	const int is_good = !is_order && (has(p, ROLE_SKU) || has(p, ROLE_EAN));

	if (is_order)
		lend(p, ROLE_ID, ROLE_ORDER);
	else
		lend(p, ROLE_ID, is_good || has(p, ROLE_PRICE) ? ROLE_SKU : ROLE_CUSTOMER);
	if (!has(p, ROLE_SKU)) {
		lend(p, ROLE_AMOUNT, ROLE_TOTAL);
		lend(p, ROLE_TAX_FREE, ROLE_TOTAL_TAX_FREE);
		lend(p, ROLE_DISCOUNT, ROLE_ORDER_DISCOUNT);
	}
}

static void
add_rows(struct proposing *p)
{
	settle(p);
	if (has(p, ROLE_ORDER))
		add_purchase(p);
	else if (has(p, ROLE_SKU))
		add_good(p, 0);
	else
		add_person(p);
}

/* ------------------------------------------------------------------ how the file is written */

/* A column without a name is called by what it holds, or by its number. */
static const char *
name_of(struct proposing *p, size_t i)
{
	static const char *const by_type[SNIFF_TYPES] = { [SNIFF_EMAIL] = "email",
		[SNIFF_PHONE] = "phone", [SNIFF_COUNTRY] = "country" };
	const struct sniff_column *c = &p->s->columns[i];

	if (c->name != NULL)
		return c->name;
	for (size_t k = 0; k < i; k++)
		if (p->s->columns[k].type == c->type)
			return arena_printf(p->a, "column %zu", i + 1);
	if (by_type[c->type] != NULL)
		return by_type[c->type];
	return arena_printf(p->a, "column %zu", i + 1);
}

static const char *
character_of(struct arena *a, char c)
{
	if (c == '\t')
		return "TAB";
	return c == '\0' ? "" : arena_strndup(a, &c, 1);
}

static struct json_object *
file_of(const struct proposing *p)
{
	const struct csv_dialect *d = &p->s->dialect;
	struct json_object *o = json_object_new_object(), *columns;

	json_object_object_add(o, "Encoding", text(encoding_name(d->encoding)));
	json_object_object_add(o, "Delimiter", text(character_of(p->a, d->delimiter)));
	json_object_object_add(o, "Quote", text(character_of(p->a, d->quote)));
	if (d->header)
		return o;
	json_object_object_add(o, "Header", json_object_new_boolean(0));
	columns = json_object_new_array();
	for (size_t i = 0; i < p->s->ncolumns; i++)
		json_object_array_add(columns, text(p->names[i]));
	json_object_object_add(o, "Columns", columns);
	return o;
}

/* Behind the last comma between values in the first most bytes; 0 = there is none. */
static size_t
last_break(const char *line, size_t most)
{
	size_t at = 0;
	int is_text = 0;

	for (size_t i = 0; i < most; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == '"')
			is_text = !is_text;
		else if (line[i] == ',' && !is_text)
			at = i + 1;
	}
	return at;
}

/* Long lines go on in the next, so that they fit a terminal. */
static void
add_folded(struct buf *b, const char *line, size_t n)
{
	const int indent = (int)strspn(line, " ") + 2;
	size_t at, room = LINE_WIDTH;

	while (n > room && (at = last_break(line, room)) > 0) {
		buf_addf(b, "%.*s\n%*s", (int)at, line, indent, "");
		at += strspn(line + at, " ");
		line += at;
		n -= at;
		room = LINE_WIDTH - (size_t)indent;
	}
	buf_addf(b, "%.*s\n", (int)n, line);
}

static const char *
printed(struct arena *a, struct json_object *o)
{
	struct buf b, folded;
	struct writer w;

	buf_init(&b, a);
	buf_init(&folded, a);
	writer_init_block(&w, &b, 0);
	writer_tree(&w, o);
	for (const char *line = b.data, *end; *line != '\0'; line = end + (*end != '\0')) {
		end = line + strcspn(line, "\n");
		add_folded(&folded, line, (size_t)(end - line));
	}
	return folded.data;
}

/* ------------------------------------------------------------------ presets */

/* The preset's map, for a file that is perhaps written in another way. */
static int
take_preset(struct proposing *p, struct import_proposal *out, struct err *err)
{
	struct json_object *json = NULL, *columns, *quote;
	int rc = json_parse(out->preset->map, strlen(out->preset->map), &json, err);

	if (rc < 0)
		return rc;
	columns = json_at(json_at(json, "File"), "Columns");
	for (size_t i = 0; i < p->s->ncolumns && columns != NULL; i++)
		p->names[i] = arena_strdup(
		    p->a, json_object_get_string(json_object_array_get_idx(columns, i)));
	quote = json_object_get(json_at(json_at(json, "File"), "Quote"));
	json_object_object_add(json, "File", file_of(p));
	if (quote != NULL)	/* an exporter that never quotes writes quotes for themselves */
		json_object_object_add(json_at(json, "File"), "Quote", quote);
	out->map = printed(p->a, json);
	out->reason = arena_printf(p->a, "It is a file of the preset %s.", out->preset->name);
	json_object_put(json);
	return 0;
}

/* ------------------------------------------------------------------ the whole */

static void
find_roles(struct proposing *p)
{
	for (enum import_role r = ROLE_UNSET; r < ROLE_N; r++)
		p->at[r] = -1;
	for (size_t i = 0; i < p->s->ncolumns; i++) {
		enum import_role r = import_role_of(p->a, p->names[i]);

		if (r != ROLE_UNSET && !has(p, r))
			p->at[r] = (int)i;
	}
}

static void
propose(struct proposing *p, struct import_proposal *out)
{
	struct json_object *map = json_object_new_object(), *group;

	find_roles(p);
	p->rows = json_object_new_array();
	add_rows(p);
	json_object_object_add(map, "File", file_of(p));
	if (has(p, ROLE_ORDER) && has(p, ROLE_SKU)) {
		group = json_object_new_array();
		json_object_array_add(group, text(p->names[p->at[ROLE_ORDER]]));
		json_object_object_add(map, "GroupBy", group);
	}
	json_object_object_add(map, "Rows", p->rows);
	out->reason = "It is proposed by the names of the columns. Look at what each becomes.";
	if (json_object_array_length(p->rows) > 0)
		out->map = printed(p->a, map);
	else
		out->reason = "No column has a name that says which person, purchase or good a row "
			      "is about. The mapping is yours to write.";
	json_object_put(map);
}

/* Which columns the map leaves out; 0, or the failure of a map that does not fit its own file. */
static int
find_ignored(struct proposing *p, struct import_proposal *out, struct err *err)
{
	struct json_object *json = NULL;
	struct import_map map = { .json = NULL };
	int rc;

	out->ignored = p->names;
	if (out->map == NULL)
		return 0;
	if ((rc = json_parse(out->map, strlen(out->map), &json, err)) == 0 &&
	    (rc = import_map_read(p->a, "", json, &map, err)) == 0)
		rc = import_map_bind(p->a, &map, p->names, p->s->ncolumns, &out->ignored, err);
	import_map_done(&map);
	json_object_put(json);
	return rc;
}

int
import_propose(struct arena *a, const struct sniff *s, struct import_proposal *out, struct err *err)
{
	struct proposing p = { .a = a, .s = s,
		.names = arena_new(a, const char *, s->ncolumns + 1) };
	int rc = 0;

	*out = (struct import_proposal){ .names = p.names };
	for (size_t i = 0; i < s->ncolumns; i++)
		p.names[i] = name_of(&p, i);
	if ((out->preset = import_match(a, s, p.names)) != NULL)
		rc = take_preset(&p, out, err);
	else
		propose(&p, out);
	return rc < 0 ? rc : find_ignored(&p, out, err);
}
