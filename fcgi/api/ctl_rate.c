#include "config.h"

#include "fcgi/api/ctl_rate.h"

#include "fcgi/access/auth.h"
#include "fcgi/api/page.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/tenant_db.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/rate_file.h"
#include "store/store_rate.h"

enum { PAGE_MAX = 1000, DATE_MAX = 40, RATE_MAX = 26 };

/* ------------------------------------------------------------------ what replies have */

struct rate_list { struct rows rates; };
struct load_result { struct rate_file_result file; int dry_run; };

static const struct field list_reply[] = {
	FIELD(OBJECT, "CurrencyRates", "The rates by currency, the newest of each first.",
	    FROM_ROWS(struct rate_list, rates), .rows = store_rate_listed, .lines = 1),
	FIELD_END,
};

static const struct field load_reply[] = {
	FIELD(INT, "Rates", "Rows that were read.", FROM(struct load_result, file.rows),
	    .sample = "2"),
	FIELD(INT, "Added", "Rates that were not there.", FROM(struct load_result, file.added)),
	FIELD(INT, "Changed", "Rates that had another value; the rest was there already.",
	    FROM(struct load_result, file.changed)),
	FIELD(FLAG, "DryRun", "Whether nothing was written.", FROM(struct load_result, dry_run)),
	FIELD_END,
};

/* ------------------------------------------------------------------ list */

struct list_args {
	struct param_text currency_id, before;
	struct param_int limit;
};

static const struct param list_params[] = {
	{ .name = "CurrencyId",
	    PARAM_FIELD(struct list_args, currency_id),
	    .in = PARAM_QUERY,
	    .max_length = 3,
	    .doc = "Only this currency." },
	{ .name = "Before",
	    PARAM_FIELD(struct list_args, before),
	    .in = PARAM_QUERY,
	    .max_length = DATE_MAX,
	    .doc = "Only rates that are valid from an earlier moment, for the next page of a "
		   "currency; of the tenant's zone unless it has an offset." },
	PAGE_LIMIT(struct list_args, PAGE_MAX, "500"),
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	usec_t before = USEC_NONE;
	struct rate_list rates;
	struct db *db;
	int rc = in->before.value == NULL ? 0 :
					    rate_file_when(&r->arena, "Before", in->before.value,
						r->access->alias->time_zone, &before, err);

	if (rc < 0 || (rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_rate_list(db, &r->arena, in->currency_id.value, before,
		 (int)in->limit.value, &rates.rates, err)) < 0)
		return rc;
	reply_row(reply, list_reply, &rates);
	return 0;
}

/* ------------------------------------------------------------------ set, remove */

struct rate_args { struct param_text currency_id, valid_from, rate; };

#define CURRENCY_ID(where)                                                                         \
	{                                                                                          \
		.name = "CurrencyId", PARAM_FIELD(struct rate_args, currency_id), .in = where,     \
		.required = 1, .max_length = 3, .sample = "USD",                                   \
		.doc = "The currency, by ISO 4217."                                                \
	}

static const struct param set_params[] = {
	CURRENCY_ID(PARAM_BODY),
	{ .name = "ValidFrom",
	    PARAM_FIELD(struct rate_args, valid_from),
	    .in = PARAM_BODY,
	    .max_length = DATE_MAX,
	    .sample = "2026-11-24",
	    .doc = "From when the rate is valid: a date, or a date and time; now unless given. "
		   "Without an offset it is in the tenant's zone. The rate is valid until the "
		   "currency's next one." },
	{ .name = "Rate",
	    PARAM_FIELD(struct rate_args, rate),
	    .in = PARAM_BODY,
	    .required = 1,
	    .max_length = RATE_MAX,
	    .sample = "0.9134",
	    .doc =
		"The value of one unit of the currency in the tenant's reference currency: a "
		"decimal number above 0 as text, with at most 12 digits before the point and 12 "
		"after it." },
	{ .name = NULL },
};

static const struct param remove_params[] = {
	CURRENCY_ID(PARAM_PATH),
	{ .name = "ValidFrom", PARAM_FIELD(struct rate_args, valid_from), .in = PARAM_PATH,
	    .required = 1, .max_length = DATE_MAX, .sample = "2026-11-24",
	    .doc = "From when the rate is valid: a date, or a date and time. Without an offset it "
		   "is in the tenant's zone." },
	{ .name = NULL },
};

static int
set(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct rate_args *in = args;
	struct store_rate rate = { .currency_id = in->currency_id.value, .rate = in->rate.value,
		.valid_from = r->access->now };
	struct db *db;
	int rc;

	if (in->valid_from.value != NULL)
		rate_file_when(&r->arena, "ValidFrom", in->valid_from.value,
		    r->access->alias->time_zone, &rate.valid_from, err);
	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_rate_put(db, &r->arena, rate.currency_id, rate.valid_from, rate.rate,
		 r->access->now, err)) < 0)
		return rc;
	reply_row(reply, store_rate_row, &rate);
	return err->code;
}

