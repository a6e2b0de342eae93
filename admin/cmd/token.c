#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/removal.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

struct creating {
	struct store_admin_token token;
	int64_t id;
};

/* Neither its tenant nor its user is removed meanwhile. */
static int
token_create_work(struct context *x, void *arg)
{
	const char *login = cmd_text(&x->line, "user");
	struct creating *c = arg;
	struct store_admin_user u = { 0 };
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_alias_hold(x->db, &x->arena, c->token.alias_id, &x->err)) < 0)
		return rc;
	if (login != NULL && (rc = store_admin_user_lock(x->db, &x->arena, c->token.alias_id, login,
	    &u, &x->err)) < 0)
		return rc;
	if (login != NULL && u.user_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND, "The tenant has no user %s.", login);
	if (login != NULL && !u.enabled)
		return err_set(&x->err, ERR_CONFLICT,
		    "The user %s is disabled; customerapi user set --enabled lets him in again.",
		    login);
	c->token.user_id = u.user_id;
	return store_admin_token_add(x->db, &c->token, now, &c->id, &x->err);
}

/* Nobody has seen it, and nobody ever will. */
static int
take_back(struct context *x, int64_t alias_id, int64_t id, usec_t now)
{
	int rc = store_admin_token_revoke(x->db, alias_id, id, now, &x->err);

	return rc < 0 ? rc :
			err_set(&x->err, ERR_IO,
			    "Standard output could not take the token, so "
			    "token %lld is revoked.",
			    (long long)id);
}

static int
token_create(struct context *x)
{
	struct store_admin_token n = { .label = cmd_text(&x->line, "label"),
		.rights = cmd_choices(&x->line, &x->arena, "rights") };
	int64_t days = cmd_int(&x->line, "days", 0);
	struct creating c = { .id = 0 };
	struct store_alias *t;
	const char *token;
	usec_t now;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	token = secret_token(&x->arena, "");
	secret_sha256(token, strlen(token), n.hash);
	n.alias_id = t->alias_id;
	n.expires_at = days == 0 ? USEC_NONE : now + days * 86400 * USEC_SEC;
	if (n.label == NULL)
		n.label = "";
	c.token = n;
	if ((rc = context_transaction(x, token_create_work, &c)) < 0)
		return rc;
	output_value(&x->out, "TokenId", OUTPUT_INT, v_int(c.id));
	output_value(&x->out, "Token", OUTPUT_TEXT, v_text(token));
	output_remark(&x->out, "The token is shown this once: it is stored as a hash only.");
	return output_taken(&x->out, &x->err) == 0 ? 0 : take_back(x, t->alias_id, c.id, now);
}

static int
token_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "TokenId", OUTPUT_INT },
		{ "Label", OUTPUT_TEXT },
		{ "User", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Rights", OUTPUT_TEXT },
		{ "CreatedAt", OUTPUT_TIME | OUTPUT_LAST },
		{ "ExpiresAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "RevokedAt", OUTPUT_TIME },
		{ NULL, OUTPUT_UNSET },
	};

	return context_tenant_table(x, "Tokens", columns, store_admin_tokens);
}

static int
token_revoke(struct context *x)
{
	int64_t id = cmd_int(&x->line, "TOKENID", 0);
	struct store_alias *t;
	usec_t now;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	if ((rc = store_admin_token_revoke(x->db, t->alias_id, id, now, &x->err)) < 0)
		return rc;
	output_remark(&x->out, "Token %lld is revoked; running programs notice within two seconds.",
	    (long long)id);
	return 0;
}

static int
token_remove_work(struct context *x, void *arg)
{
	const struct store_alias *t = arg;
	usec_t now;
	int rc = db_now(x->db, &now, &x->err);

	return rc < 0 ? rc : store_removal_token(x->db, &x->arena, t->alias_id,
	    cmd_int(&x->line, "TOKENID", 0), now, cmd_given(&x->line, "dry-run"), &x->err);
}

static int
token_remove(struct context *x)
{
	struct store_alias *t;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = context_transaction(x, token_remove_work, t)) < 0)
		return rc;
	removal_tell(x, arena_printf(&x->arena, "token %lld of %s/%s",
	    (long long)cmd_int(&x->line, "TOKENID", 0), t->customer, t->alias));
	return 0;
}

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param revoke_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "TOKENID", .type = CMD_INT, .required = 1, .min = 1, .max = UINT32_MAX, .doc = "Id as in token list." },
	{ .name = NULL },
};

static const struct cmd_param create_options[] = {
	{ .name = "rights", .type = CMD_CHOICES, .required = 1, .repeat = 1,
	  .choices = "data|process|webhook|club|admin",
	  .doc = "What the token may do; admin includes all." },
	{ .name = "label", .type = CMD_TEXT, .max = 200, .doc = "What the token is for." },
	{ .name = "user", .type = CMD_TEXT, .max = 128, .value = "LOGIN", .doc = "Bind it to a user: it then may do no more than the user." },
	{ .name = "days", .type = CMD_INT, .min = 1, .max = 36500, .doc = "Days it is valid; without end unless given." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { REMOVAL_DRY_RUN, { .name = NULL } };

const struct cmd cmd_token_rows[] = {
	{ .group = "token",
	    .verb = "create",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = token_create,
	    .arguments = tenant_arguments,
	    .options = create_options,
	    .example = "token create Demo Main --rights process,webhook --label \"Back office\" "
		       "--days 365",
	    .doc = "Creates a token and shows it once. It goes into the header X-Crm360Api-Token, "
		   "beside "
		   "customer name and alias, or alone into X-Crm360Api-ApiKey." },
	{ .group = "token",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = token_list,
	    .arguments = tenant_arguments,
	    .example = "token list Demo Main",
	    .doc = "Lists a tenant's tokens, without the tokens themselves." },
	{ .group = "token",
	    .verb = "revoke",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = token_revoke,
	    .arguments = revoke_arguments,
	    .example = "token revoke Demo Main 3",
	    .doc = "Revokes a token for good. It stays in the list." },
	{ .group = "token",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = token_remove,
	    .arguments = revoke_arguments,
	    .options = remove_options,
	    .example = "token remove Demo Main 3",
	    .doc = "Removes a token that is revoked or has expired from the list. Refused while "
		   "it is valid." },
	{ .group = NULL },
};
