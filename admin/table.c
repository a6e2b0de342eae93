#include "config.h"

#include "admin/table.h"

#include <string.h>

#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/text.h"

/* PAD_MAX: a single long text does not push the next column out of sight. */
enum { GAP = 2, PAD_MAX = 60, PROSE_USUAL = 30, PROSE_MIN = 18, WORD_MAX = 40,
	HEADING_WHOLE = 8 };

struct layout {
	const struct table *table;
	struct arena *arena;
	size_t *natural, *word, *least, *width;	/* of each column; width 0 = left out */
};

/* ------------------------------------------------------------------ measuring */

static size_t
longest_word(struct arena *a, const char *text)
{
	size_t most = 0, n, columns;

	for (; *text != '\0'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ,");
		n += text[n] == ',';
		columns = terminal_columns(arena_strndup(a, text, n));
		most = columns > most ? columns : most;
	}
	return most;
}

static size_t
larger(size_t x, size_t y)
{
	return x > y ? x : y;
}

static size_t
smaller(size_t x, size_t y)
{
	return x < y ? x : y;
}

/* A short heading stays in one line. */
static size_t
heading_least(struct arena *a, const char *heading)
{
	size_t columns = terminal_columns(heading);

	return columns <= HEADING_WHOLE ? columns : longest_word(a, heading);
}

static void
measure(struct layout *l)
{
	const struct table *t = l->table;

	for (size_t c = 0; c < t->ncolumns; c++)
		l->natural[c] = terminal_columns(t->columns[c].heading);
	for (size_t i = 0; i < t->nrows * t->ncolumns; i++) {
		size_t c = i % t->ncolumns;

		l->natural[c] = larger(l->natural[c], terminal_columns(t->cells[i]));
		l->word[c] = larger(l->word[c], longest_word(l->arena, t->cells[i]));
	}
}

static void
set_least(struct layout *l, size_t prose)
{
	const struct table *t = l->table;

	for (size_t c = 0; c < t->ncolumns; c++)
		l->least[c] = larger(heading_least(l->arena, t->columns[c].heading),
		    t->columns[c].prose ? smaller(l->natural[c], prose) :
		    smaller(l->word[c], WORD_MAX));
}

/* ------------------------------------------------------------------ fitting */

static size_t
total(const struct layout *l)
{
	size_t sum = 0;

	for (size_t c = 0; c < l->table->ncolumns; c++)
		if (l->width[c] > 0)
			sum += l->width[c] + (sum > 0 ? GAP : 0);
	return sum;
}

/* Takes the column of the highest rank away, of equal ones the last. 0 when all that is left must
 * stay. */
static int
leave_one_out(struct layout *l)
{
	const struct table_column *columns = l->table->columns;
	size_t worst = l->table->ncolumns;

	for (size_t c = 0; c < l->table->ncolumns; c++) {
		if (l->width[c] == 0 || columns[c].rank == 0)
			continue;
		if (worst == l->table->ncolumns || columns[c].rank >= columns[worst].rank)
			worst = c;
	}
	if (worst == l->table->ncolumns)
		return 0;
	l->width[worst] = 0;
	return 1;
}

/* How much a column needs another blank: a word that is broken counts more than any line. */
static size_t
need(const struct layout *l, size_t c)
{
	size_t lines;

	if (l->width[c] == 0 || l->width[c] >= l->natural[c])
		return 0;
	lines = (l->natural[c] + l->width[c] - 1) / l->width[c];
	return l->width[c] < l->word[c] ? lines << 16 : lines;
}

/* The column that needs it most gets the next blank column. 0 when none needs any. */
static int
widen_one(struct layout *l)
{
	size_t most = 0, which = 0;

	for (size_t c = 0; c < l->table->ncolumns; c++)
		if (need(l, c) > most) {
			most = need(l, c);
			which = c;
		}
	if (most == 0)
		return 0;
	l->width[which]++;
	return 1;
}

/* 0 when the columns do not fit side by side. */
static int
fit_with(struct layout *l, size_t width, size_t prose)
{
	set_least(l, prose);
	memcpy(l->width, l->least, l->table->ncolumns * sizeof *l->width);
	while (total(l) > width)
		if (!leave_one_out(l))
			return 0;
	while (total(l) < width && widen_one(l))
		;
	return 1;
}

/* Sentences become narrow only when nothing more can be left out. */
static int
fit(struct layout *l, size_t width)
{
	return fit_with(l, width, PROSE_USUAL) || fit_with(l, width, PROSE_MIN);
}

