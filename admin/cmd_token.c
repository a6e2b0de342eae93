#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "store/db.h"
#include "store/store_admin.h"

static int
create_run(struct context *x)
{
	struct store_admin_token n = { .label = cmd_text(&x->line, "label"), .rights = cmd_choices(&x->line, &x->arena, "rights") };
	const char *login = cmd_text(&x->line, "user"), *token;
	struct store_user *user = NULL;
	struct store_alias *t;
	int64_t id, days = cmd_int(&x->line, "days", 0);
	usec_t now;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	if (login != NULL && (rc = store_access_user_find(x->db, &x->arena, t->alias_id, login, &user, &x->err)) < 0)
		return rc;
	if (login != NULL && user == NULL)
		return err_set(&x->err, ERR_NOT_FOUND, "The tenant has no user %s.", login);
	token = secret_token(&x->arena, "");
	secret_sha256(token, strlen(token), n.hash);
	n.alias_id = t->alias_id;
	n.user_id = user == NULL ? 0 : user->user_id;
	n.expires_at = days == 0 ? USEC_NONE : now + days * 86400 * USEC_SEC;
	if (n.label == NULL)
		n.label = "";
	if ((rc = store_admin_token_add(x->db, &n, now, &id, &x->err)) < 0)
		return rc;
	output_value(&x->out, "TokenId", OUTPUT_INT, v_int(id));
	output_value(&x->out, "Token", OUTPUT_TEXT, v_text(token));
	output_remark(&x->out, "The token is shown this once: it is stored as a hash only.");
	return 0;
}

static int
list_run(struct context *x)
{
	static const struct output_column columns[] = {
		{ "TokenId", OUTPUT_INT }, { "Label", OUTPUT_TEXT }, { "User", OUTPUT_TEXT }, { "Rights", OUTPUT_TEXT }, { "CreatedAt", OUTPUT_TIME },
		{ "ExpiresAt", OUTPUT_TIME }, { "RevokedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	struct store_alias *t;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = store_admin_tokens(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "Tokens", columns, r.cells, r.n);
	return 0;
}

static int
revoke_run(struct context *x)
{
	int64_t id = cmd_int(&x->line, "TOKENID", 0);
	struct store_alias *t;
	usec_t now;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	if ((rc = store_admin_token_revoke(x->db, t->alias_id, id, now, &x->err)) < 0)
		return rc;
	output_remark(&x->out, "Token %lld is revoked; running programs notice within two seconds.", (long long)id);
	return 0;
}

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param revoke_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "TOKENID", .type = CMD_INT, .required = 1, .min = 1, .max = UINT32_MAX, .doc = "Id as in token list." },
	{ .name = NULL },
};

static const struct cmd_param create_options[] = {
	{ .name = "rights", .type = CMD_CHOICES, .required = 1, .repeat = 1, .choices = "data|process|webhook|club|admin",
	  .doc = "What the token may do; admin includes all." },
	{ .name = "label", .type = CMD_TEXT, .max = 200, .doc = "What the token is for." },
	{ .name = "user", .type = CMD_TEXT, .max = 128, .value = "LOGIN", .doc = "Bind it to a user: it then may do no more than the user." },
	{ .name = "days", .type = CMD_INT, .min = 1, .max = 36500, .doc = "Days it is valid; without end unless given." },
	{ .name = NULL },
};

const struct cmd cmd_token_rows[] = {
	{ .group = "token", .verb = "create", .needs = CMD_NEEDS_REGISTRY, .run = create_run, .arguments = tenant_arguments, .options = create_options,
	  .example = "token create Demo Main --rights process,webhook --label \"Back office\" --days 365",
	  .doc = "Creates a token and shows it once. It goes into the header X-Crm360Api-Token, beside "
	  "customer name and alias, or alone into X-Crm360Api-ApiKey." },
	{ .group = "token", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = list_run, .arguments = tenant_arguments,
	  .example = "token list Demo Main",
	  .doc = "Lists a tenant's tokens, without the tokens themselves." },
	{ .group = "token", .verb = "revoke", .needs = CMD_NEEDS_REGISTRY, .run = revoke_run, .arguments = revoke_arguments,
	  .example = "token revoke Demo Main 3",
	  .doc = "Revokes a token for good." },
	{ .group = NULL },
};
