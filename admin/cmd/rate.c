#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/when.h"
#include "store/db.h"
#include "store/rate_file.h"
#include "store/store_rate.h"

enum { LIST_MAX = 1000 };

static int
rate_set(struct context *x)
{
	const char *currency = cmd_text(&x->line, "CURRENCY"), *rate = cmd_text(&x->line, "RATE");
	usec_t now, from = USEC_NONE;
	struct store_alias *t;
	struct db *db;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 && (rc = when_read(x, t, "from", now, &from)) == 0) {
		from = from == USEC_NONE ? now : from;
		rc = store_rate_put(db, &x->arena, currency, from, rate, now, &x->err);
	}
	db_close(&db);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc < 0)
		return rc;
	when_show(x, t, "ValidFrom", from);
	output_remark(&x->out, "One %s is %s of the reference currency from then on; "
	    "ComputeRefAmounts applies it.", currency, rate);
	return 0;
}

static int
rate_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "CurrencyId", OUTPUT_TEXT },
		{ "ValidFrom", OUTPUT_TIME },
		{ "Rate", OUTPUT_TEXT },
		{ "ModifiedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};
	struct store_alias *t;
	struct rows r;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0)
		rc = store_rate_list(db, &x->arena, cmd_text(&x->line, "currency"), USEC_NONE,
		    LIST_MAX, &r, &x->err);
	if (rc == 0 && x->out.json)
		output_list(&x->out, "CurrencyRates", columns, &(const struct output_list){
		    .rows = store_rate_listed, .items = r.cells, .n = r.n,
		    .bytes = r.columns * sizeof *r.cells });
	else if (rc == 0)
		rc = when_table(x, t, "CurrencyRates", columns, r.cells, r.n);
	db_close(&db);
	return rc;
}

struct removing {
	const char *currency;
	usec_t from;
	int removed;
};

static int
rate_remove_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct removing *w = arg;

	(void)a;
	return store_rate_remove(db, w->currency, w->from, &w->removed, err);
}

static int
rate_remove(struct context *x)
{
	struct removing w = { .currency = cmd_text(&x->line, "CURRENCY") };
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 && (rc = when_read(x, t, "FROM", now, &w.from)) == 0)
		rc = db_transact(db, rate_remove_work, &w, &x->err);
	db_close(&db);
	if (rc == 0 && !w.removed)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "There is no rate of %s that is valid from %s.", w.currency,
		    when_text(x, t, w.from));
	if (rc < 0)
		return rc;
	when_show(x, t, "ValidFrom", w.from);
	output_remark(&x->out, "The rate is removed; the next run of ComputeRefAmounts looks at "
	    "all rows.");
	return 0;
}

struct loading {
	struct arena *arena;
	const char *text, *time_zone;
	size_t n;
	struct rate_file_result *out;
};

static int
rate_load_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct loading *l = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	(void)a;
	return rc < 0 ? rc :
			rate_file_load(
			    db, l->arena, l->text, l->n, l->time_zone, now, l->out, err);
}

static int
load(struct context *x, struct db *db, const char *text, size_t n, const char *time_zone,
    struct rate_file_result *out)
{
	const struct db_manner manner = { .undo = cmd_given(&x->line, "dry-run") };
	struct loading l = {
		.arena = &x->arena, .text = text, .time_zone = time_zone, .n = n, .out = out
	};

	return db_transact_as(db, &manner, rate_load_work, &l, &x->err);
}

static int
rate_import(struct context *x)
{
	struct rate_file_result result;
	struct store_alias *t;
	struct db *db = NULL;
	char *text = NULL;
	size_t n = 0;
	usec_t now;
	int rc = input_file(
	    &x->arena, cmd_text(&x->line, "FILE"), RATE_FILE_BYTES, &text, &n, &x->err);

	if (rc == 0 && (rc = context_tenant_now(x, &t, &db, &now)) == 0)
		rc = load(x, db, text, n, t->time_zone, &result);
	db_close(&db);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc < 0)
		return rc;
	output_value(&x->out, "Rates", OUTPUT_INT, v_int(result.rows));
	output_value(&x->out, "Added", OUTPUT_INT, v_int(result.added));
	output_value(&x->out, "Changed", OUTPUT_INT, v_int(result.changed));
	output_remark(&x->out,
	    cmd_given(&x->line, "dry-run") ? "Nothing was written." :
					     "ComputeRefAmounts applies them.");
	return 0;
}

#define CURRENCY \
	{ .name = "CURRENCY", .type = CMD_TEXT, .required = 1, .max = 3, \
	  .doc = "The currency's code, for example USD." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param set_arguments[] = {
	CONTEXT_TENANT,
	CURRENCY,
	{ .name = "RATE",
	    .type = CMD_TEXT,
	    .required = 1,
	    .max = 26,
	    .doc =
		"The worth of one unit of it in the tenant's reference currency, for example "
		"0.9134." },
	{ .name = NULL },
};

static const struct cmd_param remove_arguments[] = {
	CONTEXT_TENANT,
	CURRENCY,
	{ .name = "FROM", .type = CMD_WHEN, .required = 1,
	    .doc = "The moment from which the rate is valid, as in rate list. " WHEN_ZONE },
	{ .name = NULL },
};

static const struct cmd_param import_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "FILE",
	    .type = CMD_TEXT,
	    .required = 1,
	    .max = 4096,
	    .doc = "A CSV file of at most 1 MiB, or - for standard input: CurrencyId, ValidFrom "
		   "and Rate, in this order or in that of a "
		   "first row with these names; separated by commas, semicolons or TABs, in UTF-8, "
		   "UTF-16 "
		   "or Windows-1252." },
	{ .name = NULL },
};

static const struct cmd_param import_options[] = {
	{ .name = "dry-run", .type = CMD_FLAG, .doc = "Check the file and count; change nothing." },
	{ .name = NULL },
};

static const struct cmd_param set_options[] = {
	{ .name = "from", .type = CMD_WHEN,
	    .doc = "From when it is valid, until the currency's next rate; now unless given. "
	    WHEN_ZONE },
	{ .name = NULL },
};

static const struct cmd_param list_options[] = {
	{ .name = "currency", .type = CMD_TEXT, .max = 3, .doc = "Only this currency." },
	{ .name = NULL },
};

const struct cmd cmd_rate_rows[] = {
	{ .group = "rate",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = rate_set,
	    .arguments = set_arguments,
	    .options = set_options,
	    .example = "rate set Demo Main USD 0.9134 --from 2027-01-01",
	    .doc = "Sets the rate of a currency to the tenant's reference currency, from a moment "
		   "on." },
	{ .group = "rate",
	    .verb = "import",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = rate_import,
	    .arguments = import_arguments,
	    .options = import_options,
	    .example = "rate import Demo Main rates.csv --dry-run",
	    .doc = "Sets the rates of a CSV file, all or none: each faulty line is named. Dates "
		   "without an offset are those of the tenant's zone." },
	{ .group = "rate",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = rate_list,
	    .arguments = tenant_arguments,
	    .options = list_options,
	    .example = "rate list Demo Main --currency USD",
	    .doc =
		"Lists a tenant's currency rates, the newest of each currency first." WHEN_LISTED },
	{ .group = "rate",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = rate_remove,
	    .arguments = remove_arguments,
	    .example = "rate remove Demo Main USD 2027-01-01",
	    .doc = "Removes a rate. The rate before it then stays valid." },
	{ .group = NULL },
};
