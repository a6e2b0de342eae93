#include "config.h"

#include "store/store_rate.h"

#include <string.h>

#include "lib/err.h"
#include "lib/format/decimal.h"
#include "store/db.h"

int
store_rate_is_good(const char *rate)
{
	struct decimal d;

	if (decimal_parse(rate, &d) != 0 || rate[0] == '-')
		return 0;
	return strspn(rate, "0.") < strlen(rate) && strcspn(rate, ".") <= STORE_RATE_DIGITS;
}

int
store_rate_put(struct db *db, struct arena *a, const char *currency, usec_t valid_from,
    const char *rate, usec_t now, struct err *err)
{
	struct rows known;
	int rc = db_query(db, Q_rate_currency_known, DB_ARGS(v_text(currency)), a, &known, err);

	if (rc < 0)
		return rc;
	if (rows_int(&known, 0, C_rate_currency_known_known) == 0)
		err_fault(err, a, "CurrencyId", "\"%.10s\" is no currency of ISO 4217, such as USD",
		    currency);
	if (!store_rate_is_good(rate))
		err_fault(err, a, "Rate",
		    "must be a decimal number above 0 with at most %d digits before and behind the "
		    "point",
		    STORE_RATE_DIGITS);
	if (err->code < 0)
		return err->code;
	return db_exec(db, Q_rate_put,
		   DB_ARGS(v_text(currency), v_time(valid_from), v_text(rate), v_time(now)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_rate_remove(
    struct db *db, const char *currency, usec_t valid_from, int *removed, struct err *err)
{
	int64_t n = db_exec(db, Q_rate_remove, DB_ARGS(v_text(currency), v_time(valid_from)), err);

	*removed = n > 0;
	if (n > 0 &&
	    db_exec(db, Q_process_state_forget, DB_ARGS(v_text("ComputeRefAmounts")), err) < 0)
		n = -1;
	return n < 0 ? err->code : 0;
}

int
store_rate_list(struct db *db, struct arena *a, const char *currency, usec_t before, int limit,
    struct rows *out, struct err *err)
{
	return db_query(
	    db, Q_rate_list, DB_ARGS(v_text(currency), v_time(before), v_int(limit)), a, out, err);
}

/* ------------------------------------------------------------------ what is shown */

#define RATE_ROWS(currency_id, valid_from, rate)                                                   \
	FIELD(TEXT, "CurrencyId", "The currency.", currency_id, .sample = "USD"),                  \
	    FIELD(TIME, "ValidFrom",                                                               \
		"From when the rate is valid, until the currency's next one.", valid_from,         \
		.sample = "2026-11-23T23:00:00.000000Z"),                                          \
	    FIELD(DECIMAL, "Rate", "What one of it is worth in the tenant's reference currency.",  \
		rate, .sample = "0.9134")

const struct field store_rate_row[] = { RATE_ROWS(FROM(struct store_rate, currency_id),
	FROM(struct store_rate, valid_from), FROM(struct store_rate, rate)), FIELD_END };

const struct field store_rate_listed[] = {
	RATE_ROWS(FROM_CELL(C_rate_list_currency_id), FROM_CELL(C_rate_list_valid_from),
	    FROM_CELL(C_rate_list_rate)),
	FIELD(TIME, "ModifiedAt", "When it was set to this value.",
	    FROM_CELL(C_rate_list_modified_at)),
	FIELD_END,
};
