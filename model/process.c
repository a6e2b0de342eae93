#include "config.h"

#include "model/process.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/text_near.h"

enum { NAMES_BYTES = 300 };

#define COMMON_PARAMS(args) \
	{ .name = "DryRun", PARAM_FIELD(args, common.dry_run), .in = PARAM_BODY, .def = "false", \
	  .doc = "True: counts and reports what would change, and changes nothing." }

static const struct param compute_ref_amounts_params[] = {
	COMMON_PARAMS(struct process_compute_ref_amounts_args),
	{ .name = "Mode",
	    PARAM_FIELD(struct process_compute_ref_amounts_args, mode),
	    .in = PARAM_BODY,
	    .max_length = 20,
	    .choices = "Incremental|Full",
	    .def = "Incremental",
	    .doc = "Incremental looks only at rows whose amount, currency, date or rate changed; "
		   "Full computes every row anew." },
	{ .name = "ChunkRows",
	    PARAM_FIELD(struct process_compute_ref_amounts_args, chunk_rows),
	    .in = PARAM_BODY,
	    .min = 100,
	    .max = 100000,
	    .def = "10000",
	    .doc = "How many rows are changed in one transaction." },
	{ .name = NULL },
};

static const struct param refresh_decisional_data_params[] = {
	COMMON_PARAMS(struct process_refresh_decisional_data_args),
	{ .name = "ChunkRows",
	    PARAM_FIELD(struct process_refresh_decisional_data_args, chunk_rows),
	    .in = PARAM_BODY,
	    .min = 100,
	    .max = 200000,
	    .def = "50000",
	    .doc = "How many contacts, or purchases, are worked on in one transaction." },
	{ .name = "CohortMonths",
	    PARAM_FIELD(struct process_refresh_decisional_data_args, cohort_months),
	    .in = PARAM_BODY,
	    .min = 1,
	    .max = 240,
	    .def = "36",
	    .doc =
		"How many months of first purchases the cohort table has, this month included." },
	{ .name = NULL },
};

static const struct param earn_points_params[] = {
	COMMON_PARAMS(struct process_points_args),
	{ .name = "ChunkRows", PARAM_FIELD(struct process_points_args, chunk_rows), .in = PARAM_BODY, .min = 100, .max = 100000, .def = "5000",
	  .doc = "How many purchases are looked at in one transaction." },
	{ .name = NULL },
};

static const struct param expire_points_params[] = {
	COMMON_PARAMS(struct process_points_args),
	{ .name = "ChunkRows",
	    PARAM_FIELD(struct process_points_args, chunk_rows),
	    .in = PARAM_BODY,
	    .min = 10,
	    .max = 100000,
	    .def = "1000",
	    .doc = "How many contacts are looked at in one transaction; those with points that are "
		   "due are locked meanwhile." },
	{ .name = NULL },
};

static const struct param erase_params[] = {
	COMMON_PARAMS(struct process_erase_args),
	{ .name = NULL },
};

#ifdef CHECK_BUILD
static const struct param test_params[] = {
	COMMON_PARAMS(struct process_test_args),
	{ .name = "Steps",
	    PARAM_FIELD(struct process_test_args, steps),
	    .in = PARAM_BODY,
	    .min = 0,
	    .max = 100000,
	    .def = "1",
	    .doc = "How many steps it takes." },
	{ .name = "StepMs",
	    PARAM_FIELD(struct process_test_args, step_ms),
	    .in = PARAM_BODY,
	    .min = 0,
	    .max = 60000,
	    .def = "0",
	    .doc = "How long each is." },
	{ .name = "MemoryMb",
	    PARAM_FIELD(struct process_test_args, memory_mb),
	    .in = PARAM_BODY,
	    .min = 0,
	    .max = 4000,
	    .def = "0",
	    .doc = "How much it takes." },
	{ .name = "Note",
	    PARAM_FIELD(struct process_test_args, note),
	    .in = PARAM_BODY,
	    .max_length = 100,
	    .doc = "Kept in the tenant's database." },
	{ .name = "End",
	    PARAM_FIELD(struct process_test_args, end),
	    .in = PARAM_BODY,
	    .max_length = 20,
	    .choices = "Crash|Fail|Warning",
	    .doc = "How it ends." },
	{ .name = NULL },
};
#endif

