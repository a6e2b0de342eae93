#include "config.h"

#include "store/person_erase.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/process.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity.h"
#include "store/entity_beside.h"
#include "store/entity_erased.h"
#include "store/person.h"
#include "store/person_rows.h"
#include "store/person_trace.h"
#include "store/store_privacy.h"

enum { TRIES = 8, POLL_MS = 100, SOURCE_CHUNK = 100 };

static const char cancelled_reason[] = "It was about a person who was erased.";

/* An erasure on its way. */
struct erasure {
	const struct person_job *job;
	struct arena arena;		/* of the person */
	struct person person;
	struct entity_guard guard;	/* the key of hashes */
	struct person_trace trace;
	const struct store_privacy *request;
	int16_t only_source;		/* of contacts that others know, only what is of this Source; 0 = all of them, wholly */
	usec_t erased_at, rows_at;	/* the instant of the hashes; when the rows were gone */
	int count_only;
	int64_t *held;			/* messages that a worker had when it was their turn */
	size_t nheld, held_cap;
	int mail_went;			/* the message that was just emptied had a mail */
	int traced;			/* step 4 is done */
	struct person_matcher matcher;
	struct person_erase_one *one;	/* its number; and what becomes of it, NULL when it is only counted */
	struct person_erase_counts *counts;
};

static void
pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void
say(const struct erasure *e, const char *phase, int64_t done, int64_t total)
{
	if (e->job->progress != NULL)
		e->job->progress(e->job->arg, phase, done, total);
}

void
person_subject_hash(const struct person_job *j, const char *kind, const char *text, unsigned char out[32])
{
	struct entity_guard g = { .as_of = 0 };

	entity_erased_key(&g, j->box, j->tenant_id);
	entity_erased_hash_text(&g, kind, text, out);
}

char *
person_erase_json(struct arena *a, const struct person_erase_counts *c)
{
	return arena_printf(a, "{\"RowsDeleted\":%" PRId64 ",\"RowsKept\":%" PRId64 ",\"Messages\":%" PRId64 ",\"MessagesCancelled\":%" PRId64 ",\"Mails\":%" PRId64
	    ",\"Recipients\":%" PRId64 ",\"Runs\":%" PRId64 ",\"MessagesLeft\":%" PRId64 "}", c->rows.deleted, c->rows.kept, c->messages, c->cancelled, c->mails, c->recipients,
	    c->runs, c->left);
}

/* Work in a transaction; a conflict is tried again. */
static int
in_transaction(struct db *db, int (*work)(struct erasure *e, void *arg, struct err *err), struct erasure *e, void *arg, struct err *err)
{
	int rc = ERR_DB_RETRY;

	for (int i = 0; i < TRIES && rc == ERR_DB_RETRY; i++) {
		if (i > 0)
			pause_ms(POLL_MS * i);
		err_clear(err);
		if ((rc = db_begin(db, err)) < 0)
			return rc;
		if ((rc = work(e, arg, err)) == 0)
			rc = db_commit(db, err);
		db_rollback(db);
	}
	return rc;
}

/* ------------------------------------------------------------------ step 1: hashes */

static int
put_identifier(struct erasure *e, int16_t source_id, const char *identifier, struct err *err)
{
	const struct val natural[] = { v_text(identifier), v_int(source_id) };
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];

	entity_erased_hash(&e->guard, entity_find("ContactIdentifier"), natural, hash);
	return entity_erased_put(e->job->tenant, hash, e->erased_at, 0, err);
}

/* Whom a Source knows by number may come back as its guest, and one whom no row was found for may still be on the way. */
static int
each_identifier(struct erasure *e, int (*work)(struct erasure *e, int16_t source_id, const char *identifier, struct err *err), struct err *err)
{
	const struct person *p = &e->person;
	int rc = 0;

	for (size_t i = 0; i < p->nids && rc == 0; i++) {
		rc = work(e, p->ids[i].source_id, p->ids[i].text, err);
		for (size_t k = 0; k < p->nemails && rc == 0; k++)
			rc = work(e, p->ids[i].source_id, contact_guest_identifier(p->arena, p->emails[k]), err);
	}
	for (size_t k = 0; k < p->nemails && rc == 0 && e->request->source_id != 0; k++)
		rc = work(e, e->request->source_id, contact_guest_identifier(p->arena, p->emails[k]), err);
	return rc;
}

static int
put_hashes(struct erasure *e, void *arg, struct err *err)
{
	int rc = entity_rows_put_hashes(arg, e->job->tenant, &e->guard, e->erased_at, err);

	return rc < 0 ? rc : each_identifier(e, put_identifier, err);
}

