#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_admin.h"

/* ------------------------------------------------------------------ the script */

/* Names of tables are [a-z-], choices have no quotes: nothing needs escaping. */
static const char script[] =
    "_customerapi_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$2\")); }\n"
    "\n"
    "# Names from the database, when it answers at once.\n"
    "_customerapi_names() {\n"
    "\tlocal program=${COMP_WORDS[0]/#\\~/$HOME} config=() i\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\t[[ ${COMP_WORDS[i]} == --config ]] && config=(--config \"${COMP_WORDS[i + 1]}\")\n"
    "\tdone\n"
    "\ttimeout 1 \"$program\" completion \"$@\" \"${config[@]}\" </dev/null 2>/dev/null\n"
    "}\n"
    "\n"
    "# $1: what a value is. $2: what stands there. $3: the customer, if one was named.\n"
    "_customerapi_value() {\n"
    "\tcase $1 in\n"
    "\t@file) COMPREPLY=($(compgen -f -- \"$2\")); compopt -o filenames 2>/dev/null ;;\n"
    "\t@customer) _customerapi_words \"$(_customerapi_names customers)\" \"$2\" ;;\n"
    "\t@alias) _customerapi_words \"$(_customerapi_names aliases \"$3\")\" \"$2\" ;;\n"
    "\t@tenant) _customerapi_words \"$(_customerapi_names tenants)\" \"$2\" ;;\n"
    "\t@list:*)\n"
    "\t\tlocal before=\n"
    "\t\t[[ $2 == *,* ]] && before=${2%,*},\n"
    "\t\t_customerapi_words \"${1#@list:}\" \"${2##*,}\"\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]/#/$before}\"); compopt -o nospace 2>/dev/null ;;\n"
    "\t@*) ;;\n"
    "\t*) _customerapi_words \"$1\" \"$2\" ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_customerapi() {\n"
    "\tlocal word=${COMP_WORDS[COMP_CWORD]} words=() command= option= i one rest\n"
    "\tCOMPREPLY=()\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tone=${COMP_WORDS[i]}\n"
    "\t\tif [[ $one == --* ]]; then\n"
    "\t\t\toption=$one\n"
    "\t\t\t[[ -z ${_customerapi_of[\"$command $one\"]-${_customerapi_of[\" $one\"]-}} ]] && "
    "option=\n"
    "\t\telif [[ $one == '=' ]]; then\n"
    "\t\t\t:\n"
    "\t\telif [[ -n $option ]]; then\n"
    "\t\t\toption=\n"
    "\t\telse\n"
    "\t\t\twords+=(\"$one\")\n"
    "\t\t\tif [[ ${#words[@]} == 1 ]]; then command=$one\n"
    "\t\t\telif [[ ${#words[@]} == 2 && -n ${_customerapi_verbs[${words[0]}]-} ]]; then "
    "command=\"${words[0]} $one\"; fi\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t[[ $word == '=' ]] && word=\n"
    "\tif [[ -n $option ]]; then\n"
    "\t\trest=${words[*]:1}\n"
    "\t\t_customerapi_value \"${_customerapi_of[\"$command $option\"]-${_customerapi_of[\" "
    "$option\"]}}\" \"$word\" \"${rest%% *}\"\n"
    "\telif [[ $word == -* ]]; then\n"
    "\t\t_customerapi_words \"${_customerapi_options[$command]-} ${_customerapi_options[-]}\" "
    "\"$word\"\n"
    "\telif [[ ${#words[@]} == 0 ]]; then\n"
    "\t\t_customerapi_words \"$_customerapi_commands\" \"$word\"\n"
    "\telif [[ ${#words[@]} == 1 && -n ${_customerapi_verbs[$command]-} ]]; then\n"
    "\t\t_customerapi_words \"${_customerapi_verbs[$command]}\" \"$word\"\n"
    "\telse\n"
    "\t\ti=$((${#words[@]} - 1)); [[ $command == *' '* ]] && i=$((i - 1))\n"
    "\t\tone=${words[*]: -1}\n"
    "\t\t_customerapi_value \"${_customerapi_of[\"$command $i\"]-@}\" \"$word\" \"$one\"\n"
    "\tfi\n"
    "}\n"
    "complete -F _customerapi customerapi\n";

static void
add_words(struct buf *b, const char *choices)
{
	for (const char *p = choices; *p != '\0'; p++)
		buf_addc(b, *p == '|' ? ' ' : *p);
}

/* What can stand for a value, in the words of _customerapi_value. */
static void
add_value(struct buf *b, const struct cmd_param *p)
{
	switch (p->type) {
	case CMD_FILE:
		buf_adds(b, "@file");
		break;
	case CMD_TENANT:
		buf_adds(b, "@tenant");
		break;
	case CMD_CHOICES:
		buf_adds(b, "@list:");
		add_words(b, p->choices);
		break;
	case CMD_CHOICE:
		add_words(b, p->choices);
		break;
	case CMD_NAME:
		if (strcmp(p->name, "CUSTOMER") == 0)
			buf_adds(b, "@customer");
		else
			buf_adds(b, strcmp(p->name, "ALIAS") == 0 ? "@alias" : "@");
		break;
	default:
		buf_adds(b, "@");
		break;
	}
}

