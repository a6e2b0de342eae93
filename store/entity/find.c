#include "config.h"

#include "store/entity/find.h"

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/change/known.h"
#include "model/row.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/made.h"
#include "store/entity/sql.h"
#include "store/entity/value.h"

enum { PREFIXES_MAX = 64 };	/* questions of one statement */

/* Some questions of one form, and what is read for them: the rows' names (their key and natural
 * key), the columns of by, then those of want. */
struct find {
	struct db *db;
	struct arena *a;
	struct known_question **q;
	size_t n;
	const struct entity *e;
	const struct known_rows_of *of;	/* the form */
	int by[KNOWN_BY_MAX];		/* places in the entity's table */
	size_t nby, nnames, nwant;
	const struct val *is;		/* n * nby, as they are looked for */
	struct rows rows;
};

static size_t
count(const enum column *list, size_t most)
{
	size_t n = 0;

	while (n < most && list[n] != COLUMN_UNSET)
		n++;
	return n;
}

int
entity_find_is_like(const struct known_question *q, const struct known_question *other)
{
	if (q->entity != other->entity || q->of.hold != other->of.hold)
		return 0;
	return q->of.prefix == other->of.prefix &&
	    memcmp(q->of.by, other->of.by, sizeof q->of.by) == 0 &&
	    memcmp(q->of.want, other->of.want, sizeof q->of.want) == 0;
}

static void
find_init(struct find *f)
{
	struct val *is;

	f->e = f->q[0]->entity;
	f->of = &f->q[0]->of;
	f->nby = count(f->of->by, KNOWN_BY_MAX);
	f->nwant = count(f->of->want, KNOWN_WANT_MAX);
	for (f->nnames = 1; f->e->natural[f->nnames - 1] != NULL; )
		f->nnames++;
	for (size_t i = 0; i < f->nby; i++)
		f->by[i] = (int)(column_of(f->of->by[i]) - f->e->columns);
	is = arena_new(f->a, struct val, f->n * f->nby);
	for (size_t i = 0; i < f->n; i++)
		memcpy(is + i * f->nby, f->q[i]->of.is, f->nby * sizeof *is);
	f->is = entity_made_keys(f->e, f->by, f->nby, is, f->n, f->a);
}

static const struct entity_column *
by_column(const struct find *f, size_t i)
{
	return &f->e->columns[f->by[i]];
}

/* ------------------------------------------------------------------ the statement */

/* The value of a column as every reader gets it: decimals as text. */
static void
add_column(struct buf *sql, const struct entity_column *c)
{
	buf_addf(sql, c->type == ENTITY_DECIMAL ? ", CAST(%s AS CHAR)" : ", %s", c->name);
}

static void
select_columns(const struct find *f, struct buf *sql)
{
	buf_addf(sql, "SELECT %s", f->e->key);
	for (size_t i = 0; i + 1 < f->nnames; i++)
		buf_addf(sql, ", %s", f->e->natural[i]);
	for (size_t i = 0; i < f->nby; i++)
		buf_addf(sql, ", %s", by_column(f, i)->name);
	for (size_t i = 0; i < f->nwant; i++)
		add_column(sql, column_of(f->of->want[i]));
}

/* The text behind all that begin with text, by bytes. */
static struct val
behind(struct arena *a, const struct val *text)
{
	char *end = arena_strndup(a, text->s, text->n);

	end[text->n - 1]++;
	return v_textn(end, text->n);
}

static size_t
add_args(const struct find *f, size_t question, struct val *args)
{
	const struct val *is = f->is + question * f->nby;

	memcpy(args, is, f->nby * sizeof *args);
	args[f->nby] = behind(f->a, &is[f->nby - 1]);
	return f->nby + 1;
}

/* "FROM … WHERE (a = ? AND b >= ? AND b < ?) OR (…)", in few lengths of lists, so that the
 * statements stay prepared. Returns how many values there are. */
static size_t
from_prefixes(const struct find *f, struct buf *sql, const struct val **args)
{
	const size_t places = entity_sql_size(f->n);
	const char *last = by_column(f, f->nby - 1)->name;
	struct val *values = arena_new(f->a, struct val, places * (f->nby + 1));
	size_t n = 0;

	buf_addf(sql, " FROM `%s` WHERE ", f->e->name);
	for (size_t p = 0; p < places; p++) {
		buf_adds(sql, p == 0 ? "(" : " OR (");
		for (size_t i = 0; i + 1 < f->nby; i++)
			buf_addf(sql, "%s = ? AND ", by_column(f, i)->name);
		buf_addf(sql, "%s >= ? AND %s < ?)", last, last);
		n += add_args(f, p < f->n ? p : f->n - 1, values + n);
	}
	*args = values;
	return n;
}