/* An erasure that is taken up again when its rows are gone keeps its instant: who came since came anew. A contact's number is among the rows even if its row is gone. */
static int
still_there(struct erasure *e, const struct entity_rows *rows, int *there, struct err *err)
{
	const struct entity_keys *contacts = entity_rows_find(rows, "Contact");
	struct person seen;
	struct arena a = { 0 };
	int rc = 0;

	person_init(&seen, &a);
	*there = rows->total > contacts->n;
	for (size_t i = 0; i < contacts->n && rc == 0; i++)
		rc = person_find_by_contact(&seen, e->job->tenant, contacts->keys[i].i, err);
	*there |= seen.ncontacts > 0;
	arena_done(&a);
	return rc;
}

static int
step_hashes(struct erasure *e, struct err *err)
{
	struct arena a = { 0 };
	struct entity_rows rows;
	const void *sealed;
	size_t n;
	int there = 0, rc;

	if ((rc = person_collect(e->job->tenant, &e->person, e->request->source_id, e->only_source, &rows, &a, err)) == 0)
		rc = still_there(e, &rows, &there, err);
	if (rc == 0 && (there || e->request->erased_at == USEC_NONE))
		rc = db_now(e->job->registry, &e->erased_at, err);
	else
		e->erased_at = e->request->erased_at;
	if (rc == 0 && (rc = person_seal(&e->person, e->job->box, e->job->tenant_id, &sealed, &n, err)) == 0)
		rc = store_privacy_begin(e->job->registry, e->request->privacy_id, e->erased_at, sealed, n, err);
	if (rc == 0)
		rc = in_transaction(e->job->tenant, put_hashes, e, &rows, err);
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ step 2: waiting */

/* Who came, under a name that is hashed now, in a transaction that did not know: the locking read waits for that. */
static int
late_comer(struct erasure *e, int16_t source_id, const char *identifier, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int others, rc = db_query(e->job->tenant, Q_contact_by_identifier_lock,
	    DB_ARGS(v_text(identifier), v_int(source_id)), &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if (!rows_null(&r, i, 0) && (rc = person_is_others(&e->person, e->job->tenant,
		    rows_int(&r, i, 0), source_id, &others, err)) == 0 && !others)
			person_add_contact(&e->person, rows_int(&r, i, 0));
	arena_done(&a);
	return rc;
}

static int
late_comers(struct erasure *e, void *arg, struct err *err)
{
	(void)arg;
	return each_identifier(e, late_comer, err);
}

static int
step_late(struct erasure *e, struct err *err)
{
	size_t before = e->person.ncontacts;
	int rc = in_transaction(e->job->tenant, late_comers, e, NULL, err);

	return rc < 0 || e->person.ncontacts == before ? rc : step_hashes(e, err);
}

static int
lease_left(struct erasure *e, const struct val *lease, usec_t now, int *left, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(e->job->registry, Q_erase_lease_left, DB_ARGS(*lease, v_time(now)), &a, &r, err);

	*left = rc == 0 && rows_int(&r, 0, 0) > 0;
	arena_done(&a);
	return rc;
}

static int
step_wait(struct erasure *e, struct err *err)
{
	struct db *db = e->job->registry;
	usec_t begun = clock_monotonic_us(), now;
	struct arena a = { 0 };
	struct rows r = { 0 };
	int left = 0, rc;

	if ((rc = db_now(db, &now, err)) == 0 && db_exec(db, Q_erase_fence, DB_ARGS(v_int(e->job->tenant_id), v_time(now)), err) < 0)
		rc = err->code;
	if (rc == 0)
		rc = db_query(db, Q_erase_leases, DB_ARGS(v_int(e->job->tenant_id)), &a, &r, err);
	for (size_t i = 0; i < r.n && rc == 0; i += !left) {
		if ((rc = db_now(db, &now, err)) < 0 || (rc = lease_left(e, rows_at(&r, i, 0), now, &left, err)) < 0)
			break;
		say(e, "waiting for workers", (int64_t)i, (int64_t)r.n);
		if (left && clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
			rc = err_set(err, ERR_TRANSIENT, "Messages that were being processed when the erasure began are not settled yet; run it again.");
		else if (left)
			pause_ms(POLL_MS);
	}
	/* Those that lapsed in the meantime: their worker is dead, or must be stopped from settling. */
	if (rc == 0 && r.n > 0 && ((rc = db_now(db, &now, err)) < 0 || db_exec(db, Q_erase_fence, DB_ARGS(v_int(e->job->tenant_id), v_time(now)), err) < 0))
		rc = err->code;
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ step 3: rows */

/* What other tables keep of the contacts among the rows; or how much it is. */
static int
erase_beside(struct erasure *e, const struct entity_rows *rows, int64_t *n, struct err *err)
{
	const struct entity_keys *contacts = entity_rows_find(rows, "Contact");
	struct arena a = { 0 };
	struct entity_beside *tables;
	size_t ntables;
	int rc = entity_beside_tables(e->job->tenant, &a, &tables, &ntables, err);

	for (size_t i = 0; i < ntables && rc == 0; i++)
		for (size_t k = 0; k < contacts->n && rc == 0; k++) {
			struct rows r = { 0 };
			int64_t rows_of = 0;

			if (e->count_only)
				rc = entity_beside_read(e->job->tenant, &tables[i], contacts->keys[k].i, &a, &r, err);
			else if ((rows_of = entity_beside_delete(e->job->tenant, &tables[i], contacts->keys[k].i, err)) < 0)
				rc = err->code;
			*n += rc == 0 ? rows_of + (int64_t)r.n : 0;
		}
	arena_done(&a);
	return rc;
}

static int
lock_contacts(struct erasure *e, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = 0;

	for (size_t i = 0; i < e->person.ncontacts && rc == 0; i++)
		rc = db_query(e->job->tenant, Q_person_contact_lock, DB_ARGS(v_int(e->person.contacts[i])), &a, &r, err);
	arena_done(&a);
	return rc;
}

/* A contact that another Source came to know after the hashes were written stays, so its number must not be refused. */
static int
keep_shared(struct erasure *e, struct err *err)
{
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];
	int rc = 0, shared;

	for (size_t i = 0; e->only_source != 0 && i < e->person.ncontacts && rc == 0; i++) {
		if ((rc = person_is_shared(e->job->tenant, e->person.contacts[i], e->only_source, &shared, err)) < 0 || !shared)
			continue;
		entity_erased_hash_contact(&e->guard, e->person.contacts[i], hash);
		rc = entity_erased_drop(e->job->tenant, hash, err);
	}
	return rc;
}

/* Of a contact that stays, what a table beside the model has of identifiers that went. */
static int
sweep_identifiers(struct erasure *e, struct err *err)
{
	for (size_t i = 0; i < e->person.ncontacts; i++)
		if (db_exec(e->job->tenant, Q_contact_identifier_end_sweep,
		    DB_ARGS(v_int(e->person.contacts[i])), err) < 0)
			return err->code;
	return 0;
}

static int
erase_rows(struct erasure *e, void *arg, struct err *err)
{
	struct person_erase_counts *counts = e->counts;
	struct entity_erase_counts done = { 0 };
	struct arena a = { 0 };
	struct entity_rows rows;
	usec_t now;
	int rc;

	(void)arg;
	if ((rc = lock_contacts(e, err)) == 0 && (rc = db_now(e->job->tenant, &now, err)) == 0 && (rc = person_rows(e->job->tenant, &e->person, e->only_source, &rows, &a, 1, err)) == 0 &&
	    (rc = keep_shared(e, err)) == 0 && (rc = entity_rows_put_hashes(&rows, e->job->tenant, &e->guard, e->erased_at, err)) == 0)
		rc = entity_rows_erase(&rows, e->job->tenant, now, &done, err);
	if (rc == 0 && (rc = erase_beside(e, &rows, &done.deleted, err)) == 0)
		rc = sweep_identifiers(e, err);
	arena_done(&a);
	counts->rows.deleted += rc == 0 ? done.deleted : 0;
	counts->rows.kept += rc == 0 ? done.kept : 0;
	return rc;
}

/* ------------------------------------------------------------------ step 4: messages, mails, runs */

static int
message_work(struct erasure *e, void *arg, struct err *err)
{
	const struct person_trace_message *m = arg;
	struct db *db = e->job->registry;
	usec_t now;
	int rc = db_now(db, &now, err);
	int64_t mails;

	if (rc < 0 || db_exec(db, Q_erase_message, DB_ARGS(v_text(cancelled_reason), v_time(now), v_time(now), v_int(m->id)), err) < 0 ||
	    db_exec(db, Q_erase_attempts, DB_ARGS(v_int(m->id)), err) < 0 || (mails = db_exec(db, Q_erase_mails_of, DB_ARGS(v_int(m->id)), err)) < 0)
		return err->code;
	e->mail_went = mails > 0;
	return 0;
}

static void
hold(struct erasure *e, int64_t id)
{
	if (e->nheld == e->held_cap) {
		size_t cap = e->held_cap == 0 ? 64 : e->held_cap * 2;
		int64_t *more = arena_new(&e->arena, int64_t, cap);

		if (e->nheld > 0)
			memcpy(more, e->held, e->nheld * sizeof *more);
		e->held = more;
		e->held_cap = cap;
	}
	e->held[e->nheld++] = id;
}

/* The list of recipients without the person. */
static char *
other_recipients(struct erasure *e, const char *email, struct arena *a)
{
	char *rest = arena_strdup(a, email), *one;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	while ((one = strsep(&rest, ",")) != NULL)
		if (*one != '\0' && !person_match_word(e->trace.matcher, one, strlen(one)))
			buf_addf(&b, "%s%s", b.len > 0 ? "," : "", one);
	return b.data;
}

/* Another erasure may just have taken its person from the list. */
static int
recipient_message(struct erasure *e, const struct person_trace_message *m, struct err *err)
{
	struct db *db = e->job->registry;
	struct arena a = { 0 };
	struct rows r = { 0 };
	int rc = e->count_only ? 0 : db_query(db, Q_erase_message_to, DB_ARGS(v_int(m->id)), &a, &r, err);

	if (rc == 0 && r.n > 0 && db_exec(db, Q_erase_message_email, DB_ARGS(v_text(other_recipients(e, rows_text(&r, 0, 0), &a)), v_int(m->id)), err) < 0)
		rc = err->code;
	arena_done(&a);
	return rc;
}

/* What came since the hashes: a worker that dealt with it while the rows were there found the person as before, so it goes, too. All else is refused by the hashes, or is new. */
static int
is_new(const struct erasure *e, const struct person_trace_message *m)
{
	return !e->count_only && m->received_at > e->erased_at && m->state != PERSON_TRACE_LEASED && (m->state == PERSON_TRACE_READY || m->settled_at > e->rows_at);
}

/* Whether something is still to become of the message. */
static int
may_run(const struct person_trace_message *m)
{
	return m->state == PERSON_TRACE_READY || m->state == PERSON_TRACE_LEASED ||
	    m->state == PERSON_TRACE_DEAD || m->state == PERSON_TRACE_UNROUTED;
}

static int
on_message(void *arg, const struct person_trace_message *m, struct err *err)
{
	struct erasure *e = arg;
	struct person_trace_message copy = *m;
	int rc;

	/* What a shop asks of one customer does not reach another's deliveries. */
	if (is_new(e, m) || (m->is_others && e->request->kind == STORE_PRIVACY_REDACT))
		return 0;
	if (m->state == PERSON_TRACE_LEASED && !e->count_only) {
		hold(e, m->id);
		return 0;
	}
	if (m->match == PERSON_MATCH_NONE)
		return recipient_message(e, m, err);
	if ((m->match == PERSON_MATCH_MENTION && m->state <= PERSON_TRACE_LEASED) ||
	    (m->is_others && may_run(m))) {
		e->counts->left++;
		return 0;
	}
	if (e->trace.matcher == NULL && m->body_bytes == 0 && m->state != PERSON_TRACE_READY && strcmp(m->headers, "{}") == 0)
		return 0;	/* of a whole Source: emptied before */
	if (!e->count_only && (rc = in_transaction(e->job->registry, message_work, e, &copy, err)) < 0)
		return rc;
	e->counts->messages++;
	e->counts->cancelled += m->state == PERSON_TRACE_READY;
	e->counts->mails += e->mail_went;
	return !e->count_only;
}

static int
mail_work(struct erasure *e, void *arg, struct err *err)
{
	const struct person_trace_mail *m = arg;
	struct db *db = e->job->registry;

	for (size_t i = 0; i < m->nrecipients; i++) {
		const struct person_trace_recipient *r = &m->recipients[i];

		if ((r->is_person || r->in_reply) && db_exec(db, r->is_person ? Q_erase_recipient : Q_erase_reply, DB_ARGS(v_int(m->mail_id), v_text(r->address)), err) < 0)
			return err->code;
	}
	if (m->in_text)
		return db_exec(db, Q_erase_mail, DB_ARGS(v_int(m->mail_id)), err) < 0 ? err->code : 0;
	if (db_exec(db, Q_erase_mail_reason, DB_ARGS(v_int(m->mail_id)), err) < 0 || db_exec(db, Q_erase_mail_to_nobody, DB_ARGS(v_int(m->mail_id), v_int(m->mail_id)), err) < 0)
		return err->code;
	return 0;
}

static int
on_mail(void *arg, const struct person_trace_mail *m, struct err *err)
{
	struct erasure *e = arg;
	struct person_trace_mail copy = *m;
	int rc;

	e->counts->mails += m->in_text;
	for (size_t i = 0; i < m->nrecipients; i++)
		e->counts->recipients += m->recipients[i].is_person;
	if (e->count_only)
		return 0;
	rc = in_transaction(e->job->registry, mail_work, e, &copy, err);
	return rc < 0 ? rc : m->in_text;
}

static int
on_run(void *arg, const struct person_trace_run *r, struct err *err)
{
	struct erasure *e = arg;

	e->counts->runs++;
	if (e->count_only)
		return 0;
	return db_exec(e->job->registry, Q_erase_run, DB_ARGS(v_int(r->run_id)), err) < 0 ? err->code : 1;
}

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	say(arg, phase, done, total);
}

/* What is of no Source - logs, digests - may be about what another one brought. */
static int
trace_init(struct erasure *e, struct err *err)
{
	int known = 0, rc = e->only_source == 0 ? 0 : person_known_elsewhere(&e->person, e->job->tenant, e->only_source, &known, err);

	person_matcher_init(&e->matcher, &e->person);
	e->trace = (struct person_trace){ .registry = e->job->registry, .tenant_id = e->job->tenant_id, .matcher = &e->matcher, .source_id = e->only_source, .of_none = !known, .until = e->rows_at,
		.message = on_message, .mail = on_mail, .run = known ? NULL : on_run, .progress = on_progress, .arg = e };
	return rc;
}

static int
is_leased(struct erasure *e, int64_t id, int *leased, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(e->job->registry, Q_erase_leased, DB_ARGS(v_int(id)), &a, &r, err);

	*leased = rc == 0 && rows_int(&r, 0, 0) > 0;
	arena_done(&a);
	return rc;
}

/* What a worker had: when it has let go, all is looked at again. */
static int
wait_held(struct erasure *e, usec_t begun, struct err *err)
{
	int rc = 0, leased;

	for (size_t i = 0; i < e->nheld && rc == 0; i += !leased) {
		if ((rc = is_leased(e, e->held[i], &leased, err)) == 0 && leased) {
			if (clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
				return err_set(err, ERR_TRANSIENT, "Messages about this person are still being processed; run it again.");
			pause_ms(POLL_MS);
		}
	}
	e->nheld = 0;
	return rc;
}

/* Runs that copy rows of contacts, and were under way when the rows went: when they have ended, what they wrote is looked for once more. */
static int
step_runs(struct erasure *e, struct err *err)
{
	usec_t begun = clock_monotonic_us();
	int left = 1, rc = 0;

	while (rc == 0 && left) {
		struct arena a = { 0 };
		struct rows r;

		if ((rc = db_query(e->job->registry, Q_erase_runs, DB_ARGS(v_int(e->job->tenant_id), v_time(e->rows_at)), &a, &r, err)) == 0)
			left = 0;
		for (size_t i = 0; rc == 0 && i < r.n; i++) {
			const struct process_kind *kind = process_find(rows_text(&r, i, 0));

			left += kind != NULL && kind->copies_contacts;
		}
		arena_done(&a);
		if (left && clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
			return err_set(err, ERR_TRANSIENT, "The person is erased, but a run that may have copied some of it is still under way; run it again when that has ended.");
		if (left)
			pause_ms(POLL_MS);
	}
	return rc;
}

/* ------------------------------------------------------------------ a whole Source */

/* Some rows of an entity that came from the Source, and what belongs to them. Contacts that no other Source knows go as a whole. */
struct source_chunk {
	const struct entity *e;
	struct val after;		/* VAL_NULL: from the start */
	struct arena *a;		/* of after */
	size_t n;
};

static int
add_only_contacts(struct erasure *e, struct entity_rows *rows, const struct rows *r, struct arena *a, struct err *err)
{
	struct rows whose, locked;
	int rc = 0, shared;

	for (size_t i = 0; i < r->n && rc == 0; i++) {
		struct entity_keys one = { .e = entity_find("ContactIdentifier"), .keys = r->cells + i, .n = 1 };
		const struct val *contact;

		if ((rc = entity_rows_read(&one, e->job->tenant, 0, 1, a, &whose, err)) < 0 || whose.n == 0)
			continue;
		contact = rows_at(&whose, 0, (size_t)entity_column_find(one.e, "ContactId"));
		if ((rc = db_query(e->job->tenant, Q_person_contact_lock, DB_ARGS(*contact), a, &locked, err)) == 0 &&
		    (rc = person_is_shared(e->job->tenant, contact->i, e->request->source_id, &shared, err)) == 0 && !shared)
			rc = entity_rows_of_contact(rows, e->job->tenant, contact->i, 1, err);
	}
	return rc;
}

static int
source_work(struct erasure *e, void *arg, struct err *err)
{
	struct source_chunk *c = arg;
	struct entity_erase_counts done = { 0 };
	struct arena a = { 0 };
	struct entity_rows rows;
	struct rows r;
	usec_t now;
	int rc;

	entity_rows_init(&rows, &a);
	if ((rc = db_now(e->job->tenant, &now, err)) == 0 &&
	    (rc = entity_rows_of_source(e->job->tenant, c->e, e->request->source_id, c->after.kind == VAL_NULL ? NULL : &c->after, SOURCE_CHUNK, &a, &r, err)) == 0 &&
	    strcmp(c->e->name, "ContactIdentifier") == 0)
		rc = add_only_contacts(e, &rows, &r, &a, err);
	rows.only_source = e->request->source_id;
	if (rc == 0 && (rc = entity_rows_add(&rows, c->e, &r, 0, err)) == 0 && (rc = entity_rows_follow(&rows, e->job->tenant, 1, err)) == 0 && (rc = entity_rows_put_hashes(&rows, e->job->tenant, &e->guard, e->erased_at, err)) == 0)
		rc = entity_rows_erase(&rows, e->job->tenant, now, &done, err);
	if (rc == 0)
		rc = erase_beside(e, &rows, &done.deleted, err);
	if (rc == 0) {
		e->counts->rows.deleted += done.deleted;
		e->counts->rows.kept += done.kept;
		c->n = r.n;
		if (r.n > 0) {
			c->after = *rows_at(&r, r.n - 1, 0);
			if (c->after.kind != VAL_INT)
				c->after.s = arena_strndup(c->a, c->after.s, c->after.n);
		}
	}
	arena_done(&a);
	return rc;
}

static int
source_hash(struct erasure *e, void *arg, struct err *err)
{
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];

	(void)arg;
	entity_erased_hash_source(&e->guard, e->request->source_id, hash);
	return entity_erased_put(e->job->tenant, hash, e->erased_at, 0, err);
}

static int
source_rows(struct erasure *e, struct err *err)
{
	int64_t done = 0;
	int rc = 0;

	for (const struct entity *entity = entities; entity->name != NULL && rc == 0; entity++) {
		struct source_chunk c = { .e = entity, .n = SOURCE_CHUNK, .a = &e->arena };

		if (!entity_is_personal(entity) || entity_column_find(entity, "SourceId") < 0)
			continue;
		while (rc == 0 && c.n == SOURCE_CHUNK) {
			rc = in_transaction(e->job->tenant, source_work, e, &c, err);
			say(e, "rows of the Source", done += (int64_t)c.n, 0);
		}
	}
	return rc;
}

/* What a run copied of contacts that are gone by now. */
static int
source_sweep(struct erasure *e, void *arg, struct err *err)
{
	struct arena a = { 0 };
	struct entity_beside *tables;
	size_t n;
	int rc = entity_beside_tables(e->job->tenant, &a, &tables, &n, err);

	(void)arg;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = entity_beside_sweep(e->job->tenant, &tables[i], err) < 0 ? err->code : 0;
	arena_done(&a);
	return rc;
}

static int
source_begin(struct erasure *e, struct err *err)
{
	int rc;

	e->erased_at = e->request->erased_at;
	if (e->erased_at == USEC_NONE && ((rc = db_now(e->job->registry, &e->erased_at, err)) < 0 ||
	    (rc = store_privacy_begin(e->job->registry, e->request->privacy_id, e->erased_at, NULL, 0, err)) < 0))
		return rc;
	return in_transaction(e->job->tenant, source_hash, e, NULL, err);
}

static int
source_middle(struct erasure *e, struct err *err)
{
	int rc;

	if ((rc = source_rows(e, err)) < 0 || (rc = db_now(e->job->registry, &e->rows_at, err)) < 0)
		return rc;
	e->trace = (struct person_trace){ .registry = e->job->registry, .tenant_id = e->job->tenant_id, .source_id = e->request->source_id, .until = e->rows_at,
		.message = on_message, .progress = on_progress, .arg = e };
	return 0;
}

/* ------------------------------------------------------------------ a person */

static int
person_begin(struct erasure *e, struct err *err)
{
	const struct store_privacy *q = e->request;
	int rc;

	e->only_source = q->kind == STORE_PRIVACY_REDACT ? q->source_id : 0;
	if ((rc = person_open(&e->person, e->job->box, e->job->tenant_id, q->sealed, q->sealed_bytes, err)) < 0)
		return rc;
	if (q->kind == STORE_PRIVACY_REDACT && q->erased_at == USEC_NONE && (rc = person_find_in_source(&e->person, e->job->tenant, q->source_id, err)) < 0)
		return rc;
	say(e, "rows", 0, 0);
	return step_hashes(e, err);
}

static int
person_middle(struct erasure *e, struct err *err)
{
	int rc;

	if ((rc = step_late(e, err)) < 0 || (rc = in_transaction(e->job->tenant, erase_rows, e, NULL, err)) < 0 || (rc = db_now(e->job->registry, &e->rows_at, err)) < 0)
		return rc;
	return trace_init(e, err);
}

/* ------------------------------------------------------------------ all of it */

/* Some that are ended together. */
struct group {
	const struct person_job *job;
	struct erasure *list;
	size_t n;
	struct set contacts;		/* of all, each with the Source that it is about */
};

static int
is_whole_source(const struct erasure *e)
{
	return e->request->kind == STORE_PRIVACY_SHOP_REDACT;
}

static int
step_begin(struct erasure *e, struct err *err)
{
	return is_whole_source(e) ? source_begin(e, err) : person_begin(e, err);
}

static int
step_rows(struct erasure *e, struct err *err)
{
	return is_whole_source(e) ? source_middle(e, err) : person_middle(e, err);
}

static int
step_end(struct erasure *e, struct err *err)
{
	usec_t now;
	int rc;

	/* What a process that knows no hashes copied of the contact in the meantime. */
	if ((rc = step_runs(e, err)) < 0 ||
	    (rc = in_transaction(e->job->tenant, is_whole_source(e) ? source_sweep : erase_rows, e, NULL, err)) < 0 || (rc = db_now(e->job->registry, &now, err)) < 0)
		return rc;
	return store_privacy_done(e->job->registry, e->one->privacy_id, now, person_erase_json(&e->arena, e->counts), err);
}

/* A step of each that no step before has failed. */
static void
step(struct group *g, int (*work)(struct erasure *e, struct err *err))
{
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0)
			g->list[i].one->rc = work(&g->list[i], &g->list[i].one->err);
}

/* What stopped all of them. */
static void
fail(struct group *g, const struct err *err)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0) {
			g->list[i].one->rc = err->code;
			g->list[i].one->err = *err;
		}
}

