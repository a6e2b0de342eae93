#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/when.h"
#include "lib/clock.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/store_club.h"
#include "store/store_points.h"

enum { LIST_MAX = 1000, SHOWN = 50, EXPIRING_DAYS = 30 };

#define DAY (86400 * USEC_SEC)

static int
points_open(struct context *x, struct db **db, usec_t *now)
{
	struct store_alias *t;

	return context_tenant_now(x, &t, db, now);
}

static int
find_contact(struct context *x, struct db *db, int64_t *contact_id)
{
	const char *identifier = cmd_text(&x->line, "IDENTIFIER");
	int32_t zone_id;
	int rc = store_club_find(db, &x->arena, identifier,
	    (int16_t)cmd_int(&x->line, "source-id", 0), contact_id, &zone_id, &x->err);

	return rc < 0 || *contact_id != 0 ?
	    rc :
	    err_set(&x->err, ERR_NOT_FOUND, "The Source has no contact with this identifier.");
}

/* ------------------------------------------------------------------ rules */

static int
points_set_rule(struct context *x)
{
	struct store_points_rule rule = { .source_id = (int16_t)cmd_int(&x->line, "source-id", 0),
	    .brand_id = (int32_t)cmd_int(&x->line, "brand-id", 0),
		.points = cmd_text(&x->line, "POINTS"),
		    .minimum = cmd_text(&x->line, "minimum") == NULL ? "0" :
		    cmd_text(&x->line, "minimum"),
		.days = cmd_int(&x->line, "days", 0) };
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 && (rc = when_read(x, t, "from", now, &rule.valid_from)) == 0)
		rc = when_read(x, t, "to", now, &rule.valid_to);
	if (rc == 0 && rule.valid_from == USEC_NONE)
		rule.valid_from = now;
	if (rc == 0 && rule.valid_to != USEC_NONE && rule.valid_to <= rule.valid_from)
		rc = err_fault(&x->err, &x->arena, "--to", "must be later than --from");
	if (rc == 0)
		rc = store_points_rule_put(db, &x->arena, &rule, now, &x->err);
	db_close(&db);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc < 0)
		return rc;
	when_show(x, t, "ValidFrom", rule.valid_from);
	when_show(x, t, "ValidTo", rule.valid_to);
	output_remark(&x->out, "EarnPoints applies it to purchases of that time, also to those "
	    "that have points already.");
	return 0;
}

static int
points_list_rules(struct context *x)
{
	static const struct output_column columns[] = {
		{ "RuleId", OUTPUT_INT },
		{ "SourceId", OUTPUT_INT | OUTPUT_LATER },
		{ "BrandId", OUTPUT_INT | OUTPUT_LATER },
		{ "ValidFrom", OUTPUT_TIME },
		{ "ValidTo", OUTPUT_TIME },
		{ "Points", OUTPUT_TEXT },
		{ "Minimum", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Days", OUTPUT_INT },
		{ NULL, OUTPUT_UNSET },
	};
	struct store_alias *t;
	struct rows r;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 && (rc = store_points_rules(db, &x->arena, LIST_MAX, &r, &x->err)) == 0)
		rc = when_table(x, t, "PointRules", columns, r.cells, r.n);
	db_close(&db);
	return rc;
}

/* ------------------------------------------------------------------ a contact's points */

