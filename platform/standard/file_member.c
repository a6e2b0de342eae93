#include "config.h"

#include "platform/standard/file_member.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/change/contact_key.h"
#include "model/entity.h"
#include "model/import/import_map.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/standard/file.h"
#include "platform/standard/standard.h"

enum { IDENTIFIER = 0 };		/* the part of a contact's key */

/* The column that the member is; NULL for a part of a key. */
static const struct entity_column *
column_of_member(const struct file_making *m, const struct import_member *member)
{
	return member->part != NULL ? NULL : &m->of->entity->columns[member->column];
}

static const char *
column_names(struct file_making *m, const struct import_value *v)
{
	const char *names = "";

	for (size_t i = 0; i < v->ncolumns; i++)
		names = arena_printf(
		    m->ctx->arena, "%s%s%s", names, i > 0 ? ", " : "", v->columns[i]);
	return names;
}

/* 1 for a value that the row can do without. */
static int
is_spare(const struct file_making *m, const struct import_member *member)
{
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return !member->value.is_number;
	c = column_of_member(m, member);
	return c != NULL && entity_column_is_spare(m->of->entity, c);
}

static void
fault(struct file_making *m, const struct import_member *member, const char *wrong)
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
say_json(struct file_making *m, const struct import_member *member, const char *text)
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

struct standard_value *
file_member_value(const struct file_making *m, int column, int part)
{
	for (size_t i = 0; i < m->nvalues; i++)
		if (m->values[i].column == column && m->values[i].part == part)
			return &m->values[i];
	return NULL;
}

void
file_member_say(struct file_making *m, int column, int part, const char *text)
{
	struct standard_value *value = file_member_value(m, column, part);

	if (value == NULL)
		value = &m->values[m->nvalues++];
	*value = (struct standard_value){ column, part, text };
}

static void
say(struct file_making *m, const struct import_member *member, const char *text)
{
	if (m->of->entity == NULL)
		say_json(m, member, text);
	else
		file_member_say(m, member->column, member->part_at, text);
}

/* A key of a closed list by one of its words. *text NULL: not known, and left out. */
static int
find_label(
    struct file_making *m, const struct import_member *member, const char **text, struct err *err)
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
is_stand_in(const struct file_making *m, const struct import_member *member)
{
	return m->of->entity != NULL && member->part_at < IMPORT_WHOLE;
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
say_stand_in(struct file_making *m, const struct import_member *member, const char *text)
{
	const struct standard_value *there = file_member_value(m, member->column, IDENTIFIER);

	if (there != NULL && there->text != NULL)
		return;
	text = member->part_at == IMPORT_EMAIL ? contact_guest_identifier(m->ctx->arena, text) :
						 phone_identifier(m->ctx->arena, text);
	if (text != NULL)
		file_member_say(m, member->column, IDENTIFIER, text);
}

/* The text, or with the number of this row among those of the record that have it. */
static const char *
with_ordinal(const struct file_making *m, const struct import_value *v, const char *text)
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
type_of(const struct file_making *m, const struct import_member *member)
{
	static const struct entity_column code = { .name = "", .type = ENTITY_CODE };
	const struct entity_column *c;

	if (m->of->entity == NULL)
		return NULL;
	c = column_of_member(m, member);
	return c != NULL ? c : &code;
}

int
file_member_make(struct file_making *m, const struct import_member *member, struct err *err)
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
