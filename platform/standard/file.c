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
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/standard/standard.h"

/* A body in the making. */
struct making {
	struct platform_context *ctx;
	const struct file_record *record;
	const struct file_row *row;
	const struct import_row *of;
	const char *prefix;
	struct json_object *json;
	int has_values;			/* others than constants */
};

/* ------------------------------------------------------------------ cells */

static const struct entity_column *
column_named(const struct entity *e, const char *name)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (text_ieq(c->name, name))
			return c;
	return NULL;
}

/* The first cell of the value that is not empty; NULL: there is none. */
static const char *
cell_of(const struct making *m, const struct import_value *v)
{
	for (size_t i = 0; i < v->ncolumns; i++) {
		const char *text = m->row->cells[v->at[i]];
		size_t n = strlen(text);
		const char *bare = cell_bare(text, &n);

		if (n > 0)
			return arena_strndup(m->ctx->arena, bare, n);
	}
	return NULL;
}

/* What is wrong with the text as a value of this type, or NULL and *text as the model reads it. */
static const char *
take_number(struct making *m, const struct import_value *v, const char **text)
{
	const struct cell_number_form form = { .decimal = v->decimal };
	struct cell_number number;
	const char *wrong = cell_number(*text, &form, &number);

	if (wrong == NULL)
		*text = arena_strdup(m->ctx->arena, number.text);
	return wrong;
}

/* A day alone stays one: no zone moves it. */
static const char *
take_time(struct making *m, const struct import_value *v, const struct entity_column *c,
    const char **text)
{
	struct cell_time t;
	const char *wrong = cell_date(*text, v->date == CELL_DATE_UNSET ? CELL_DATE_YMD : v->date,
	    m->record->zone, &t);
	char iso[32];

	if (wrong != NULL)
		return wrong;
	*text = NULL;
	if (t.none)
		return NULL;
	clock_iso8601(c->calendar ? t.day * 86400 * USEC_SEC : t.at, iso);
	*text = arena_strdup(m->ctx->arena, iso);
	return NULL;
}

static const char *
take_flag(const char **text)
{
	int yes = 0;
	const char *wrong = cell_flag(*text, &yes);

	*text = yes ? "1" : "0";
	return wrong;
}

/* NULL with *text as the model reads it, NULL = nothing; or what is wrong. */
static const char *
take_as(struct making *m, const struct import_value *v, const struct entity_column *c,
    const char **text)
{
	const char *wrong;

	switch (c->type) {
	case ENTITY_DATETIME:
		return take_time(m, v, c, text);
	case ENTITY_BOOLEAN:
		return take_flag(text);
	case ENTITY_INT16:
	case ENTITY_INT32:
	case ENTITY_DECIMAL:
		return take_number(m, v, text);
	default:
		wrong = cell_spoilt(*text);
		return wrong != NULL && c->type != ENTITY_TEXT ? wrong : NULL;
	}
}

