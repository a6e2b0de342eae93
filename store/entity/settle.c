#include "config.h"

#include "store/entity/settle.h"

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity/upsert.h"

/* Columns that keep or lose their values together: beginnings of their names, and those of them
 * of which one must have a value. */
static const struct group {
	const char *entity;
	const char *begins[6], *values[10];
} groups[] = {
	{ "Address", { "Email" }, { "Email" } },
	{ "Address", { "HomePhone" }, { "HomePhoneNumber" } },
	{ "Address", { "MobilePhone" }, { "MobilePhoneNumber" } },
	{ "Address", { "Address", "PostCode", "City", "State", "CountryId" },
	    { "Address1", "Address2", "Address3", "Address4", "Address5", "Address6", "Address7",
	    "PostCode", "City" } },
	{ "Contact", { "FirstName", "MiddleName", "LastName" }, { "FirstName", "LastName" } },
	{ "Contact", { "Birth" }, { "BirthDate", "BirthYear" } },
};

enum { GROUPS = sizeof groups / sizeof groups[0] };

static const struct group *
group_of(const struct entity *e, const char *column)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (const char *const *b = groups[g].begins; *b != NULL; b++)
			if (strcmp(groups[g].entity, e->name) == 0 &&
			    strncmp(column, *b, strlen(*b)) == 0)
				return &groups[g];
	return NULL;
}

/* ------------------------------------------------------------------ who says it */

const struct consent *
consent_of(const struct db *db)
{
	static const struct consent nobody = { .kind = CONSENT_STATEMENT, .text = "",
		.at = USEC_NONE, .latest = USEC_NONE };

	return db_consent(db) == NULL ? &nobody : db_consent(db);
}

/* ------------------------------------------------------------------ columns */

static const char *
name_of(const struct entity_settle *s, size_t i)
{
	return s->e->columns[s->wide.columns[i]].name;
}

static size_t
position(const struct entity_settle *s, const char *column)
{
	for (size_t i = 0; i < s->wide.ncolumns; i++)
		if (strcmp(name_of(s, i), column) == 0)
			return i;
	return SIZE_MAX;
}

static int
is_given(const struct entity_settle *s, size_t i)
{
	return i < s->given->ncolumns;
}

static const struct val *
given(const struct entity_settle *s, size_t row, size_t i)
{
	return &s->given->values[row * s->given->ncolumns + i];
}

/* The column's place among the wide ones, where it is put if it is not there yet. */
static size_t
widen(struct entity_settle *s, const char *column)
{
	size_t i = column == NULL ? 0 : position(s, column);

	if (column == NULL || entity_column_find(s->e, column) < 0)
		return SIZE_MAX;
	if (i == SIZE_MAX) {
		entity_batch_column(&s->wide, s->e, column);
		i = s->wide.ncolumns - 1;
	}
	return i;
}

static void
find_places(struct entity_settle *s)
{
	for (int channel = 0; channel < CONSENT_CHANNELS; channel++) {
		const struct consent_columns *c = &consent_columns[channel];
		size_t optin = strcmp(c->entity, s->e->name) == 0 ? position(s, c->optin) :
		    SIZE_MAX;

		if (optin == SIZE_MAX || !is_given(s, optin))
			continue;
		s->places[s->nplaces++] = (struct entity_settle_place){
			.channel = (enum consent_channel)channel, .optin = optin,
			.date = widen(s, c->date), .advertiser = widen(s, c->advertiser) };
	}
}

static void
widen_to_fill(struct entity_settle *s)
{
	for (size_t i = 0; i < s->given->ncolumns; i++) {
		const struct group *g = group_of(s->e, name_of(s, i));

		for (const char *const *v = g == NULL ? NULL : g->values; v != NULL && *v != NULL;
		    v++)
			widen(s, *v);
	}
	s->deletion = widen(s, "DeletionFlag");
}

int
entity_settle_init(struct entity_settle *s, struct db *db, const struct entity *e,
    const struct entity_batch *b, struct arena *a)
{
	*s = (struct entity_settle){ .e = e, .given = b, .wide = *b, .deletion = SIZE_MAX,
		.consent = b->consent != NULL ? b->consent : consent_of(db) };
	find_places(s);
	if (s->nplaces == 0 && !b->fill)
		return 0;
	if (b->fill)
		widen_to_fill(s);
	s->values = arena_new(a, struct val, b->nrows * s->wide.ncolumns);
	s->wide.values = s->values;
	s->was = arena_new(a, signed char, b->nrows * s->nplaces + 1);
	s->said_at = arena_new(a, usec_t, b->nrows * s->nplaces + 1);
	for (size_t r = 0; r < b->nrows; r++)
		entity_settle_row(s, r, NULL, 0);
	return 1;
}

