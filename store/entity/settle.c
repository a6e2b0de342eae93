#include "config.h"

#include "store/entity/settle.h"

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { FAMILY_MAX = 9 };

/* Columns that keep or lose their values together: beginnings of their names, and those of them
 * of which one must have a value. */
static const struct family {
	const char *entity;
	const char *begins[6], *values[FAMILY_MAX + 1];
} families[] = {
	{ "Address", { "Email" }, { "Email" } },
	{ "Address", { "HomePhone" }, { "HomePhoneNumber" } },
	{ "Address", { "MobilePhone" }, { "MobilePhoneNumber" } },
	{ "Address", { "Address", "PostCode", "City", "State", "CountryId" },
	    { "Address1", "Address2", "Address3", "Address4", "Address5", "Address6", "Address7",
	    "PostCode", "City" } },
	{ "Contact", { "FirstName", "MiddleName", "LastName" }, { "FirstName", "LastName" } },
	{ "Contact", { "Birth" }, { "BirthDate", "BirthYear" } },
};

enum { FAMILIES = sizeof families / sizeof families[0] };

/* The columns of a family of which one must have a value; ends with -1. */
struct entity_settle_group { int values[FAMILY_MAX + 1]; };

static int
family_of(const struct entity *e, const char *column)
{
	for (int f = 0; f < FAMILIES; f++)
		for (const char *const *b = families[f].begins; *b != NULL; b++)
			if (strcmp(families[f].entity, e->name) == 0 &&
			    strncmp(column, *b, strlen(*b)) == 0)
				return f;
	return -1;
}

/* ------------------------------------------------------------------ columns */

static int
column_of_name(const struct entity *e, const char *name)
{
	return name == NULL ? -1 : entity_column_find(e, name);
}

static void
find_places(struct entity_settle *s)
{
	for (int channel = 0; channel < CONSENT_CHANNELS; channel++) {
		const struct consent_columns *c = &consent_columns[channel];

		if (strcmp(c->entity, s->e->name) == 0)
			s->places[s->nplaces++] = (struct entity_settle_place){
				.channel = (enum consent_channel)channel,
				.optin = column_of_name(s->e, c->optin),
				.date = column_of_name(s->e, c->date),
				.advertiser = column_of_name(s->e, c->advertiser) };
	}
}

static void
find_groups(struct entity_settle *s, struct arena *a)
{
	struct entity_settle_group *of = arena_new(a, struct entity_settle_group, FAMILIES);

	for (int f = 0; f < FAMILIES; f++)
		for (size_t i = 0; i <= FAMILY_MAX; i++)
			of[f].values[i] = column_of_name(s->e, families[f].values[i]);
	s->groups = arena_new(a, const struct entity_settle_group *, ENTITY_COLUMNS_MAX);
	for (; s->e->columns[s->width].name != NULL; s->width++) {
		const int f = family_of(s->e, s->e->columns[s->width].name);

		s->groups[s->width] = f < 0 ? NULL : &of[f];
	}
}

void
entity_settle_init(struct entity_settle *s, const struct entity *e, usec_t now, struct arena *a)
{
	*s = (struct entity_settle){ .e = e, .now = now,
		.stamp = entity_column_find(e, "SourceStamp"),
		.deletion = entity_column_find(e, "DeletionFlag") };
	find_groups(s, a);
	find_places(s);
}

/* ------------------------------------------------------------------ filling */

static int
is_empty(const struct val *v)
{
	return v->kind == VAL_NULL || (v->kind == VAL_TEXT && v->n == 0);
}

static int
group_is_empty(const struct entity_settle_group *g, const struct val *stored)
{
	for (const int *v = g->values; *v >= 0; v++)
		if (!is_empty(&stored[*v]))
			return 0;
	return 1;
}

/* Both have a value, and it is the same. */
static int
group_is_same(const struct entity_settle_group *g, const struct entity_said *row,
    const struct val *stored)
{
	size_t same = 0;

	for (const int *v = g->values; *v >= 0; v++) {
		const struct val *x = &stored[*v], *y = &row->values[*v];

		if (!row->said[*v] || (is_empty(x) && is_empty(y)))
			continue;
		if (is_empty(x) || is_empty(y) || !text_ieq(x->s, y->s))
			return 0;
		same++;
	}
	return same > 0;
}

/* A stored row that is deleted is as good as none where the row given is not. */
static int
takes_place(const struct entity_settle *s, const struct entity_said *row, const struct val *stored)
{
	if (s->deletion < 0 || !row->said[s->deletion])
		return 0;
	return stored[s->deletion].i == 1 && row->values[s->deletion].i == 0;
}

static int
has_to_keep(const struct entity_settle *s, const struct entity_said *row, const struct val *stored)
{
	return row->fills && stored != NULL && !takes_place(s, row, stored);
}

static int
keeps(const struct entity_settle *s, size_t i, const struct val *stored)
{
	const struct entity_settle_group *g = s->groups[i];

	return g != NULL ? !group_is_empty(g, stored) : !is_empty(&stored[i]);
}

/* ------------------------------------------------------------------ opt-ins */

static int
optin_of(const struct val *v)
{
	return v->kind == VAL_INT ? v->i != 0 : -1;
}

static usec_t
time_of(const struct val *row, int i)
{
	return i >= 0 && row[i].kind == VAL_TIME ? row[i].i : USEC_NONE;
}

/* A date in the future is wrong. It must not block statements until then. */
static struct consent_state
state_of(const struct entity_settle *s, const struct entity_settle_place *p,
    const struct entity_said *row, const struct val *stored)
{
	struct consent_state state = { -1, USEC_NONE };

	if (stored == NULL)
		return state;
	state.optin = optin_of(&stored[p->optin]);
	state.since = time_of(stored, p->date);
	if (state.since == USEC_NONE)
		state.since = time_of(stored, p->advertiser);
	if (state.since > s->now && state.since > row->consent->latest)
		state.since = USEC_NONE;
	return state;
}

