#include "config.h"

#include "store/known/contact_look.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/row.h"
#include "store/db.h"
#include "store/db_list.h"
#include "store/entity/find.h"

enum { CHUNK = 128 };	/* values of the list of the statement contact_accounts */

struct work {
	struct db *db;
	struct arena *a;
	struct contact_look *looks;
	size_t n;
};

/* ------------------------------------------------------------------ by identifier */

/* What is looked for in a step, or NULL when the step is not for this one. */
typedef const char *name_fn(struct arena *a, const struct contact_look *l);

static const char *
own_name(struct arena *a, const struct contact_look *l)
{
	(void)a;
	return l->is_open && !l->by_address ? l->identifier : NULL;
}

/* Who may be made by another transaction: those that have an address. */
static const char *
name_again(struct arena *a, const struct contact_look *l)
{
	return l->email == NULL ? NULL : own_name(a, l);
}

/* The guest of the address, whom a customer id may join. */
static const char *
guest_name(struct arena *a, const struct contact_look *l)
{
	if (l->plain.identifier == NULL || name_again(a, l) == NULL)
		return NULL;
	return contact_guest_identifier(a, l->email);
}

static struct known_question
question_of(const char *identifier, int16_t source_id, enum known_hold hold)
{
	return (struct known_question){ .kind = KNOWN_ROWS,
		.entity = entity_of_column(ContactIdentifier_Identifier),
		.of = { .hold = hold,
		.by = { ContactIdentifier_Identifier, ContactIdentifier_SourceId },
		.is = { v_text(identifier), v_int(source_id) },
		.want = { ContactIdentifier_ContactId } } };
}

/* Gives those that a step is for the contact of their name, or 0. */
static int
find(struct work *w, name_fn *name, enum known_hold hold, struct err *err)
{
	struct known_question *all = arena_new(w->a, struct known_question, w->n);
	struct known_question **q = arena_new(w->a, struct known_question *, w->n);
	struct contact_look **of = arena_new(w->a, struct contact_look *, w->n);
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < w->n; i++) {
		const char *identifier = name(w->a, &w->looks[i]);

		if (identifier == NULL)
			continue;
		all[n] = question_of(identifier, w->looks[i].key.source_id, hold);
		q[n] = &all[n];
		of[n++] = &w->looks[i];
	}
	if ((rc = entity_find_rows(w->db, q, n, w->a, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		of[i]->contact_id = q[i]->rows.n == 0 ? 0 : q[i]->rows.values[0].i;
	return 0;
}

static void
close_found(struct work *w, enum contact_found found)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->looks[i].is_open && w->looks[i].contact_id != 0) {
			w->looks[i].found = found;
			w->looks[i].is_open = 0;
		}
}

/* To the end of the transaction the identifier leads to this contact: a merge of the contact waits.
 * An identifier that another transaction has not committed yet is not waited for. */
static int
find_known(struct work *w, name_fn *name, struct err *err)
{
	int rc = find(w, name, db_in_transaction(w->db) ? KNOWN_SHARED : KNOWN_LOOSE, err);

	close_found(w, CONTACT_KNOWN);
	return rc;
}

/* ------------------------------------------------------------------ one at a time */

static int
compare_hashes(const void *x, const void *y)
{
	return memcmp(((const struct val *)x)->s, ((const struct val *)y)->s,
	    SECRET_SHA256_BYTES);
}

static struct val
hash_of(struct arena *a, const struct contact_look *l)
{
	const char *text = arena_printf(a, "%d/%s", l->plain.source_id, l->email);
	unsigned char *hash = arena_alloc(a, SECRET_SHA256_BYTES);

	secret_sha256(text, strlen(text), hash);
	return v_bytes(hash, SECRET_SHA256_BYTES);
}

/* The hashes, put in their order, and dropped again: their locks stay. */
static int
lock(struct work *w, const struct val *hashes, size_t n, struct err *err)
{
	struct db_list list;
	struct val arg;

	db_list_begin(&list, w->a);
	for (size_t i = 0; i < n; i++)
		writer_text(&list.w, text_hex(w->a, hashes[i].s, hashes[i].n));
	arg = db_list_end(&list);
	if (db_exec(w->db, Q_contact_lock_put, &arg, 1, err) < 0 ||
	    db_exec(w->db, Q_contact_lock_drop, &arg, 1, err) < 0)
		return err->code;
	return 0;
}

