#include "config.h"

#include "store/change_order.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "store/change_batch.h"
#include "store/change_mark.h"
#include "store/store_label.h"

struct change_order {
	struct arena *a;
	struct mark_form *forms[ENTITY_COUNT_MAX];	/* of all waves */
	int nforms;
	struct set changed, kept;	/* of the wave, as the rest */
	int is_closed;			/* all that follow wait */
	size_t nwaiting;
};

struct change_marks {
	struct arena *a;
	struct marks known, changed;
	struct marks wanted;	/* of both: what it would change in another run, too */
	struct marks asked;	/* of what is known: rows of its own that another run may change */
	struct set own;			/* known, as a set */
	int closes;			/* it changes what any key leads to */
	int is_open;			/* another run may change more than this one */
	int nforms;			/* that there were when the marks were made */
};

/* ------------------------------------------------------------------ forms */

static const struct mark_form *
form_of(const struct change_order *o, const struct known_question *q)
{
	const struct mark_form *f = o->forms[q->entity - entities];

	while (f != NULL && !mark_form_is(f, q))
		f = f->next;
	return f;
}

static void
add_form(struct change_order *o, const struct known_question *q)
{
	struct mark_form *f, **first = &o->forms[q->entity - entities];

	if (form_of(o, q) != NULL)
		return;
	f = arena_new(o->a, struct mark_form, 1);
	*f = mark_form_of(q);
	f->number = o->nforms++;
	f->next = *first;
	*first = f;
}

struct change_order *
change_order_new(struct arena *a)
{
	struct change_order *o = arena_new(a, struct change_order, 1);

	o->a = a;
	return o;
}

void
change_order_begin(struct change_order *o, const struct known *known, struct arena *a)
{
	set_init(&o->changed, a);
	set_init(&o->kept, a);
	o->is_closed = 0;
	o->nwaiting = 0;
	for (size_t i = 0; i < known->n; i++)
		if (known->all[i]->kind == KNOWN_ROWS)
			add_form(o, known->all[i]);
}

/* ------------------------------------------------------------------ what is known */

/* Why an item asked: for what others have made, for what may be its own, because it is about
 * this. */
enum why { TO_REFER, TO_FIND, TO_CHANGE };

static void
know(struct change_marks *m, struct mark mark, enum why why)
{
	if (set_add(&m->own, mark.p, mark.n, m->known.n, NULL))
		marks_add(m->a, &m->known, mark);
	if (why == TO_FIND)
		marks_add(m->a, &m->asked, mark);
	if (why == TO_CHANGE)
		marks_add(m->a, &m->wanted, mark);
}

static void
know_contact(struct change_marks *m, const struct known_question *q)
{
	const struct contact_key plain = contact_plain(m->a, &q->key);
	const char *email = contact_email(m->a, plain.email);

	if (plain.identifier != NULL)
		know(m, mark_text(m->a, 'i', plain.source_id,
		    contact_identifier(m->a, plain.identifier)), TO_CHANGE);
	if (email != NULL)
		know(m, mark_text(m->a, 'a', 0, email), TO_CHANGE);
	if (q->contact.contact_id != 0)
		know(m, mark_contact(m->a, q->contact.contact_id), TO_CHANGE);
	for (size_t i = 0; i < KNOWN_OTHERS; i++)
		if (q->others[i] != 0)
			know(m, mark_contact(m->a, q->others[i]), TO_REFER);
}

/* Rows that say some of the columns only: what is stored of the rest is not known. */
static void
know_parts(struct change_marks *m, const struct entity *e, const struct mark_form *f,
    const struct val *is)
{
	const unsigned names = mark_form_all(f) & ~f->optional;

	for (unsigned part = f->optional; part != 0; ) {
		part = (part - 1) & f->optional;
		if (part != 0 || f->has_reference)
			know(m, mark_part(m->a, e, f, names | part, is), TO_REFER);
	}
}

static enum why
why_of(const struct known_question *q)
{
	if (q->of.hold == KNOWN_LOCKED)
		return TO_CHANGE;
	return entity_is_of_all(q->entity) ? TO_REFER : TO_FIND;
}

static void
know_rows(struct change_marks *m, const struct change_order *o, const struct known_question *q)
{
	const struct mark_form *f = form_of(o, q), key = mark_form_key(q->entity),
			       natural = mark_form_natural(q->entity);
	const enum why why = why_of(q);

	know(m, mark_values(m->a, q->entity, f, q->of.is), why);
	know_parts(m, q->entity, f, q->of.is);
	for (size_t r = 0; r < q->rows.n; r++) {
		const struct val *names = q->names + r * q->nnames;

		know(m, mark_values(m->a, q->entity, &key, names), why);
		if (natural.nby > 0)
			know(m, mark_values(m->a, q->entity, &natural, names + 1), why);
	}
}

static void
know_owned(struct change_marks *m, const struct known_question *q)
{
	const struct mark_form key = mark_form_key(q->entity);

	know(m, mark_values(m->a, q->entity, &key, &q->id), TO_REFER);
	if (q->contact.contact_id != 0)
		know(m, mark_contact(m->a, q->contact.contact_id), TO_REFER);
}

