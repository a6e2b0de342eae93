#include "config.h"

#include "admin/param_help.h"

#include "admin/cmd.h"
#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/param.h"
#include "lib/text.h"

enum { FIELD_COLUMN = 22 };

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

void
param_help_field(struct buf *b, const struct param *p)
{
	const char *text = arena_printf(b->arena, "%s%s", rule_of(b->arena, p), p->doc);
	size_t start = b->len;

	buf_addf(b, "%*s%s ", PARAM_HELP_INDENT, "", p->name);
	while (b->len - start < FIELD_COLUMN)
		buf_addc(b, ' ');
	buf_addf(b, "%s\n", terminal_wrap(b->arena, text, CMD_LINE_WIDTH, b->len - start,
	    FIELD_COLUMN));
}