/* When two transactions would make a contact for one address, the second waits and finds the
 * contact of the first. */
static int
wait_for_others(struct work *w, struct err *err)
{
	struct val *hashes = arena_new(w->a, struct val, w->n);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < w->n; i++)
		if (name_again(w->a, &w->looks[i]) != NULL)
			hashes[n++] = hash_of(w->a, &w->looks[i]);
	if (n == 0)
		return 0;
	qsort(hashes, n, sizeof *hashes, compare_hashes);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_hashes(&hashes[i], &hashes[kept - 1]) != 0)
			hashes[kept++] = hashes[i];
	if (lock(w, hashes, kept, err) < 0)
		return err->code;
	return find_known(w, name_again, err);
}

/* ------------------------------------------------------------------ guests */

/* A customer id joins the guest of its address, unless that has another customer id of the Source
 * already. */
static int
join_guests(struct work *w, struct err *err)
{
	struct contact_state *states = arena_new(w->a, struct contact_state, w->n);
	struct contact_look **of = arena_new(w->a, struct contact_look *, w->n);
	size_t n = 0;
	int rc = find(w, guest_name, KNOWN_LOCKED, err);

	for (size_t i = 0; i < w->n && rc == 0; i++)
		if (w->looks[i].is_open && w->looks[i].contact_id != 0) {
			states[n] = (struct contact_state){
				.contact_id = w->looks[i].contact_id,
				.source_id = w->looks[i].key.source_id };
			of[n++] = &w->looks[i];
		}
	if (rc == 0)
		rc = contact_states(w->db, states, n, w->a, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (states[i].customer_ids > 0) {
			of[i]->others[0] = of[i]->contact_id;
			of[i]->contact_id = 0;
		}
	close_found(w, CONTACT_JOINED);
	return rc;
}

static int
needs_account(const struct contact_look *l)
{
	const int is_guest = l->by_address || l->plain.identifier == NULL;

	return l->is_open && l->email != NULL && is_guest;
}

/* The contacts of one Source that have some addresses. */
struct accounts { struct contact_look *of[CHUNK]; size_t n; };

static int
read_accounts(struct work *w, struct accounts *s, struct err *err)
{
	struct val args[CHUNK + 1];
	struct set found;
	struct rows r;
	size_t row;
	int rc;

	for (size_t i = 0; i < CHUNK; i++)
		args[i] = v_text(s->of[i < s->n ? i : 0]->email);
	args[CHUNK] = v_int(s->of[0]->key.source_id);
	if ((rc = db_query(w->db, Q_contact_accounts, args, CHUNK + 1, w->a, &r, err)) < 0)
		return rc;
	set_init(&found, w->a);
	for (size_t i = 0; i < r.n; i++)
		set_add_text(&found, rows_text(&r, i, C_contact_accounts_email), i, NULL);
	for (size_t i = 0; i < s->n; i++) {
		struct contact_look *l = s->of[i];
		const int there = set_find_text(&found, l->email, &row);

		if (!there)
			continue;
		l->is_open = 0;
		l->contact_id = rows_int(&r, row, C_contact_accounts_first);
		l->found = l->by_address ? CONTACT_KNOWN : CONTACT_JOINED;
		if (l->contact_id == rows_int(&r, row, C_contact_accounts_last))
			continue;
		l->others[0] = l->contact_id;
		l->others[1] = rows_int(&r, row, C_contact_accounts_last);
		l->contact_id = 0;
		l->found = l->by_address ? CONTACT_SEVERAL : CONTACT_CREATED_BESIDE;
	}
	return 0;
}

static int
compare_sources(const void *x, const void *y)
{
	const struct contact_look *a = *(struct contact_look *const *)x,
				  *b = *(struct contact_look *const *)y;

	return a->key.source_id - b->key.source_id;
}

/* A guest is the one contact of the Source that has the address. Where several have it, nobody can
 * tell which. */
static int
find_accounts(struct work *w, struct err *err)
{
	struct contact_look **of = arena_new(w->a, struct contact_look *, w->n);
	struct accounts some = { .n = 0 };
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < w->n; i++)
		if (needs_account(&w->looks[i]))
			of[n++] = &w->looks[i];
	if (n > 1)
		qsort(of, n, sizeof(*of), compare_sources);
	for (size_t i = 0; i < n && rc == 0; i++) {
		some.of[some.n++] = of[i];
		if (some.n < CHUNK && i + 1 < n && compare_sources(&of[i], &of[i + 1]) == 0)
			continue;
		rc = read_accounts(w, &some, err);
		some.n = 0;
	}
	return rc;
}