static void
know_answer(struct change_marks *m, const struct change_order *o, const struct known_question *q)
{
	switch (q->kind) {
	case KNOWN_ROWS:
		know_rows(m, o, q);
		break;
	case KNOWN_CONTACT:
	case KNOWN_ACCOUNT:
		know_contact(m, q);
		break;
	case KNOWN_LABEL:
		know(m, mark_text(m->a, 'l', 0, ""), TO_REFER);
		break;
	case KNOWN_OWNED:
		know_owned(m, q);
		break;
	case KNOWN_ELSEWHERE:
		know(m, mark_contact(m->a, q->id.i), TO_REFER);
		break;
	case KNOWN_UNSET:
		break;
	}
}

/* ------------------------------------------------------------------ what is changed */

/* What is said of a column, or NULL: nothing, or a key that is not known yet. */
static const struct val *
said(const struct row *row, int column)
{
	const struct row *to = row->refers[column];

	if (to != NULL)
		return to->fate == ENTITY_FATE_UNSET ? NULL : &to->key;
	return row->said[column] ? &row->values[column] : NULL;
}

/* 1 when the row says all columns of the form; *mark is then its mark. */
static int
row_mark(struct change_marks *m, const struct row *row, const struct mark_form *f,
    struct mark *mark)
{
	struct val values[KNOWN_BY_MAX];

	for (size_t i = 0; i < f->nby; i++) {
		const struct val *v = said(row, f->columns[i]);

		if (v == NULL || v->kind == VAL_NULL)
			return 0;
		values[i] = *v;
	}
	if (f->nby > 0)
		*mark = mark_values(m->a, row->entity, f, values);
	return f->nby > 0;
}

/* 1 when nobody can have asked by its key yet. */
static int
is_surely_new(const struct row *row)
{
	const int key = entity_column_find(row->entity, row->entity->key);

	return row->rule == ROW_ADD || (row->entity->natural[0] == NULL && !row->said[key]);
}

/* The bits of the form's columns that the row says, with the values. 0 when it is of no such
 * question. *is_unknown: it refers to a row whose key is not known yet. */
static unsigned
said_bits(const struct row *row, const struct mark_form *f, struct val *values, int *is_unknown)
{
	unsigned bits = 0;

	*is_unknown = 0;
	for (size_t i = 0; i < f->nby; i++) {
		const struct row *to = row->refers[f->columns[i]];
		const struct val *v = said(row, f->columns[i]);

		values[i] = v == NULL ? v_null() : *v;
		if (v == NULL && to != NULL && is_surely_new(to))
			return 0;
		*is_unknown |= v == NULL && to != NULL;
		if (v != NULL && v->kind == VAL_NULL)
			return 0;
		bits |= (unsigned)(v != NULL) << i;
	}
	return bits;
}

static void
change_form(struct change_marks *m, const struct row *row, const struct mark_form *f)
{
	struct val values[KNOWN_BY_MAX];
	int is_unknown;
	const unsigned bits = said_bits(row, f, values, &is_unknown), all = mark_form_all(f);

	if (bits == all)
		marks_add(m->a, &m->changed, mark_values(m->a, row->entity, f, values));
	else if ((bits | f->optional) == all && ((bits & f->optional) != 0 || is_unknown))
		marks_add(m->a, &m->changed, mark_part(m->a, row->entity, f, bits, values));
}

static const struct val *
said_of(const struct row *row, enum column c)
{
	return said(row, (int)(column_of(c) - row->entity->columns));
}

static void
change_contact(struct change_marks *m, const struct val *id)
{
	if (id != NULL && id->kind == VAL_INT)
		marks_add(m->a, &m->changed, mark_contact(m->a, id->i));
}

static void
change_identifier(struct change_marks *m, const char *identifier, int source_id)
{
	const char *email = contact_guest_email(m->a, identifier);

	identifier = contact_identifier(m->a, identifier);
	marks_add(m->a, &m->changed, mark_text(m->a, 'i', source_id, identifier));
	if (email != NULL)
		marks_add(m->a, &m->changed, mark_text(m->a, 'a', 0, email));
}

static void
change_identifier_row(struct change_marks *m, const struct row *row)
{
	const struct val *identifier = said_of(row, ContactIdentifier_Identifier),
			 *source = said_of(row, ContactIdentifier_SourceId);

	change_contact(m, said_of(row, ContactIdentifier_ContactId));
	if (identifier != NULL && identifier->kind == VAL_TEXT && source != NULL)
		change_identifier(m, identifier->s, (int)source->i);
}

static void
change_address(struct change_marks *m, const struct row *row)
{
	const struct val *email = said_of(row, Address_Email);
	const char *normal = email == NULL || email->kind != VAL_TEXT ? NULL :
	    contact_email(m->a, email->s);

	change_contact(m, said_of(row, Address_ContactId));
	if (normal != NULL)
		marks_add(m->a, &m->changed, mark_text(m->a, 'a', 0, normal));
}

