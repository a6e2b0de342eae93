#include "config.h"

#include "platform/magento/line_name.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/column_text.h"
#include "platform/magento/line.h"
#include "platform/magento/person.h"

enum { NUMBER = 6 };			/* room for "#1000" behind a line's name */

/* Lines sorted by one of their texts; lines with equal texts stay in the order of the body. */
struct named {
	const char *text;
	size_t i;
};

static int
by_text(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = strcmp(a->text, b->text);

	return order != 0 ? order : (a->i > b->i) - (a->i < b->i);
}

/* "#" is doubled, so that a number behind a name is never part of another name. */
static const char *
doubled(struct arena *a, const char *s)
{
	struct buf b;

	buf_init(&b, a);
	for (; *s != '\0'; s++)
		buf_addf(&b, *s == '#' ? "##" : "%c", *s);
	return b.data;
}

static const char *
line_name(struct arena *a, const struct magento_line *line)
{
	const char *name = arena_printf(a, "%s/%s", line->id, line->sku == NULL ? "" : line->sku);

	return column_text_key(a, doubled(a, name), MAGENTO_CODE - NUMBER);
}

static void
set_identifiers(struct arena *a, struct magento_lines *lines)
{
	struct named *names = arena_new(a, struct named, lines->n);
	size_t nth = 0;

	for (size_t i = 0; i < lines->n; i++)
		names[i] = (struct named){ line_name(a, &lines->line[i]), i };
	qsort(names, lines->n, sizeof names[0], by_text);
	for (size_t k = 0; k < lines->n; k++) {
		const char *name = names[k].text;

		nth = k > 0 && strcmp(names[k - 1].text, name) == 0 ? nth + 1 : 1;
		row_text(lines->line[names[k].i].row, PurchaseDetail_Identifier,
		    nth == 1 ? name : arena_printf(a, "%s#%zu", name, nth));
	}
}

static int
same_sku(const struct magento_line *x, const struct magento_line *y)
{
	return x->sku == NULL || y->sku == NULL ? x->sku == y->sku : strcmp(x->sku, y->sku) == 0;
}

/* A product's id that two SKUs share is the parent's. */
static void
find_shared_goods(struct arena *a, struct magento_lines *lines)
{
	struct named *goods = arena_new(a, struct named, lines->n);
	size_t n = 0;

	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].good != NULL)
			goods[n++] = (struct named){ lines->line[i].good, i };
	qsort(goods, n, sizeof goods[0], by_text);
	for (size_t first = 0, last; first < n; first = last) {
		int shared = 0;

		for (last = first; last < n && strcmp(goods[first].text, goods[last].text) == 0;
		     last++)
			shared |= !same_sku(&lines->line[goods[first].i],
			    &lines->line[goods[last].i]);
		for (size_t k = first; k < last; k++)
			lines->line[goods[k].i].shares_good = shared;
	}
}

void
platform_magento_lines_name(struct arena *a, struct magento_lines *lines)
{
	set_identifiers(a, lines);
	find_shared_goods(a, lines);
}
