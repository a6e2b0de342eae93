#include "config.h"

#include "platform/standard/file.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/change/consent.h"
#include "model/change/known.h"
#include "model/change/contact_key.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/import/import_map.h"
#include "model/row.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/sku.h"
#include "platform/standard/file_cell.h"
#include "platform/standard/file_repeat.h"
#include "platform/standard/standard.h"

enum { IDENTIFIER = 0 };		/* the part of a contact's key */

/* A body in the making. */
struct making {
	struct platform_context *ctx;
	const struct file_record *record;
	struct file_cell_of cells;
	const struct import_row *of;
	const char *prefix;
	struct standard_value *values;	/* of an entity */
	size_t nvalues;
	struct json_object *json;	/* of a webhook's body or its element */
	int has_values;			/* others than constants */
};

/* The column that the member is; NULL for a part of a key. */
static const struct entity_column *
column_of_member(const struct making *m, const struct import_member *member)
{
	return member->part != NULL ? NULL : &m->of->entity->columns[member->column];
}

/* ------------------------------------------------------------------ members */

/* 1 for a value that the row can do without. */
static int
is_spare(const struct making *m, const struct import_member *member)
{
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return !member->value.is_number;
	c = column_of_member(m, member);
	return c != NULL && entity_column_is_spare(m->of->entity, c);
}

static void
fault(struct making *m, const struct import_member *member, const char *wrong)
{
	const char *columns = file_cell_columns(m->ctx->arena, &member->value), *dot = member->part ? "." : "";
	const char *part = member->part != NULL ? member->part : "";

	if (is_spare(m, member))
		platform_remark(m->ctx, "%s%s%s%s (column %s) left out: it %s.", m->prefix,
		    member->name, dot, part, columns, wrong);
	else
		read_fault(&m->ctx->in, m->prefix,
		    arena_printf(m->ctx->arena, "%s%s%s", member->name, dot, part),
		    "(column %s) %s", columns, wrong);
}

/* The object that a member of o is, made when it is missing. */
static struct json_object *
inner_of(struct json_object *o, const char *name)
{
	struct json_object *inner;

	if (json_object_object_get_ex(o, name, &inner))
		return inner;
	inner = json_object_new_object();
	json_object_object_add(o, name, inner);
	return inner;
}

static void
say_json(struct making *m, const struct import_member *member, const char *text)
{
	const char *name = member->name, *rest = member->part;
	struct json_object *o = m->json;

	while (rest != NULL) {
		const char *dot = strchr(rest, '.');

		o = inner_of(o, name);
		name = dot == NULL ? rest :
				     arena_strndup(m->ctx->arena, rest, (size_t)(dot - rest));
		rest = dot == NULL ? NULL : dot + 1;
	}
	json_object_object_add(o, name, text == NULL ? NULL : json_object_new_string(text));
}

/* What is said of a column or a part of a key; NULL: nothing. */
static struct standard_value *
value_at(const struct making *m, int column, int part)
{
	for (size_t i = 0; i < m->nvalues; i++)
		if (m->values[i].column == column && m->values[i].part == part)
			return &m->values[i];
	return NULL;
}

static void
say_value(struct making *m, int column, int part, const char *text)
{
	struct standard_value *value = value_at(m, column, part);

	if (value == NULL)
		value = &m->values[m->nvalues++];
	*value = (struct standard_value){ column, part, text };
}

static void
say(struct making *m, const struct import_member *member, const char *text)
{
	if (m->of->entity == NULL)
		say_json(m, member, text);
	else
		say_value(m, member->column, member->part_at, text);
}

/* A key of a closed list by one of its words. *text NULL: not known, and left out. */
static int
find_label(
    struct making *m, const struct import_member *member, const char **text, struct err *err)
{
	struct val id;
	int rc;

	if (m->ctx->known == NULL)
		return 0;
	rc = platform_label(m->ctx, member->value.label, *text, &id, err);
	if (rc == ERR_ASKED) {
		*text = NULL;
		return 0;
	}
	if (rc < 0)
		return rc;
	if (id.kind == VAL_NULL)
		platform_label_unknown(m->ctx, member->value.label,
		    arena_printf(m->ctx->arena, "%s%s", m->prefix, member->name), *text);
	if (id.kind == VAL_INT)
		*text = arena_printf(m->ctx->arena, "%lld", (long long)id.i);
	else
		*text = id.kind == VAL_TEXT ? id.s : NULL;
	return 0;
}

/* The parts Email and Phone of a key stand for an Identifier that is empty. */
static int
is_stand_in(const struct making *m, const struct import_member *member)
{
	return m->of->entity != NULL && member->part_at < IMPORT_WHOLE;
}

static void
say_stand_in(struct making *m, const struct import_member *member, const char *text)
{
	const struct standard_value *there = value_at(m, member->column, IDENTIFIER);

	if (there != NULL && there->text != NULL)
		return;
	text = member->part_at == IMPORT_EMAIL ? contact_guest_identifier(m->ctx->arena, text) :
						 file_cell_phone(m->ctx->arena, text);
	if (text != NULL)
		say_value(m, member->column, IDENTIFIER, text);
}