/* 1 for the rows, or their translations, that labels are looked for in. */
static int
decides_labels(const struct entity *e)
{
	const struct entity *parent = entity_owner_parent(e);

	if (parent != NULL && decides_labels(parent))
		return 1;
	for (const struct store_label_kind *k = store_label_kinds; k->name != NULL; k++)
		if (k->entity != NULL && strcmp(k->entity, e->name) == 0)
			return 1;
	return 0;
}

/* What answers about contacts and labels are made of. */
static void
change_beside(struct change_marks *m, const struct row *row)
{
	if (row->entity == entity_of_column(Contact_ContactId))
		change_contact(m, said_of(row, Contact_ContactId));
	else if (row->entity == entity_of_column(ContactIdentifier_ContactId))
		change_identifier_row(m, row);
	else if (row->entity == entity_of_column(Address_ContactId))
		change_address(m, row);
	m->closes |= row->rule == ROW_DELETE &&
	    row->entity == entity_of_column(ContactIdentifier_ContactId);
	if (decides_labels(row->entity))
		marks_add(m->a, &m->changed, mark_text(m->a, 'l', 0, ""));
}

static void
change_row_marks(struct change_marks *m, const struct change_order *o, const struct row *row)
{
	const struct mark_form names[] = { mark_form_key(row->entity),
		mark_form_natural(row->entity) };
	struct mark mark;

	for (size_t i = 0; row->rule == ROW_ENSURE && i < 2; i++)
		if (row_mark(m, row, &names[i], &mark) &&
		    set_find(&m->own, mark.p, mark.n, NULL))
			return;
	for (size_t i = 0; i < 2; i++)
		if (row_mark(m, row, &names[i], &mark))
			marks_add(m->a, &m->changed, mark);
	for (const struct mark_form *f = o->forms[row->entity - entities]; f != NULL; f = f->next)
		change_form(m, row, f);
	change_beside(m, row);
}

struct change_marks *
change_order_marks(
    const struct change_order *o, const struct change_item *item, struct arena *a)
{
	struct change_marks *m = arena_new(a, struct change_marks, 1);
	const struct change *c = &item->change;

	m->a = a;
	m->nforms = o->nforms;
	set_init(&m->own, a);
	for (size_t i = 0; i < item->asker.n; i++)
		know_answer(m, o, item->asker.asked[i]);
	m->is_open = item->rc < 0 || (item->rc == CHANGE_WRITE && c->n == 0);
	if (item->rc != CHANGE_WRITE)
		return m;
	for (const struct row *row = c->first; row != NULL; row = row->next)
		change_row_marks(m, o, row);
	for (const struct change_end *e = c->ends; e != NULL; e = e->next) {
		change_identifier(m, e->identifier, e->source_id);
		if (e->contact != NULL && e->contact->fate != ENTITY_FATE_UNSET)
			change_contact(m, &e->contact->key);
	}
	for (size_t i = 0; i < m->wanted.n; i++)
		marks_add(m->a, &m->changed, m->wanted.all[i]);
	m->closes |= c->merge != NULL;
	return m;
}

/* ------------------------------------------------------------------ the order */

void
change_order_skip(struct change_order *o, const struct change_marks *m)
{
	marks_put(&m->known, &o->kept);
	marks_put(&m->changed, &o->kept);
	marks_put(&m->changed, &o->changed);
	marks_put(&m->wanted, &o->changed);
	if (m->is_open)
		marks_put(&m->asked, &o->changed);
	/* What is asked in a new form may be changed by it: its marks do not tell. */
	o->is_closed |= m->closes || m->nforms < o->nforms;
	o->nwaiting++;
}

int
change_order_waits(struct change_order *o, const struct change_marks *m)
{
	const int meets = marks_meet(&m->known, &o->changed) || marks_meet(&m->changed, &o->kept);

	o->is_closed |= m->closes && o->nwaiting > 0;
	if (o->is_closed || meets) {
		change_order_skip(o, m);
		return 1;
	}
	marks_put(&m->changed, &o->changed);
	o->is_closed |= m->closes;
	return 0;
}

int
change_order_is_behind(struct set *before, const struct change_marks *m)
{
	int is_behind = marks_meet(&m->wanted, before);
	marks_put(&m->wanted, before);
	return is_behind;
}

int
change_order_is_shared(struct set *before, const struct change_marks *m, size_t group)
{
	int is_shared = 0;

	for (size_t i = 0; i < m->changed.n; i++) {
		const struct mark *mark = &m->changed.all[i];
		size_t other = group;

		set_add(before, mark->p, mark->n, group, &other);
		is_shared |= other != group;
	}
	return is_shared;
}

int
change_order_is_foreign(const struct set *changed, const struct change_marks *m, size_t group)
{
	size_t other;

	for (size_t i = 0; i < m->known.n; i++)
		if (set_find(changed, m->known.all[i].p, m->known.all[i].n, &other) &&
		    other != group)
			return 1;
	return 0;
}
