#include "config.h"

#include "platform/standard/file.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/cell.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "model/change/contact_key.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/import/import_map.h"
#include "model/row.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/sku.h"
#include "platform/standard/file_cell.h"
#include "platform/standard/file_row.h"
#include "platform/standard/file_show.h"
#include "platform/standard/standard.h"

/* A body in the making. */
struct making {
	struct platform_context *ctx;
	const struct file_record *record;
	struct file_cell_of cells;
	const struct import_row *of;
	const char *prefix;
	struct json_object *json;
	int has_values;			/* others than constants */
};

static const struct entity_column *
column_named(const struct entity *e, const char *name)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (text_ieq(c->name, name))
			return c;
	return NULL;
}

/* ------------------------------------------------------------------ members */

static const char *
column_names(struct making *m, const struct import_value *v)
{
	const char *names = "";

	for (size_t i = 0; i < v->ncolumns; i++)
		names = arena_printf(
		    m->ctx->arena, "%s%s%s", names, i > 0 ? ", " : "", v->columns[i]);
	return names;
}

/* 1 for a value that the row can do without. */
static int
is_spare(const struct making *m, const struct import_member *member)
{
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return !member->value.is_number;
	c = column_named(m->of->entity, member->name);
	return member->part == NULL && c != NULL && entity_column_is_spare(m->of->entity, c);
}

static void
fault(struct making *m, const struct import_member *member, const char *wrong)
{
	const char *columns = column_names(m, &member->value), *dot = member->part ? "." : "";
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

	if (json_object_object_get_ex(o, name, &inner) &&
	    json_object_is_type(inner, json_type_object))
		return inner;
	inner = json_object_new_object();
	json_object_object_add(o, name, inner);
	return inner;
}

static void
say(struct making *m, const struct import_member *member, const char *text)
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
	if (m->of->entity == NULL || member->part == NULL)
		return 0;
	return (text_ieq(member->part, "Email") || text_ieq(member->part, "Phone"));
}

/* "phone:" and the digits, with the + in front when there is one; NULL for less than six. */
static const char *
phone_identifier(struct arena *a, const char *text)
{
	char *to = arena_alloc(a, strlen(text) + sizeof "phone:+"), *begin = to;
	size_t digits = 0;

	memcpy(to, "phone:", 6);
	to += 6;
	if (text[0] == '+')
		*to++ = '+';
	for (; *text != '\0'; text++)
		if (*text >= '0' && *text <= '9') {
			*to++ = *text;
			digits++;
		}
	return digits < 6 ? NULL : begin;
}

static void
say_stand_in(struct making *m, const struct import_member *member, const char *text)
{
	struct json_object *key, *there;
	struct import_member as = { .name = member->name, .part = "Identifier" };

	if (json_object_object_get_ex(m->json, member->name, &key) &&
	    json_object_object_get_ex(key, "Identifier", &there) && there != NULL)
		return;
	text = text_ieq(member->part, "Email") ? contact_guest_identifier(m->ctx->arena, text) :
						 phone_identifier(m->ctx->arena, text);
	if (text != NULL)
		say(m, &as, text);
}

/* The text, or with the number of this row among those of the record that have it. */
static const char *
with_ordinal(const struct making *m, const struct import_value *v, const char *text)
{
	size_t n = 1;

	for (const struct file_row *row = m->record->rows; row < m->cells.row; row++) {
		const struct file_cell_of cells = { m->ctx->arena, row, m->record->zone };
		int is_there = 0;
		const char *other = file_cell_text(&cells, v, &is_there);

		n += other != NULL && strcmp(other, text) == 0;
	}
	return n == 1 ? text : arena_printf(m->ctx->arena, "%s#%zu", text, n);
}

