#include "config.h"

#include "admin/cmd.h"

#include <string.h>

#include "admin/value.h"
#include "lib/arena.h"
#include "lib/text.h"

enum { DOC_COLUMN = 6, SUMMARY_COLUMN = 22 };

/* ------------------------------------------------------------------ usage */

static const char *
cmd_name(struct arena *a, const struct cmd *c)
{
	return c->verb == NULL ? c->group : arena_printf(a, "%s %s", c->group, c->verb);
}

static size_t
first_sentence(const char *doc)
{
	const char *end = strstr(doc, ". ");

	return end == NULL ? strlen(doc) : (size_t)(end - doc) + 1;
}

/* Breaks text into lines behind an indent. */
static void
add_wrapped(struct buf *b, size_t indent, const char *text)
{
	while (*text != '\0') {
		size_t n = strlen(text), room = CMD_LINE_WIDTH - indent;

		if (n > room)
			for (n = room; n > 0 && text[n] != ' '; n--)
				;
		if (n == 0)
			n = strcspn(text, " ");
		buf_addf(b, "%*s%.*s\n", (int)indent, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void
add_synopsis(struct buf *b, struct arena *a, const struct cmd *c)
{
	buf_addf(b, "customerapi %s", cmd_name(a, c));
	for (const struct cmd_param *p = c->arguments; p != NULL && p->name != NULL; p++)
		buf_addf(b, p->required ? " %s%s" : " [%s%s]", p->name, p->repeat ? " ..." : "");
	for (const struct cmd_param *p = c->options; p != NULL && p->name != NULL; p++)
		if (p->required)
			buf_addf(b, " --%s %s", p->name, value_word(a, p));
	if (c->options != NULL)
		buf_adds(b, " [OPTION ...]");
	buf_addc(b, '\n');
}

static void
add_option(struct buf *b, struct arena *a, const struct cmd_param *p)
{
	buf_addf(b, "  --%s%s%s\n", p->name, p->type == CMD_FLAG ? "" : " ", value_word(a, p));
	add_wrapped(
	    b, DOC_COLUMN, p->repeat ? arena_printf(a, "%s May be repeated.", p->doc) : p->doc);
}

/* A line for the shell, which may be copied also where it is broken: between options, never within
 * what may be quoted. */
static void
add_example(struct buf *b, const struct cmd *c)
{
	size_t start = b->len;
	const char *next;

	buf_adds(b, "  customerapi");
	for (const char *p = c->example; *p != '\0'; p = next) {
		next = strstr(p + 1, " --");
		next = next == NULL ? p + strlen(p) : next + 1;
		if (b->len - start + (size_t)(next - p) + 1 > CMD_LINE_WIDTH && p != c->example) {
			buf_adds(b, " \\\n   ");
			start = b->len - 3;
		}
		buf_addf(b, " %.*s", (int)((size_t)(next - p) - (*next != '\0')), p);
	}
	buf_addc(b, '\n');
}

char *
cmd_usage(struct arena *a, const struct cmd *c)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "Usage: ");
	add_synopsis(&b, a, c);
	buf_addc(&b, '\n');
	add_wrapped(&b, 0, c->doc);
	for (const struct cmd_param *p = c->arguments; p != NULL && p->name != NULL; p++) {
		buf_addf(&b, "%s  %s\n", p == c->arguments ? "\nArguments:\n" : "", p->name);
		add_wrapped(&b, DOC_COLUMN, p->doc);
	}
	for (const struct cmd_param *p = c->options; p != NULL && p->name != NULL; p++) {
		buf_adds(&b, p == c->options ? "\nOptions:\n" : "");
		add_option(&b, a, p);
	}
	if (c->more != NULL)
		buf_adds(&b, c->more(a));
	buf_adds(&b, "\nExample:\n");
	add_example(&b, c);
	buf_adds(
	    &b, "\nEvery command also takes --config FILE, --json, --wide, --quiet and --help.\n");
	return b.data;
}

/* The command's name, beside it the first sentence. */
static void
add_summary(struct buf *b, struct arena *a, const struct cmd *c)
{
	const char *name = cmd_name(a, c);
	size_t start = b->len;

	add_wrapped(b, SUMMARY_COLUMN, arena_strndup(a, c->doc, first_sentence(c->doc)));
	memcpy(b->data + start + 2, name, strlen(name));
}

char *
cmd_usage_all(struct arena *a, const char *group)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "Usage: customerapi COMMAND [ARGUMENT ...] [OPTION ...]\n\nCommands:\n");
	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL; c++)
			if (group == NULL || strcmp(group, c->group) == 0)
				add_summary(&b, a, c);
	buf_adds(&b, "\nOptions of every command:\n");
	for (const struct cmd_param *p = cmd_global_options; p->name != NULL; p++)
		add_option(&b, a, p);
	buf_addc(&b, '\n');
	add_wrapped(&b, 0, "customerapi COMMAND --help says more. Exit codes: 0 done, 1 failed, "
	    "2 wrong command line, 3 not found, 4 database unreachable.");
	return b.data;
}

/* ------------------------------------------------------------------ man page */

/* Text is the blank between a full stop and a capital letter. */
static int
ends_sentence(const char *text)
{
	if (*text != ' ' || text[-1] != '.')
		return 0;
	return text[1] >= 'A' && text[1] <= 'Z';
}

