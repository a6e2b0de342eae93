#include "config.h"

#include "admin/param_help.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/param.h"
#include "lib/text.h"

enum { INDENT = 6, FIELD_COLUMN = 22 };

static void
add_choices(struct buf *b, const char *choices)
{
	for (; *choices != '\0'; choices++)
		*choices == '|' ? buf_adds(b, ", ") : buf_addc(b, *choices);
	buf_adds(b, ". ");
}

/* "Required. 1 to 12. 1 unless given. ": what a value may be. */
static const char *
rule_of(struct arena *a, const struct param *p)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, p->required ? "Required. " : "");
	buf_adds(&b, p->secret ? "Secret. " : "");
	if (p->kind == PARAM_INT)
		buf_addf(&b, "%lld to %lld. ", (long long)p->min, (long long)p->max);
	if (p->choices != NULL && p->min == p->max)	/* else the sentence says numbers, too */
		add_choices(&b, p->choices);
	if (p->def != NULL)
		buf_addf(&b, "%s unless given. ", p->def);
	return b.len == 0 ? "" : b.data;
}

static void
add_field(struct buf *b, const struct param *p)
{
	const char *text = arena_printf(b->arena, "%s%s", rule_of(b->arena, p), p->doc);
	size_t start = b->len;

	buf_addf(b, "%*s%s ", INDENT, "", p->name);
	while (b->len - start < FIELD_COLUMN)
		buf_addc(b, ' ');
	buf_addf(b, "%s\n", terminal_wrap(b->arena, text, CMD_LINE_WIDTH, b->len - start,
	    FIELD_COLUMN));
}

void
param_help_text(struct buf *b, const char *text)
{
	buf_addf(b, "%*s%s\n", INDENT, "",
	    terminal_wrap(b->arena, text, CMD_LINE_WIDTH, INDENT, INDENT));
}

/* ------------------------------------------------------------------ groups */

/* The group has the field, and says the same of it. */
static int
has_same(const struct param_help_group *g, const struct param *p)
{
	const struct param *other = param_find(g->params, p->name);

	return other != NULL && strcmp(other->doc, p->doc) == 0;
}

static int
is_common(const struct param_help_group *groups, const struct param *p)
{
	size_t with = 0, all = 0;

	for (const struct param_help_group *g = groups; g->name != NULL; g++, all++)
		with += (size_t)has_same(g, p);
	return with * 3 > all * 2;
}

/* Common fields are told once, of the first group that has them. */
static void
add_common(struct buf *b, const struct param_help_group *groups, const struct param_help_group *g)
{
	for (const struct param *p = g->params; p->name != NULL; p++) {
		int told = !is_common(groups, p) || p->kind == PARAM_OBJECT;

		for (const struct param_help_group *before = groups; before != g; before++)
			told |= has_same(before, p);
		if (!told)
			add_field(b, p);
	}
}

void
param_help_groups(struct buf *b, const struct param_help_group *groups, const char *common)
{
	for (const struct param_help_group *g = groups; g->name != NULL; g++) {
		buf_addf(b, "  %s\n", g->name);
		param_help_text(b, g->doc);
		for (const struct param *p = g->params; p->name != NULL; p++)
			if (!is_common(groups, p))
				add_field(b, p);
	}
	buf_addf(b, "  %s\n", common);
	for (const struct param_help_group *g = groups; g->name != NULL; g++)
		add_common(b, groups, g);
}
