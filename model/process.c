#include "config.h"

#include "model/process.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/param_check.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/import/import_files.h"
#include "model/export/export_args.h"
#include "model/export/export_plan.h"

enum { NAMES_BYTES = 300 };

/* The parameters of each process, under the names that the kinds below use. */
#define PROCESS(symbol_, name_, run_, ...) \
	static const struct param symbol_##_params[] = { \
		{ .name = "DryRun", PARAM_FIELD(struct process_##symbol_##_args, common.dry_run), \
		    .in = PARAM_BODY, .def = "false", \
		    .doc = "True: counts and reports what would change, and changes nothing." },
#define PROCESS_PARAM(symbol_, type_, member_, name_, ...) \
		{ .name = name_, PARAM_FIELD(struct process_##symbol_##_args, member_), \
		    .in = PARAM_BODY, __VA_ARGS__ },
#define PROCESS_END(symbol_) \
		{ .name = NULL }, \
	};
#define PROCESS_PLANNED(...)
#include "model/process_rows_gen.h"
#undef PROCESS
#undef PROCESS_PARAM
#undef PROCESS_END
#undef PROCESS_PLANNED

const struct process_kind process_kinds[] = {
#define PROCESS(symbol_, name_, run_, ...) \
	{ .name = name_, .built = 1, .params = symbol_##_params, \
	    .args_bytes = sizeof(struct process_##symbol_##_args), __VA_ARGS__ },
#define PROCESS_PARAM(...)
#define PROCESS_END(...)
#define PROCESS_PLANNED(name_, doc_) { .name = name_, .doc = doc_ },
#include "model/process_rows_gen.h"
#undef PROCESS
#undef PROCESS_PARAM
#undef PROCESS_END
#undef PROCESS_PLANNED
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
