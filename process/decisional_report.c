#include "config.h"

#include "process/decisional_report.h"

#include <inttypes.h>

#include "lib/text.h"

static const char *
have(int64_t purchases)
{
	return text_form(purchases, "purchase has", "purchases have");
}

/* Warns only about purchases that somebody can correct, and says how. A purchase without an amount
 * is no warning. */
static void
report_unpriced(struct run *run, const struct decisional_found *n)
{
	const char *first = run->reference_currency == NULL || run->reference_currency[0] == '\0' ?
	    "customerapi alias set gives the tenant a reference currency, then " :
	    "";

	if (n->no_amount > 0)
		run_log(run, "%" PRId64 " %s no amount", n->no_amount, have(n->no_amount));
	if (n->not_computed > 0)
		run_warn(run,
		    "%" PRId64 " %s no reference amount yet, so amounts are too low: "
		    "%sComputeRefAmounts computes it",
		    n->not_computed, have(n->not_computed), first);
	if (n->no_rate > 0)
		run_warn(run,
		    "%" PRId64
		    " %s no reference amount, so amounts are too low: at that date the currency "
		    "has no rate; %scustomerapi rate sets it, then ComputeRefAmounts computes it",
		    n->no_rate, have(n->no_rate), first);
	if (n->too_large > 0)
		run_warn(run,
		    "%" PRId64 " %s an amount whose reference amount no column holds: the amount "
		    "or its rate is wrong",
		    n->too_large, have(n->too_large));
}

/* Warns only about purchases that somebody can correct, and says how. A purchase that was sent
 * without a label is no warning. */
static void
report_status(struct run *run, struct decisional *f)
{
	const char *labels = decisional_labels_text(&f->labels, &run->arena);
	const char *line;
	const int has_labels = f->labels.n > 1 ||
	    (f->labels.n == 1 && *f->labels.of[0].text != '\0');

	run_result_int(run, "WithoutStatus", f->found.no_status);
	if (f->found.no_status == 0)
		return;
	run_result_text(run, "UnknownStatuses", labels);
	line = arena_printf(&run->arena,
	    "left out: %" PRId64
	    " purchases that are not of the type paid and have no status that is known; "
	    "they were sent as: %s; customerapi label set tells what a label of a Source means in "
	    "later deliveries; those stored get it when they are delivered again, or "
	    "PurchaseStatusId by Standard/PurchaseHeader/Update",
	    f->found.no_status, labels);
	if (has_labels)
		run_warn(run, "%s", line);
	else
		run_log(run, "%s", line);
}

void
decisional_report(struct run *run, struct decisional *f)
{
	const struct decisional_found *n = &f->found;

	run_result_int(run, "Contacts", f->contacts);
	run_result_int(run, "Purchases", n->purchases);
	run_result_int(
	    run, "WithoutRefAmount", n->no_amount + n->no_rate + n->too_large + n->not_computed);
	run_result_int(run, "WithoutAmount", n->no_amount);
	run_result_int(run, "WithoutRate", n->no_rate);
	run_result_int(run, "TooLarge", n->too_large);
	run_result_int(run, "NotComputed", n->not_computed);
	run_result_int(run, "WithoutDate", n->undated);
	run_result_int(run, "LaterThanNow", n->future);
	run_log(run, "%" PRId64 " %s, %" PRId64 " %s%s", f->contacts,
	    text_form(f->contacts, "contact", "contacts"), n->purchases,
	    text_form(n->purchases, "purchase", "purchases"),
	    run->dry_run ? " would be worked in" : "");
	if (n->undated > 0 || n->future > 0)
		run_log(run, "left out: %" PRId64 " %s without a date, %" PRId64 " of the future",
		    n->undated, text_form(n->undated, "purchase", "purchases"), n->future);
	report_status(run, f);
	report_unpriced(run, n);
}