/* ------------------------------------------------------------------ all */

static void
begin(struct arena *a, struct contact_look *l)
{
	l->found = CONTACT_NONE;
	l->contact_id = l->others[0] = l->others[1] = 0;
	l->plain = contact_plain(a, &l->key);
	l->email = contact_email(a, l->plain.email);
	l->identifier = l->plain.identifier != NULL ?
	    contact_identifier(a, l->plain.identifier) :
	    contact_guest_identifier(a, l->plain.email);
	l->is_open = l->email != NULL || (l->plain.identifier != NULL && !l->by_address);
}

int
contact_look_all(
    struct db *db, struct contact_look *looks, size_t n, struct arena *a, struct err *err)
{
	struct work w = { .db = db, .a = a, .looks = looks, .n = n };
	int rc;

	for (size_t i = 0; i < n; i++)
		begin(a, &looks[i]);
	if ((rc = find_known(&w, own_name, err)) < 0 || (rc = wait_for_others(&w, err)) < 0)
		return rc;
	if ((rc = join_guests(&w, err)) < 0 || (rc = find_accounts(&w, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (looks[i].is_open && !looks[i].by_address)
			looks[i].found = CONTACT_CREATED;
	return 0;
}

/* ------------------------------------------------------------------ states */

/* Its number tells whose an answer is. */
static int
read_states(struct db *db, const struct contact_state *states, size_t n, struct arena *a,
    struct rows *out, struct err *err)
{
	struct db_list list;
	struct val named;

	db_list_begin(&list, a);
	for (size_t i = 0; i < n; i++) {
		const char *name = states[i].identifier == NULL ? "" : states[i].identifier;

		writer_array(&list.w);
		writer_int(&list.w, (int64_t)i);
		writer_int(&list.w, states[i].contact_id);
		writer_text(&list.w, text_hex(a, name, strlen(name)));
		writer_end(&list.w);
	}
	named = db_list_end(&list);
	return db_query(db, Q_contact_states, &named, 1, a, out, err);
}

/* A group is the one identifier that is asked for, or all others of its Source. */
static void
add_group(struct contact_state *s, const struct rows *r, size_t row)
{
	const int is_same = rows_int(r, row, C_contact_states_source_id) == s->source_id;

	s->identifiers += rows_int(r, row, C_contact_states_identifiers);
	if (!is_same) {
		s->living_others += rows_int(r, row, C_contact_states_living);
		return;
	}
	s->customer_ids += rows_int(r, row, C_contact_states_customers);
	if (rows_int(r, row, C_contact_states_is_asked))
		s->ended_at = rows_time(r, row, C_contact_states_ended_at);
	else
		s->living_others += rows_int(r, row, C_contact_states_living_customers);
}

int
contact_states(struct db *db, struct contact_state *states, size_t n, struct arena *a,
    struct err *err)
{
	struct rows r;
	int rc;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		states[i].ended_at = USEC_NONE;
		states[i].customer_ids = states[i].living_others = states[i].identifiers = 0;
	}
	rc = read_states(db, states, n, a, &r, err);
	for (size_t row = 0; rc == 0 && row < r.n; row++)
		add_group(&states[rows_int(&r, row, C_contact_states_n)], &r, row);
	return rc;
}
