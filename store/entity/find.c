#include "config.h"

#include "store/entity/find.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/change/known.h"
#include "model/row.h"
#include "store/db.h"
#include "store/entity/made.h"

static size_t
count(const enum column *list, size_t most)
{
	size_t n = 0;

	while (n < most && list[n] != COLUMN_UNSET)
		n++;
	return n;
}

/* The value of a column as every reader gets it: decimals as text. */
static void
add_column(struct buf *sql, const struct entity_column *c)
{
	buf_addf(sql, c->type == ENTITY_DECIMAL ? "CAST(%s AS CHAR)" : "%s", c->name);
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
where(struct buf *sql, const struct known_question *q, struct arena *a, struct val *args)
{
	const size_t nby = count(q->of.by, KNOWN_BY_MAX);
	int columns[KNOWN_BY_MAX];
	size_t n = 0;
	const struct val *is;

	for (size_t i = 0; i < nby; i++)
		columns[i] = (int)(column_of(q->of.by[i]) - q->entity->columns);
	is = entity_made_keys(q->entity, columns, nby, q->of.is, 1, a);
	for (size_t i = 0; i < nby; i++) {
		const int begins = q->of.prefix && i + 1 == nby;

		buf_addf(sql, "%s%s %s ?", i == 0 ? "" : " AND ", column_of(q->of.by[i])->name,
		    begins ? ">=" : "=");
		args[n++] = is[i];
		if (begins) {
			buf_addf(sql, " AND %s < ?", column_of(q->of.by[i])->name);
			args[n++] = behind(a, &is[i]);
		}
	}
	return n;
}

static int
read_rows(struct db *db, const struct known_question *q, const char *hold, struct arena *a,
    struct rows *rows, struct err *err)
{
	const size_t nwant = count(q->of.want, KNOWN_WANT_MAX);
	struct val args[KNOWN_BY_MAX + 1];
	struct buf sql;
	size_t n;

	buf_init(&sql, a);
	buf_adds(&sql, "SELECT ");
	for (size_t i = 0; i < nwant; i++) {
		buf_adds(&sql, i == 0 ? "" : ", ");
		add_column(&sql, column_of(q->of.want[i]));
	}
	buf_addf(&sql, " FROM `%s` WHERE ", q->entity->name);
	n = where(&sql, q, a, args);
	buf_addf(&sql, " ORDER BY %s LIMIT %d%s", q->entity->key, KNOWN_ROWS_MAX + 1, hold);
	return db_query_sql(db, sql.data, sql.len, args, n, a, rows, err);
}

int
entity_find_rows(struct db *db, struct known_question *q, struct arena *a, struct err *err)
{
	struct rows rows;
	int rc = read_rows(db, q, q->of.hold == KNOWN_LOCKED ? " FOR UPDATE" : "", a, &rows, err);

	if (rc == 0 && rows.n > 0 && q->of.hold == KNOWN_SHARED)
		rc = read_rows(db, q, " LOCK IN SHARE MODE", a, &rows, err);
	if (rc < 0)
		return rc;
	if (rows.n > KNOWN_ROWS_MAX)
		return err_set(err, ERR_TOO_LARGE, "More than %d rows of %s are meant.",
		    KNOWN_ROWS_MAX, q->entity->name);
	q->rows = (struct known_rows){ .n = rows.n, .ncolumns = count(q->of.want, KNOWN_WANT_MAX),
		.values = rows.n > 0 ? rows_at(&rows, 0, ROWS_ONLY) : NULL };
	return 0;
}
