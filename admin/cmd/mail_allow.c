#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/removal.h"
#include "lib/format/mail_address.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

/* "name@domain" or "@domain", in lower case, an internationalised domain in ASCII: so recipients
 * are compared. NULL with a fault otherwise. */
static const char *
pattern_read(struct context *x, const char *text)
{
	char ascii[1 + MAIL_ADDRESS_SIZE] = "@";

	if ((text[0] == '@' ? mail_domain_ascii(text + 1, ascii + 1) :
			      mail_address_ascii(text, ascii)) < 0) {
		err_fault(&x->err, &x->arena, "PATTERN",
		    "must be an address (anna@example.org) or a domain behind @ (@example.org)");
		return NULL;
	}
	return text_lower(arena_strdup(&x->arena, ascii));
}

static int
patterns_read(struct context *x, const char **list)
{
	for (size_t i = 0; i < cmd_count(&x->line, "PATTERN"); i++)
		list[i] = pattern_read(x, cmd_nth(&x->line, "PATTERN", i));
	return x->err.faults == NULL ? 0 :
				       err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

struct change {
	struct store_alias *tenant;
	const char **list;
	size_t n;
	int *is_new;			/* add: of each pattern */
};

static int
change_read(struct context *x, struct change *c)
{
	int rc;

	c->n = cmd_count(&x->line, "PATTERN");
	c->list = arena_new(&x->arena, const char *, c->n);
	c->is_new = arena_new(&x->arena, int, c->n);
	if ((rc = patterns_read(x, c->list)) < 0)
		return rc;
	return context_tenant(x, &c->tenant);
}

static int
mail_allow_add_work(struct context *x, void *arg)
{
	struct change *c = arg;
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_alias_hold(x->db, &x->arena, c->tenant->alias_id, &x->err)) < 0)
		return rc;
	for (size_t i = 0; i < c->n; i++) {
		rc = store_admin_mail_allow_add(x->db, c->tenant->alias_id, c->list[i], now,
		    &x->err);
		if (rc < 0 && rc != ERR_CONFLICT)
			return rc;
		c->is_new[i] = rc == 0;
		err_clear(&x->err);
	}
	return 0;
}

static int
mail_allow_add(struct context *x)
{
	struct change c = { 0 };
	int rc;

	if ((rc = change_read(x, &c)) < 0 ||
	    (rc = context_transaction(x, mail_allow_add_work, &c)) < 0)
		return rc;
	for (size_t i = 0; i < c.n; i++)
		output_remark(&x->out, c.is_new[i] ? "Mail to %s is allowed." :
		    "Mail to %s was allowed already.", c.list[i]);
	return 0;
}

static int
mail_allow_list(struct context *x)
{
	static const struct output_column columns[] = { { "Pattern", OUTPUT_TEXT },
		{ "CreatedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET } };
	struct store_alias *t;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = store_admin_mail_allow_list(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "MailPatterns", columns, r.cells, r.n);
	return 0;
}

/* Entries go one by one, so that what is left allows what it allows; all of them, or none. */
static int
mail_allow_remove_work(struct context *x, void *arg)
{
	const struct change *c = arg;
	struct rows mails, messages;
	int rc = 0;

	for (size_t i = 0; i < c->n && rc == 0; i++) {
		const char *subject = arena_printf(&x->arena, "allowed mail address %s",
		    c->list[i]);

		if ((rc = store_removal_of_pattern(x->db, &x->arena, c->tenant->alias_id,
		    c->list[i], &mails, &messages, &x->err)) < 0 ||
		    (rc = store_admin_mail_allow_remove(x->db, c->tenant->alias_id, c->list[i],
		    &x->err)) < 0)
			return rc;
		if (!cmd_given(&x->line, "force")) {
			removal_depends(x, subject, "cannot be removed", &mails);
			removal_depends(x, subject, "cannot be removed", &messages);
		}
	}
	return removal_allowed(x);
}

static int
mail_allow_remove(struct context *x)
{
	struct change c = { 0 };
	int rc, dry_run = cmd_given(&x->line, "dry-run");

	if ((rc = change_read(x, &c)) < 0)
		return rc;
	rc = dry_run ? context_rehearsal(x, mail_allow_remove_work, &c) :
		       context_transaction(x, mail_allow_remove_work, &c);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < c.n; i++)
		output_remark(&x->out, dry_run ? "Mail to %s would no longer be allowed." :
		    "Mail to %s is no longer allowed.", c.list[i]);
	if (dry_run)
		output_remark(&x->out, "This was a dry run: nothing has changed.");
	return 0;
}

#define PATTERN(text) \
	{ .name = "PATTERN", .type = CMD_TEXT, .required = 1, .repeat = 1, .max = 254, .doc = text }

static const struct cmd_param change_arguments[] = {
	CONTEXT_TENANT,
	PATTERN(
	    "An address (anna@example.org), or a domain with all its addresses (@example.org)."),
	{ .name = NULL },
};

static const struct cmd_param list_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param remove_options[] = {
	{ .name = "force", .type = CMD_FLAG,
	    .doc = "Remove an entry even while mails wait that only it allows. They are still "
		   "sent." },
	REMOVAL_DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_mail_allow_rows[] = {
	{ .group = "mail-allow",
	    .verb = "add",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = mail_allow_add,
	    .arguments = change_arguments,
	    .example = "mail-allow add Demo Main orders@example.org @demo.example",
	    .doc = "Allows mail to addresses. Webhooks may name recipients in their URL; only "
		   "those on the list get mail." },
	{ .group = "mail-allow",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = mail_allow_list,
	    .arguments = list_arguments,
	    .example = "mail-allow list Demo Main",
	    .doc = "Lists the allowed addresses." },
	{ .group = "mail-allow",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = mail_allow_remove,
	    .arguments = change_arguments,
	    .options = remove_options,
	    .example = "mail-allow remove Demo Main orders@example.org",
	    .doc =
		"Removes addresses from the list, all that are named or none. Refused while a mail "
		"to one of them waits, or a delivery that will be mailed to it, and no other entry "
		"allows it." },
	{ .group = NULL },
};
