#include "config.h"

#include "admin/removal.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "store/db.h"

enum { FIRST_ONES = 5 };	/* as many as the statements name */

static const struct kind {
	const char *name, *words, *fix;
} kinds[] = {
	{ "aliases", "aliases", "customerapi alias remove" },
	{ "users", "users", "customerapi user remove" },
	{ "tokens", "tokens", "customerapi token revoke" },
	{ "sources", "Sources", "customerapi source remove" },
	{ "patterns", "allowed mail addresses", "customerapi mail-allow remove" },
	{ "schedules", "schedules", "customerapi schedule delete" },
	{ "alarms", "schedules with SilenceHours",
	    "their alarms go to this address: give another one, or customerapi schedule delete" },
	{ "notices", "schedules with OnFailure",
	    "their failures are told to this address: give them another one by schedule set" },
	{ "connections", "connections", "customerapi connection remove, or connection set" },
	{ "runs", "runs", "wait for their end, or customerapi run cancel" },
	{ "messages", "messages that wait or are at work",
	    "wait until customerapi-scheduler is done with them" },
	{ "mails", "mails that wait",
	    "wait until they are sent or given up; customerapi mail list shows them" },
	{ "requests", "open requests about persons",
	    "customerapi privacy list shows them; customerapi privacy finish" },
	{ "rates", "currency rates",
	    "they are in the old reference currency: customerapi rate remove" },
};

static const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

void
removal_fault(struct context *x, const char *subject, const char *what, const char *field,
    const char *message)
{
	if (x->err.faults == NULL)
		err_fault(&x->err, &x->arena, subject, "%s while something depends on it", what);
	err_fault(&x->err, &x->arena, field, "%s", message);
}

void
removal_depends(struct context *x, const char *subject, const char *what, const struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct kind *k = kind_of(rows_text(r, i, C_removal_at_work_kind));
		const char *first = rows_text(r, i, C_removal_at_work_first_ones);
		long long n = rows_int(r, i, C_removal_at_work_n);
		char *names = first == NULL ||
		    *first == '\0' ? "" : arena_printf(&x->arena, " (%s%s)", first, n > FIRST_ONES ?
		    ", ..." : "");

		removal_fault(x, subject, what,
		    k == NULL ? rows_text(r, i, C_removal_at_work_kind) : k->words,
		    arena_printf(&x->arena, "%lld%s; %s", n, names, k == NULL ? "" : k->fix));
	}
}

int
removal_allowed(struct context *x)
{
	if (x->err.faults == NULL)
		return 0;
	return err_set(&x->err, ERR_CONFLICT, "%s: %s.", x->err.faults->field,
	    x->err.faults->message);
}

int
removal_refuse(struct context *x, const char *subject, const struct rows *r)
{
	removal_depends(x, subject, "cannot be removed", r);
	return removal_allowed(x);
}

void
removal_tell(struct context *x, const char *subject)
{
	int dry_run = cmd_given(&x->line, "dry-run");

	output_value(&x->out, dry_run ? "WouldBeRemoved" : "Removed", OUTPUT_TEXT, v_text(subject));
	if (dry_run)
		output_remark(&x->out, "This was a dry run: nothing has changed.");
}
