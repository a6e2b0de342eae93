#include "config.h"

#include "fcgi/api/import/ctl_import.h"

#include <inttypes.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/page.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/tenant_db.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "model/state.h"
#include "store/exchange/import_place.h"
#include "store/exchange/import_shown.h"
#include "store/exchange/store_import.h"

/* PIECE_BYTES: a reply is in memory as a whole. */
enum { PAGE_MAX = 500, PIECE_BYTES = 4 << 20 };

/* ------------------------------------------------------------------ list */

struct list_args {
	struct param_text connection, state;
	struct param_int before, limit;
};

struct import_list { struct store_import *rows; size_t n; };

static const struct field list_reply[] = {
	FIELD(OBJECT, "Imports", "The newest first.", FROM_ARRAY(struct import_list, rows, n),
	    .lines = 1, .rows = import_shown_listed),
	FIELD_END,
};

static const struct param list_params[] = {
	{ .name = "Connection", PARAM_FIELD(struct list_args, connection), .in = PARAM_QUERY,
	    .max_length = NAME_CHARS_MAX, .check = name_schedule_fault,
	    .doc = "Only files that came by this connection." },
	{ .name = "State", PARAM_FIELD(struct list_args, state), .in = PARAM_QUERY,
	    .max_length = 10, .choices = STATE_NAMES(STATES_OF_IMPORT),
	    .doc = "Only files in this state." },
	{ .name = "Before", PARAM_FIELD(struct list_args, before), .in = PARAM_QUERY, .min = 1,
	    .max = INT64_MAX,
	    .doc = "Only imports with a smaller number. For the next page, give the last number of "
	    "the page before." },
	PAGE_LIMIT(struct list_args, PAGE_MAX, "100"),
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	const struct store_import_filter filter = { .before_id = in->before.value,
		.connection = in->connection.value,
		.state = in->state.value == NULL ? STATE_IMPORT_UNSET :
		    (enum state_of_import)state_find(states_of_import, in->state.value),
		.limit = (int)in->limit.value };
	struct import_list shown;
	struct db *db;
	int rc = tenant_db_get(r, &db, err);

	if (rc < 0 || (rc = store_import_list(
			   db, &r->arena, &filter, &shown.rows, &shown.n, err)) < 0)
		return rc;
	reply_row(reply, list_reply, &shown);
	return 0;
}

/* ------------------------------------------------------------------ one file */

struct part_args {
	struct param_int import_id, offset;
	struct param_text part;
};

#define IMPORT_ID \
	{ .name = "ImportId", PARAM_FIELD(struct part_args, import_id), .in = PARAM_PATH, \
	    .required = 1, .min = 1, .max = INT64_MAX, .sample = "1", \
	    .doc = "Number of the import." }

static const struct param show_params[] = { IMPORT_ID, { .name = NULL } };

static const struct param part_params[] = {
	IMPORT_ID,
	{ .name = "Part", PARAM_FIELD(struct part_args, part), .in = PARAM_PATH, .required = 1,
	    .choices = IMPORT_PART_NAMES, .max_length = 10, .sample = "Accepted",
	    .doc = "Accepted: line and key of each row. Rejected: the rows as they came, behind "
	    "the file's header, to be mended and sent again. Reasons: line and reason of each of "
	    "them. NotReached: the rows that are still to be read, behind the header." },
	{ .name = "Offset", PARAM_FIELD(struct part_args, offset), .in = PARAM_QUERY, .min = 0,
	    .max = INT64_MAX, .def = "0",
	    .doc = "Only the bytes from this one on. The reply header X-Next-Offset says what to "
	    "give for the rest." },
	{ .name = NULL },
};

static int
find(struct request *r, int64_t import_id, struct store_import **out, struct err *err)
{
	struct db *db;
	int rc = tenant_db_get(r, &db, err);

	if (rc < 0 || (rc = store_import_get(db, &r->arena, import_id, out, err)) < 0)
		return rc;
	return *out != NULL ? 0 :
	    err_set(err, ERR_NOT_FOUND, "There is no import %" PRId64 ".", import_id);
}

static int
show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct part_args *in = args;
	struct store_import *import;
	int rc = find(r, in->import_id.value, &import, err);

	if (rc == 0)
		reply_row(reply, import_shown, import);
	return rc;
}

static int
part(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct part_args *in = args;
	struct import_piece piece = { .at = in->offset.value, .max = PIECE_BYTES };
	struct store_import *import;
	int rc = find(r, in->import_id.value, &import, err);

	if (rc < 0 || (rc = import_place_read(&r->arena, r->thread->conf,
			   r->access->alias->alias_id, import, import_part_find(in->part.value),
			   &piece, err)) < 0)
		return rc;
	reply->content_type = "text/csv";
	buf_add(&reply->body, piece.data, piece.n);
	if (piece.n > 0 && piece.at + (int64_t)piece.n < piece.of)
		reply->headers = arena_printf(&r->arena, "X-Next-Offset: %" PRId64 "\r\n",
		    piece.at + (int64_t)piece.n);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define IMPORTS "ProcessManagement/Imports"
#define ROW(action, address) \
	.controller = "Imports", .name = action, .methods = REQUEST_GET, .path = address, \
	.access = ACCESS_TOKEN, .area = "process", .tx = ACTION_TX_NONE, \
	.limits = ACTION_LIMITS_WHOLE, .status = 200

const struct action ctl_import_actions[] = {
	{ ROW("List", IMPORTS), .about = "The files that imports took, and what became of their "
	    "rows.",
	    .params = list_params, .args_bytes = sizeof(struct list_args), .run = list,
	    .doc = "Lists the files that ImportFtp and the command line took.",
	    .reply_doc = "200 with Imports.", .reply = list_reply, ACTION_ERRORS(ERR_NONE) },
	{ ROW("Show", IMPORTS "/{ImportId}"), .params = show_params,
	    .args_bytes = sizeof(struct part_args), .run = show,
	    .doc = "Shows an imported file, and how many of its records were read, taken and "
	    "rejected, and how many rows of each entity were inserted, updated and unchanged.",
	    .reply_doc = "200 with the import.", .reply = import_shown,
	    ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Part", IMPORTS "/{ImportId}/{Part}"), .params = part_params,
	    .args_bytes = sizeof(struct part_args), .run = part,
	    .doc = "Gives a result file of an import by ImportFtp. They are kept on the daemon's "
	    "machine, below the setting import_work, for import_keep_days.",
	    .reply_doc = "200 with CSV of at most 4 MiB. When there is more, X-Next-Offset says "
	    "where to go on. 404 when it is not kept.",
	    .reply_type = "text/csv", ACTION_ERRORS(ERR_NOT_FOUND) },
	{ .name = NULL },
};