/* What type the cell is read as; NULL: as its value says. */
static const struct entity_column *
type_of(const struct making *m, const struct import_member *member)
{
	static const struct entity_column code = { .name = "", .type = ENTITY_CODE };
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return NULL;
	c = member->part == NULL ? column_named(m->of->entity, member->name) : NULL;
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
	if (v->ordinal && m->of->each)
		text = with_ordinal(m, v, text);
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
		return arena_printf(ctx->arena, "%s.", name_of(of));
	return arena_printf(ctx->arena, "line %lld: %s.", (long long)row->line, name_of(of));
}

/* A contact whom nothing names would be another one each time. */
static void
check_named(struct making *m)
{
	if (!entity_has_external(m->of->entity) ||
	    json_object_object_get_ex(m->json, ENTITY_EXTERNAL, NULL) ||
	    json_object_object_get_ex(m->json, m->of->entity->key, NULL))
		return;
	read_fault(&m->ctx->in, m->prefix, ENTITY_EXTERNAL,
	    "is missing: no number, mail address or phone names the contact");
}

/* Names the good by its key when one has its SKU. *is_there: it has. 0 or a negative code. */
static int
match_sku(struct making *m, int *is_there, struct err *err)
{
	struct json_object *sku;
	struct row *good = NULL;
	int rc;

	*is_there = 0;
	if (!m->of->by_sku || m->ctx->known == NULL ||
	    !json_object_object_get_ex(m->json, "Sku", &sku))
		return 0;
	rc = platform_sku_good(m->ctx, arena_strdup(m->ctx->arena, json_object_get_string(sku)),
	    m->ctx->message->source_id, &good, err);
	if (rc < 0) {
		if (rc != ERR_ASKED)
			return rc;
		err_clear(err);
		return 0;
	}
	if (good == NULL)
		return 0;
	*is_there = 1;
	json_object_object_del(m->json, "Identifier");
	json_object_object_add(m->json, m->of->entity->key, json_object_new_int64(good->key.i));
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
take_entity(struct making *m, struct bodies *bodies)
{
	check_named(m);
	bodies->has_values = 1;
	bodies->all[bodies->n++] = (struct standard_body){
		.entity = m->of->entity, .prefix = m->prefix, .json = m->json,
		.is_ensured = m->of->ensure,
		.is_deletion = says_yes(m->cells.row, m->of->deletion, m->of->deletion_at)
	};
}

/* An element of a list of the body. */
static void
take_element(struct making *m, struct bodies *bodies)
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

static int
make_body(struct platform_context *ctx, const struct import_row *of, const struct file_row *row,
    struct bodies *bodies, struct err *err)
{
	struct making m = { .ctx = ctx, .record = ctx->record, .of = of };
	int is_there = 0, rc = 0;

	if (of->when != NULL && row->cells[of->when_at][0] == '\0')
		return 0;
	m.json = json_object_new_object();
	json_object_array_add(ctx->made, m.json);
	m.cells = (struct file_cell_of){ ctx->arena, row, m.record->zone };
	m.prefix = prefix_of(ctx, m.record, of, row);
	for (size_t i = 0; i < of->nmembers && rc == 0; i++)
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
			if (!of->each || !file_row_is_repeated(record, of, k))
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

static int
make_all(struct platform_context *ctx, struct bodies *bodies, struct err *err)
{
	platform_any_case(ctx);
	ctx->made = json_object_new_array();
	return make_bodies(ctx, bodies, err);
}

int
file_map(struct platform_context *ctx, struct err *err)
{
	struct bodies bodies = { 0 };
	int rc;

	ctx->consent = consent_of(ctx);
	if ((rc = make_all(ctx, &bodies, err)) < 0)
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

	if (make_all(ctx, &bodies, &err) == 0 && bodies.of != NULL)
		file_show_add(&s, bodies.of->body[1], bodies.body);
	for (size_t i = 0; i < bodies.n; i++) {
		const char *name = bodies.all[i].entity->name;
		const size_t n = nth_of(&bodies, i);

		file_show_add(&s, n == 0 ? name : arena_printf(ctx->arena, "%s[%zu]", name, n),
		    bodies.all[i].json);
	}
	json_object_put(ctx->made);
	ctx->made = NULL;
	*out = s.shown;
	return s.n;
}
