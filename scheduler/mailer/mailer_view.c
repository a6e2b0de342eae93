#include "config.h"

#include "scheduler/mailer/mailer_view.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"

/* Columns are looked for in so many members of a row, and among so many names. */
enum { MEMBERS_MAX = 200, NAMES_MAX = 64, EMPTY_MAX = 60 };

/* So many members are looked at; the others are only counted, so that no text is made for them. */
enum { SEEN_MAX = 5000 };

/* So many fields stand above the tables, even if only some are what a reader looks for. */
enum { TOGETHER_MAX = 30 };

/* What a reader looks for; the rest follows in the order given. */
static const char *const first_fields[] = { "id", "name", "order_number", "increment_id",
	"number", "reference", "title", "subject", "email", "customer_email", "total_price",
	"grand_total", "currency", "order_currency_code", "financial_status",
	"fulfillment_status", "first_name", "last_name", "customer_firstname",
	"customer_lastname", "phone", "vendor", "product_type", "status", "created_at",
	"updated_at", "message", NULL };
static const char *const first_columns[] = { "name", "title", "label", "sku", "code", "quantity",
	"price", "amount", "total", NULL };

/* A view on its way. */
struct making {
	struct arena *a;
	struct mail_field *fields;
	size_t nfields;
	struct mail_section *tables;
	size_t ntables;
	size_t seen;
	size_t left_out;		/* fields and tables for which there is no room */
	struct buf empty;		/* names without a value */
	size_t nempty;
};

/* ------------------------------------------------------------------ values */

static int
is_scalar(struct json_object *v)
{
	return !json_object_is_type(v, json_type_array) &&
	    !json_object_is_type(v, json_type_object);
}

const char *
mailer_view_scalar(struct json_object *value)
{
	return json_is_empty(value) || !is_scalar(value) ? NULL : json_object_get_string(value);
}

const char *
mailer_view_member(struct json_object *o, const char *name)
{
	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_foreach(o, known, value) {
		if (!text_ieq(known, name))
			continue;
		if (json_object_is_type(value, json_type_array) &&
		    json_object_array_length(value) == 1)
			value = json_object_array_get_idx(value, 0);
		return mailer_view_scalar(value);
	}
	return NULL;
}

/* The first characters, and how many there are. */
static const char *
cut_value(struct arena *a, const char *text)
{
	size_t length = text_utf8_length(text);
	char *copy;

	if (length <= VIEW_VALUE_MAX)
		return arena_strdup(a, text);
	copy = text_utf8_fit(a, text, VIEW_VALUE_MAX);
	return arena_printf(a, "%s … (the first %d of %zu characters)", copy, VIEW_VALUE_MAX,
	    length);
}

static const char *
cut_to(struct arena *a, const char *text, size_t most)
{
	char *copy = text_utf8_fit(a, text, most + 1);

	if (!text_utf8_cut(copy, most))
		return copy;
	return arena_printf(a, "%s…", copy);
}

/* Adds a value on one line, as "price: 1.00, rate: 0.2; price: …", until b is long enough. */
static void
add_inline(struct buf *b, struct json_object *v, int depth)
{
	const char *after = "";

	if (b->len > VIEW_CELL_MAX * 4 || depth > VIEW_DEPTH_MAX)
		return;
	if (is_scalar(v)) {
		buf_adds(b, json_is_empty(v) ? "" : cut_to(b->arena, json_object_get_string(v),
		    VIEW_CELL_MAX));
		return;
	}
	if (json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			struct json_object *one = json_object_array_get_idx(v, i);

			if (b->len > VIEW_CELL_MAX * 4)
				return;
			if (i > 0)
				buf_adds(b, is_scalar(one) ? ", " : "; ");
			add_inline(b, one, depth + 1);
		}
		return;
	}
	json_object_object_foreach(v, name, value) {
		if (b->len > VIEW_CELL_MAX * 4)
			return;
		if (json_is_empty(value))
			continue;
		buf_addf(b, "%s%s: ", after, cut_to(b->arena, name, VIEW_NAME_MAX));
		add_inline(b, value, depth + 1);
		after = ", ";
	}
}

static const char *
inline_text(struct arena *a, struct json_object *v, size_t most)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	add_inline(&b, v, 0);
	return cut_to(a, b.data, most);
}

/* ------------------------------------------------------------------ fields */

static int
is_full(struct making *m)
{
	if (m->nfields < VIEW_FIELDS_MAX)
		return 0;
	m->left_out++;
	return 1;
}

static void
add_field(struct making *m, const char *name, const char *value)
{
	if (is_full(m))
		return;
	m->fields[m->nfields++] = (struct mail_field){
		.name = *name == '\0' ? "(no name)" : name, .value = value };
}

