#include "config.h"

#include "store/contact_merge.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "model/change/consent.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/beside.h"
#include "store/entity/erased.h"
#include "store/entity/limits.h"

/* ------------------------------------------------------------------ locks */

static int
lock_both(struct db *db, const struct contact_merge *m, struct arena *a, struct rows *identifiers,
    struct err *err)
{
	const int64_t low = m->kept_id < m->merged_id ? m->kept_id : m->merged_id;
	const int64_t high = m->kept_id < m->merged_id ? m->merged_id : m->kept_id;
	int rc;

	if ((rc = db_query(db, Q_merge_identifiers, DB_ARGS(v_int(low), v_int(high)), a,
	    identifiers, err)) < 0 || (rc = contact_hold(db, low, a, err)) < 0)
		return rc;
	return contact_hold(db, high, a, err);
}

/* A merge must not save an identifier from an erasure in progress. */
static int
check_erased(struct db *db, const struct rows *identifiers, struct err *err)
{
	const struct entity *e = entity_find("ContactIdentifier");
	const int columns[] = { entity_column_find(e, "Identifier"),
		entity_column_find(e, "SourceId"), entity_column_find(e, "ContactId") };
	int rc = 0;

	for (size_t i = 0; db_guard(db) != NULL && i < identifiers->n && rc == 0; i++)
		rc = entity_erased_check(db, e, columns,
		    rows_at(identifiers, i, C_merge_identifiers_identifier), 3, err);
	return rc;
}

/* ------------------------------------------------------------------ mail addresses */

/* Is this the contact's first identifier of its Source in the list? */
static int
is_first(const struct rows *identifiers, size_t i, int64_t contact_id)
{
	if (rows_int(identifiers, i, C_merge_identifiers_contact_id) != contact_id)
		return 0;
	for (size_t j = 0; j < i; j++)
		if (rows_int(identifiers, j, C_merge_identifiers_contact_id) == contact_id &&
		    rows_int(identifiers, j, C_merge_identifiers_source_id) ==
			rows_int(identifiers, i, C_merge_identifiers_source_id))
			return 0;
	return 1;
}

/* 1 when the guest of an address was not erased, 0 when it was, or a negative code. */
static int
may_be_guest(struct db *db, const char *email, int16_t source_id, struct arena *a, struct err *err)
{
	const struct entity *e = entity_find("ContactIdentifier");
	const int columns[] = { entity_column_find(e, "Identifier"),
		entity_column_find(e, "SourceId") };
	const struct val natural[] = { v_text(contact_guest_identifier(a, email)),
		v_int(source_id) };
	const struct val before[] = { v_text(contact_guest_identifier_before(a, email)),
		v_int(source_id) };
	int rc = db_guard(db) == NULL ? 0 : entity_erased_check(db, e, columns, natural, 2, err);

	if (rc == 0 && db_guard(db) != NULL && before[0].kind != VAL_NULL)
		rc = entity_erased_check(db, e, columns, before, 2, err);
	if (rc != ERR_ERASED)
		return rc < 0 ? rc : 1;
	err_clear(err);
	return 0;
}

/* A guest of an address that the merged contact had, and the kept one has not, is the kept one's:
 * nobody finds it by the address any more. 0 or a negative code. */
static int
keep_address(struct db *db, const struct contact_merge *m, const char *email, int16_t source_id,
    struct arena *a, usec_t now, struct err *err)
{
	const struct contact_key guest = { .source_id = source_id, .email = email };
	const char *identifier = contact_guest_identifier(a, email);
	int64_t contact_id;
	int rc;

	if (identifier == NULL ||
	    (rc = contact_find(db, &guest, a, &contact_id, err)) != CONTACT_NONE ||
	    (rc = contact_find_by_address(db, source_id, email, a, &contact_id,
	    err)) != CONTACT_NONE)
		return identifier == NULL || rc > 0 ? 0 : rc;
	if ((rc = may_be_guest(db, email, source_id, a, err)) <= 0)
		return rc;
	return contact_identify(db, identifier, source_id, m->kept_id, a, now, err);
}

