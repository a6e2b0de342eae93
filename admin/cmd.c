#include "config.h"

#include "admin/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "admin/value.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/text_near.h"

const struct cmd_param cmd_global_options[] = {
	{ .name = "config",
	    .type = CMD_FILE,
	    .doc = "Settings file; otherwise $CUSTOMERAPI_CONF, otherwise the installed one." },
	{ .name = "json", .type = CMD_FLAG, .doc = "Print one JSON document instead of text." },
	{ .name = "wide",
	    .type = CMD_FLAG,
	    .doc = "On a terminal: print tables with all columns, and lines as long as they are. "
		   "Without it they fit its width. Elsewhere they are always whole." },
	{ .name = "quiet",
	    .type = CMD_FLAG,
	    .doc = "Print results only, no remarks and no progress." },
	{ .name = "help",
	    .type = CMD_FLAG,
	    .doc = "Show what the command does and what it takes." },
	{ .name = "version", .type = CMD_FLAG, .doc = "Show the version." },
	{ .name = NULL },
};

static const struct cmd_param no_params[] = { { .name = NULL } };

static const struct cmd_param *
params(const struct cmd_param *p)
{
	return p == NULL ? no_params : p;
}

static const struct cmd_param *
param_find(const struct cmd_param *p, const char *name, size_t n)
{
	for (p = params(p); p->name != NULL; p++)
		if (strlen(p->name) == n && strncmp(p->name, name, n) == 0)
			return p;
	return NULL;
}

/* ------------------------------------------------------------------ finding */

/* A command without a verb takes any: it is an argument. */
static int
has_verb(const struct cmd *c, const char *verb)
{
	return c->verb == NULL || (verb != NULL && strcmp(c->verb, verb) == 0);
}

static const struct cmd *
cmd_find(const char *group, const char *verb)
{
	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL; c++)
			if (strcmp(c->group, group) == 0 && has_verb(c, verb))
				return c;
	return NULL;
}

static int
group_exists(const char *group)
{
	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL; c++)
			if (strcmp(c->group, group) == 0)
				return 1;
	return 0;
}

enum { NAMES_MAX = 128, SHOWN_MAX = 64, LISTED_BYTES = 400 };

/* Groups (group NULL) or the verbs of a group, as a list that ends with NULL. */
static const char *const *
names(struct arena *a, const char *group)
{
	const char **list = arena_new(a, const char *, NAMES_MAX);
	size_t n = 0;

	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL && n + 1 < NAMES_MAX;
		     c++)
			if (group == NULL || strcmp(c->group, group) == 0)
				list[n++] = group == NULL ? c->group : c->verb;
	return list;
}

static void
fault_unknown(struct err *err, struct arena *a, const char *field, const char *what,
    const char *given, const char *const *candidates)
{
	const char *near = text_nearest(given, candidates);

	if (near != NULL)
		err_fault(err, a, field, "there is no %s; did you mean %s?", what, near);
	else
		err_fault(err, a, field, "there is no %s; there are %s", what,
		    text_names(a, candidates, LISTED_BYTES));
}

static const char *const *
option_names(struct arena *a, const struct cmd *c)
{
	const char **list = arena_new(a, const char *, NAMES_MAX);
	size_t n = 0;

	for (const struct cmd_param *p = params(c == NULL ? NULL : c->options);
	     p->name != NULL && n + 1 < NAMES_MAX; p++)
		list[n++] = arena_printf(a, "--%s", p->name);
	for (const struct cmd_param *p = cmd_global_options; p->name != NULL && n + 1 < NAMES_MAX;
	     p++)
		list[n++] = arena_printf(a, "--%s", p->name);
	return list;
}

/* ------------------------------------------------------------------ parsing */

struct parse {
	struct arena *a;
	struct err *err;
	struct cmd_line *line;
	const char **words;	/* what is no option: group, verb, arguments */
	size_t nwords;
	int stray; /* an unknown option was met: the next word may be its value, so words cannot be
		      told apart */
};

/* Which words are group and verb must be known before options are read: they decide whether an
 * option takes a value. */
static void
find_command(struct parse *p, int argc, char *const argv[])
{
	const char *found[2] = { NULL, NULL };
	size_t n = 0;

	for (int i = 1; i < argc && n < 2; i++) {
		if (strcmp(argv[i], "--config") == 0)
			i++;
		else if (argv[i][0] != '-')
			found[n++] = argv[i];
		else if (n == 1 && cmd_find(found[0], NULL) == NULL)
			continue;
		else if (n == 1)
			break;
	}
	p->line->group = found[0];
	if (found[0] != NULL)
		p->line->cmd = cmd_find(found[0], found[1]);
}