static void
add_empty(struct making *m, const char *name)
{
	if (m->nempty++ < EMPTY_MAX)
		buf_addf(&m->empty, "%s%s", m->nempty > 1 ? ", " : "", name);
}

static const char *
path_of(struct making *m, const char *prefix, const char *name)
{
	const char *whole = *prefix == '\0' ? cut_to(m->a, name, VIEW_NAME_MAX) :
	    arena_printf(m->a, "%s.%s", prefix, cut_to(m->a, name, VIEW_NAME_MAX));

	return cut_to(m->a, whole, VIEW_NAME_MAX);
}

/* ------------------------------------------------------------------ tables */

/* The columns that the rows of a list have, at first without an order. */
struct columns {
	const char *names[NAMES_MAX];
	int is_nested[NAMES_MAX];	/* some value is a list or an object */
	size_t n;
	int more;			/* there are others */
};

static void
note_column(struct columns *c, const char *name, int is_nested)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->names[i], name) != 0)
		i++;
	if (i == NAMES_MAX) {
		c->more = 1;
		return;
	}
	c->n += i == c->n;
	c->names[i] = name;
	c->is_nested[i] |= is_nested;
}

static void
find_columns(struct columns *c, struct json_object *list, size_t nrows)
{
	for (size_t i = 0; i < nrows; i++) {
		struct json_object *row = json_object_array_get_idx(list, i);
		size_t n = 0;

		if (!json_object_is_type(row, json_type_object))
			continue;
		json_object_object_foreach(row, name, value)
			if (n++ < MEMBERS_MAX && !json_is_empty(value))
				note_column(c, name, !is_scalar(value));
	}
}

/* Moves column from to the place at. */
static void
move_column(struct columns *c, size_t from, size_t at)
{
	const char *name = c->names[from];
	const int is_nested = c->is_nested[from];

	memmove(&c->names[at + 1], &c->names[at], (from - at) * sizeof *c->names);
	memmove(&c->is_nested[at + 1], &c->is_nested[at], (from - at) * sizeof *c->is_nested);
	c->names[at] = name;
	c->is_nested[at] = is_nested;
}

/* The well-known names to the front, then those with plain values. */
static void
order_columns(struct columns *c)
{
	size_t at = 0;

	for (size_t f = 0; first_columns[f] != NULL; f++)
		for (size_t i = at; i < c->n; i++)
			if (strcmp(c->names[i], first_columns[f]) == 0)
				move_column(c, i, at++);
	for (size_t i = at; i < c->n; i++)
		if (!c->is_nested[i])
			move_column(c, i, at++);
}

static const char *
table_note(struct making *m, const struct columns *c, size_t shown, size_t hidden_rows)
{
	struct buf b;

	if (c->n <= shown && hidden_rows == 0)
		return NULL;
	buf_init(&b, m->a);
	if (hidden_rows > 0)
		buf_addf(&b, "%zu more row%s. ", hidden_rows, hidden_rows == 1 ? "" : "s");
	if (c->n > shown)
		buf_adds(&b, c->n == shown + 1 ? "Without the column " : "Without the columns ");
	for (size_t i = shown; i < c->n; i++)
		buf_addf(&b, "%s%s", i > shown ? ", " : "",
		    cut_to(m->a, c->names[i], VIEW_NAME_MAX));
	if (c->n > shown)
		buf_adds(&b, c->more ? " and others." : ".");
	buf_adds(&b, " The attachment has all.");
	return b.data;
}

/* A cell of a row that is no object stands in the first column. */
static const char *
cell_of(struct making *m, struct json_object *row, const char *column, int is_first)
{
	struct json_object *value;

	if (!json_object_is_type(row, json_type_object))
		return is_first ? inline_text(m->a, row, VIEW_CELL_MAX) : "";
	if (!json_object_object_get_ex(row, column, &value))
		return "";
	return inline_text(m->a, value, VIEW_CELL_MAX);
}

static void
add_table(struct making *m, const char *title, struct json_object *list)
{
	size_t all = json_object_array_length(list), nrows = all, shown;
	struct columns *c = arena_new(m->a, struct columns, 1);
	const char **names, **cells;

	if (m->ntables == VIEW_TABLES_MAX) {
		m->left_out++;
		return;
	}
	nrows = nrows < VIEW_ROWS_MAX ? nrows : VIEW_ROWS_MAX;
	find_columns(c, list, nrows);
	order_columns(c);
	shown = c->n < VIEW_COLUMNS_MAX ? c->n : VIEW_COLUMNS_MAX;
	names = arena_new(m->a, const char *, shown + 1);
	cells = arena_new(m->a, const char *, nrows * shown + 1);
	for (size_t k = 0; k < shown; k++)
		names[k] = cut_to(m->a, c->names[k], VIEW_NAME_MAX);
	for (size_t i = 0; i < nrows; i++)
		for (size_t k = 0; k < shown; k++)
			cells[i * shown + k] = cell_of(m, json_object_array_get_idx(list, i),
			    c->names[k], k == 0);
	m->tables[m->ntables++] = (struct mail_section){ .title = title, .columns = names,
		.cells = cells, .ncolumns = shown, .nrows = nrows,
		.note = table_note(m, c, shown, all - nrows) };
}