/* What type the cell is read as; NULL: as its value says. */
static const struct entity_column *
type_of(const struct making *m, const struct import_member *member)
{
	static const struct entity_column code = { .name = "", .type = ENTITY_CODE };
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return NULL;
	c = column_of_member(m, member);
	return c != NULL ? c : &code;
}

static int
make_member(struct making *m, const struct import_member *member, struct err *err)
{
	const struct import_value *v = &member->value;
	const char *text = file_cell_text(&m->cells, v, &m->has_values), *wrong = NULL;
	int rc = 0;

	if (text == NULL) {
		if (v->clear)
			say(m, member, NULL);
		return 0;
	}
	if (v->label != NULL)
		rc = find_label(m, member, &text, err);
	else if (v->constant == NULL)
		wrong = file_cell_take(&m->cells, v, type_of(m, member), &text);
	if (wrong != NULL)
		fault(m, member, wrong);
	else if (rc == 0 && text != NULL && is_stand_in(m, member))
		say_stand_in(m, member, text);
	else if (rc == 0 && text != NULL)
		say(m, member, text);
	return rc;
}

/* ------------------------------------------------------------------ bodies */

struct bodies {
	struct standard_body *all;
	size_t n;
	int are_to_ask;			/* only what names rows is taken */
	const struct import_row *of;	/* of the webhook's body; NULL = there is none */
	struct json_object *body;
	int has_values;
};

static const char *
name_of(const struct import_row *of)
{
	if (of->entity != NULL)
		return of->entity->name;
	return of->list != NULL ? of->list : of->body[1];
}

static const char *
prefix_of(struct platform_context *ctx, const struct file_record *record,
    const struct import_row *of, const struct file_row *row)
{
	if (record->n == 1)
		return arena_join(ctx->arena, name_of(of), ".", "");
	return arena_printf(ctx->arena, "line %lld: %s.", (long long)row->line, name_of(of));
}

static int
key_of(const struct making *m)
{
	return entity_column_find(m->of->entity, m->of->entity->key);
}

/* A contact whom nothing names would be another one each time. */
static void
check_named(struct making *m)
{
	if (!entity_has_external(m->of->entity))
		return;
	for (size_t i = 0; i < m->nvalues; i++)
		if (m->values[i].column == STANDARD_OWN || m->values[i].column == key_of(m))
			return;
	read_fault(&m->ctx->in, m->prefix, ENTITY_EXTERNAL,
	    "is missing: no number, mail address or phone names the contact");
}

static int
place_of(enum column c)
{
	return (int)(column_of(c) - entity_of_column(c)->columns);
}

/* Nothing is said of the column. */
static void
forget(struct making *m, int column)
{
	struct standard_value *value = value_at(m, column, STANDARD_WHOLE);

	if (value != NULL)
		*value = m->values[--m->nvalues];
}

/* Names the good by its key when one has its SKU. *is_there: it has. 0 or a negative code. */
static int
match_sku(struct making *m, int *is_there, struct err *err)
{
	const struct standard_value *sku = NULL;
	struct row *good = NULL;
	int rc;

	*is_there = 0;
	if (m->of->by_sku && m->ctx->known != NULL)
		sku = value_at(m, place_of(PurchaseGood_Sku), STANDARD_WHOLE);
	if (sku == NULL || sku->text == NULL)
		return 0;
	rc = platform_sku_good(m->ctx, sku->text, m->ctx->message->source_id, &good, err);
	if (rc < 0) {
		if (rc != ERR_ASKED)
			return rc;
		err_clear(err);
		return 0;
	}
	if (good == NULL)
		return 0;
	*is_there = 1;
	forget(m, place_of(PurchaseGood_Identifier));
	say_value(m, key_of(m), STANDARD_WHOLE,
	    arena_printf(m->ctx->arena, "%lld", (long long)good->key.i));
	return 0;
}

static void
take_entity(struct making *m, struct bodies *bodies)
{
	check_named(m);
	bodies->has_values = 1;
	bodies->all[bodies->n++] = (struct standard_body){
		.entity = m->of->entity, .prefix = m->prefix, .values = m->values,
		.nvalues = m->nvalues, .is_ensured = m->of->ensure
	};
}

/* An element of a list of the body. */
static void
take_element(struct making *m, struct bodies *bodies)
{
	struct json_object *list;

	bodies->has_values = 1;
	if (!json_object_object_get_ex(bodies->body, m->of->list, &list)) {
		list = json_object_new_array();
		json_object_object_add(bodies->body, m->of->list, list);
	}
	json_object_array_add(list, json_object_get(m->json));
}

/* A body has elements, though it may have no values of its own. */
static void
take(struct making *m, struct bodies *bodies)
{
	if (m->of->entity != NULL)
		take_entity(m, bodies);
	else if (m->of->list != NULL)
		take_element(m, bodies);
	if (m->of->body[0] == NULL)
		return;
	bodies->of = m->of;
	bodies->body = m->json;
	bodies->has_values = m->has_values;
}