static void
set_global(struct parse *p, const char *name, const char *value)
{
	struct cmd_line *l = p->line;

	if (strcmp(name, "config") == 0 && l->config != NULL)
		err_fault(p->err, p->a, "--config", "is given twice");
	else if (strcmp(name, "config") == 0 && *value == '\0')
		err_fault(p->err, p->a, "--config", "must be the path of a file");
	else if (strcmp(name, "config") == 0)
		l->config = value;
	else if (strcmp(name, "json") == 0)
		l->json = 1;
	else if (strcmp(name, "quiet") == 0)
		l->quiet = 1;
	else if (strcmp(name, "wide") == 0)
		l->wide = 1;
	else if (strcmp(name, "help") == 0)
		l->help = 1;
	else
		l->version = 1;
}

static void
add_value(struct parse *p, const struct cmd_param *param, const char *shown, const char *text)
{
	if (!param->repeat && cmd_given(p->line, param->name)) {
		err_fault(p->err, p->a, shown, "is given twice");
		return;
	}
	if (value_check(p->a, param, shown, text, p->err) == 0)
		p->line->values[p->line->nvalues++] = (struct cmd_value){ .name = param->name,
			.text = text };
}

/* A name that is none may be of any length, and of any bytes. */
static const char *
shorten(struct arena *a, const char *word, size_t n)
{
	return n <= SHOWN_MAX ? arena_strndup(a, word, n) :
				arena_printf(a, "%.*s...", SHOWN_MAX, word);
}

/* One "--name" or "--name=value"; returns how many further words it took. */
static int
parse_option(struct parse *p, const char *word, const char *next)
{
	size_t n = strcspn(word + 2, "=");
	const char *shown = shorten(p->a, word, n + 2),
		   *value = word[n + 2] == '=' ? word + n + 3 : NULL;
	const struct cmd_param *global = param_find(cmd_global_options, word + 2, n), *own;
	const struct cmd_param *param = global;
	int took = 0;

	own = p->line->cmd == NULL ? NULL : param_find(p->line->cmd->options, word + 2, n);
	if (own != NULL)
		param = own;
	if (param == NULL) {
		p->stray |= value == NULL;
		if (p->line->cmd != NULL)
			fault_unknown(p->err, p->a, shown, "such option", shown,
			    option_names(p->a, p->line->cmd));
		return 0;
	}
	if (param->type == CMD_FLAG && value != NULL) {
		err_fault(p->err, p->a, shown, "takes no value");
		return 0;
	}
	if (param->type != CMD_FLAG && value == NULL) {
		if (next == NULL) {
			err_fault(
			    p->err, p->a, shown, "needs a value: %s", value_word(p->a, param));
			return 0;
		}
		value = next;
		took = 1;
	}
	if (own == NULL)
		set_global(p, param->name, value);
	else
		add_value(p, param, shown, value == NULL ? "" : value);
	return took;
}