/* Those that are not traced yet. */
static size_t
group_traces(const struct group *g, const struct person_trace **traces)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0 && !g->list[i].traced) {
			g->list[i].counts->left = 0;
			traces[n++] = &g->list[i].trace;
		}
	return n;
}

static void
step_traces(struct group *g)
{
	const struct person_trace *traces[PERSON_ERASE_TOGETHER];
	struct err err = { 0 };
	size_t n;

	for (int i = 0; i < TRIES && (n = group_traces(g, traces)) > 0; i++) {
		const usec_t begun = clock_monotonic_us();

		if (person_trace_walk(traces, n, &err) < 0) {
			fail(g, &err);
			return;
		}
		for (size_t k = 0; k < g->n; k++) {
			struct erasure *e = &g->list[k];

			e->traced |= e->nheld == 0;
			if (e->one->rc == 0)
				e->one->rc = wait_held(e, begun, &e->one->err);
		}
	}
	for (size_t k = 0; k < g->n; k++)
		if (g->list[k].one->rc == 0 && !g->list[k].traced)
			g->list[k].one->rc = err_set(&g->list[k].one->err, ERR_TRANSIENT, "Messages about this person are still being processed; run it again.");
}

static void
group_run(struct group *g)
{
	struct err err = { 0 };

	if (g->n > 0 && step_wait(&g->list[0], &err) < 0)
		fail(g, &err);
	step(g, step_rows);
	step_traces(g);
	step(g, step_end);
}