static void
show(struct context *x, const struct rows *r, const struct rows *expiring)
{
	static const struct output_column totals[] = { { "PointBalance", OUTPUT_TEXT },
		{ "Earned", OUTPUT_TEXT }, { "Used", OUTPUT_TEXT }, { "Expired", OUTPUT_TEXT } };
	static const struct output_column columns[] = {
		{ "LoyaltyPointId", OUTPUT_INT },
		{ "Movement", OUTPUT_TEXT },
		{ "PointAmount", OUTPUT_TEXT },
		{ "Date", OUTPUT_TIME },
		{ "Expires", OUTPUT_TIME | OUTPUT_LATER },
		{ "Identifier", OUTPUT_TEXT | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	static const struct output_column soon[] = { { "PointAmount", OUTPUT_TEXT },
		{ "Expires", OUTPUT_TIME }, { NULL, OUTPUT_UNSET } };
	enum { COLUMNS = sizeof columns / sizeof columns[0] - 1 };
	size_t n = rows_null(r, 0, C_movement_id) ? 0 : r->n;
	struct val *cells = arena_new(&x->arena, struct val, n * COLUMNS + 1);

	for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
		output_value(&x->out, totals[i].name, totals[i].kind, *rows_at(r, 0, i));
	for (size_t i = 0; i < n; i++) {
		const size_t from[COLUMNS] = { C_movement_id, C_movement_type, C_movement_amount,
			C_movement_at, C_movement_expires_at, C_movement_identifier };

		for (size_t c = 0; c < COLUMNS; c++)
			cells[i * COLUMNS + c] = *rows_at(r, i, from[c]);
		cells[i * COLUMNS + 1] = v_text(store_points_word(
		    rows_int(r, i, C_movement_type_id), rows_text(r, i, C_movement_amount)));
	}
	output_gap(&x->out);
	output_table(&x->out, "ExpiringSoon", soon, expiring->cells, expiring->n);
	output_gap(&x->out);
	output_table(&x->out, "Movements", columns, cells, n);
}

static int
points_show(struct context *x)
{
	struct store_points_page page = { .identifier = cmd_text(&x->line, "IDENTIFIER"),
		.source_id = (int16_t)cmd_int(&x->line, "source-id", 0),
		.limit = SHOWN };
	struct store_points_found found = { 0 };
	struct db *db;
	int rc = points_open(x, &db, &page.until);

	page.until = page.until == USEC_NONE ? 0 : page.until + EXPIRING_DAYS * DAY;
	if (rc == 0 && (rc = store_points_list(db, &x->arena, &page, &found, &x->err)) == 0 &&
	    found.contact_id == 0)
		rc = err_set(
		    &x->err, ERR_NOT_FOUND, "The Source has no contact with this identifier.");
	if (rc == 0)
		show(x, &found.rows, &found.expiring);
	db_close(&db);
	return rc;
}

static int
move_once(
    struct context *x, struct db *db, struct store_points_movement *m, int is_use, int *repeated)
{
	struct store_club_held held;
	int rc;

	if ((rc = db_now(db, &m->now, &x->err)) < 0 ||
	    (rc = store_club_lock(db, &x->arena, m->contact_id, &held, &x->err)) < 0)
		return rc;
	rc = is_use ? store_points_use(db, &x->arena, m, repeated, &x->err) :
		      store_points_give(db, &x->arena, m, repeated, &x->err);
	return rc < 0 ? rc : store_club_there(db, m->contact_id, &x->err);
}

struct moving {
	struct context *x;
	struct store_points_movement *m;
	int is_use, *repeated;
};

static int
move_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct moving *w = arg;

	(void)a, (void)err;	/* both are the context's */
	return move_once(w->x, db, w->m, w->is_use, w->repeated);
}

static int
move_surely(
    struct context *x, struct db *db, struct store_points_movement *m, int is_use, int *repeated)
{
	static const struct db_manner manner = { .races_too = 1 };
	struct moving w = { .x = x, .m = m, .is_use = is_use, .repeated = repeated };

	return db_transact_as(db, &manner, move_work, &w, &x->err);
}

static int
move(struct context *x, int is_use)
{
	struct store_points_movement m = { .source_id = (int16_t)cmd_int(&x->line, "source-id", 0),
		.amount = cmd_text(&x->line, "AMOUNT"),
		.type = is_use ? STORE_POINTS_USED : STORE_POINTS_GIFT,
		.days = is_use ? 0 : cmd_int(&x->line, "days", 0),
		.identifier = cmd_text(&x->line, "id") };
	const struct entity *movement = entity_find("LoyaltyPoint");
	const char *balance, *reserved;
	int repeated = 0, rc;
	struct db *db;
	usec_t now;

	if (!store_points_is_amount(m.amount, 0)) {
		err_fault(&x->err, &x->arena, "AMOUNT",
		    "must be a number above 0, with up to 4 digits behind the point");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if ((reserved = entity_reserved(&x->arena,
		 &movement->columns[entity_column_find(movement, "PointIdentifier")],
		 m.identifier)) != NULL) {
		err_fault(&x->err, &x->arena, "--id",
		    "begins with %s, as only what the service makes itself may", reserved);
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (m.identifier == NULL)
		m.identifier = secret_token(&x->arena, "cli:");
	rc = points_open(x, &db, &now);
	if (rc == 0 && (rc = find_contact(x, db, &m.contact_id)) == 0)
		rc = move_surely(x, db, &m, is_use, &repeated);
	if (rc == 0)
		rc = store_points_balance(db, &x->arena, m.contact_id, &balance, &x->err);
	if (rc == 0) {
		output_value(&x->out, "Repeated", OUTPUT_FLAG, v_int(repeated));
		output_value(&x->out, "PointBalance", OUTPUT_TEXT, v_text(balance));
	}
	db_close(&db);
	return rc;
}

static int
points_add(struct context *x)
{
	return move(x, 0);
}

static int
points_use(struct context *x)
{
	return move(x, 1);
}

/* ------------------------------------------------------------------ tables */

#define CONTACT { .name = "IDENTIFIER", .type = CMD_TEXT, .required = 1, .max = 255, \
	.doc = "The contact's identifier in the Source: on a club site, the DrupalId." }
#define AMOUNT { .name = "AMOUNT", .type = CMD_TEXT, .required = 1, .max = 20, \
	.doc = "How many points." }
#define SOURCE { .name = "source-id", .type = CMD_INT, .required = 1, .min = 1, .max = INT16_MAX, \
	.doc = "SourceId of the identifier." }