static void
parse_words(struct parse *p, int argc, char *const argv[])
{
	int only_words = 0;

	for (int i = 1; i < argc; i++) {
		if (only_words || argv[i][0] != '-' || argv[i][1] == '\0')
			p->words[p->nwords++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_words = 1;
		else if (strcmp(argv[i], "-h") == 0)
			p->line->help = 1;
		else if (argv[i][1] != '-')
			err_fault(p->err, p->a, shorten(p->a, argv[i], strlen(argv[i])),
			    "there are no short options but -h");
		else
			i += parse_option(p, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
	}
}

static void
parse_arguments(struct parse *p)
{
	const struct cmd *c = p->line->cmd;
	size_t i = c->verb == NULL ? 1 : 2;

	for (const struct cmd_param *param = params(c->arguments); param->name != NULL; param++) {
		if (i >= p->nwords && param->required)
			err_fault(p->err, p->a, param->name, "is missing: %s", param->doc);
		for (int first = 1; i < p->nwords && (first || param->repeat); first = 0)
			add_value(p, param, param->name, p->words[i++]);
	}
	for (; i < p->nwords; i++)
		err_fault(
		    p->err, p->a, arena_printf(p->a, "argument %zu", i + 1), "is one too many");
}

static void
check_required(struct parse *p)
{
	for (const struct cmd_param *o = params(p->line->cmd->options); o->name != NULL; o++)
		if (o->required && !cmd_given(p->line, o->name))
			err_fault(p->err, p->a, arena_printf(p->a, "--%s", o->name),
			    "is missing: %s", o->doc);
}

static void
fault_no_command(struct parse *p)
{
	const char *group = p->line->group;

	if (group == NULL)
		err_fault(p->err, p->a, "command", "is missing; customerapi --help shows all");
	else if (!group_exists(group))
		fault_unknown(p->err, p->a, shorten(p->a, group, strlen(group)), "such command",
		    group, names(p->a, NULL));
	else if (p->nwords < 2)
		err_fault(p->err, p->a, group,
		    "needs one more word; customerapi %s --help shows which", group);
	else
		fault_unknown(p->err, p->a,
		    arena_printf(
			p->a, "%s %s", group, shorten(p->a, p->words[1], strlen(p->words[1]))),
		    "such command", p->words[1], names(p->a, group));
}

int
cmd_parse(struct arena *a, int argc, char *const argv[], struct cmd_line *out, struct err *err)
{
	struct parse p = { .a = a, .err = err, .line = out };

	*out = (struct cmd_line){ 0 };
	p.words = arena_new(a, const char *, (size_t)argc + 1);
	out->values = arena_new(a, struct cmd_value, (size_t)argc + 1);
	find_command(&p, argc, argv);
	parse_words(&p, argc, argv);
	if (out->help || out->version) {
		err_clear(err);
		if (out->version || out->group == NULL || group_exists(out->group))
			return 0;
	}
	if (out->cmd == NULL) {
		fault_no_command(&p);
	} else {
		if (!p.stray)
			parse_arguments(&p);
		check_required(&p);
	}
	return err->faults == NULL ? 0 : err_set(err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

/* ------------------------------------------------------------------ values */

static void
must_exist(const struct cmd_line *l, const char *name)
{
	if (param_find(l->cmd->options, name, strlen(name)) == NULL &&
	    param_find(l->cmd->arguments, name, strlen(name)) == NULL)
		abort();
}

size_t
cmd_count(const struct cmd_line *l, const char *name)
{
	size_t n = 0;

	must_exist(l, name);
	for (size_t i = 0; i < l->nvalues; i++)
		n += strcmp(l->values[i].name, name) == 0;
	return n;
}

int
cmd_given(const struct cmd_line *l, const char *name)
{
	return cmd_count(l, name) > 0;
}

const char *
cmd_nth(const struct cmd_line *l, const char *name, size_t which)
{
	must_exist(l, name);
	for (size_t i = 0; i < l->nvalues; i++)
		if (strcmp(l->values[i].name, name) == 0 && which-- == 0)
			return l->values[i].text;
	return NULL;
}

const char *
cmd_text(const struct cmd_line *l, const char *name)
{
	size_t n = cmd_count(l, name);

	return n == 0 ? NULL : cmd_nth(l, name, n - 1);
}

int64_t
cmd_int(const struct cmd_line *l, const char *name, int64_t otherwise)
{
	const char *text = cmd_text(l, name);
	int64_t n;

	return text != NULL && text_int64(text, &n) == 0 ? n : otherwise;
}

size_t
cmd_ints(const struct cmd_line *l, struct arena *a, const char *name, int32_t **out)
{
	size_t n = 0, room = 0;

	for (size_t i = 0; i < cmd_count(l, name); i++)
		room += strlen(cmd_nth(l, name, i)) + 1;
	*out = arena_new(a, int32_t, room);
	for (size_t i = 0; i < cmd_count(l, name); i++)
		for (const char *p = cmd_nth(l, name, i), *part;
		     (part = value_part(a, &p)) != NULL;) {
			int64_t v;
			size_t k = 0;

			if (text_int64(part, &v) != 0)
				continue;
			while (k < n && (*out)[k] != v)
				k++;
			if (k == n)
				(*out)[n++] = (int32_t)v;
		}
	return n;
}

const char *
cmd_choices(const struct cmd_line *l, struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; i < cmd_count(l, name); i++)
		for (const char *p = cmd_nth(l, name, i), *part;
		     (part = value_part(a, &p)) != NULL;)
			if (b.len == 0 || !value_in_list(b.data, part))
				buf_addf(&b, "%s%s", b.len == 0 ? "" : ",", part);
	return b.data;
}
