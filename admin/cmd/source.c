#include "config.h"

#include <string.h>

#include "admin/addresses.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/removal.h"
#include "admin/source_change.h"
#include "admin/value.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "store/db.h"
#include "store/entity/put.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

/* ------------------------------------------------------------------ change */

static void
source_take_text(struct context *x, const char *option, const char **field)
{
	if (cmd_given(&x->line, option))
		*field = cmd_text(&x->line, option);
}

static void
take_limit(struct context *x, const char *option, const char **field)
{
	source_take_text(x, option, field);
	if (text_ieq(*field, "all"))
		*field = "";
}

/* --name sets, --no-name clears (where the command has it). */
static void
source_take_flag(struct context *x, const struct source_change *c, const char *option, int *field)
{
	if (cmd_given(&x->line, option))
		*field = 1;
	else if (!c->adding && cmd_given(&x->line, arena_printf(&x->arena, "no-%s", option)))
		*field = 0;
}

static void
source_take_options(struct context *x, struct source_change *c)
{
	struct store_admin_source *s = &c->source;

	source_take_text(x, "label", &s->label);
	source_take_text(x, "scheme", &s->scheme);
	source_take_text(x, "sig-header", &s->sig_header);
	source_take_text(x, "sig-hash", &s->sig_hash);
	source_take_text(x, "sig-encoding", &s->sig_encoding);
	source_take_text(x, "sig-prefix", &s->sig_prefix);
	source_take_text(x, "shop-domain", &s->shop_domain);
	source_take_text(x, "may-write", &s->may_write);
	take_limit(x, "zones", &s->zones);
	take_limit(x, "brands", &s->brands);
	s->sig_tolerance_s = cmd_int(&x->line, "sig-tolerance", s->sig_tolerance_s);
	s->content_dedup_s = cmd_int(&x->line, "content-dedup", s->content_dedup_s);
	s->timestamp_tolerance_s = cmd_int(
	    &x->line, "timestamp-tolerance", s->timestamp_tolerance_s);
	source_take_flag(x, c, "open", &s->is_open);
	source_take_flag(x, c, "test-orders", &s->test_orders);
	if (!c->adding)
		source_take_flag(x, c, "enabled", &s->enabled);
	if (cmd_given(&x->line, "open-ip"))
		s->open_ips = addresses_given(x, "open-ip");
	else if (!s->is_open)
		s->open_ips = "";
	if (!c->adding && cmd_given(&x->line, "no-key"))
		s->has_key = 0;
	if (c->key != NULL) {
		s->has_key = 1;
		secret_sha256(c->key, strlen(c->key), s->key_hash);
	}
}

static int
store_secrets(struct context *x, struct source_change *c, usec_t now)
{
	char *where = arena_printf(&x->arena, "source:%lld", (long long)c->source.api_source_id);
	size_t len;
	int rc = 0;

	if (cmd_given(&x->line, "replace-secrets"))
		rc = store_admin_source_secrets_delete(x->db, c->source.api_source_id, &x->err);
	for (size_t i = 0; i < c->nsecrets && rc == 0; i++) {
		unsigned char *sealed = secret_seal(
		    &x->arena, &x->box, where, c->secrets[i].s, c->secrets[i].n, &len, &x->err);

		rc = sealed == NULL ? x->err.code :
				      store_admin_source_secret_add(x->db, c->source.api_source_id,
					  sealed, len, now, &x->err);
	}
	return rc;
}

static int
change_work(struct context *x, void *arg)
{
	struct source_change *c = arg;
	int16_t id = (int16_t)cmd_int(&x->line, "source-id", 0);
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_alias_hold(x->db, &x->arena, c->tenant->alias_id, &x->err)) < 0 ||
	    (rc = store_admin_source_lock(
		 x->db, &x->arena, c->tenant->alias_id, id, &c->source, &x->err)) < 0)
		return rc;
	if (c->adding && c->source.api_source_id != 0)
		return err_set(&x->err, ERR_CONFLICT,
		    "The tenant has a Source %d already; source set changes it.", id);
	if (!c->adding && c->source.api_source_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no Source %d; source list shows which there are.", id);
	source_take_options(x, c);
	if ((rc = source_change_check(x, c)) < 0 ||
	    (rc = store_admin_source_put(x->db, &c->source, now, &x->err)) < 0)
		return rc;
	return store_secrets(x, c, now);
}

/* ------------------------------------------------------------------ the tenant's own Source row */