static int
erase(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct rate_args *in = args;
	usec_t from;
	struct db *db;
	int removed, rc;

	if ((rc = rate_file_when(&r->arena, "ValidFrom", in->valid_from.value,
		 r->access->alias->time_zone, &from, err)) < 0 ||
	    (rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_rate_remove(db, in->currency_id.value, from, &removed, err)) < 0)
		return rc;
	if (!removed)
		return err_set(err, ERR_NOT_FOUND,
		    "There is no rate of %s that is valid from then.", in->currency_id.value);
	reply->status = 204;
	return 0;
}

/* ------------------------------------------------------------------ load */

struct load_args { struct param_flag dry_run; };

static const struct param load_params[] = {
	{ .name = "DryRun", PARAM_FIELD(struct load_args, dry_run), .in = PARAM_QUERY,
	    .def = "false", .doc = "True to check and count only. Nothing is changed." },
	{ .name = NULL },
};

static int
load(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct load_args *in = args;
	struct load_result result = { .dry_run = in->dry_run.value };
	struct db *db;
	int rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 || (rc = db_savepoint(db, err)) < 0)
		return rc;
	rc = rate_file_load(db, &r->arena, r->body, r->body_bytes, r->access->alias->time_zone,
	    r->access->now, &result.file, err);
	if (rc < 0)
		return rc;
	rc = in->dry_run.value ? db_savepoint_rollback(db, err) : db_savepoint_release(db, err);
	if (rc < 0)
		return rc;
	reply_row(reply, load_reply, &result);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define RATES "ProcessManagement/CurrencyRates"
#define ROW(action, way, address, tx_)                                                             \
	.controller = "CurrencyRates", .name = action, .methods = way, .path = address,            \
	.access = ACCESS_TOKEN, .area = "process", .tx = tx_,                                      \
	.limits = ((way) == REQUEST_GET ? ACTION_LIMITS_NONE : ACTION_LIMITS_WHOLE)

const struct action ctl_rate_actions[] = {
	{ ROW("List", REQUEST_GET, RATES, ACTION_TX_NONE),
	    .about = "The values of currencies in the tenant's reference currency.",
	    .params = list_params, .args_bytes = sizeof(struct list_args), .run = list,
	    .doc = "Lists the tenant's currency rates, the newest of each currency first.",
	    .reply_doc = "200 with CurrencyRates.", .status = 200, .reply = list_reply,
	    ACTION_ERRORS(ERR_NONE) },
	{ ROW("Set", REQUEST_POST, RATES, ACTION_TX_TENANT), .params = set_params,
	    .args_bytes = sizeof(struct rate_args), .run = set,
	    .doc = "Sets the rate of a currency in the tenant's reference currency, valid from a "
		   "given time. The next run of ComputeRefAmounts applies it.",
	    .reply_doc = "200 with the rate.", .status = 200, .reply = store_rate_row,
	    ACTION_ERRORS(ERR_KEY_REUSED) },
	{ ROW("Load", REQUEST_POST, RATES "/Load", ACTION_TX_TENANT), .takes_body = 1,
	    .body_max = RATE_FILE_BYTES, .params = load_params,
	    .args_bytes = sizeof(struct load_args), .run = load,
	    .doc = "Sets the rates of a CSV body of at most 1 MiB. Either all rates are set or "
		   "none. Each row has CurrencyId, ValidFrom and Rate, in this order unless the "
		   "first row names the columns. Fields are separated by commas, semicolons or "
		   "TABs; the text is in UTF-8, UTF-16 or Windows-1252. Dates without an offset "
		   "are in the tenant's zone. The reply names up to 50 faulty lines.",
	    .reply_doc = "200 with counts.",
	    .body_sample =
		"CurrencyId,ValidFrom,Rate\nUSD,2026-11-24,0.9134\nGBP,2026-11-24T12:00:00Z,1.17\n",
	    .status = 200, .reply = load_reply, ACTION_ERRORS(ERR_TOO_LARGE, ERR_KEY_REUSED) },
	{ ROW("Remove", REQUEST_DELETE, RATES "/{CurrencyId}/{ValidFrom}", ACTION_TX_TENANT),
	    .params = remove_params, .args_bytes = sizeof(struct rate_args), .run = erase,
	    .doc = "Removes a rate. The rate before it stays valid in its place. The next run of "
		   "ComputeRefAmounts converts all rows anew.",
	    .reply_doc = "204.", .status = 204, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ .name = NULL },
};
