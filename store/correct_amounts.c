#include "config.h"

#include "store/correct_amounts.h"

#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "model/line_amount.h"
#include "model/state.h"
#include "store/db.h"

enum {
	CHUNK_ROWS = 1000,
	READ_ROWS = 20000,
	TRIES = 10,
	ALL_SOURCES = 0,
	SOURCES = INT16_MAX + 1,
	QUEUED = 1
};

static const char correction[] = "line-amounts";

/* ------------------------------------------------------------------ what is noted */

/* *state 0: nothing is noted of the Source. Its row is locked in a transaction. */
static int
state_of(struct db *db, struct arena *a, int16_t source_id, int *state, int64_t *seen_to,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_correction_get, DB_ARGS(v_text(correction), v_int(source_id)), a,
	    &r, err);

	*state = rc == 0 && r.n > 0 ? (int)rows_int(&r, 0, C_correction_get_state) : 0;
	*seen_to = *state != 0 ? rows_int(&r, 0, C_correction_get_seen_to) : 0;
	return rc;
}

static int
note(struct db *db, int16_t source_id, enum state_of_correction state, usec_t now, struct err *err)
{
	const struct val ended = v_time(state == STATE_CORRECTION_DONE ? now : USEC_NONE);

	return db_exec(db, Q_correction_put,
		   DB_ARGS(v_text(correction), v_int(source_id), v_int(state), v_time(now), ended),
		   err) < 0
	    ? err->code
	    : 0;
}

/* ------------------------------------------------------------------ deciding */

/* Where the chunk of so many rows behind after ends; *last = after when there is nothing behind it.
 */
static int
chunk_end(struct db *db, int64_t after, int rows, int64_t *last, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_correct_line_last, DB_ARGS(v_int(after), v_int(rows - 1)), &a, &r,
	    err);

	if (rc == 0 && r.n == 0)
		rc = db_query(db, Q_correct_line_max, DB_NONE, &a, &r, err);
	*last = rc == 0 && r.n > 0 && rows_int(&r, 0, C_correct_line_max_last_id) > after ?
	    rows_int(&r, 0, C_correct_line_max_last_id) :
	    after;
	arena_done(&a);
	return rc;
}

/* What is there of each Source, by SourceId. */
struct found {
	int64_t lines, foreign; /* of an earlier version, with a discount; that the connector cannot
				   have sent */
	int64_t magento, others;	/* messages */
};

static int
add_lines(struct db *db, int64_t after, int64_t last, struct found *found, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_correct_sources, DB_ARGS(v_int(after), v_int(last)), &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		struct found *f = &found[rows_int(&r, i, C_correct_sources_source_id) & INT16_MAX];

		f->lines += rows_int(&r, i, C_correct_sources_lines);
		f->foreign += rows_int(&r, i, C_correct_sources_foreign_lines);
	}
	arena_done(&a);
	return rc;
}

static int
find_lines(struct db *db, int64_t after, struct found *found, struct err *err)
{
	int64_t last = after;
	int rc;

	while ((rc = chunk_end(db, after, READ_ROWS, &last, err)) == 0 && last > after) {
		if ((rc = add_lines(db, after, last, found, err)) < 0)
			return rc;
		after = last;
	}
	return rc;
}

static int
find_messages(struct db *registry, int64_t alias_id, struct found *found, struct err *err)
{
	usec_t at = 0;
	int64_t id = 0;
	size_t n = READ_ROWS;
	int rc = 0;

	while (rc == 0 && n == READ_ROWS) {
		struct arena a = { 0 };
		struct rows r;

		rc = db_query(registry, Q_correct_messages,
		    DB_ARGS(v_int(alias_id), v_time(at), v_int(id), v_int(READ_ROWS)),
		    &a, &r, err);
		n = rc == 0 ? r.n : 0;
		for (size_t i = 0; i < n; i++) {
			struct found *f =
			    &found[rows_int(&r, i, C_correct_messages_source_id) & INT16_MAX];

			at = rows_time(&r, i, C_correct_messages_visible_at);
			id = rows_int(&r, i, C_correct_messages_id);
			f->magento += rows_int(&r, i, C_correct_messages_kind) == QUEUED &&
			    rows_int(&r, i, C_correct_messages_is_magento);
			f->others += rows_int(&r, i, C_correct_messages_kind) == QUEUED &&
			    !rows_int(&r, i, C_correct_messages_is_magento);
		}
		arena_done(&a);
	}
	return rc;
}