/* 0, or why the request cannot be ended. */
static int
erasure_open(struct erasure *e, const struct person_job *j, struct person_erase_one *one)
{
	struct store_privacy *request;
	int rc;

	*e = (struct erasure){ .job = j, .one = one, .counts = &one->counts };
	one->counts = (struct person_erase_counts){ 0 };
	person_init(&e->person, &e->arena);
	if ((rc = store_privacy_find(j->registry, &e->arena, one->privacy_id, j->tenant_id, &request, &one->err)) < 0)
		return rc;
	if (request == NULL || request->state != STORE_PRIVACY_OPEN || request->kind > STORE_PRIVACY_SHOP_REDACT)
		return err_set(&one->err, ERR_NOT_FOUND, "The tenant has no open erasure %" PRId64 ".", one->privacy_id);
	e->request = request;
	entity_erased_key(&e->guard, j->box, j->tenant_id);
	return 0;
}

static void
erasure_close(struct erasure *e)
{
	explicit_bzero(&e->guard, sizeof e->guard);
	arena_done(&e->arena);
}

/* 1 when one in the group takes something else of a contact of it: what is left for this one is
 * known only when that is done. */
static int
is_apart(const struct group *g, const struct erasure *e)
{
	size_t source;

	for (size_t i = 0; i < e->person.ncontacts; i++)
		if (set_find(&g->contacts, &e->person.contacts[i], sizeof *e->person.contacts, &source) && source != (size_t)e->only_source)
			return 1;
	return 0;
}