#define ID { .name = "id", .type = CMD_TEXT, .max = 100, \
	.doc = "Identifier of the movement. The same identifier with the same amount changes " \
	       "nothing. A new one is made unless given." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param contact_arguments[] = { CONTEXT_TENANT, CONTACT, { .name = NULL } };
static const struct cmd_param move_arguments[] = { CONTEXT_TENANT, CONTACT, AMOUNT,
	{ .name = NULL } };

static const struct cmd_param rule_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "POINTS",
	    .type = CMD_TEXT,
	    .required = 1,
	    .max = 20,
	    .doc = "Points for each unit of the tenant's reference currency; the points of a "
		   "purchase are rounded down to whole ones." },
	{ .name = NULL },
};

static const struct cmd_param rule_options[] = {
	{ .name = "from", .type = CMD_WHEN,
	    .doc = "For purchases from then on; now unless given. With the Source and the brand it "
	    "says which rule is meant. " WHEN_ZONE },
	{ .name = "to", .type = CMD_WHEN, .doc = "For purchases before then. " WHEN_ZONE },
	{ .name = "source-id", .type = CMD_INT, .min = 1, .max = INT16_MAX, .doc = "Only for purchases of this Source; it wins over a rule for all." },
	{ .name = "brand-id", .type = CMD_INT, .min = 1, .max = INT32_MAX, .doc = "Only for purchases of this brand; it wins over a rule for all." },
	{ .name = "minimum", .type = CMD_TEXT, .max = 20, .value = "AMOUNT", .doc = "Only for purchases of at least so much, in the reference currency." },
	{ .name = "days", .type = CMD_INT, .min = 1, .max = 36500, .doc = "Days after the purchase when the points expire; never unless given." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = { SOURCE, { .name = NULL } };
static const struct cmd_param use_options[] = { SOURCE, ID, { .name = NULL } };

static const struct cmd_param add_options[] = {
	SOURCE,
	ID,
	{ .name = "days", .type = CMD_INT, .min = 1, .max = 36500, .doc = "Days after which they expire; never unless given." },
	{ .name = NULL },
};

const struct cmd cmd_points_rows[] = {
	{ .group = "points",
	    .verb = "set-rule",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = points_set_rule,
	    .arguments = rule_arguments,
	    .options = rule_options,
	    .example = "points set-rule Demo Main 1.5 --from 2027-01-01 --days 730",
	    .doc = "Sets how many points purchases earn. The process EarnPoints gives them." },
	{ .group = "points",
	    .verb = "list-rules",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = points_list_rules,
	    .arguments = tenant_arguments,
	    .example = "points list-rules Demo Main",
	    .doc = "Lists the rules of a tenant." WHEN_LISTED },
	{ .group = "points",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = points_show,
	    .arguments = contact_arguments,
	    .options = show_options,
	    .example = "points show Demo Main 4711 --source-id 1",
	    .doc = "Shows a contact's balance, what expires within 30 days, and the latest "
		   "movements." },
	{ .group = "points",
	    .verb = "add",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = points_add,
	    .arguments = move_arguments,
	    .options = add_options,
	    .example = "points add Demo Main 4711 100 --source-id 1 --id welcome-4711",
	    .doc = "Gives a contact points." },
	{ .group = "points",
	    .verb = "use",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = points_use,
	    .arguments = move_arguments,
	    .options = use_options,
	    .example = "points use Demo Main 4711 80 --source-id 1 --id order-1001",
	    .doc = "Takes points from a contact, those that expire first before others. Refused "
		   "when there are not enough." },
	{ .group = NULL },
};