static int
read_rows(struct find *f, const char *hold, struct err *err)
{
	const struct entity_names names = { .e = f->e, .columns = f->by, .ncolumns = f->nby,
		.values = f->is, .nrows = f->n };
	const struct val *args;
	struct buf sql;
	size_t n;

	buf_init(&sql, f->a);
	select_columns(f, &sql);
	if (f->of->prefix)
		n = from_prefixes(f, &sql, &args);
	else
		entity_sql_from(&sql, &names, f->a, &args, &n);
	buf_addf(&sql, " ORDER BY %s LIMIT %d%s", f->e->key, KNOWN_ROWS_MAX + 1, hold);
	return db_query_sql(f->db, sql.data, sql.len, args, n, f->a, &f->rows, err);
}

/* ------------------------------------------------------------------ rows to their questions */

/* Which rows are of which question. A row may be of several where these are prefixes. */
struct shares {
	struct set questions;		/* by their values; of equal ones the first */
	size_t *same;			/* of each question the first with its values */
	size_t *nrows;			/* of each first one */
	size_t *rows;			/* row numbers, those of a question together */
	size_t *start;
	size_t lengths[PREFIXES_MAX], nlengths;	/* of prefixes */
};

/* length: of the last value, where that is a prefix. */
static struct buf
name_of(const struct find *f, const struct val *values, size_t length)
{
	struct buf b;

	buf_init(&b, f->a);
	for (size_t i = 0; i < f->nby; i++) {
		struct val v = values[i];

		if (i + 1 == f->nby && v.kind == VAL_TEXT && v.n > length)
			v = v_textn(v.s, length);
		entity_value_key(&b, by_column(f, i)->type, &v);
	}
	return b;
}

static void
note_length(struct shares *s, size_t length)
{
	for (size_t i = 0; i < s->nlengths; i++)
		if (s->lengths[i] == length)
			return;
	s->lengths[s->nlengths++] = length;
}

static void
index_questions(const struct find *f, struct shares *s)
{
	set_init(&s->questions, f->a);
	s->same = arena_new(f->a, size_t, f->n);
	s->nrows = arena_new(f->a, size_t, f->n);
	s->start = arena_new(f->a, size_t, f->n);
	for (size_t i = 0; i < f->n; i++) {
		struct buf b = name_of(f, f->is + i * f->nby, SIZE_MAX);

		s->same[i] = i;
		set_add(&s->questions, b.data, b.len, i, &s->same[i]);
		if (f->of->prefix)
			note_length(s, f->is[(i + 1) * f->nby - 1].n);
	}
	if (!f->of->prefix)
		note_length(s, SIZE_MAX);
}

/* Calls use() for each pair of a row and a question that it is of. */
static void
walk_pairs(const struct find *f, struct shares *s,
    void (*use)(struct shares *s, size_t question, size_t row))
{
	for (size_t r = 0; r < f->rows.n; r++) {
		const struct val *values = rows_at(&f->rows, r, f->nnames);

		for (size_t l = 0; l < s->nlengths; l++) {
			struct buf b = name_of(f, values, s->lengths[l]);
			size_t question;

			if (set_find(&s->questions, b.data, b.len, &question) &&
			    (!f->of->prefix ||
			    f->is[(question + 1) * f->nby - 1].n == s->lengths[l]))
				use(s, question, r);
		}
	}
}

static void
use_count(struct shares *s, size_t question, size_t row)
{
	(void)row;
	s->nrows[question]++;
}

static void
use_row(struct shares *s, size_t question, size_t row)
{
	s->rows[s->start[question] + s->nrows[question]++] = row;
}

static void
share(const struct find *f, struct shares *s)
{
	size_t all = 0;

	walk_pairs(f, s, use_count);
	for (size_t i = 0; i < f->n; i++) {
		s->start[i] = all;
		all += s->nrows[i];
		s->nrows[i] = 0;
	}
	s->rows = arena_new(f->a, size_t, all + 1);
	walk_pairs(f, s, use_row);
}