/* 0: there is nothing to be mended. */
static int
decide(const struct found *f)
{
	if (f->magento + f->others == 0)	/* its messages are forgotten */
		return f->lines > f->foreign ? STATE_CORRECTION_WAITING : 0;
	if (f->lines == 0 || f->magento == 0)
		return 0;
	return f->others == 0 && f->foreign == 0 ? STATE_CORRECTION_RUNNING :
						   STATE_CORRECTION_WAITING;
}

static int
note_all(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct found *found = arg;
	int64_t seen_to;
	int state = 0, rc;
	usec_t now;

	rc = db_now(db, &now, err);
	for (int i = 1; rc == 0 && i < SOURCES; i++)
		if (decide(&found[i]) != 0 &&
		    (rc = state_of(db, a, (int16_t)i, &state, &seen_to, err)) == 0 && state == 0)
			rc = note(
			    db, (int16_t)i, (enum state_of_correction)decide(&found[i]), now, err);
	return rc < 0 ? rc : note(db, ALL_SOURCES, STATE_CORRECTION_DONE, now, err);
}

/* All lines and messages are read, in chunks, once in the life of a tenant. */
static int
decide_all(struct db *registry, int64_t alias_id, struct db *tenant, struct arena *a,
    struct err *err)
{
	struct found *found;
	int64_t seen_to, lines = 0;
	int rc, state;

	if ((rc = state_of(tenant, a, ALL_SOURCES, &state, &seen_to, err)) < 0 || state != 0)
		return rc;
	found = arena_new(a, struct found, SOURCES);
	memset(found, 0, SOURCES * sizeof *found);
	if ((rc = find_lines(tenant, 0, found, err)) < 0)
		return rc;
	for (int i = 1; i < SOURCES; i++)
		lines += found[i].lines;
	if (lines > 0 && (rc = find_messages(registry, alias_id, found, err)) < 0)
		return rc;
	rc = db_transact(tenant, note_all, found, err);
	if (rc != ERR_DB_DUPLICATE) /* else another migration was quicker, and decided the same */
		return rc;
	err_clear(err);
	return 0;
}

/* ------------------------------------------------------------------ mending */

/* A row of correct_lines as the arguments of correct_line_set. 1, or 0 when its amounts are so
 * large that no sum can be made of them: it stays as it is. */
static int
make_net(struct arena *a, const struct rows *lines, size_t i, usec_t now, struct val *args)
{
	struct line_amount sum;

	if (decimal_parse(rows_text(lines, i, C_correct_lines_amount), &sum.amount) < 0 ||
	    decimal_parse(rows_text(lines, i, C_correct_lines_tax_free), &sum.tax_free) < 0 ||
	    decimal_parse(rows_text(lines, i, C_correct_lines_discount), &sum.discount) < 0)
		return 0;
	if (line_amount_net(&sum) < 0)
		return 0;
	args[0] = v_text(decimal_text(a, sum.amount));
	args[1] = v_text(decimal_text(a, sum.tax_free));
	args[2] = v_text(decimal_text(a, sum.discount));
	args[3] = v_time(now);
	args[4] = *rows_at(lines, i, C_correct_lines_purchase_detail_id);
	return 1;
}

/* The lines of the Source among those behind after and up to last. Returns how many, or a negative
 * code. */
static int
mend(struct db *db, struct arena *a, int16_t source_id, int64_t after, int64_t last,
    struct err *err)
{
	enum { WIDTH = 5 };
	struct val *args;
	struct rows lines;
	size_t n = 0;
	usec_t now;
	int rc;

	if ((rc = db_now(db, &now, err)) < 0 ||
	    (rc = db_query(db, Q_correct_lines,
		 DB_ARGS(v_int(after), v_int(last), v_int(source_id)), a, &lines, err)) < 0)
		return rc;
	args = arena_new(a, struct val, lines.n * WIDTH);
	for (size_t i = 0; i < lines.n; i++)
		n += (size_t)make_net(a, &lines, i, now, args + n * WIDTH);
	if (n > 0 && db_exec_bulk(db, Q_correct_line_set, args, n, err) < 0)
		return err->code;
	return (int)n;
}

/* A chunk and how far it goes, in the caller's transaction. *changed: its lines; *more 0: that was
 * all. */
static int
chunk(struct db *db, struct arena *a, int16_t source_id, int64_t *changed, int *more,
    struct err *err)
{
	const struct val of = v_text(correction), source = v_int(source_id);
	int64_t after, last, n;
	int state, rc;
	usec_t now;