static int
entity_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct store_admin_source *s = arg;
	struct row *row = row_new(a, E_Source, ROW_PUT);
	usec_t now;
	int rc;

	row_int(row, Source_SourceId, s->source_id);
	row_text(row, Source_Label,
	    s->label[0] != '\0' ? s->label : arena_printf(a, "Source %d", s->source_id));
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	return entity_put(db, row, a, now, err);
}

static int
put_entity(struct context *x, struct source_change *c)
{
	struct db *db;
	int rc = context_tenant_open(x, c->tenant, &db, &x->err);

	if (rc == 0)
		rc = db_transact(db, entity_work, &c->source, &x->err);
	db_close(&db);
	if (rc < 0)
		return err_set(&x->err, rc,
		    "The Source is registered, but its row in the tenant's database could not be "
		    "written: %s Run the same as source set.",
		    arena_strdup(&x->arena, err_whole(&x->arena, &x->err)));
	return 0;
}

static int
source_change(struct context *x, int adding)
{
	struct source_change c = { .adding = adding };
	struct err shown = { 0 };
	int rc;

	if ((rc = context_tenant(x, &c.tenant)) < 0 || (rc = source_change_secrets(x, &c)) < 0)
		return rc;
	if (cmd_given(&x->line, "key"))
		c.key = secret_token(&x->arena, "");
	if ((rc = context_transaction(x, change_work, &c)) < 0)
		return rc;
	output_remark(&x->out, "%s Source %d of %s/%s.", adding ? "Added" : "Changed",
	    c.source.source_id, c.tenant->customer, c.tenant->alias);
	if (c.key != NULL) {
		output_value(&x->out, "Key", OUTPUT_TEXT, v_text(c.key));
		output_remark(&x->out,
		    "The key is shown this once: it is stored as a hash only. Senders add it to "
		    "the URL as key=.");
	}
	if (c.source.is_open && entity_reach_find(c.source.may_write) != ENTITY_REACH_OWN)
		output_remark(&x->out,
		    "Attention: what anybody posts there may write more than rows of the Source: "
		    "--may-write own takes that back.");
	if (c.source.is_open)
		output_remark(&x->out, "Attention: the Source is open, anybody%s may post to it.",
		    c.source.open_ips[0] == '\0' ? "" : " at the listed addresses");
	if (c.key != NULL && output_taken(&x->out, &shown) < 0)
		rc = err_set(&shown, ERR_IO,
		    "The Source's new key is in force, but standard output "
		    "could not take it: customerapi source set --key makes another.");
	if (put_entity(x, &c) < 0)
		return x->err.code;
	return rc == 0 ? 0 : err_set(&x->err, rc, "%s", shown.detail);
}

static int
source_add(struct context *x)
{
	struct store_source *known;
	struct store_alias *t;
	int rc;

	if (!cmd_given(&x->line, "if-missing"))
		return source_change(x, 1);
	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = store_access_source_find(x->db, &x->arena, t->alias_id,
		 (int16_t)cmd_int(&x->line, "source-id", 0), &known, &x->err)) < 0)
		return rc;
	if (known == NULL)
		return source_change(x, 1);
	output_remark(&x->out, "The Source %d exists.", known->source_id);
	return 0;
}

static int
source_set(struct context *x)
{
	return source_change(x, 0);
}

static int
source_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "SourceId", OUTPUT_INT },
		{ "Label", OUTPUT_TEXT },
		{ "Scheme", OUTPUT_TEXT },
		{ "Secrets", OUTPUT_INT | OUTPUT_LATER },
		{ "HasKey", OUTPUT_FLAG | OUTPUT_LATER },
		{ "Open", OUTPUT_FLAG },
		{ "OpenIps", OUTPUT_TEXT | OUTPUT_LAST },
		{ "MayWrite", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Zones", OUTPUT_TEXT | OUTPUT_LAST },
		{ "Brands", OUTPUT_TEXT | OUTPUT_LAST },
		{ "ShopDomain", OUTPUT_TEXT | OUTPUT_LAST },
		{ "TestOrders", OUTPUT_FLAG | OUTPUT_LAST },
		{ "ContentDedupSeconds", OUTPUT_INT | OUTPUT_LAST },
		{ "TimestampToleranceSeconds", OUTPUT_INT | OUTPUT_LAST },
		{ "Enabled", OUTPUT_FLAG },
		{ NULL, OUTPUT_UNSET },
	};

	return context_tenant_table(x, "Sources", columns, store_admin_sources);
}

/* ------------------------------------------------------------------ remove */