static int
keep_addresses(struct db *db, const struct contact_merge *m, const struct rows *identifiers,
    const struct rows *emails, struct arena *a, usec_t now, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < identifiers->n; i++)
		for (size_t k = 0; k < emails->n && rc == 0; k++)
			if (is_first(identifiers, i, m->merged_id))
				rc = keep_address(db, m, rows_text(emails, k, C_merge_emails_email),
				    (int16_t)rows_int(
					identifiers, i, C_merge_identifiers_source_id),
				    a, now, err);
	return rc;
}

/* ------------------------------------------------------------------ rows */

static int
move_beside(struct db *db, const struct contact_merge *m, struct arena *a,
    struct entity_merge_counts *counts, struct err *err)
{
	struct entity_beside *tables;
	size_t n;
	int rc = entity_beside_tables(db, a, &tables, &n, err);

	if (rc == 0 &&
	    db_exec(db, Q_merge_code_uses, DB_ARGS(v_int(m->kept_id), v_int(m->merged_id)), err) <
		0)
		return err->code;
	for (size_t i = 0; i < n && rc == 0; i++) {
		int64_t moved = entity_beside_move(db, &tables[i], m->merged_id, m->kept_id, err);

		if (moved < 0)
			return err->code;
		counts->moved += moved;
	}
	return rc;
}

static int
note(struct db *db, const struct contact_merge *m, usec_t now, struct err *err)
{
	return db_exec(db, Q_merge_put, DB_ARGS(v_int(m->merged_id), v_int(m->kept_id),
	    v_int_or_null(m->source_id, m->source_id != 0), v_text(m->by), v_time(m->at),
	    v_time(now)), err) < 0 ? err->code : 0;
}

/* All that either has moves, or is filled up. */
static int
check_limits(struct db *db, const struct contact_merge *m, struct arena *a, struct err *err)
{
	const struct val keys[] = { v_int(m->kept_id), v_int(m->merged_id) };
	const struct entity *e = entity_find("Contact");
	int rc = entity_limits_rows(db, e, keys, 2, a, err);

	return rc < 0 ? rc : entity_limits_referring(db, e, keys, 2, a, err);
}

int
contact_merge(struct db *db, const struct contact_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err)
{
	const struct consent consent = { .kind = CONSENT_STATEMENT, .source_id = m->source_id,
		.text = m->by, .at = m->at, .latest = now };
	const struct entity_merge rows = { .from = m->merged_id, .into = m->kept_id,
		.only_source = m->only_source, .consent = &consent };
	struct rows identifiers, emails;
	int rc;

	*counts = (struct entity_merge_counts){ 0 };
	if ((rc = lock_both(db, m, a, &identifiers, err)) < 0 ||
	    (rc = check_limits(db, m, a, err)) < 0 ||
	    (rc = check_erased(db, &identifiers, err)) < 0)
		return rc;
	if ((rc = db_query(db, Q_merge_emails, DB_ARGS(v_int(m->merged_id)), a, &emails, err)) < 0)
		return rc;
	if (db_exec(db, Q_merge_interests,
		DB_ARGS(v_time(now), v_int(m->merged_id), v_int(m->kept_id), v_int(m->only_source)),
		err) < 0)
		return err->code;
	if ((rc = entity_merge_rows(db, &rows, a, now, counts, err)) < 0 || m->only_source != 0)
		return rc;
	if ((rc = move_beside(db, m, a, counts, err)) < 0 ||
	    (rc = entity_merge_contact(db, &rows, a, now, counts, err)) < 0 ||
	    (rc = keep_addresses(db, m, &identifiers, &emails, a, now, err)) < 0)
		return rc;
	return note(db, m, now, err);
}