/* ------------------------------------------------------------------ filling */

static int
is_empty(const struct val *v)
{
	return v->kind == VAL_NULL || (v->kind == VAL_TEXT && v->n == 0);
}

static int
group_is_empty(const struct entity_settle *s, const struct group *g, const struct val *stored)
{
	for (const char *const *v = g->values; *v != NULL; v++) {
		size_t i = position(s, *v);

		if (i != SIZE_MAX && !is_empty(&stored[i]))
			return 0;
	}
	return 1;
}

/* Both have a value, and it is the same. */
static int
group_is_same(const struct entity_settle *s, const struct group *g, size_t row,
    const struct val *stored)
{
	size_t same = 0;

	for (const char *const *v = g->values; *v != NULL; v++) {
		size_t i = position(s, *v);

		if (i == SIZE_MAX || !is_given(s, i))
			continue;
		if (is_empty(&stored[i]) && is_empty(given(s, row, i)))
			continue;
		if (is_empty(&stored[i]) || is_empty(given(s, row, i)) ||
		    !text_ieq(stored[i].s, given(s, row, i)->s))
			return 0;
		same++;
	}
	return same > 0;
}

/* A stored row that is deleted is as good as none where the row given is not. */
static int
takes_place(const struct entity_settle *s, size_t row, const struct val *stored)
{
	if (s->deletion == SIZE_MAX || !is_given(s, s->deletion))
		return 0;
	return stored[s->deletion].i == 1 && given(s, row, s->deletion)->i == 0;
}

static int
keeps(const struct entity_settle *s, size_t i, const struct val *stored)
{
	const struct group *g = group_of(s->e, name_of(s, i));

	return g != NULL ? !group_is_empty(s, g, stored) : !is_empty(&stored[i]);
}

/* ------------------------------------------------------------------ opt-ins */

static int
optin_of(const struct val *v)
{
	return v->kind == VAL_INT ? v->i != 0 : -1;
}

static usec_t
time_of(const struct val *row, size_t i)
{
	return row != NULL && i != SIZE_MAX && row[i].kind == VAL_TIME ? row[i].i : USEC_NONE;
}

/* A date in the future is wrong. It must not block statements until then. */
static struct consent_state
state_of(const struct entity_settle *s, const struct entity_settle_place *p,
    const struct val *stored, usec_t now)
{
	struct consent_state state = { -1, USEC_NONE };

	if (stored == NULL)
		return state;
	state.optin = optin_of(&stored[p->optin]);
	state.since = time_of(stored, p->date);
	if (state.since == USEC_NONE)
		state.since = time_of(stored, p->advertiser);
	if (state.since > now && state.since > s->consent->latest)
		state.since = USEC_NONE;
	return state;
}

/* When it was said, and whether that was said with it. */
static usec_t
said_at(const struct entity_settle *s, const struct entity_settle_place *p, size_t row, usec_t now,
    int *is_dated)
{
	const struct consent_said *said = &s->consent->of[p->channel];
	const size_t stamp = position(s, "SourceStamp");
	usec_t at = p->date != SIZE_MAX && is_given(s, p->date) ?
	    time_of(given(s, row, 0), p->date) : USEC_NONE;

	if (at == USEC_NONE && said->kind != CONSENT_UNSET)
		at = said->at;
	*is_dated = at != USEC_NONE;
	if (at == USEC_NONE && stamp != SIZE_MAX && is_given(s, stamp))
		at = time_of(given(s, row, 0), stamp);
	if (at == USEC_NONE)
		at = s->consent->at != USEC_NONE ? s->consent->at : now;
	return s->consent->latest != USEC_NONE && at > s->consent->latest ? s->consent->latest : at;
}

/* Where a row fills: an opt-in of no value, or of the same value, has something to say; without a
 * date only where nothing was said. */
static int
may_say(const struct entity_settle *s, const struct entity_settle_place *p, size_t row,
    const struct val *stored, int is_dated)
{
	const struct group *g = group_of(s->e, consent_columns[p->channel].optin);

	if (!s->given->fill || stored == NULL || takes_place(s, row, stored))
		return 1;
	if (given(s, row, p->optin)->kind == VAL_NULL)
		return 0;
	if (g != NULL && !group_is_empty(s, g, stored) && !group_is_same(s, g, row, stored))
		return 0;
	return optin_of(&stored[p->optin]) < 0 || (g != NULL && is_dated);
}

static struct val
stored_at(const struct val *stored, size_t column)
{
	return stored != NULL ? stored[column] : v_null();
}