static int
source_remove_work(struct context *x, void *arg)
{
	const struct store_alias *t = arg;
	int16_t id = (int16_t)cmd_int(&x->line, "source-id", 0);
	struct store_admin_source s;
	struct rows r;
	int rc = store_admin_source_lock(x->db, &x->arena, t->alias_id, id, &s, &x->err);

	if (rc < 0)
		return rc;
	if (s.api_source_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no Source %d; source list shows which there are.", id);
	if ((rc = store_removal_of_source(x->db, &x->arena, t->alias_id, id, &r, &x->err)) < 0 ||
	    (rc = removal_refuse(x, arena_printf(&x->arena, "Source %d", id), &r)) < 0)
		return rc;
	return cmd_given(&x->line, "dry-run") ? 0 :
	    store_removal_source(x->db, s.api_source_id, &x->err);
}

static int
source_remove(struct context *x)
{
	struct store_alias *t;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = context_transaction(x, source_remove_work, t)) < 0)
		return rc;
	removal_tell(x, arena_printf(&x->arena, "Source %lld of %s/%s",
	    (long long)cmd_int(&x->line, "source-id", 0), t->customer, t->alias));
	output_remark(&x->out, "Its row in the tenant's own table of Sources, and what it brought, "
	    "stay.");
	return 0;
}

/* ------------------------------------------------------------------ table */

#define SHARED_OPTIONS                                                                             \
	{ .name = "source-id",                                                                     \
		.type = CMD_INT,                                                                   \
		.required = 1,                                                                     \
		.min = 1,                                                                          \
		.max = INT16_MAX,                                                                  \
		.doc = "SourceId as in the webhook's URL." },                                      \
	    { .name = "label", .type = CMD_TEXT, .max = 200, .doc = "Name for people." },          \
	    { .name = "scheme",                                                                    \
		    .type = CMD_CHOICE,                                                            \
		    .choices = "none|shopify|standard|adobe|github|hmac",                          \
		    .doc = "How deliveries are signed; hmac is described by the sig options." },   \
	    { .name = "secret-file",                                                               \
		    .type = CMD_FILE,                                                              \
		    .repeat = 1,                                                                   \
		    .doc = "File with a signature secret, or the public key for adobe; a hyphen "  \
			   "is standard input. Several are valid at once, for rotation. They are " \
			   "stored sealed." },                                                     \
	    { .name = "sig-header",                                                                \
		    .type = CMD_TEXT,                                                              \
		    .max = 64,                                                                     \
		    .value = "HEADER",                                                             \
		    .doc = "Header that holds the signature (hmac)." },                            \
	    { .name = "sig-hash",                                                                  \
		    .type = CMD_CHOICE,                                                            \
		    .choices = "sha1|sha256|sha512",                                               \
		    .doc = "Hash of the signature (hmac); sha256 unless given." },                 \
	    { .name = "sig-encoding",                                                              \
		    .type = CMD_CHOICE,                                                            \
		    .choices = "hex|base64",                                                       \
		    .doc = "Encoding of the signature (hmac); base64 unless given." },             \
	    { .name = "sig-prefix",                                                                \
		    .type = CMD_TEXT,                                                              \
		    .max = 32,                                                                     \
		    .doc = "Text in front of the signature in its header (hmac)." },               \
	    { .name = "sig-tolerance",                                                             \
		    .type = CMD_INT,                                                               \
		    .min = 1,                                                                      \
		    .max = 86400,                                                                  \
		    .value = "SECONDS",                                                            \
		    .doc = "How far a signed timestamp may be from now (standard); 300 unless "    \
			   "given." },                                                             \
	    { .name = "shop-domain",                                                               \
		    .type = CMD_TEXT,                                                              \
		    .max = 255,                                                                    \
		    .value = "DOMAIN",                                                             \
		    .doc = "Domain that the deliveries of a Shopify shop must name." },            \
	    { .name = "key",                                                                       \
		    .type = CMD_FLAG,                                                              \
		    .doc = "Make a new source key for the URL (key=), in place of the old one, "   \
			   "and show it once." },                                                  \
	    { .name = "open",                                                                      \
		    .type = CMD_FLAG,                                                              \
		    .doc = "Take deliveries without any credential." },                            \
	    { .name = "open-ip",                                                                   \
		    .type = CMD_TEXT,                                                              \
		    .repeat = 1,                                                                   \
		    .max = ADDRESSES_MAX,                                                          \
		    .value = "ADDRESS",                                                            \
		    .doc = "Only from this address or network (192.0.2.0/24) when open." },        \
	    { .name = "may-write",                                                                 \
		    .type = CMD_CHOICE,                                                            \
		    .choices = ENTITY_REACH_WORDS,                                                 \
		    .doc = "What deliveries with the Source's own key or signature, or without "   \
			   "any where it is open, may write: own, rows of this Source only; "      \
			   "shared, also what is of no Source (zones, "                            \
			   "brands, types) and what gives something away (points, vouchers, "      \
			   "cards), under its own SourceId; all, rows of other Sources too. own "  \
			   "unless given; a token needs none of it." },                            \
	    { .name = "zones",                                                                     \
		    .type = CMD_TEXT,                                                              \
		    .max = 1000,                                                                   \
		    .value = "IDS",                                                                \
		    .doc = "ZoneIds, with commas between. Deliveries of the Source, whoever " \
			   "sends them, may write only rows of these zones and rows without a " \
			   "zone. The word all removes this limit; it is the default." }, \
	    { .name = "brands",                                                                    \
		    .type = CMD_TEXT,                                                              \
		    .max = 1000,                                                                   \
		    .value = "IDS",                                                                \
		    .doc = "The same for BrandIds." },                                             \
	    { .name = "test-orders",                                                               \
		    .type = CMD_FLAG,                                                              \
		    .doc = "Process orders that the shop marks as tests." },                       \
	    { .name = "content-dedup",                                                             \
		    .type = CMD_INT,                                                               \
		    .min = 0,                                                                      \
		    .max = 604800,                                                                 \
		    .value = "SECONDS",                                                            \
		    .doc = "Equal bodies without an id within this time are one delivery; 0 is "   \
			   "off." },                                                               \
	{                                                                                          \
		.name = "timestamp-tolerance", .type = CMD_INT, .min = 0, .max = 604800,           \
		.value = "SECONDS",                                                                \
		.doc = "How far the timestamp in an Adictiz body may be from now; 0, the " \
		       "default, means any time." \
	}

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param add_options[] = {
	SHARED_OPTIONS,
	{ .name = "replace-secrets", .type = CMD_FLAG, .doc = "As in source set; a new Source has no old secrets." },
	{ .name = "if-missing", .type = CMD_FLAG, .doc = "Do nothing when the Source exists." },
	{ .name = NULL },
};

