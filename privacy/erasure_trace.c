#include "config.h"

#include "privacy/erasure_trace.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "privacy/erasure.h"
#include "privacy/person_rows.h"
#include "store/db.h"
#include "store/registry/store_privacy.h"

static const char cancelled_reason[] = "It was about a person who was erased.";

static int
message_work(struct erasure *e, void *arg, struct err *err)
{
	const struct person_trace_message *m = arg;
	struct db *db = e->job->registry;
	usec_t now;
	int rc = db_now(db, &now, err);
	int64_t mails;

	if (rc < 0 ||
	    db_exec(db, Q_erase_message,
		DB_ARGS(v_text(cancelled_reason), v_time(now), v_int(m->id)), err) < 0)
		return err->code;
	if (db_exec(db, Q_erase_attempts, DB_ARGS(v_int(m->id)), err) < 0 ||
	    (mails = db_exec(db, Q_erase_mails_of, DB_ARGS(v_int(m->id)), err)) < 0)
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
	int rc = e->count_only ?
	    0 :
	    db_query(db, Q_erase_message_to, DB_ARGS(v_int(m->id)), &a, &r, err);

	if (rc == 0 && r.n > 0 &&
	    db_exec(db, Q_erase_message_email,
		DB_ARGS(v_text(other_recipients(e, rows_text(&r, 0, C_erase_message_to_email), &a)),
		    v_int(m->id)),
		err) < 0)
		rc = err->code;
	arena_done(&a);
	return rc;
}

/* 1 for a message that came after the hashes and needs no emptying: the hashes refuse it, or it is
 * new. A message that a worker processed while the rows were there found the person as before. */
static int
is_new(const struct erasure *e, const struct person_trace_message *m)
{
	if (e->count_only || m->received_at <= e->erased_at)
		return 0;
	if (m->state == PERSON_TRACE_READY)
		return 1;
	return m->state != PERSON_TRACE_LEASED && m->settled_at > e->rows_at;
}

/* Whether something is still to become of the message. */
static int
may_run(const struct person_trace_message *m)
{
	switch (m->state) {
	case PERSON_TRACE_READY:
	case PERSON_TRACE_LEASED:
	case PERSON_TRACE_DEAD:
	case PERSON_TRACE_UNROUTED:
		return 1;
	default:
		return 0;
	}
}

/* The message is also about other persons and is still needed for them. */
static int
must_stay(const struct person_trace_message *m)
{
	if (m->match == PERSON_MATCH_MENTION && m->state <= PERSON_TRACE_LEASED)
		return 1;
	return m->is_others && may_run(m);
}

static int
is_empty(const struct person_trace_message *m)
{
	return m->body_bytes == 0 && m->state != PERSON_TRACE_READY &&
	    strcmp(m->headers, "{}") == 0;
}

static int
on_message(void *arg, const struct person_trace_message *m, struct err *err)
{
	struct erasure *e = arg;
	struct person_trace_message copy = *m;
	int rc;

	/* What a shop asks of one customer does not reach another's deliveries. */
	if (is_new(e, m) || (m->is_others && e->request->kind == REQUEST_REDACT))
		return 0;
	if (m->state == PERSON_TRACE_LEASED && !e->count_only) {
		hold(e, m->id);
		return 0;
	}
	if (m->match == PERSON_MATCH_NONE)
		return recipient_message(e, m, err);
	if (must_stay(m)) {
		e->counts->left++;
		return 0;
	}
	if (e->trace.matcher == NULL && is_empty(m))
		return 0;	/* of a whole Source: emptied before */
	if (!e->count_only &&
	    (rc = erasure_transaction(e->job->registry, message_work, e, &copy, err)) < 0)
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

		if ((r->is_person || r->in_reply) &&
		    db_exec(db, r->is_person ? Q_erase_recipient : Q_erase_reply,
			DB_ARGS(v_int(m->mail_id), v_text(r->address)), err) < 0)
			return err->code;
	}
	if (m->in_text)
		return db_exec(db, Q_erase_mail, DB_ARGS(v_int(m->mail_id)), err) < 0 ? err->code :
											0;
	if (db_exec(db, Q_erase_mail_reason, DB_ARGS(v_int(m->mail_id)), err) < 0 ||
	    db_exec(db, Q_erase_mail_to_nobody, DB_ARGS(v_int(m->mail_id)), err) < 0)
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
	rc = erasure_transaction(e->job->registry, mail_work, e, &copy, err);
	return rc < 0 ? rc : m->in_text;
}

static int
on_run(void *arg, const struct person_trace_run *r, struct err *err)
{
	struct erasure *e = arg;

	e->counts->runs++;
	if (e->count_only)
		return 0;
	return db_exec(e->job->registry, Q_erase_run, DB_ARGS(v_int(r->run_id)), err) < 0 ?
	    err->code :
	    1;
}

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	erasure_say(arg, phase, done, total);
}

/* Logs and digests have no Source, so they may hold data of another one. */
int
erasure_trace_init(struct erasure *e, struct err *err)
{
	int known = 0,
	    rc = e->only_source == 0 ?
	    0 :
	    person_known_elsewhere(&e->person, e->job->tenant, e->only_source, &known, err);

	person_matcher_init(&e->matcher, &e->person);
	e->trace = (struct person_trace){ .registry = e->job->registry,
		.tenant_id = e->job->tenant_id,
		.matcher = &e->matcher,
		.source_id = e->only_source,
		.of_none = !known,
		.until = e->rows_at,
		.message = on_message,
		.mail = on_mail,
		.run = known ? NULL : on_run,
		.progress = on_progress,
		.arg = e };
	return rc;
}

static int
is_leased(struct erasure *e, int64_t id, int *leased, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(e->job->registry, Q_erase_leased, DB_ARGS(v_int(id)), &a, &r, err);

	*leased = rc == 0 && rows_int(&r, 0, C_erase_leased_leased) > 0;
	arena_done(&a);
	return rc;
}

/* What a worker had: when it has let go, all is looked at again. */
int
erasure_trace_wait(struct erasure *e, usec_t begun, struct err *err)
{
	int rc = 0, leased;

	for (size_t i = 0; i < e->nheld && rc == 0; i += !leased) {
		if ((rc = is_leased(e, e->held[i], &leased, err)) == 0 && leased) {
			if (clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
				return err_set(err, ERR_TRANSIENT,
				    "Messages about this person are still being processed; run it "
				    "again.");
			erasure_pause(ERASURE_POLL_MS);
		}
	}
	e->nheld = 0;
	return rc;
}

void
erasure_trace_init_source(struct erasure *e)
{
	e->trace = (struct person_trace){ .registry = e->job->registry,
		.tenant_id = e->job->tenant_id,
		.source_id = e->request->source_id,
		.until = e->rows_at,
		.message = on_message,
		.progress = on_progress,
		.arg = e };
}
