#include "config.h"

#include "admin/schedule_help.h"

#include "admin/param_help.h"
#include "lib/arena.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"

static void
add_forms(struct buf *b)
{
	struct param_help_group *groups;
	size_t n = 0;

	while (schedule_forms[n].name != NULL)
		n++;
	groups = arena_new(b->arena, struct param_help_group, n + 1);
	for (size_t i = 0; i < n; i++)
		groups[i] = (struct param_help_group){ .name = schedule_forms[i].name,
			.doc = schedule_forms[i].doc, .params = schedule_forms[i].params };
	buf_adds(b, "\nForms, and their fields for --set NAME=VALUE, lists comma separated:\n");
	param_help_groups(b, groups, "Common fields");
}

static void
add_process(struct buf *b, const struct process_kind *k)
{
	struct buf names;

	buf_init(&names, b->arena);
	for (const struct param *p = k->params; p != NULL && p->name != NULL; p++)
		buf_addf(&names, "%s%s", names.len == 0 ? " Parameters: " : ", ", p->name);
	buf_addf(b, "  %s%s\n", k->name, k->built ? "" : "  (" PROCESS_NOT_BUILT ")");
	param_help_text(b, arena_printf(b->arena, "%s%s%s", k->doc,
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