static void
place_settle(struct entity_settle *s, size_t row, size_t place, const struct val *stored,
    usec_t now)
{
	const struct entity_settle_place *p = &s->places[place];
	const struct consent_said *said = &s->consent->of[p->channel];
	const struct consent_state before = state_of(s, p, stored, now);
	struct consent_state state = before;
	struct val *v = s->values + row * s->wide.ncolumns;
	int is_dated, changed;
	usec_t at = said_at(s, p, row, now, &is_dated);

	if (may_say(s, p, row, stored, is_dated))
		consent_settle(said->kind != CONSENT_UNSET ? said->kind : s->consent->kind,
		    optin_of(given(s, row, p->optin)), at, is_dated, &state);
	changed = state.optin != before.optin || state.since != before.since;
	s->was[row * s->nplaces + place] = (signed char)before.optin;
	s->said_at[row * s->nplaces + place] = at;
	v[p->optin] = v_int_or_null(state.optin, state.optin >= 0);
	if (p->date != SIZE_MAX)
		v[p->date] = changed ? v_time(state.since) : stored_at(stored, p->date);
	if (p->advertiser != SIZE_MAX && s->consent->dates_advertiser)
		v[p->advertiser] = changed ? v_time(state.since) : stored_at(stored, p->advertiser);
}

/* ------------------------------------------------------------------ a row */

void
entity_settle_row(struct entity_settle *s, size_t row, const struct val *stored, usec_t now)
{
	struct val *v = s->values + row * s->wide.ncolumns;
	const int fills = s->given->fill && stored != NULL && !takes_place(s, row, stored);

	for (size_t i = 0; i < s->wide.ncolumns; i++) {
		if (is_given(s, i))
			v[i] = *given(s, row, i);
		else if (stored != NULL)
			v[i] = stored[i];
		else
			v[i] = i == s->deletion ? v_int(0) : v_null();
		if (fills && keeps(s, i, stored))
			v[i] = stored[i];
	}
	for (size_t p = 0; p < s->nplaces; p++)
		place_settle(s, row, p, stored, now);
}

/* ------------------------------------------------------------------ history */

enum { HISTORY = 10 };			/* parameters of Q_consent_put */

static struct val
value_of(const struct entity_settle *s, size_t row, const char *column)
{
	size_t i = position(s, column);

	return i == SIZE_MAX ? v_null() : s->values[row * s->wide.ncolumns + i];
}

static const char *
text_of(const struct entity_settle *s, const struct entity_settle_place *p, struct arena *a)
{
	const struct consent_said *said = &s->consent->of[p->channel];
	const char *text = said->kind != CONSENT_UNSET && said->text != NULL ? said->text :
		s->consent->text;

	return text_utf8_fit(a, text == NULL ? "" : text, CONSENT_TEXT_MAX);
}

static void
history_row(const struct entity_settle *s, size_t row, size_t place, struct arena *a, usec_t now,
    struct val *out)
{
	const struct entity_settle_place *p = &s->places[place];
	const int is_contact = strcmp(s->e->name, "Contact") == 0;
	const signed char was = s->was[row * s->nplaces + place];

	out[0] = is_contact ? s->wide.keys[row] : value_of(s, row, "ContactId");
	out[1] = value_of(s, row, "BrandId");
	out[2] = value_of(s, row, "ContactAddressTypeId");
	out[3] = v_text(consent_columns[p->channel].name);
	out[4] = v_int_or_null(was, was >= 0);
	out[5] = s->values[row * s->wide.ncolumns + p->optin];
	out[6] = v_text(text_of(s, p, a));
	out[7] = v_time(s->said_at[row * s->nplaces + place]);
	out[8] = v_int_or_null(s->consent->source_id, s->consent->source_id != 0);
	out[9] = v_time(now);
}

static int
has_changed(const struct entity_settle *s, size_t row, size_t place)
{
	const enum entity_fate fate = s->wide.fates[row];
	const size_t optin = s->places[place].optin;

	return (fate == ENTITY_INSERTED || fate == ENTITY_UPDATED) &&
	    optin_of(&s->values[row * s->wide.ncolumns + optin]) !=
	    s->was[row * s->nplaces + place];
}

int
entity_settle_note(struct entity_settle *s, struct db *db, size_t first, size_t n,
    struct arena *a, usec_t now, struct err *err)
{
	struct val *values = arena_new(a, struct val, n * s->nplaces * HISTORY + 1);
	size_t rows = 0;

	for (size_t row = first; row < first + n; row++)
		for (size_t p = 0; p < s->nplaces; p++)
			if (has_changed(s, row, p))
				history_row(s, row, p, a, now, values + rows++ * HISTORY);
	if (rows == 0)
		return 0;
	return db_exec_bulk(db, Q_consent_put, values, rows, err) < 0 ? err->code : 0;
}