void
cmd_mdoc(struct buf *b, const char *text)
{
	int start = 1;

	for (; *text != '\0'; text++) {
		if (start && (*text == '.' || *text == '\''))
			buf_adds(b, "\\&");
		start = 0;
		if (*text == '\\')
			buf_adds(b, "\\e");
		else if (*text == '-')
			buf_adds(b, "\\-");
		else if (ends_sentence(text)) {
			buf_addc(b, '\n');
			start = 1;
		} else
			buf_addc(b, *text);
	}
	buf_addc(b, '\n');
}

static void
man_params(struct buf *b, struct arena *a, const struct cmd_param *p)
{
	int options = p != NULL && p->name != NULL && p->name[0] >= 'a';

	for (; p != NULL && p->name != NULL; p++) {
		if (!options)
			buf_addf(b, ".It Ar %s\n", p->name);
		else if (p->type == CMD_FLAG)
			buf_addf(b, ".It Fl \\-%s\n", p->name);
		else
			buf_addf(b, ".It Fl \\-%s Ar %s\n", p->name, value_word(a, p));
		cmd_mdoc(b, p->doc);
		if (p->required && options)
			buf_adds(b, "Required.\n");
		if (p->repeat)
			buf_adds(b, "May be repeated.\n");
	}
}

char *
cmd_man_options(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, ".Bl -tag -width Ds\n");
	man_params(&b, a, cmd_global_options);
	buf_adds(&b, ".El\n");
	return b.data;
}

static void
man_example(struct buf *b, const struct cmd *c)
{
	buf_adds(b, ".Pp\nExample:\n.Dl customerapi ");
	for (const char *p = c->example; *p != '\0'; p++)
		if (*p == '-')
			buf_adds(b, "\\-");
		else if (*p == '"')
			buf_adds(b, "\\(dq");
		else
			buf_addc(b, *p);
	buf_addc(b, '\n');
}

/* Lines as they are; none of them may look like a macro. */
static void
man_more(struct buf *b, const char *text)
{
	buf_adds(b, ".Bd -literal\n");
	for (const char *p = text + strspn(text, "\n"); *p != '\0'; p++) {
		const int begins_line = p == text || p[-1] == '\n';

		if (begins_line && (*p == '.' || *p == '\''))
			buf_adds(b, "\\&");
		if (*p == '\\')
			buf_adds(b, "\\e");
		else if (*p == '-')
			buf_adds(b, "\\-");
		else
			buf_addc(b, *p);
	}
	buf_adds(b, ".Ed\n");
}

char *
cmd_man(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL; c++) {
			buf_addf(&b, ".Ss %s", cmd_name(a, c));
			for (const struct cmd_param *p = c->arguments; p != NULL && p->name != NULL;
			     p++)
				buf_addf(&b, p->required ? " %s%s" : " [%s%s]", p->name,
				    p->repeat ? " ..." : "");
			buf_addc(&b, '\n');
			cmd_mdoc(&b, c->doc);
			if (c->arguments != NULL || c->options != NULL) {
				buf_adds(&b, ".Bl -tag -width Ds\n");
				man_params(&b, a, c->arguments);
				man_params(&b, a, c->options);
				buf_adds(&b, ".El\n");
			}
			if (c->more != NULL)
				man_more(&b, c->more(a));
			man_example(&b, c);
		}
	return b.data;
}

/* ------------------------------------------------------------------ lint */

static int
has_range(enum cmd_type type)
{
	return type == CMD_INT || type == CMD_INTS || type == CMD_TEXT;
}

static const char *
lint_param(
    struct arena *a, const struct cmd *c, const struct cmd_param *list, const struct cmd_param *p)
{
	const char *fault = NULL;

	if (p->type == CMD_UNSET)
		fault = "no type";
	else if (p->doc == NULL || *p->doc == '\0' || p->doc[strlen(p->doc) - 1] != '.')
		fault = "no sentence";
	else if ((p->type == CMD_CHOICE || p->type == CMD_CHOICES) && p->choices == NULL)
		fault = "no choices";
	else if (has_range(p->type) && p->max <= p->min)
		fault = "no range";
	for (const struct cmd_param *q = list; q != p; q++)
		if (strcmp(q->name, p->name) == 0)
			fault = "given twice";
	return fault == NULL ? NULL : arena_printf(a, "%s: %s: %s", cmd_name(a, c), p->name, fault);
}

static const char *
lint_params(struct arena *a, const struct cmd *c, const struct cmd_param *list)
{
	const char *fault = NULL;

	for (const struct cmd_param *p = list; p != NULL && p->name != NULL; p++)
		if (fault == NULL)
			fault = lint_param(a, c, list, p);
	return fault;
}

static int
is_whole(const struct cmd *c)
{
	if (c->run == NULL || c->needs == CMD_NEEDS_UNSET || c->example == NULL)
		return 0;
	return c->doc != NULL && c->doc[strlen(c->doc) - 1] == '.';
}

const char *
cmd_lint(struct arena *a)
{
	const char *fault = NULL;

	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL && fault == NULL; c++) {
			if (!is_whole(c))
				fault = arena_printf(a,
				    "%s: no function, needs, sentence or example", cmd_name(a, c));
			if (fault == NULL)
				fault = lint_params(a, c, c->arguments);
			if (fault == NULL)
				fault = lint_params(a, c, c->options);
		}
	return fault;
}