/* The word that the map has for another; NULL: the cell counts as empty. */
static const char *
word_for(const struct import_value *v, const char *text)
{
	struct json_object *to;

	if (v->values == NULL || text == NULL)
		return text;
	if (json_object_object_get_ex(v->values, text, &to) ||
	    json_object_object_get_ex(v->values, "*", &to))
		return to == NULL ? NULL : json_object_get_string(to);
	return text;
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

/* A value that the row can do without is left out. */
static void
fault(struct making *m, const struct import_member *member, const char *wrong)
{
	const struct entity_column *c = column_named(m->of->entity, member->name);
	const char *columns = column_names(m, &member->value);

	if (member->part == NULL && c != NULL && entity_column_is_spare(m->of->entity, c))
		platform_remark(m->ctx, "%s%s (column %s) left out: it %s.", m->prefix,
		    member->name, columns, wrong);
	else
		read_fault(
		    &m->ctx->in, m->prefix, member->name, "(column %s) %s", columns, wrong);
}

static void
say(struct making *m, const struct import_member *member, const char *text)
{
	struct json_object *o = m->json, *inner;

	if (member->part != NULL) {
		if (!json_object_object_get_ex(o, member->name, &inner)) {
			inner = json_object_new_object();
			json_object_object_add(o, member->name, inner);
		}
		o = inner;
	}
	json_object_object_add(o, member->part != NULL ? member->part : member->name,
	    text == NULL ? NULL : json_object_new_string(text));
}

/* A key of a closed list by one of its words. *text NULL: not known, and left out. */
static int
find_label(
    struct making *m, const struct import_member *member, const char **text, struct err *err)
{
	struct val id;
	int rc = platform_label(m->ctx, member->value.label, *text, &id, err);

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
is_stand_in(const struct import_member *member)
{
	return member->part != NULL &&
	    (text_ieq(member->part, "Email") || text_ieq(member->part, "Phone"));
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

/* What type the cell is read as. */
static const struct entity_column *
type_of(const struct making *m, const struct import_member *member)
{
	static const struct entity_column code = { .name = "", .type = ENTITY_CODE };
	const struct entity_column *c =
	    member->part == NULL ? column_named(m->of->entity, member->name) : NULL;

	return c != NULL ? c : &code;
}

static int
make_member(struct making *m, const struct import_member *member, struct err *err)
{
	const struct import_value *v = &member->value;
	const char *text = v->constant != NULL ? v->constant : cell_of(m, v), *wrong = NULL;
	int rc = 0;

	m->has_values |= text != NULL && v->constant == NULL;
	text = word_for(v, text);
	if (text == NULL) {
		if (v->clear)
			say(m, member, NULL);
		return 0;
	}
	if (v->label != NULL)
		rc = find_label(m, member, &text, err);
	else if (v->constant == NULL)
		wrong = take_as(m, v, type_of(m, member), &text);
	if (wrong != NULL)
		fault(m, member, wrong);
	else if (rc == 0 && text != NULL && is_stand_in(member))
		say_stand_in(m, member, text);
	else if (rc == 0 && text != NULL)
		say(m, member, text);
	return rc;
}

/* ------------------------------------------------------------------ bodies */

struct bodies {
	struct standard_body *all;
	size_t n;
};

static const char *
prefix_of(struct platform_context *ctx, const struct file_record *record,
    const struct import_row *of, const struct file_row *row)
{
	if (record->n == 1)
		return arena_printf(ctx->arena, "%s.", of->entity->name);
	return arena_printf(
	    ctx->arena, "line %lld: %s.", (long long)row->line, of->entity->name);
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

/* 1 when a column that the map names says yes. */
static int
says_yes(const struct file_row *row, const char *column, int at)
{
	int yes = 0;

	if (column == NULL || row->cells[at][0] == '\0')
		return 0;
	return cell_flag(row->cells[at], &yes) == NULL && yes;
}

static int
make_body(struct platform_context *ctx, const struct import_row *of, const struct file_row *row,
    struct bodies *bodies, struct err *err)
{
	struct making m = { .ctx = ctx, .record = ctx->record, .row = row, .of = of,
		.json = json_object_new_object() };
	int rc = 0;

	if (of->when != NULL && row->cells[of->when_at][0] == '\0') {
		json_object_put(m.json);
		return 0;
	}
	m.prefix = prefix_of(ctx, m.record, of, row);
	for (size_t i = 0; i < of->nmembers && rc == 0; i++)
		rc = make_member(&m, &of->members[i], err);
	if (rc < 0 || !m.has_values) {
		json_object_put(m.json);
		return rc;
	}
	check_named(&m);
	json_object_array_add(ctx->made, m.json);
	bodies->all[bodies->n++] = (struct standard_body){
		.entity = of->entity, .prefix = m.prefix, .json = m.json,
		.is_ensured = of->ensure,
		.is_deletion = says_yes(row, of->deletion, of->deletion_at)
	};
	return 0;
}

static int
make_bodies(struct platform_context *ctx, struct bodies *bodies, struct err *err)
{
	const struct file_record *record = ctx->record;
	const struct import_map *map = record->map;
	int rc = 0;

	bodies->all = arena_new(ctx->arena, struct standard_body, map->nrows * record->n);
	for (size_t i = 0; i < map->nrows; i++)
		for (size_t k = 0; k < (map->rows[i].each ? record->n : 1) && rc == 0; k++)
			rc = make_body(ctx, &map->rows[i], &record->rows[k], bodies, err);
	return rc;
}

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

int
file_map(struct platform_context *ctx, struct err *err)
{
	struct bodies bodies = { 0 };
	int rc;

	ctx->consent = consent_of(ctx);
	platform_any_case(ctx);
	ctx->made = json_object_new_array();
	rc = make_bodies(ctx, &bodies, err);
	if (rc == 0 && bodies.n > 0)
		rc = standard_bodies(ctx, bodies.all, bodies.n, err);
	if (rc < 0)
		return rc;
	return ctx->change->first != NULL ? PLATFORM_DONE : PLATFORM_IGNORED;
}
