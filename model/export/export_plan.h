/*
 * export_plan - one file to be exported: of which kind, with which columns, which rows, and how it
 * is written.
 */
#ifndef MODEL_EXPORT_EXPORT_PLAN_H
#define MODEL_EXPORT_EXPORT_PLAN_H

#include <stddef.h>

#include "lib/format/cell.h"
#include "lib/format/csv_writer.h"
#include "model/export/export_kind.h"

struct arena;
struct err;
struct param_list;

enum { EXPORT_NAME_CHARS = 200, EXPORT_COLUMNS_CHARS = 8000 };

/* What an opt-in must be 1 for: a channel (model/change/consent.h) or Global. */
#define EXPORT_CONSENTS "Email|MobilePhone|HomePhone|Address|Global"

struct export_ids { const int *ids; size_t n; };	/* none = all */

struct export_filter {
	struct export_ids zones, brands, sources;
	const char *consent;		/* of EXPORT_CONSENTS; NULL = any */
};

struct export_form {
	struct csv_form csv;
	int header;
	int decimal_comma;
	enum cell_date date;
};

struct export_plan {
	const struct export_kind *kind;
	const struct export_column *all;	/* ends with name NULL */
	size_t nall;
	const struct export_column **columns;	/* those of the file, in their order */
	size_t ncolumns;
	struct export_filter filter;
	struct export_form form;
};

/* As they were given. */
struct export_wish {
	const char *where;		/* in front of names in faults: "Parameters." */
	const char *const *columns;	/* NULL = all but those on wish */
	size_t ncolumns;
	int changed;			/* deletions must be told */
	struct export_filter filter;
	struct export_form form;
};

/* Makes *out of a kind and a wish, in the arena. ERR_BAD_REQUEST with a fault of "Columns" for
 * each column that there is not (and the nearest), stands there twice, or is missing although it
 * names the row, and of "Zones", "Brands", "Sources", "Consent" for what the kind has not. */
int export_plan_make(struct arena *a, const struct export_kind *kind,
    const struct export_wish *wish, struct export_plan *out, struct err *err);

/* Integers of a list parameter, in the arena. */
struct export_ids export_ids_of(struct arena *a, const struct param_list *list);

/* What the rows are: kind, columns and filter as JSON. Two plans with the same text export the same
 * rows. */
const char *export_plan_text(struct arena *a, const struct export_plan *plan);

/* Back from that text: kind and filter; of the columns those that name the root. ERR_INTERNAL for
 * any other text. */
int export_plan_read(struct arena *a, const char *text, struct export_plan *out, struct err *err);

/* A mapping for imports (model/import/import_map.h) that reads the file again: indented JSON, or
 * NULL for what is never imported. */
const char *export_plan_mapping(struct arena *a, const struct export_plan *plan);

/* The encodings of files: "UTF-8", "UTF-8-BOM", … */
#define EXPORT_ENCODINGS "UTF-8|UTF-8-BOM|Windows-1252|UTF-16LE"
void export_form_encoding(struct csv_form *form, const char *name);

/* The name of a file: fills {kind}, {date}, {time}, {customer}, {alias}, {mode} and {run}. */
struct export_name {
	const char *kind, *customer, *alias, *mode;
	int64_t run_id;
	int64_t wall_s;			/* of the wall clock, since 1970 */
};
const char *export_name_fill(struct arena *a, const char *pattern, const struct export_name *n);

/* NULL, or what the pattern must be: for struct param.check. */
const char *export_name_fault(const char *pattern);

#endif
