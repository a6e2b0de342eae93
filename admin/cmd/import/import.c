#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/format/name.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/exchange/import_place.h"
#include "store/exchange/import_shown.h"
#include "store/exchange/store_import.h"

enum { LIST_MAX = 500, LIST_DEFAULT = 50, PIECE_BYTES = 1 << 20, PART_BYTES_MAX = 64 << 20 };

/* The tenant of the arguments, and a connection to its database, which the caller closes. */
static int
open_tenant(struct context *x, struct store_alias **t, struct db **db)
{
	int rc = context_tenant(x, t);

	*db = NULL;
	return rc < 0 ? rc : context_tenant_open(x, *t, db, &x->err);
}

/* ------------------------------------------------------------------ list */

static int
import_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "ImportId", OUTPUT_INT }, { "Connection", OUTPUT_TEXT | OUTPUT_LATER },
		{ "File", OUTPUT_TEXT }, { "State", OUTPUT_TEXT },
		{ "Bytes", OUTPUT_INT | OUTPUT_LATER },
		{ "Reason", OUTPUT_TEXT | OUTPUT_PROSE },
		{ "StartedAt", OUTPUT_TIME | OUTPUT_LAST },
		{ "EndedAt", OUTPUT_TIME | OUTPUT_LATER }, { NULL, OUTPUT_UNSET },
	};
	const char *state = cmd_text(&x->line, "state");
	const struct store_import_filter f = { .connection = cmd_text(&x->line, "connection"),
		.before_id = cmd_int(&x->line, "before", 0),
		.state = state == NULL ? STATE_IMPORT_UNSET :
		    (enum state_of_import)state_find(states_of_import, state),
		.limit = (int)cmd_int(&x->line, "limit", LIST_DEFAULT) };
	struct store_import *rows;
	struct store_alias *t;
	struct db *db;
	size_t n;
	int rc = open_tenant(x, &t, &db);

	if (rc == 0 && (rc = store_import_list(db, &x->arena, &f, &rows, &n, &x->err)) == 0)
		output_list(&x->out, "Imports", columns, &(const struct output_list){
		    .rows = import_shown_listed, .items = rows, .n = n, .bytes = sizeof *rows });
	db_close(&db);
	return rc;
}

/* ------------------------------------------------------------------ show */

static int
print_part(struct context *x, const struct store_alias *t, const struct store_import *import,
    const char *word)
{
	const enum import_part part = import_part_find(word);
	struct import_piece piece = { .at = 0 };
	struct buf b;
	int rc;

	buf_init(&b, &x->arena);
	do {
		piece.at += (int64_t)piece.n;
		piece.max = PIECE_BYTES;
		if ((rc = import_place_read(&x->arena, &x->conf, t->alias_id, import, part, &piece,
			 &x->err)) < 0)
			return rc;
		if (piece.of > PART_BYTES_MAX)
			return err_set(&x->err, ERR_TOO_LARGE, "It has %" PRId64 " bytes: take it "
			    "from below import_work.", piece.of);
		buf_add(&b, piece.data, piece.n);
	} while (piece.n > 0);
	output_document(&x->out, part == IMPORT_NOT_REACHED ? "NotReached" : "Part", b.data);
	return 0;
}

static int
show(struct context *x, const struct store_alias *t, struct db *db)
{
	const int64_t id = cmd_int(&x->line, "IMPORTID", 0);
	const char *part = cmd_text(&x->line, "part");
	struct store_import *import;
	int rc = store_import_get(db, &x->arena, id, &import, &x->err);

	if (rc < 0)
		return rc;
	if (import == NULL)
		return err_set(&x->err, ERR_NOT_FOUND, "The tenant has no import %" PRId64 ".", id);
	if (part != NULL)
		return print_part(x, t, import, part);
	output_rows(&x->out, import_shown_listed, import);
	output_gap(&x->out);
	output_block(&x->out, "Counts", import->counts, strlen(import->counts));
	return 0;
}

static int
import_show(struct context *x)
{
	struct store_alias *t;
	struct db *db;
	int rc = open_tenant(x, &t, &db);

	if (rc == 0)
		rc = show(x, t, db);
	db_close(&db);
	return rc;
}

/* ------------------------------------------------------------------ the table */

static const struct cmd_param list_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param list_options[] = {
	{ .name = "connection", .type = CMD_TEXT, .max = NAME_CHARS_MAX,
	  .doc = "Only files that came by this connection." },
	{ .name = "state", .type = CMD_CHOICE, .choices = STATE_NAMES(STATES_OF_IMPORT),
	  .doc = "Only files in this state." },
	{ .name = "before", .type = CMD_INT, .min = 1, .max = INT64_MAX,
	  .doc = "Only imports with a smaller number: the next page." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX,
	  .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

static const struct cmd_param show_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "IMPORTID", .type = CMD_INT, .required = 1, .min = 1, .max = INT64_MAX,
	  .doc = "Number of the import." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = {
	{ .name = "part", .type = CMD_CHOICE, .choices = IMPORT_PART_NAMES,
	  .doc = "Print a result file, as CSV: line and key of what was accepted, the rejected "
	  "rows as they came, their reasons, or the rows that are still to be read." },
	{ .name = NULL },
};

#define ROW(word, function, ...) \
	{ .group = "import", .verb = word, .needs = CMD_NEEDS_REGISTRY, .run = function, \
	  __VA_ARGS__ }

const struct cmd cmd_import_rows[] = {
	ROW("list", import_list, .arguments = list_arguments, .options = list_options,
	    .example = "import list Demo Main --state Failed",
	    .doc = "Lists the files that a tenant's imports took, the newest first."),
	ROW("show", import_show, .arguments = show_arguments, .options = show_options,
	    .example = "import show Demo Main 1 --part Rejected",
	    .doc = "Shows an imported file and what became of its records, or one of its result "
	    "files. Those of ImportFtp are kept on the daemon's machine, for import_keep_days."),
	{ .group = NULL },
};