/* A stand-in says another value than its own, and a SKU the key. */
static void
begin(struct making *m)
{
	const size_t most = 2 * m->of->nmembers + 1;

	if (m->of->entity != NULL) {
		m->values = arena_new(m->ctx->arena, struct standard_value, most);
		return;
	}
	if (m->ctx->made == NULL)
		m->ctx->made = json_object_new_array();
	m->json = json_object_new_object();
	json_object_array_add(m->ctx->made, m->json);
}

/* 1 for a member that a question may come from. */
static int
asks(const struct import_row *of, const struct import_member *member)
{
	return of->by_sku || member->names || member->value.label != NULL;
}

static int
make_body(struct platform_context *ctx, const struct import_row *of, const struct file_row *row,
    struct bodies *bodies, struct err *err)
{
	struct making m = { .ctx = ctx, .record = ctx->record, .of = of };
	int is_there = 0, rc = 0;

	begin(&m);
	m.cells = (struct file_cell_of){ ctx->arena, row, m.record->zone };
	m.prefix = prefix_of(ctx, m.record, of, row);
	for (size_t i = 0; i < of->nmembers && rc == 0; i++)
		if (!bodies->are_to_ask || asks(of, &of->members[i]))
			rc = make_member(&m, &of->members[i], err);
	if (rc == 0 && m.has_values)
		rc = match_sku(&m, &is_there, err);
	if (rc < 0 || (is_there && of->ensure))
		return rc;
	if (m.has_values || of->body[0] != NULL)
		take(&m, bodies);
	return 0;
}

static int
make_bodies(struct platform_context *ctx, struct bodies *bodies, struct err *err)
{
	const struct file_record *record = ctx->record;
	const struct import_map *map = record->map;
	int rc = 0;

	bodies->all = arena_new(ctx->arena, struct standard_body, map->nrows * record->n);
	for (size_t i = 0; i < map->nrows; i++) {
		const struct import_row *of = &map->rows[i];

		for (size_t k = 0; k < (of->each ? record->n : 1) && rc == 0; k++)
			if (!of->each || !file_repeat_is(record, of, k))
				rc = make_body(ctx, of, &record->rows[k], bodies, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ the record */

/* An opt-in in a file is a statement, unless its map says that it is none. */
static const struct consent *
consent_of(struct platform_context *ctx)
{
	const struct file_record *record = ctx->record;
	struct consent *consent = arena_new(ctx->arena, struct consent, 1);

	*consent = *ctx->consent;
	consent->kind = record->map->is_mention ? CONSENT_MENTION : CONSENT_STATEMENT;
	return consent;
}

/* The body of a webhook, which arrived when its state was reached. */
static int
run_body(struct platform_context *ctx, const struct bodies *bodies, struct err *err)
{
	const struct file_record *record = ctx->record;
	const struct import_row *of = bodies->of;
	const struct platform_row *row = platform_find(of->body[0], of->body[1], of->body[2]);
	const struct file_cell_of cells = { ctx->arena, &record->rows[0], record->zone };
	struct platform_message *as = arena_new(ctx->arena, struct platform_message, 1);
	usec_t stamp = of->stamp != NULL ? file_cell_instant(&cells, of->stamp) : USEC_NONE;

	if (row == NULL)
		return err_set(err, ERR_PERMANENT, "This program knows no %s/%s/%s.", of->body[0],
		    of->body[1], of->body[2]);
	*as = *ctx->message;
	as->platform = row->platform;
	as->entity = of->body[1];
	as->action = row->action;
	as->is_undated = stamp == USEC_NONE;
	if (stamp != USEC_NONE && stamp < as->received_at)
		as->received_at = stamp;
	ctx->message = as;
	ctx->payload = bodies->body;
	return row->run(ctx, err);
}

/* The first run only asks, so it takes no more than the questions need. ERR_ASKED, or 0 when there
 * was nothing to ask: nothing is left of the run. */
static int
ask_ahead(struct platform_context *ctx, struct err *err)
{
	const struct file_record *record = ctx->record;
	const struct reader in = ctx->in;
	struct bodies bodies = { .are_to_ask = 1 };
	int rc;

	if (record->map->rows[0].entity == NULL)
		return 0;
	if ((rc = make_bodies(ctx, &bodies, err)) == 0)
		rc = standard_ask(ctx, bodies.all, bodies.n, err);
	if (rc == ERR_ASKED)
		return rc;
	read_close(&ctx->in);
	ctx->in = in;
	err_clear(err);
	return 0;
}

int
file_map(struct platform_context *ctx, struct err *err)
{
	struct bodies bodies = { 0 };
	int rc;

	ctx->consent = consent_of(ctx);
	platform_any_case(ctx);
	if (ctx->known != NULL && !known_has_asked(ctx->known) && (rc = ask_ahead(ctx, err)) < 0)
		return rc;
	if ((rc = make_bodies(ctx, &bodies, err)) < 0)
		return rc;
	if (!bodies.has_values)
		return PLATFORM_IGNORED;
	if (bodies.of != NULL)
		return run_body(ctx, &bodies, err);
	rc = standard_bodies(ctx, bodies.all, bodies.n, err);
	return rc < 0 ? rc : PLATFORM_DONE;
}