/* Begins one and, when it can be ended together with the others, takes it into the group. */
static void
group_take(struct group *g, struct person_erase_one *one)
{
	struct erasure *e = &g->list[g->n];

	one->rc = erasure_open(e, g->job, one);
	if (one->rc < 0 || (g->n > 0 && is_whole_source(e))) {
		erasure_close(e);
		return;
	}
	one->rc = step_begin(e, &one->err);
	if (one->rc < 0 || is_apart(g, e)) {
		erasure_close(e);
		return;
	}
	one->taken = 1;
	for (size_t i = 0; i < e->person.ncontacts; i++)
		set_add(&g->contacts, &e->person.contacts[i], sizeof *e->person.contacts, (size_t)e->only_source, NULL);
	g->n++;
}

/* The first of them that can be ended together. */
static void
erase_some(const struct person_job *j, struct person_erase_one *all, size_t n, struct erasure *list)
{
	struct group g = { .job = j, .list = list };
	struct arena a = { 0 };

	set_init(&g.contacts, &a);
	for (size_t i = 0; i < n && g.n < PERSON_ERASE_TOGETHER; i++) {
		if (g.n > 0 && is_whole_source(&list[0]))
			break;
		if (!all[i].taken && all[i].rc == 0)
			group_take(&g, &all[i]);
	}
	group_run(&g);
	for (size_t i = 0; i < g.n; i++)
		erasure_close(&list[i]);
	arena_done(&a);
}