	*changed = 0;
	if ((rc = state_of(db, a, source_id, &state, &after, err)) < 0)
		return rc;
	*more = state == STATE_CORRECTION_RUNNING;
	if (!*more || (rc = chunk_end(db, after, CHUNK_ROWS, &last, err)) < 0)
		return rc;
	if (last == after) {
		*more = 0;
		if ((rc = db_now(db, &now, err)) == 0 &&
		    db_exec(db, Q_correction_end, DB_ARGS(v_time(now), of, source), err) < 0)
			rc = err->code;
		return rc;
	}
	if ((rc = mend(db, a, source_id, after, last, err)) < 0)
		return rc;
	*changed = rc;
	n = db_exec(db, Q_correction_step, DB_ARGS(v_int(last), v_int(rc), of, source,
	    v_int(after)), err);
	return n < 0 ? err->code : 0;
}

struct step {
	int16_t source_id;
	int64_t changed;
	int more;
};

static int
step_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct step *s = arg;

	return chunk(db, a, s->source_id, &s->changed, &s->more, err);
}

/* Chunk by chunk, each a transaction: one that collides with the queue's work is done again. */
static int
work(struct db *db, int16_t source_id, struct correct_amounts *c, struct err *err)
{
	static const struct db_manner manner = { .tries = TRIES };
	struct step s = { .source_id = source_id, .more = 1 };
	int rc = 0;

	while (s.more && (rc = db_transact_as(db, &manner, step_work, &s, err)) == 0) {
		c->changed += s.changed;
		if (s.more && c->moved != NULL)
			c->moved(CHUNK_ROWS, c->arg);
	}
	return rc;
}

/* ------------------------------------------------------------------ doors */

int
correct_amounts_open(struct db *tenant, struct arena *a, int at_work, struct rows *out,
    struct err *err)
{
	return db_query(tenant, Q_correction_list,
	    DB_ARGS(v_text(correction),
		v_int(at_work ? STATE_CORRECTION_RUNNING : STATE_CORRECTION_WAITING)),
	    a, out, err);
}

int
correct_amounts_all(struct db *registry, int64_t alias_id, struct db *tenant,
    struct correct_amounts *c, struct err *err)
{
	struct arena a = { 0 };
	struct rows sources = { 0 };
	int rc;

	c->changed = 0;
	if ((rc = decide_all(registry, alias_id, tenant, &a, err)) == 0)
		rc = correct_amounts_open(tenant, &a, 1, &sources, err);
	for (size_t i = 0; rc == 0 && i < sources.n; i++)
		rc = work(
		    tenant, (int16_t)rows_int(&sources, i, C_correction_list_source_id), c, err);
	arena_done(&a);
	return rc;
}

/* Notes the admin's word, unless the Source is done or at work already. */
static int
note_word(struct db *db, struct arena *a, int16_t source_id, int are_gross, int *state,
    struct err *err)
{
	const enum state_of_correction to = are_gross ? STATE_CORRECTION_RUNNING :
							STATE_CORRECTION_DONE;
	int64_t seen_to;
	usec_t now;
	int rc;

	if ((rc = db_now(db, &now, err)) < 0 ||
	    (rc = state_of(db, a, source_id, state, &seen_to, err)) < 0)
		return rc;
	if (*state == 0)
		return note(db, source_id, to, now, err);
	if (db_exec(db, Q_correction_decide,
		DB_ARGS(v_int(to), v_time(now),
		    v_time(to == STATE_CORRECTION_DONE ? now : USEC_NONE), v_text(correction),
		    v_int(source_id)),
		err) < 0)
		return err->code;
	return 0;
}

struct word {
	int16_t source_id;
	int are_gross, state;
};

static int
word_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct word *w = arg;

	return note_word(db, a, w->source_id, w->are_gross, &w->state, err);
}

int
correct_amounts_source(struct db *tenant, int16_t source_id, int are_gross,
    struct correct_amounts *c, struct err *err)
{
	struct word w = { .source_id = source_id, .are_gross = are_gross };
	int rc = db_transact(tenant, word_work, &w, err);

	c->changed = 0;
	c->was_done = w.state == STATE_CORRECTION_DONE;
	return rc < 0 ? rc : work(tenant, source_id, c, err);
}

int
correct_amounts_count(struct db *tenant, int16_t source_id, int64_t *lines, struct err *err)
{
	struct arena a = { 0 };
	struct found *found = arena_new(&a, struct found, SOURCES);
	int64_t seen_to;
	int state = 0, rc = state_of(tenant, &a, source_id, &state, &seen_to, err);

	memset(found, 0, SOURCES * sizeof *found);
	if (rc == 0 && state != STATE_CORRECTION_DONE)
		rc = find_lines(tenant, seen_to, found, err);
	*lines = found[source_id].lines - found[source_id].foreign;
	arena_done(&a);
	return rc;
}