static void
answer(const struct find *f, struct known_question *q, const size_t *rows, size_t n)
{
	struct val *values = arena_new(f->a, struct val, n * f->nwant + 1);
	struct val *names = arena_new(f->a, struct val, n * f->nnames + 1);

	for (size_t i = 0; i < n; i++) {
		memcpy(names + i * f->nnames, rows_at(&f->rows, rows[i], ROWS_ONLY),
		    f->nnames * sizeof *names);
		memcpy(values + i * f->nwant, rows_at(&f->rows, rows[i], f->nnames + f->nby),
		    f->nwant * sizeof *values);
	}
	q->rows = (struct known_rows){ .n = n, .ncolumns = f->nwant, .values = values };
	q->names = names;
	q->nnames = f->nnames;
}

static void
answer_all(struct find *f)
{
	struct shares s = { .nlengths = 0 };

	index_questions(f, &s);
	share(f, &s);
	for (size_t i = 0; i < f->n; i++)
		answer(f, f->q[i], s.rows + s.start[s.same[i]], s.nrows[s.same[i]]);
}

/* All rows are of the only question. */
static void
answer_one(struct find *f)
{
	size_t *rows = arena_new(f->a, size_t, f->rows.n + 1);

	for (size_t r = 0; r < f->rows.n; r++)
		rows[r] = r;
	answer(f, f->q[0], rows, f->rows.n);
}

/* ------------------------------------------------------------------ in parts */

/* Texts that are compared without case cannot be told apart by their bytes. */
static int
is_by_bytes(const struct find *f)
{
	for (size_t i = 0; i < f->nby; i++)
		if (by_column(f, i)->type == ENTITY_STRING || by_column(f, i)->type == ENTITY_TEXT)
			return 0;
	return 1;
}

static void
refuse(const struct find *f)
{
	f->q[0]->failed = ERR_TOO_LARGE;
	f->q[0]->why = arena_printf(
	    f->a, "More than %d rows of %s are meant.", KNOWN_ROWS_MAX, f->e->name);
}

static int
find_part(struct find *f, const char *hold, struct err *err)
{
	int rc = read_rows(f, hold, err);

	if (rc < 0)
		return rc;
	if (f->rows.n > KNOWN_ROWS_MAX && f->n > 1) {
		struct find half = *f;

		half.n = f->n / 2;
		if ((rc = find_part(&half, hold, err)) < 0)
			return rc;
		half.q = f->q + half.n;
		half.is = f->is + half.n * f->nby;
		half.n = f->n - half.n;
		return find_part(&half, hold, err);
	}
	if (f->rows.n > KNOWN_ROWS_MAX)
		refuse(f);
	else if (f->n == 1)
		answer_one(f);
	else
		answer_all(f);
	return 0;
}

static int
find_all(struct db *db, struct known_question **q, size_t n, const char *hold, struct arena *a,
    struct err *err)
{
	struct find all = { .db = db, .a = a, .q = q, .n = n };
	size_t most;
	int rc = 0;

	if (n == 0)
		return 0;
	find_init(&all);
	most = all.of->prefix ? PREFIXES_MAX : ENTITY_CHUNK;
	if (!is_by_bytes(&all))
		most = 1;
	for (size_t first = 0; first < n && rc == 0; first += most) {
		struct find part = all;

		part.q += first;
		part.is += first * all.nby;
		part.n = n - first < most ? n - first : most;
		rc = find_part(&part, hold, err);
	}
	return rc;
}

/* What is not committed yet is not waited for: only what was found is held. */
static int
share_lock(
    struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	struct known_question **found = arena_new(a, struct known_question *, n);
	size_t nfound = 0;

	for (size_t i = 0; i < n; i++)
		if (q[i]->rows.n > 0)
			found[nfound++] = q[i];
	return find_all(db, found, nfound, " LOCK IN SHARE MODE", a, err);
}

int
entity_find_rows(
    struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	const int is_locked = n > 0 && q[0]->of.hold == KNOWN_LOCKED;
	int rc = find_all(db, q, n, is_locked ? " FOR UPDATE" : "", a, err);

	if (rc < 0 || n == 0 || q[0]->of.hold != KNOWN_SHARED)
		return rc;
	return share_lock(db, q, n, a, err);
}