static int
any_left(const struct person_erase_one *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!all[i].taken && all[i].rc == 0)
			return 1;
	return 0;
}

int
person_erase_all(const struct person_job *j, struct person_erase_one *all, size_t n, struct err *err)
{
	struct arena a = { 0 };
	struct erasure *list = arena_new(&a, struct erasure, n < PERSON_ERASE_TOGETHER ? n + 1 : PERSON_ERASE_TOGETHER);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct person_erase_one){ .privacy_id = all[i].privacy_id };
	while (any_left(all, n))
		erase_some(j, all, n, list);
	arena_done(&a);
	for (size_t i = 0; i < n; i++)
		if (all[i].rc < 0) {
			*err = all[i].err;
			return all[i].rc;
		}
	return 0;
}

int
person_erase(const struct person_job *j, int64_t privacy_id, struct person_erase_counts *counts, struct err *err)
{
	struct person_erase_one one = { .privacy_id = privacy_id };
	int rc = person_erase_all(j, &one, 1, err);

	*counts = one.counts;
	return rc;
}

int
person_erase_count(const struct person_job *j, struct person *p, struct person_erase_counts *counts, struct err *err)
{
	static const struct store_privacy none = { .erased_at = USEC_NONE };
	struct erasure e = { .job = j, .counts = counts, .count_only = 1, .erased_at = USEC_NONE, .rows_at = USEC_NONE, .request = &none, .person = *p };
	struct entity_rows rows;
	struct arena a = { 0 };
	int rc;

	*counts = (struct person_erase_counts){ 0 };
	if ((rc = person_collect(j->tenant, &e.person, 0, 0, &rows, &a, err)) == 0) {
		rc = erase_beside(&e, &rows, &counts->rows.deleted, err);
		for (size_t i = 0; i < rows.n; i++)
			*(entity_is_kept(rows.of[i].e) ? &counts->rows.kept : &counts->rows.deleted) += (int64_t)rows.of[i].n;
		if (rc == 0 && (rc = trace_init(&e, err)) == 0)
			rc = person_trace_walk(&(const struct person_trace *){ &e.trace }, 1, err);
	}
	arena_done(&a);
	return rc;
}