/* ------------------------------------------------------------------ lines */

static void
trim_end(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}

static void
add_blanks(struct buf *b, size_t n)
{
	for (; n > 0; n--)
		buf_addc(b, ' ');
}

/* One line of each cell; what is left of them stays in rest. 1 when something is. */
static int
add_line(struct buf *b, const struct layout *l, const char **rest)
{
	const struct table *t = l->table;
	int more = 0, first = 1;

	for (size_t c = 0; c < t->ncolumns; c++) {
		const char *text = rest[c], *part;
		const int right = t->columns[c].right;
		size_t n, columns, pad;

		if (l->width[c] == 0)
			continue;
		n = terminal_line(text, l->width[c], &rest[c]);
		part = arena_strndup(l->arena, text, n);
		columns = terminal_columns(part);
		pad = l->width[c] > columns ? l->width[c] - columns : 0;
		add_blanks(b, first ? 0 : GAP);
		add_blanks(b, right ? pad : 0);
		buf_adds(b, part);
		add_blanks(b, right ? 0 : pad);
		more |= *rest[c] != '\0';
		first = 0;
	}
	trim_end(b);
	buf_addc(b, '\n');
	return more;
}

static void
add_row(struct buf *b, const struct layout *l, const char *const *cells)
{
	const char **rest = arena_new(l->arena, const char *, l->table->ncolumns);

	for (size_t c = 0; c < l->table->ncolumns; c++)
		rest[c] = cells == NULL ? l->table->columns[c].heading : cells[c];
	while (add_line(b, l, rest))
		;
}

static void
add_record(struct buf *b, const struct layout *l, const char *const *cells, size_t width)
{
	const struct table *t = l->table;

	for (size_t c = 0; c < t->ncolumns; c++)
		buf_adds(b, terminal_field(l->arena, t->columns[c].heading, cells[c], width));
}

static void
add_whole(struct buf *b, struct layout *l)
{
	const struct table *t = l->table;

	for (size_t c = 0; c < t->ncolumns; c++)
		l->width[c] = l->natural[c];
	for (size_t r = 0; r <= t->nrows; r++) {
		for (size_t c = 0; c < t->ncolumns; c++) {
			const char *text = r == 0 ? t->columns[c].heading :
			    t->cells[(r - 1) * t->ncolumns + c];
			size_t most = l->natural[c] < PAD_MAX ? l->natural[c] : PAD_MAX;
			size_t columns = terminal_columns(text);
			size_t pad = most > columns ? most - columns : 0;

			add_blanks(b, c == 0 ? 0 : GAP);
			add_blanks(b, t->columns[c].right ? pad : 0);
			buf_adds(b, text);
			if (c + 1 < t->ncolumns)
				add_blanks(b, t->columns[c].right ? 0 : pad);
		}
		buf_addc(b, '\n');
	}
}

/* ------------------------------------------------------------------ */

static const char *
left_out_of(const struct layout *l)
{
	struct buf b;

	buf_init(&b, l->arena);
	for (size_t c = 0; c < l->table->ncolumns; c++)
		if (l->width[c] == 0)
			buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", l->table->columns[c].heading);
	return b.len > 0 ? b.data : NULL;
}

const char *
table_text(struct arena *a, const struct table *t, size_t width, const char **left_out)
{
	struct layout l = { .table = t, .arena = a,
		.natural = arena_new(a, size_t, t->ncolumns),
		.word = arena_new(a, size_t, t->ncolumns),
		.least = arena_new(a, size_t, t->ncolumns),
		.width = arena_new(a, size_t, t->ncolumns) };
	struct buf b;
	int side_by_side;

	*left_out = NULL;
	buf_init(&b, a);
	buf_adds(&b, "");
	measure(&l);
	if (width == 0) {
		add_whole(&b, &l);
		return b.data;
	}
	side_by_side = fit(&l, width);
	if (side_by_side) {
		*left_out = left_out_of(&l);
		add_row(&b, &l, NULL);
	}
	for (size_t r = 0; r < t->nrows; r++)
		if (side_by_side)
			add_row(&b, &l, t->cells + r * t->ncolumns);
		else {
			buf_adds(&b, r > 0 ? "\n" : "");
			add_record(&b, &l, t->cells + r * t->ncolumns, width);
		}
	return b.data;
}
