#include "config.h"

#include "platform/standard/file.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/cell.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/import/import_map.h"
#include "model/row.h"
#include "platform/platform.h"
#include "platform/sku.h"
#include "platform/standard/file_cell.h"
#include "platform/standard/file_member.h"
#include "platform/standard/file_repeat.h"
#include "platform/standard/file_show.h"
#include "platform/standard/standard.h"

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
key_of(const struct file_making *m)
{
	return entity_column_find(m->of->entity, m->of->entity->key);
}

/* A contact whom nothing names would be another one each time. */
static void
check_named(struct file_making *m)
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
forget(struct file_making *m, int column)
{
	struct standard_value *value = file_member_value(m, column, STANDARD_WHOLE);

	if (value != NULL)
		*value = m->values[--m->nvalues];
}

/* Names the good by its key when one has its SKU. *is_there: it has. 0 or a negative code. */
static int
match_sku(struct file_making *m, int *is_there, struct err *err)
{
	const struct standard_value *sku = NULL;
	struct row *good = NULL;
	int rc;

	*is_there = 0;
	if (m->of->by_sku && m->ctx->known != NULL)
		sku = file_member_value(m, place_of(PurchaseGood_Sku), STANDARD_WHOLE);
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
	file_member_say(m, key_of(m), STANDARD_WHOLE,
	    arena_printf(m->ctx->arena, "%lld", (long long)good->key.i));
	return 0;
}

/* 1 when a column that the map names says yes. */
static int
says_yes(const struct file_row *row, const char *column, int at)
{
	int yes = 0;

	if (column == NULL || row->cells[at][0] == '\0')
		return 0;
	return cell_flag(row->cells[at], &yes) == NULL && yes;
}

static void
take_entity(struct file_making *m, struct bodies *bodies)
{
	check_named(m);
	bodies->has_values = 1;
	bodies->all[bodies->n++] = (struct standard_body){
		.entity = m->of->entity, .prefix = m->prefix, .values = m->values,
		.nvalues = m->nvalues, .is_ensured = m->of->ensure,
		.is_deletion = says_yes(m->cells.row, m->of->deletion, m->of->deletion_at)
	};
}

/* An element of a list of the body. */
static void
take_element(struct file_making *m, struct bodies *bodies)
{
	struct json_object *list;

	bodies->has_values = 1;
	if (!json_object_object_get_ex(bodies->body, m->of->list, &list) ||
	    !json_object_is_type(list, json_type_array)) {
		list = json_object_new_array();
		json_object_object_add(bodies->body, m->of->list, list);
	}
	json_object_array_add(list, json_object_get(m->json));
}

/* A body has elements, though it may have no values of its own. */
static void
take(struct file_making *m, struct bodies *bodies)
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
begin(struct file_making *m)
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
	struct file_making m = { .ctx = ctx, .record = ctx->record, .of = of };
	int is_there = 0, rc = 0;

	if (of->when != NULL && row->cells[of->when_at][0] == '\0')
		return 0;
	if (of->list != NULL && bodies->body == NULL)
		return 0;
	begin(&m);
	m.cells = (struct file_cell_of){ ctx->arena, row, m.record->zone };
	m.prefix = prefix_of(ctx, m.record, of, row);
	for (size_t i = 0; i < of->nmembers && rc == 0; i++)
		if (!bodies->are_to_ask || asks(of, &of->members[i]))
			rc = file_member_make(&m, &of->members[i], err);
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
	if (rc < 0)
		return rc;
	return ctx->change->first != NULL ? PLATFORM_DONE : PLATFORM_IGNORED;
}

usec_t
file_about(struct arena *a, const struct file_record *record)
{
	const struct file_cell_of cells = { a, &record->rows[0], record->zone };
	const struct import_map *map = record->map;
	const struct import_value *v = map->as_of != NULL ? map->as_of : map->rows[0].stamp;

	return v == NULL ? USEC_NONE : file_cell_instant(&cells, v);
}

/* ------------------------------------------------------------------ showing */

/* Which of the rows of its entity body i is, from 0 on. */
static size_t
nth_of(const struct bodies *bodies, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += bodies->all[k].entity == bodies->all[i].entity;
	return n;
}

size_t
file_show(struct platform_context *ctx, const struct file_shown **out)
{
	struct bodies bodies = { 0 };
	struct file_show_list s = { .arena = ctx->arena };
	struct err err = { 0 };

	platform_any_case(ctx);
	if (make_bodies(ctx, &bodies, &err) == 0 && bodies.of != NULL)
		file_show_json(&s, bodies.of->body[1], bodies.body);
	for (size_t i = 0; i < bodies.n; i++)
		file_show_body(&s, &bodies.all[i], nth_of(&bodies, i));
	json_object_put(ctx->made);
	ctx->made = NULL;
	*out = s.shown;
	return s.n;
}
