#include "config.h"

#include "admin/schedule_help.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/param_help.h"
#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"

enum { DOC_COLUMN = PARAM_HELP_INDENT };

static void
add_text(struct buf *b, size_t indent, const char *text)
{
	buf_addf(b, "%*s%s\n", (int)indent, "",
	    terminal_wrap(b->arena, text, CMD_LINE_WIDTH, indent, indent));
}

/* ------------------------------------------------------------------ fields */

/* The form has the field, and says the same of it. */
static int
has_same(const struct schedule_form *f, const struct param *p)
{
	const struct param *other = param_find(f->params, p->name);

	return other != NULL && strcmp(other->doc, p->doc) == 0;
}

/* More than two of three forms have it. */
static int
is_common(const struct param *p)
{
	size_t with = 0, all = 0;

	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++, all++)
		with += (size_t)has_same(f, p);
	return with * 3 > all * 2;
}

/* Common fields are told once, of the first form that has them. */
static void
add_common(struct buf *b, const struct schedule_form *f)
{
	for (const struct param *p = f->params; p->name != NULL; p++) {
		int told = !is_common(p) || p->kind == PARAM_OBJECT;

		for (const struct schedule_form *before = schedule_forms; before != f; before++)
			told |= has_same(before, p);
		if (!told)
			param_help_field(b, p);
	}
}

static void
add_forms(struct buf *b)
{
	buf_adds(b, "\nForms, and their fields for --set NAME=VALUE, lists comma separated:\n");
	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++) {
		buf_addf(b, "  %s\n", f->name);
		add_text(b, DOC_COLUMN, f->doc);
		for (const struct param *p = f->params; p->name != NULL; p++)
			if (!is_common(p))
				param_help_field(b, p);
	}
	buf_adds(b, "  Common fields\n");
	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
		add_common(b, f);
}

/* ------------------------------------------------------------------ processes */

static void
add_process(struct buf *b, const struct process_kind *k)
{
	struct buf names;

	buf_init(&names, b->arena);
	for (const struct param *p = k->params; p != NULL && p->name != NULL; p++)
		buf_addf(&names, "%s%s", names.len == 0 ? " Parameters: " : ", ", p->name);
	buf_addf(b, "  %s%s\n", k->name, k->built ? "" : "  (" PROCESS_NOT_BUILT ")");
	add_text(b, DOC_COLUMN, arena_printf(b->arena, "%s%s%s", k->doc,
	    names.len == 0 ? "" : names.data, names.len == 0 ? "" : "."));
}

static void
add_processes(struct buf *b)
{
	buf_adds(b, "\nProcesses, and their parameters for --parameter NAME=VALUE:\n");
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		if (!k->hidden)
			add_process(b, k);
}

/* ------------------------------------------------------------------ */

char *
schedule_help_processes(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	add_processes(&b);
	return b.data;
}

char *
schedule_help(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	add_forms(&b);
	add_processes(&b);
	return b.data;
}