static const struct cmd_param set_options[] = {
	SHARED_OPTIONS,
	{ .name = "replace-secrets", .type = CMD_FLAG, .doc = "Drop the secrets stored so far." },
	{ .name = "no-key", .type = CMD_FLAG, .doc = "Drop the source key." },
	{ .name = "no-open", .type = CMD_FLAG, .doc = "Ask for a credential again." },
	{ .name = "no-test-orders", .type = CMD_FLAG, .doc = "Do not process test orders." },
	{ .name = "enabled", .type = CMD_FLAG, .doc = "Take deliveries again." },
	{ .name = "no-enabled", .type = CMD_FLAG, .doc = "Refuse all deliveries of this Source." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = {
	{ .name = "source-id", .type = CMD_INT, .required = 1, .min = 1, .max = INT16_MAX,
	    .doc = "SourceId as in the webhook's URL." },
	REMOVAL_DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_source_rows[] = {
	{ .group = "source",
	    .verb = "add",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = source_add,
	    .arguments = arguments,
	    .options = add_options,
	    .example = "source add Demo Main --source-id 1 --label \"Paris shop\" --scheme shopify "
		       "--secret-file shopify-secret",
	    .doc =
		"Adds a Source: a shop or system whose webhooks are taken, and how they are "
		"verified. "
		"A row with its id and label also goes into the tenant's own table of Sources." },
	{ .group = "source",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = source_list,
	    .arguments = arguments,
	    .example = "source list Demo Main",
	    .doc = "Lists a tenant's Sources, without secrets and keys." },
	{ .group = "source",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = source_set,
	    .arguments = arguments,
	    .options = set_options,
	    .example = "source set Demo Main --source-id 1 --secret-file new-secret",
	    .doc = "Changes what is given and leaves the rest. To rotate a secret: add the new one "
		   "with --secret-file, change it at the sender, "
		   "then give the new one alone with --replace-secrets. Running programs notice "
		   "within two seconds." },
	{ .group = "source",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = source_remove,
	    .arguments = arguments,
	    .options = remove_options,
	    .example = "source remove Demo Main --source-id 3 --dry-run",
	    .doc = "Removes a Source with its secrets and its key: its deliveries are refused, "
		   "within two seconds. Refused while deliveries of it wait to be processed, or "
		   "requests "
		   "about persons "
		   "of it are open. Contacts, purchases and all else that it brought stay." },
	{ .group = NULL },
};
