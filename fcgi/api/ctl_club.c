#include "config.h"

#include "fcgi/api/ctl_club.h"

#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/api/club_code.h"
#include "fcgi/api/club_contact.h"
#include "fcgi/api/club_points.h"
#include "fcgi/api/club_row.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/db.h"

/* ------------------------------------------------------------------ the contact */

struct contact_args { struct param_text drupal_id; struct param_int source_id; };

static const struct param contact_params[] = { CLUB_DRUPAL_ID(struct contact_args),
	CLUB_SOURCE_ID(struct contact_args), { .name = NULL } };

static int
get_contact(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct contact_args *in = args;
	struct club c;
	int rc;

	if ((rc = club_open(&c, r, in->source_id.value, err)) < 0 ||
	    (rc = club_faults(&c, err)) < 0 ||
	    (rc = club_contact_show(&c, in->drupal_id.value, reply, err)) < 0)
		return rc;
	if (precondition_not_modified(r, reply->etag))
		reply->status = 304;
	return 0;
}

static int
set_contact(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct club_contact_args *in = args;
	struct club c;
	int rc = club_open(&c, r, in->source_id.value, err);

	return rc < 0 ? rc : club_contact_set(&c, in, reply, err);
}

static int
set_retailers(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct club_list_args *in = args;
	struct club c;
	int rc = club_open(&c, r, in->source_id.value, err);

	return rc < 0 ? rc : club_retailers_set(&c, in, reply, err);
}

static int
set_categories(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct club_list_args *in = args;
	struct club c;
	int rc = club_open(&c, r, in->source_id.value, err);

	return rc < 0 ? rc : club_categories_set(&c, in, reply, err);
}

/* ------------------------------------------------------------------ the least that a request can
 * cost */

#ifdef CHECK_BUILD
struct bare_args { struct param_int contact_id; };

static const struct param bare_params[] = {
	{ .name = "ContactId",
	    PARAM_FIELD(struct bare_args, contact_id),
	    .in = PARAM_QUERY,
	    .required = 1,
	    .min = 1,
	    .max = INT32_MAX,
	    .sample = "1",
	    .doc = "The contact's key." },
	{ .name = NULL },
};

static const struct field bare_reply[] = {
	FIELD(INT, "ContactId", "The contact's key.", FROM_CELL(C_club_bare_contact_id)),
	FIELD(TEXT, "LastName", "Its last name.", FROM_CELL(C_club_bare_last_name), .nullable = 1,
	    .sample = "Lovelace"),
	FIELD_END,
};

static int
get_bare(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct bare_args *in = args;
	struct rows rows;
	struct db *db;
	int rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = db_query(
		 db, Q_club_bare, DB_ARGS(v_int(in->contact_id.value)), &r->arena, &rows, err)) < 0)
		return rc;
	if (rows.n == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such contact.");
	reply_row(reply, bare_reply, rows.cells);
	return 0;
}
#endif

/* ------------------------------------------------------------------ the table */

#define ROW(action, way, tx_)                                                                      \
	.controller = "ClubSubcriber", .name = action, .methods = way,                             \
	.path = "Bonduelle/Club/" action, .access = ACCESS_TOKEN, .tx = tx_,                       \
	.limits = ACTION_LIMITS_HELD, .area = "club", .status = 200
#define KEY_DOC " An Idempotency-Key header makes it safe to send again."
#define MATCH_DOC \
	" With If-Match, the contact is changed only if it still has that ETag, else 412."

const struct action ctl_club_actions[] = {
	{ ROW("GetContact", REQUEST_GET, ACTION_TX_NONE),
	    .about = "What a club site reads and writes about its members: contacts, codes, "
		     "points.",
	    .params = contact_params, .args_bytes = sizeof(struct contact_args), .run = get_contact,
	    .doc = "Shows a contact by the id of its user on the club site.",
	    .reply_doc = "200 with the contact and its ETag. 304 without a body if If-None-Match "
			 "names this ETag.",
	    .status_too = 304, .reply = club_contact_reply, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("SetContact", REQUEST_POST, ACTION_TX_TENANT), .params = club_contact_params,
	    .args_bytes = sizeof(struct club_contact_args), .run = set_contact,
	    .doc = "Creates a contact, or changes the fields that are given. If a guest of the "
		   "Source has the mail address of a new user, the guest's contact becomes that "
		   "of the user. 410 means that the person was erased during the request; the "
		   "same request again creates a new contact." MATCH_DOC
		   " With If-None-Match: *, it is only created, else 412." KEY_DOC,
	    .reply_doc = "201 with a new contact, 200 with a changed one, and its ETag.",
	    .status_too = 201, .reply = club_contact_reply,
	    ACTION_ERRORS(
		ERR_FORBIDDEN, ERR_CONFLICT, ERR_ERASED, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("SetRetailers", REQUEST_POST, ACTION_TX_TENANT), .params = club_retailers_params,
	    .args_bytes = sizeof(struct club_list_args), .run = set_retailers,
	    .doc = "Sets the stores that a contact is attached to. All others are detached."
		   MATCH_DOC KEY_DOC,
	    .reply_doc = "200 with the contact and its ETag.", .reply = club_contact_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("SetPurchaseGoodCategories", REQUEST_POST, ACTION_TX_TENANT),
	    .params = club_categories_params, .args_bytes = sizeof(struct club_list_args),
	    .run = set_categories,
	    .doc = "Sets the categories of goods that a contact is interested in. Interests that "
		   "came from this Source before and are not in the list end." MATCH_DOC KEY_DOC,
	    .reply_doc = "200 with the contact and its ETag.", .reply = club_contact_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("CheckCode", REQUEST_POST, ACTION_TX_TENANT), .params = club_code_params,
	    .args_bytes = sizeof(struct club_code_args), .run = club_code_check,
	    .doc = "Checks a privilege code and uses it in one step. If two contacts send the "
		   "same code at once, one of them gets it. If the same contact sends it again, "
		   "it gets the first reply with Repeated. After many wrong codes of one contact "
		   "or address, the reply is 429 for a while." KEY_DOC,
	    .reply_doc = "200, accepted or not. When Accepted is false, Reason says why.",
	    .reply = club_code_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_KEY_REUSED, ERR_THROTTLED) },
	{ ROW("GetListPoints", REQUEST_GET, ACTION_TX_NONE), .params = club_points_params,
	    .args_bytes = sizeof(struct club_points_args), .run = club_points_show,
	    .doc = "Shows a contact's points: the balance, what expires soon, and the movements.",
	    .reply_doc = "200 with the points.", .reply = club_points_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND) },
#ifdef CHECK_BUILD
	{ ROW("Bare", REQUEST_GET, ACTION_TX_NONE), .params = bare_params,
	    .args_bytes = sizeof(struct bare_args), .run = get_bare,
	    .doc = "Reads a row by its key and nothing else, for measurements.",
	    .reply_doc = "200 with the row.", .reply = bare_reply, .hidden = 1,
	    ACTION_ERRORS(ERR_NOT_FOUND) },
#endif
	{ .name = NULL },
};