static void
add_params(struct buf *b, const char *command, const struct cmd_param *p, int options)
{
	for (size_t i = 0; p != NULL && p->name != NULL; p++, i++) {
		if (p->type == CMD_FLAG)
			continue;
		if (options)
			buf_addf(b, "\t[\"%s --%s\"]=\"", command, p->name);
		else
			buf_addf(b, "\t[\"%s %zu\"]=\"", command, i);
		add_value(b, p);
		buf_adds(b, "\"\n");
	}
}

static const char *
name_of(struct arena *a, const struct cmd *c)
{
	return c->verb == NULL ? c->group : arena_printf(a, "%s %s", c->group, c->verb);
}

static void
add_options(struct buf *b, const char *command, const struct cmd_param *p)
{
	buf_addf(b, "\t[\"%s\"]=\"", command);
	for (; p != NULL && p->name != NULL; p++)
		buf_addf(b, " --%s", p->name);
	buf_adds(b, "\"\n");
}

char *
cmd_bash(struct arena *a)
{
	const char *group = "";
	struct buf commands, verbs, options, of;
	struct buf *const all[] = { &commands, &verbs, &options, &of };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		buf_init(all[i], a);
	buf_adds(&commands,
	    "# bash completion for customerapi; made from the tables of its "
	    "commands.\n_customerapi_commands=\"");
	buf_adds(&verbs, "declare -gA _customerapi_verbs=(");
	buf_adds(&options, "declare -gA _customerapi_options=(\n");
	buf_adds(&of, "declare -gA _customerapi_of=(\n");
	for (size_t t = 0; cmd_tables[t] != NULL; t++)
		for (const struct cmd *c = cmd_tables[t]; c->group != NULL; c++) {
			if (strcmp(c->group, group) != 0) {
				buf_addf(&commands, " %s", c->group);
				buf_addf(&verbs, "%s\n\t[\"%s\"]=\"", *group == '\0' ? "" : "\"",
				    c->group);
			}
			if (c->verb != NULL)
				buf_addf(&verbs, " %s", c->verb);
			group = c->group;
			add_options(&options, name_of(a, c), c->options);
			add_params(&of, name_of(a, c), c->options, 1);
			add_params(&of, name_of(a, c), c->arguments, 0);
		}
	add_options(&options, "-", cmd_global_options);
	add_params(&of, "", cmd_global_options, 1);
	buf_addf(
	    &commands, "\"\n%s\"\n)\n%s)\n%s)\n\n%s", verbs.data, options.data, of.data, script);
	return commands.data;
}

/* ------------------------------------------------------------------ command */

static int
print_names(struct context *x, const char *what)
{
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	int tenants = strcmp(what, "tenants") == 0, rc;
	struct rows r;
	struct buf b;

	if ((rc = context_open(x, CMD_NEEDS_REGISTRY)) < 0)
		return rc;
	rc = strcmp(what, "customers") == 0 ? store_admin_customers(x->db, &x->arena, &r, &x->err) :
	    store_admin_aliases(x->db, &x->arena, tenants ? NULL : customer, &r, &x->err);
	if (rc < 0)
		return rc;
	buf_init(&b, &x->arena);
	buf_adds(&b, "");
	for (size_t i = 0; i < r.n; i++)
		if (tenants)
			buf_addf(&b, "%s/%s\n", rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias));
		else
			buf_addf(
			    &b, "%s\n", rows_text(&r, i, strcmp(what, "customers") == 0 ? 0 : 1));
	output_document(&x->out, "Names", b.data);
	return 0;
}

static int
completion_run(struct context *x)
{
	const char *what = cmd_text(&x->line, "WHAT");

	if (strcmp(what, "bash") != 0)
		return print_names(x, what);
	output_document(&x->out, "Script", cmd_bash(&x->arena));
	return 0;
}

static const struct cmd_param arguments[] = {
	{ .name = "WHAT",
	    .type = CMD_CHOICE,
	    .required = 1,
	    .choices = "bash|customers|aliases|tenants",
	    .doc = "The script (bash), or the names that it offers: customers, aliases of a "
		   "customer, tenants." },
	{ .name = "CUSTOMER", .type = CMD_NAME, .doc = "Only this customer's aliases." },
	{ .name = NULL },
};

const struct cmd cmd_completion_rows[] = {
	{ .group = "completion",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = completion_run,
	    .arguments = arguments,
	    .example = "completion bash",
	    .doc = "Prints the script with which bash completes commands, options and their "
		   "values; make install puts it where bash looks for it. "
		   "Names of customers and aliases are offered when the database answers within a "
		   "second." },
	{ .group = NULL },
};