/* ------------------------------------------------------------------ the walk */

static int
has_rows(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (json_object_is_type(one, json_type_object) && !json_is_empty(one))
			return 1;
	}
	return 0;
}

/* A list of values, in one field. */
static void
add_list(struct making *m, const char *path, struct json_object *list)
{
	struct buf b;

	buf_init(&b, m->a);
	buf_adds(&b, "");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (b.len > VIEW_VALUE_MAX * 4) {
			buf_addf(&b, "%zu more", json_object_array_length(list) - i);
			break;
		}
		if (is_scalar(one))
			buf_adds(&b, json_is_empty(one) ? "" :
			    cut_to(m->a, json_object_get_string(one), VIEW_VALUE_MAX));
		else
			add_inline(&b, one, 0);
		buf_adds(&b, i + 1 < json_object_array_length(list) ? ", " : "");
	}
	add_field(m, path, b.data);
}

static void add_members(struct making *m, const char *prefix, struct json_object *o, int depth,
    const char *const *but);

static void
add_value(struct making *m, const char *path, struct json_object *v, int depth)
{
	if (json_is_empty(v))
		add_empty(m, path);
	else if (is_scalar(v))
		add_field(m, path, cut_value(m->a, json_object_get_string(v)));
	else if (json_object_is_type(v, json_type_object) && depth < VIEW_DEPTH_MAX)
		add_members(m, path, v, depth + 1, NULL);
	else if (json_object_is_type(v, json_type_array) && has_rows(v))
		add_table(m, path, v);
	else if (json_object_is_type(v, json_type_array))
		add_list(m, path, v);
	else
		add_field(m, path, inline_text(m->a, v, VIEW_VALUE_MAX));
}

static int
is_among(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return 1;
	return 0;
}

static void
add_members(struct making *m, const char *prefix, struct json_object *o, int depth,
    const char *const *but)
{
	json_object_object_foreach(o, name, value) {
		if (is_among(name, but))
			continue;
		if (json_is_empty(value) && m->nempty >= EMPTY_MAX)
			m->nempty++;
		else if (m->nfields == VIEW_FIELDS_MAX || m->seen++ >= SEEN_MAX)
			m->left_out++;
		else
			add_value(m, path_of(m, prefix, name), value, depth);
	}
}

static void
add_first(struct making *m, struct json_object *o)
{
	for (size_t i = 0; first_fields[i] != NULL; i++) {
		struct json_object *value;

		if (json_object_object_get_ex(o, first_fields[i], &value))
			add_value(m, first_fields[i], value, 0);
	}
}

static const char *
view_note(struct making *m)
{
	struct buf b;

	buf_init(&b, m->a);
	if (m->left_out > 0)
		buf_addf(&b, "What else there is (fields and tables: %zu) is in the attachment "
		    "only. ", m->left_out);
	if (m->nempty > 0)
		buf_addf(&b, "Without a value: %s", m->empty.data);
	if (m->nempty > EMPTY_MAX)
		buf_addf(&b, " and %zu more", m->nempty - EMPTY_MAX);
	if (m->nempty > 0)
		buf_addc(&b, '.');
	return m->left_out + m->nempty > 0 ? b.data : NULL;
}

void
mailer_view_make(struct arena *a, struct json_object *o, int in_order, struct mailer_view *out)
{
	struct making m = { .a = a, .fields = arena_new(a, struct mail_field, VIEW_FIELDS_MAX),
		.tables = arena_new(a, struct mail_section, VIEW_TABLES_MAX) };

	size_t first = 0;

	buf_init(&m.empty, a);
	if (!json_object_is_type(o, json_type_object)) {
		add_value(&m, "content", o, 0);
	} else {
		if (!in_order)
			add_first(&m, o);
		first = m.nfields;
		add_members(&m, "", o, 0, in_order ? NULL : first_fields);
	}
	if (first == 0 || m.nfields <= TOGETHER_MAX)
		first = m.nfields;
	*out = (struct mailer_view){ .fields = m.fields, .nfields = first,
		.rest = m.fields + first, .nrest = m.nfields - first,
		.tables = m.tables, .ntables = m.ntables, .note = view_note(&m) };
}