const struct process_kind process_kinds[] = {
#ifdef CHECK_BUILD
	{ .name = "Test",
	    .built = 1,
	    .hidden = 1,
	    .params = test_params,
	    .args_bytes = sizeof(struct process_test_args),
	    .time_limit_s = 5,
	    .memory_mb = 300,
	    .retries = 1,
	    .retry_after_s = 1,
	    .doc = "For tests of the daemon." },
#endif
	{ .name = "RefreshDecisionalData",
	    .built = 1,
	    .params = refresh_decisional_data_params,
	    .args_bytes = sizeof(struct process_refresh_decisional_data_args),
	    .time_limit_s = 6 * 3600,
	    .memory_mb = 512,
	    .retries = 1,
	    .retry_after_s = 300,
	    .copies_contacts = 1,
	    .exclusive = "purchases",
	    .doc = "Makes the decision tables anew: per contact, per month, contactability and "
		   "cohorts." },
	{ .name = "ComputeRefAmounts",
	    .built = 1,
	    .params = compute_ref_amounts_params,
	    .args_bytes = sizeof(struct process_compute_ref_amounts_args),
	    .time_limit_s = 6 * 3600,
	    .memory_mb = 512,
	    .retries = 1,
	    .retry_after_s = 300,
	    .exclusive = "purchases",
	    .doc = "Converts the amounts of purchases and vouchers into the tenant's reference "
		   "currency." },
	{ .name = "EarnPoints",
	    .built = 1,
	    .params = earn_points_params,
	    .args_bytes = sizeof(struct process_points_args),
	    .time_limit_s = 6 * 3600,
	    .memory_mb = 512,
	    .retries = 1,
	    .retry_after_s = 300,
	    .copies_contacts = 1,
	    .exclusive = "points",
	    .doc =
		"Gives contacts the points of their purchases by the tenant's rules (customerapi "
		"points set-rule), and takes back those of purchases that no longer count." },
	{ .name = "ExpirePoints",
	    .built = 1,
	    .params = expire_points_params,
	    .args_bytes = sizeof(struct process_points_args),
	    .time_limit_s = 6 * 3600,
	    .memory_mb = 512,
	    .retries = 1,
	    .retry_after_s = 300,
	    .copies_contacts = 1,
	    .exclusive = "points",
	    .doc = "Takes away what is left of points whose time is over; what it took of points "
		   "that were taken out, or given to "
		   "another contact since, it gives back." },
	{ .name = "Erase",
	    .built = 1,
	    .params = erase_params,
	    .args_bytes = sizeof(struct process_erase_args),
	    .time_limit_s = 6 * 3600,
	    .memory_mb = 512,
	    .retries = 5,
	    .retry_after_s = 300,
	    .exclusive = "erase",
	    .doc =
		"Ends the open erasures of persons. A platform's request (Shopify: "
		"customers/redact, shop/redact) starts it by itself; a schedule is not needed." },
	{ .name = "Connector/Prestashop", .doc = "Imports from a PrestaShop shop." },
	{ .name = "Connector/Magento", .doc = "Imports from a Magento shop." },
	{ .name = "ImportFtp", .doc = "Imports files from an FTP, FTPS or SFTP server." },
	{ .name = "ExportFtp", .doc = "Exports files to an FTP, FTPS or SFTP server." },
	{ .name = "Cleansing",
	    .doc = "Puts names, addresses, phones and mail addresses into their proper form." },
	{ .name = "Duplication", .doc = "Finds and merges duplicate contacts." },
	{ .name = NULL },
};

const struct process_kind *
process_find(const char *name)
{
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		if (text_ieq(k->name, name))
			return k;
	return NULL;
}

int
process_check(struct arena *a, const char *field, const char *name, struct err *err)
{
	const char *names[sizeof process_kinds / sizeof process_kinds[0]], *near;
	size_t n = 0;

	if (name == NULL || process_find(name) != NULL)
		return 0;
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		if (!k->hidden)
			names[n++] = k->name;
	names[n] = NULL;
	if ((near = text_nearest(name, names)) != NULL)
		return err_fault(err, a, field, "is no process; did you mean %s?", near);
	return err_fault(
	    err, a, field, "is no process; there are %s", text_names(a, names, NAMES_BYTES));
}
