#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/mail_address.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/store_admin.h"

/* "name@domain" or "@domain", in lower case, an internationalised domain in ASCII: so recipients are compared. NULL with a fault otherwise. */
static const char *
pattern_read(struct context *x, const char *text)
{
	char ascii[1 + MAIL_ADDRESS_SIZE] = "@";

	if ((text[0] == '@' ? mail_domain_ascii(text + 1, ascii + 1) : mail_address_ascii(text, ascii)) < 0) {
		err_fault(&x->err, &x->arena, "PATTERN", "must be an address (anna@example.org) or a domain behind @ (@example.org)");
		return NULL;
	}
	return text_lower(arena_strdup(&x->arena, ascii));
}

static int
patterns_read(struct context *x, const char **list)
{
	for (size_t i = 0; i < cmd_count(&x->line, "PATTERN"); i++)
		list[i] = pattern_read(x, cmd_nth(&x->line, "PATTERN", i));
	return x->err.faults == NULL ? 0 : err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
add_run(struct context *x)
{
	size_t n = cmd_count(&x->line, "PATTERN");
	const char **list = arena_new(&x->arena, const char *, n);
	struct store_alias *t;
	usec_t now;
	int rc;

	if ((rc = patterns_read(x, list)) < 0 || (rc = context_tenant(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		rc = store_admin_mail_allow_add(x->db, t->alias_id, list[i], now, &x->err);
		if (rc < 0 && rc != ERR_CONFLICT)
			return rc;
		output_remark(&x->out, rc == 0 ? "Mail to %s is allowed." : "Mail to %s was allowed already.", list[i]);
		err_clear(&x->err);
	}
	return 0;
}

static int
list_run(struct context *x)
{
	static const struct output_column columns[] = { { "Pattern", OUTPUT_TEXT }, { "CreatedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET } };
	struct store_alias *t;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = store_admin_mail_allow_list(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "MailPatterns", columns, r.cells, r.n);
	return 0;
}

static int
remove_run(struct context *x)
{
	size_t n = cmd_count(&x->line, "PATTERN");
	const char **list = arena_new(&x->arena, const char *, n);
	struct store_alias *t;
	int rc;

	if ((rc = patterns_read(x, list)) < 0 || (rc = context_tenant(x, &t)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if ((rc = store_admin_mail_allow_remove(x->db, t->alias_id, list[i], &x->err)) < 0)
			return rc;
		output_remark(&x->out, "Mail to %s is no longer allowed.", list[i]);
	}
	return 0;
}

#define PATTERN(text) { .name = "PATTERN", .type = CMD_TEXT, .required = 1, .repeat = 1, .max = 254, .doc = text }

static const struct cmd_param change_arguments[] = {
	CONTEXT_TENANT,
	PATTERN("An address (anna@example.org), or a domain with all its addresses (@example.org)."),
	{ .name = NULL },
};

static const struct cmd_param list_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

const struct cmd cmd_mail_allow_rows[] = {
	{ .group = "mail-allow", .verb = "add", .needs = CMD_NEEDS_REGISTRY, .run = add_run, .arguments = change_arguments,
	  .example = "mail-allow add Demo Main orders@example.org @demo.example",
	  .doc = "Allows mail to addresses. Webhooks may name recipients in their URL; only those on the list get mail." },
	{ .group = "mail-allow", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = list_run, .arguments = list_arguments,
	  .example = "mail-allow list Demo Main",
	  .doc = "Lists the allowed addresses." },
	{ .group = "mail-allow", .verb = "remove", .needs = CMD_NEEDS_REGISTRY, .run = remove_run, .arguments = change_arguments,
	  .example = "mail-allow remove Demo Main orders@example.org",
	  .doc = "Takes addresses off the list." },
	{ .group = NULL },
};
