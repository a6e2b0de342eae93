#include "config.h"

#include "model/export/export_args.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/export/export_plan.h"
#include "model/process.h"

static struct export_form
form_of(const struct process_export_ftp_args *in)
{
	struct export_form form = {
		.csv = { .delimiter = text_ieq(in->delimiter.value, "TAB") ? '\t' :
								  in->delimiter.value[0],
		    .quote_all = text_ieq(in->quotes.value, "All"),
		    .crlf = text_ieq(in->line_end.value, "CRLF"),
		    .excel_safe = in->excel_safe.value },
		.header = in->header.value,
		.decimal_comma = text_ieq(in->decimal.value, "Comma"),
		.date = cell_date_find(in->date_form.value)
	};

	export_form_encoding(&form.csv, in->encoding.value);
	return form;
}

static const char *const *
split(struct arena *a, const char *text, size_t *n)
{
	const char **names = arena_new(a, const char *, EXPORT_COLUMNS_MAX + 1);
	char *rest = arena_strdup(a, text), *name;

	*n = 0;
	while (rest != NULL && *n < EXPORT_COLUMNS_MAX && (name = strsep(&rest, ",")) != NULL)
		names[(*n)++] = text_trim(name);
	return names;
}

int
export_args_plans(struct arena *a, const struct process_export_ftp_args *in, const char *where,
    struct export_plan **plans, size_t *n, struct err *err)
{
	struct export_wish wish = { .where = where,
		.changed = text_ieq(in->mode.value, EXPORT_CHANGED),
		.filter = { .zones = export_ids_of(a, &in->zones),
		    .brands = export_ids_of(a, &in->brands),
		    .sources = export_ids_of(a, &in->sources),
		    .consent = in->consent.value },
		.form = form_of(in) };

	wish.columns = split(a, in->columns.value, &wish.ncolumns);
	*n = in->kinds.n;
	*plans = arena_new(a, struct export_plan, *n + 1);
	for (size_t i = 0; i < *n; i++)
		export_plan_make(a, export_kind_find(in->kinds.values[i]), &wish, &(*plans)[i],
		    err);
	return err->faults == NULL ? 0 : err->code;
}

static void
check_kinds(struct arena *a, const struct process_export_ftp_args *in, const char *where,
    struct err *err)
{
	if (in->kinds.n == 0)
		err_fault(err, a, arena_printf(a, "%sKinds", where), "must name a kind");
	for (size_t i = 0; i < in->kinds.n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(in->kinds.values[i], in->kinds.values[k]) == 0)
				err_fault(err, a, arena_printf(a, "%sKinds", where), "has %s twice",
				    in->kinds.values[i]);
	if (in->kinds.n > 1 && in->columns.value != NULL)
		err_fault(err, a, arena_printf(a, "%sColumns", where),
		    "can be given for one kind only");
	if (in->kinds.n > 1 && strstr(in->file.value, "{kind}") == NULL)
		err_fault(err, a, arena_printf(a, "%sFile", where),
		    "must have {kind}: there are several files");
}

int
export_args_check(struct arena *a, const void *args, struct err *err)
{
	static const char where[] = "Parameters.";

	const struct process_export_ftp_args *in = args;
	struct export_plan *plans;
	size_t n;

	check_kinds(a, in, where, err);
	if (err->faults == NULL)
		export_args_plans(a, in, where, &plans, &n, err);
	return err->faults == NULL ? 0 : err->code;
}