/* When it was said, and whether that was said with it. What is not said is NULL. */
static usec_t
said_at(const struct entity_settle *s, const struct entity_settle_place *p,
    const struct entity_said *row, int *is_dated)
{
	const struct consent_said *said = &row->consent->of[p->channel];
	usec_t at = time_of(row->values, p->date);

	if (at == USEC_NONE && said->kind != CONSENT_UNSET)
		at = said->at;
	*is_dated = at != USEC_NONE;
	if (at == USEC_NONE)
		at = time_of(row->values, s->stamp);
	if (at == USEC_NONE)
		at = row->consent->at != USEC_NONE ? row->consent->at : s->now;
	return row->consent->latest != USEC_NONE && at > row->consent->latest ?
	    row->consent->latest : at;
}

/* Where a row fills: an opt-in of no value, or of the same value, has something to say; without a
 * date only where nothing was said. */
static int
may_say(const struct entity_settle *s, const struct entity_settle_place *p,
    const struct entity_said *row, const struct val *stored, int is_dated)
{
	const struct entity_settle_group *g = s->groups[p->optin];

	if (!has_to_keep(s, row, stored))
		return 1;
	if (row->values[p->optin].kind == VAL_NULL)
		return 0;
	if (g != NULL && !group_is_empty(g, stored) && !group_is_same(g, row, stored))
		return 0;
	return optin_of(&stored[p->optin]) < 0 || (g != NULL && is_dated);
}

/* The date column gets a new date, or keeps the stored one. */
static void
put_date(struct entity_settled *out, int column, const usec_t *since, const struct val *stored)
{
	if (since != NULL)
		out->values[column] = v_time(*since);
	else
		out->values[column] = stored != NULL ? stored[column] : v_null();
	out->written[column] = 1;
}

static void
place_settle(const struct entity_settle *s, const struct entity_settle_place *p,
    const struct entity_said *row, const struct val *stored, struct entity_settled *out)
{
	const struct consent_said *said = &row->consent->of[p->channel];
	const struct consent_state before = state_of(s, p, row, stored);
	struct consent_state state = before;
	const usec_t *since;
	int is_dated;
	usec_t at = said_at(s, p, row, &is_dated);

	if (may_say(s, p, row, stored, is_dated))
		consent_settle(said->kind != CONSENT_UNSET ? said->kind : row->consent->kind,
		    optin_of(&row->values[p->optin]), at, is_dated, &state);
	since = state.optin != before.optin || state.since != before.since ? &state.since : NULL;
	out->notes[out->nnotes++] =
	    (struct entity_settle_note){ .place = p, .was = before.optin, .said_at = at };
	out->values[p->optin] = v_int_or_null(state.optin, state.optin >= 0);
	if (p->date >= 0)
		put_date(out, p->date, since, stored);
	if (p->advertiser >= 0 && row->consent->dates_advertiser)
		put_date(out, p->advertiser, since, stored);
}

/* ------------------------------------------------------------------ a row */

static int
stays(const struct entity_settle *s, size_t i, const struct val *stored)
{
	return s->e->columns[i].once && stored[i].kind != VAL_NULL;
}

void
entity_settle_row(const struct entity_settle *s, const struct entity_said *row,
    const struct val *stored, struct entity_settled *out)
{
	const int fills = has_to_keep(s, row, stored);

	if (stored != NULL)
		memcpy(out->values, stored, s->width * sizeof *stored);
	else if (s->deletion >= 0)
		out->values[s->deletion] = v_int(0);
	for (size_t i = 0; i < s->width; i++) {
		out->written[i] |= row->said[i];
		if (!row->said[i] || (stored != NULL && stays(s, i, stored)))
			continue;
		if (!fills || !keeps(s, i, stored))
			out->values[i] = row->values[i];
	}
	for (size_t p = 0; p < s->nplaces; p++)
		if (row->said[s->places[p].optin])
			place_settle(s, &s->places[p], row, stored, out);
}

/* ------------------------------------------------------------------ history */

static struct val
value_of(const struct entity_settle *s, const struct entity_settled *settled, const char *column)
{
	const int i = entity_column_find(s->e, column);

	return i < 0 ? v_null() : settled->values[i];
}

static const char *
text_of(const struct consent *c, const struct entity_settle_place *p, struct arena *a)
{
	const struct consent_said *said = &c->of[p->channel];
	const char *text = said->kind != CONSENT_UNSET && said->text != NULL ? said->text :
		c->text;

	return text_utf8_fit(a, text == NULL ? "" : text, CONSENT_TEXT_MAX);
}

int
entity_settle_history(const struct entity_settle *s, const struct entity_said *row,
    const struct entity_settled *settled, size_t note, struct arena *a, struct val *out)
{
	const struct entity_settle_note *n = &settled->notes[note];
	const struct consent *c = row->consent;

	if (optin_of(&settled->values[n->place->optin]) == n->was)
		return 0;
	out[0] = strcmp(s->e->name, "Contact") == 0 ? v_null() : value_of(s, settled, "ContactId");
	out[1] = value_of(s, settled, "BrandId");
	out[2] = value_of(s, settled, "ContactAddressTypeId");
	out[3] = v_text(consent_columns[n->place->channel].name);
	out[4] = v_int_or_null(n->was, n->was >= 0);
	out[5] = settled->values[n->place->optin];
	out[6] = v_text(text_of(c, n->place, a));
	out[7] = v_time(n->said_at);
	out[8] = v_int_or_null(c->source_id, c->source_id != 0);
	out[9] = v_time(s->now);
	return 1;
}
