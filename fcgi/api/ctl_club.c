#include "config.h"

#include "fcgi/api/ctl_club.h"

#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/api/club_contact.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "store/consent.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/registry/store_attempt.h"
#include "store/store_club.h"
#include "store/store_code.h"
#include "store/store_points.h"

enum { PAGE_MAX = 500, CODE_TEXT_MAX = 200 };

#define DAY (86400 * USEC_SEC)

/* ------------------------------------------------------------------ the contact */

struct contact_args { struct param_text drupal_id; struct param_int source_id; };

#define DRUPAL_ID(args)                                                                            \
	{                                                                                          \
		.name = "DrupalId", PARAM_FIELD(args, drupal_id), .in = PARAM_QUERY,               \
		.required = 1, .max_length = 255, .check = club_check_drupal_id, .sample = "4711", \
		.doc = "The user's id on the club site: the contact's identifier in the Source. "  \
		       "Compared by bytes."                                                        \
	}
#define SOURCE_ID(args) { .name = "SourceId", PARAM_FIELD(args, source_id), .in = PARAM_QUERY, .required = 1, .min = 1, .max = 32767, .sample = "1", \
	.doc = "The Source that DrupalId is an identifier of: the club site." }

static const struct param contact_params[] = { DRUPAL_ID(struct contact_args),
	SOURCE_ID(struct contact_args), { .name = NULL } };

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
	struct consent consent;
	struct entity_guard guard;
	struct club c;
	int rc = club_open(&c, r, in->source_id.value, err);

	if (rc < 0 || (rc = club_guard(&c, &guard, err)) < 0)
		return rc;
	/* A member's own profile: what it says of opt-ins is meant. */
	consent = (struct consent){ .kind = CONSENT_STATEMENT, .text = "Club SetContact",
	    .source_id = c.source_id, .at = c.now, .latest = c.now };
	db_set_consent(c.db, &consent);
	rc = club_contact_set(&c, in, reply, err);
	db_set_consent(c.db, NULL);
	db_set_guard(c.db, NULL);
	explicit_bzero(&guard, sizeof guard);
	return rc;
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

/* ------------------------------------------------------------------ CheckCode */

struct code_args { struct param_text drupal_id, code; struct param_int source_id; };

static const struct param code_params[] = {
	DRUPAL_ID(struct code_args),
	SOURCE_ID(struct code_args),
	{ .name = "CodePrivilege", PARAM_FIELD(struct code_args, code), .in = PARAM_QUERY, .required = 1, .max_length = CODE_TEXT_MAX, .sample = "PEAS-2026",
	  .strip = 1,
	  .doc = "The privilege code. Blanks at its ends are cut, characters of no width left out "
	  "and a to z read as A to Z; the rest is compared by bytes." },
	{ .name = NULL },
};

static const struct answer { const char *reason, *message;
} answers[] = {
	[STORE_CODE_UNSET] = { NULL, NULL },
	[STORE_CODE_ACCEPTED] = { NULL, NULL },
	[STORE_CODE_REPEATED] = { NULL, NULL },
	[STORE_CODE_UNKNOWN] = { "Unknown", "There is no such code." },
	[STORE_CODE_EXPIRED] = { "Expired", "The code is no longer valid." },
	[STORE_CODE_NOT_YET_VALID] = { "NotYetValid", "The code is not valid yet." },
	[STORE_CODE_USED_BY_YOU] = { "UsedByYou",
	    "The contact has used this code as often as it may." },
	[STORE_CODE_USED_BY_ANOTHER] = { "UsedByAnother", "Another contact has used this code." },
	[STORE_CODE_LIMIT_REACHED] = { "LimitReached",
	    "The code has been used as often as it may be in all." },
};

static struct store_attempt
attempt_of(const struct club *c, int64_t contact_id)
{
	const struct conf *conf = c->r->thread->conf;
	struct arena *a = &c->r->arena;
	long long alias_id = c->r->access->alias->alias_id;
	struct store_attempt t = { .table = STORE_ATTEMPT_CODE,
		.window_s = conf->club_wrong_codes_window_s };

	store_attempt_subject(&t, 0,
	    arena_printf(a, "contact:%lld:%lld", alias_id, (long long)contact_id),
	    conf->club_wrong_codes_contact);
	store_attempt_subject(&t, 1,
	    arena_printf(a, "address:%lld:%s", alias_id, address_network(a, c->r->access->client)),
	    conf->club_wrong_codes_address);
	return t;
}

static const char wrong_codes[] = "wrong codes";

/* A contact's calls stand in line at its row: those of the same moment would each see that another
 * wrong code is free. */
static int
check_blocked(
    const struct club *c, int64_t contact_id, const struct store_attempt *t, struct err *err)
{
	int32_t zone_id;
	usec_t until;
	int deleted, rc = store_club_lock(c->db, &c->r->arena, contact_id, &deleted, &zone_id, err);

	if (rc < 0)
		return rc;
	if (deleted)
		return club_no_contact(err);
	rc = store_attempt_blocked(c->db, &c->r->arena, t, c->now, &until, err);
	return rc < 0 ? rc : store_attempt_refuse(until, c->now, wrong_codes, err);
}

/* The members of a reply that stay the same when the contact asks again. */
static const char *
accepted_text(struct arena *a, const struct store_code_use *u)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "\"CodePrivilege\":");
	buf_add_json(&b, u->code);
	reply_add_text(&b, "Campaign", u->campaign.name);
	reply_add_text(&b, "Label", u->campaign.label);
	reply_add_time(&b, "UseDate", u->now);
	reply_add_text(&b, "PointAmount", u->campaign.points);
	if (u->voucher_id == 0)
		buf_adds(&b, ",\"Voucher\":null");
	else {
		buf_addf(&b, ",\"Voucher\":{\"VoucherId\":%lld", (long long)u->voucher_id);
		reply_add_text(&b, "VoucherCode", u->voucher_code);
		reply_add_text(&b, "Label", u->voucher_label);
		reply_add_text(&b, "Amount", u->voucher_amount);
		reply_add_text(&b, "CurrencyId", u->voucher_currency);
		reply_add_time(&b, "ValidityStartDate", u->voucher_from);
		reply_add_time(&b, "ValidityEndDate", u->voucher_to);
		buf_addc(&b, '}');
	}
	return b.data;
}

static void
reply_refused(const struct store_code_use *u, struct reply *reply)
{
	buf_adds(&reply->body, "{\"Accepted\":false,\"Repeated\":false");
	reply_add_text(&reply->body, "Reason", answers[u->answer].reason);
	reply_add_text(&reply->body, "Message", answers[u->answer].message);
	reply_add_text(&reply->body, "CodePrivilege", u->code);
	buf_adds(&reply->body, "}\n");
}

static int
answer_code(const struct club *c, struct store_code_use *u, const struct store_attempt *t,
    struct reply *reply, struct err *err)
{
	usec_t until;
	int rc = u->code == NULL ? 0 : store_code_look(c->db, &c->r->arena, u, err);

	if (rc < 0)
		return rc;
	if (u->answer == STORE_CODE_ACCEPTED) {
		if ((rc = store_code_grant(c->db, &c->r->arena, u, err)) < 0)
			return rc;
		u->reply = accepted_text(&c->r->arena, u);
		rc = store_code_keep(c->db, u, u->reply, err);
	}
	if (u->answer == STORE_CODE_ACCEPTED || u->answer == STORE_CODE_REPEATED) {
		buf_addf(&reply->body, "{\"Accepted\":true,\"Repeated\":%s,%s}\n",
		    u->answer == STORE_CODE_REPEATED ? "true" : "false", u->reply);
		return rc;
	}
	reply_refused(u, reply);
	if (u->answer == STORE_CODE_USED_BY_YOU)
		return 0;
	rc = store_attempt_count(c->db, &c->r->arena, t, c->now, &until, err);
	return rc < 0 ? rc : store_attempt_refuse(until, c->now, wrong_codes, err);
}

static int
check_code(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct code_args *in = args;
	struct store_code_use use = { .answer = STORE_CODE_UNKNOWN,
		.currency = r->access->alias->reference_currency };
	struct store_attempt t;
	struct club c;
	int rc;

	if ((rc = club_open(&c, r, in->source_id.value, err)) < 0 ||
	    (rc = club_faults(&c, err)) < 0 ||
	    (rc = club_contact_get(&c, in->drupal_id.value, &use.contact_id, err)) < 0)
		return rc;
	t = attempt_of(&c, use.contact_id);
	if ((rc = check_blocked(&c, use.contact_id, &t, err)) < 0)
		return rc;
	use.code = store_code_normal(&r->arena, in->code.value);
	use.source_id = c.source_id;
	use.now = c.now;
	reply->contact_id = use.contact_id;
	return answer_code(&c, &use, &t, reply, err);
}

static const struct field voucher_reply[] = {
	FIELD(INT, "VoucherId", "The voucher's key."),
	FIELD(TEXT, "VoucherCode", "What the shop wants to see.", .sample = "K7QX-2MPA-93TD"),
	FIELD(TEXT, "Label", "Its category.", .nullable = 1, .sample = "5 euros"),
	FIELD(DECIMAL, "Amount", "What it is worth.", .nullable = 1, .sample = "5.00"),
	FIELD(TEXT, "CurrencyId", "Of that amount.", .nullable = 1, .sample = "EUR"),
	FIELD(TIME, "ValidityStartDate", "From when it is valid."),
	FIELD(TIME, "ValidityEndDate", "Until when; null: without end.", .nullable = 1,
	    .sample = "2027-11-24T08:09:10.123456Z"),
	FIELD_END,
};

static const struct field code_reply[] = {
	FIELD(FLAG, "Accepted", "True: the code is used, and what it grants is the contact's.",
	    .sample = "true"),
	FIELD(FLAG, "Repeated",
	    "True: the contact used it before; the rest is the reply of that time, and nothing was "
	    "granted again."),
	FIELD(TEXT, "Reason", "Why it was not accepted.", .optional = 1,
	    .choices = STATE_NAMES(REFUSALS_OF_CODE),
	    .sample = ""),
	FIELD(TEXT, "Message", "The reason as a sentence.", .optional = 1, .sample = ""),
	FIELD(TEXT, "CodePrivilege", "The code as it was understood; null: it can be none.",
	    .nullable = 1, .sample = "PEAS-2026"),
	FIELD(TEXT, "Campaign", "Name of the code's campaign.", .optional = 1, .sample = "Spring"),
	FIELD(TEXT, "Label", "The campaign in words.", .optional = 1, .sample = "Spring campaign"),
	FIELD(TIME, "UseDate", "When it was used.", .optional = 1),
	FIELD(DECIMAL, "PointAmount", "Points granted; null: none.", .optional = 1, .nullable = 1,
	    .sample = "50"),
	FIELD(OBJECT, "Voucher", "The voucher granted; null: none.", .optional = 1, .nullable = 1,
	    .rows = voucher_reply),
	FIELD_END,
};

/* ------------------------------------------------------------------ GetListPoints */

struct points_args {
	struct param_text drupal_id;
	struct param_int source_id, limit, before, expiring_days;
};

static const struct param points_params[] = {
	DRUPAL_ID(struct points_args),
	SOURCE_ID(struct points_args),
	{ .name = "Limit",
	    PARAM_FIELD(struct points_args, limit),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = PAGE_MAX,
	    .def = "50",
	    .doc = "How many movements at most." },
	{ .name = "Before",
	    PARAM_FIELD(struct points_args, before),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = INT64_MAX,
	    .doc = "Only movements with a smaller LoyaltyPointId: NextBefore of the page before." },
	{ .name = "ExpiringDays",
	    PARAM_FIELD(struct points_args, expiring_days),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = 3660,
	    .def = "30",
	    .doc = "What counts as expiring soon: within so many days from now." },
	{ .name = NULL },
};

static void
add_movement(struct arena *a, struct buf *b, const struct rows *m, size_t i)
{
	static const struct {
		const char *name;
		size_t column;
	} amounts[] = { { "PointAmount", C_movement_amount },
		{ "PointOriginalAmount", C_movement_original },
		{ "PointUsedAmount", C_movement_used_amount },
		{ "PointExpiredAmount", C_movement_expired_amount } };
	static const struct {
		const char *name;
		size_t column;
	} keys[] = { { "PurchaseHeaderId", C_movement_purchase_id },
		{ "VoucherId", C_movement_voucher_id }, { "PointTypeId", C_movement_type_id },
		{ "SourceId", C_movement_source_id } };

	buf_addf(b, "%s{\"LoyaltyPointId\":%lld", i == 0 ? "\n" : ",\n",
	    (long long)rows_int(m, i, C_movement_id));
	reply_add_text(b, "Movement",
	    store_points_word(
		rows_int(m, i, C_movement_type_id), rows_text(m, i, C_movement_amount)));
	for (size_t k = 0; k < sizeof amounts / sizeof amounts[0]; k++)
		reply_add_text(
		    b, amounts[k].name, decimal_trim(a, rows_text(m, i, amounts[k].column)));
	reply_add_time(b, "DatePoint", rows_time(m, i, C_movement_at));
	reply_add_time(b, "ExpiredDatePoint", rows_time(m, i, C_movement_expires_at));
	for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
		if (rows_null(m, i, keys[k].column))
			buf_addf(b, ",\"%s\":null", keys[k].name);
		else
			buf_addf(b, ",\"%s\":%lld", keys[k].name,
			    (long long)rows_int(m, i, keys[k].column));
	reply_add_text(b, "PointTypeLabel", rows_text(m, i, C_movement_type));
	reply_add_text(b, "PointIdentifier", rows_text(m, i, C_movement_identifier));
	buf_addc(b, '}');
}

static void
add_expiring(struct arena *a, struct buf *b, const struct rows *e)
{
	buf_adds(b, ",\n\"ExpiringSoon\":[");
	for (size_t i = 0; i < e->n; i++) {
		buf_adds(b, i == 0 ? "{\"PointAmount\":" : ",{\"PointAmount\":");
		buf_add_json(b, decimal_trim(a, rows_text(e, i, C_points_expiring_amount)));
		reply_add_time(
		    b, "ExpiredDatePoint", rows_time(e, i, C_points_expiring_expires_at));
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void
reply_points(struct arena *a, int64_t contact_id, const struct rows *m, const struct rows *expiring,
    int64_t limit, struct buf *b)
{
	size_t n = rows_null(m, 0, C_movement_id) ? 0 : m->n;

	buf_addf(b, "{\"ContactId\":%lld", (long long)contact_id);
	reply_add_text(b, "PointBalance", decimal_trim(a, rows_text(m, 0, C_movement_balance)));
	reply_add_text(
	    b, "PointOriginalAmount", decimal_trim(a, rows_text(m, 0, C_movement_earned)));
	reply_add_text(b, "PointUsedAmount", decimal_trim(a, rows_text(m, 0, C_movement_used)));
	reply_add_text(
	    b, "PointExpiredAmount", decimal_trim(a, rows_text(m, 0, C_movement_expired)));
	add_expiring(a, b, expiring);
	buf_adds(b, ",\n\"LoyaltyPoints\":[");
	for (size_t i = 0; i < n; i++)
		add_movement(a, b, m, i);
	if (n == (size_t)limit)
		buf_addf(
		    b, "],\n\"NextBefore\":%lld}\n", (long long)rows_int(m, n - 1, C_movement_id));
	else
		buf_adds(b, "],\n\"NextBefore\":null}\n");
}

static int
get_points(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct points_args *in = args;
	struct store_points_found found;
	struct club c;
	int rc;

	if ((rc = club_open(&c, r, in->source_id.value, err)) < 0 ||
	    (rc = club_faults(&c, err)) < 0)
		return rc;
	const struct store_points_page page = { .identifier = in->drupal_id.value,
		.source_id = c.source_id,
		.before = in->before.given ? in->before.value : 0,
		.limit = (int)in->limit.value,
		.until = c.now + in->expiring_days.value * DAY };

	if ((rc = store_points_list(c.db, &r->arena, &page, &found, err)) < 0)
		return rc;
	if (found.contact_id == 0 || !club_zone_allowed(&c, found.zone_id))
		return club_no_contact(err);
	reply_points(&r->arena, found.contact_id, &found.rows, &found.expiring, in->limit.value,
	    &reply->body);
	return 0;
}

/* Within the ExpiringDays that a request has by itself, of the other samples' time. */
#define SAMPLE_EARNED "2025-12-20T08:09:10.123456Z"
#define SAMPLE_EXPIRY "2026-12-20T08:09:10.123456Z"

static const struct field expiring_reply[] = {
	FIELD(DECIMAL, "PointAmount", "What is left of them.", .sample = "50"),
	FIELD(TIME, "ExpiredDatePoint", "When they expire; in the past: they are due.",
	    .sample = SAMPLE_EXPIRY), FIELD_END,
};

static const struct field movement_reply[] = {
	FIELD(INT, "LoyaltyPointId", "The movement's key."),
	FIELD(TEXT, "Movement", "What it is.", .choices = "Earned|Used|Expired|Returned"),
	FIELD(DECIMAL, "PointAmount", "What it adds to the balance; negative: takes away.",
	    .nullable = 1, .sample = "50"),
	FIELD(DECIMAL, "PointOriginalAmount", "Earned; negative: taken back with a purchase.",
	    .nullable = 1, .sample = "50"),
	FIELD(DECIMAL, "PointUsedAmount", "Used.", .nullable = 1, .sample = "0"),
	FIELD(DECIMAL, "PointExpiredAmount", "Expired.", .nullable = 1, .sample = "0"),
	FIELD(TIME, "DatePoint", "When.", .nullable = 1, .sample = SAMPLE_EARNED),
	FIELD(TIME, "ExpiredDatePoint", "When what was earned expires; null: never.", .nullable = 1,
	    .sample = SAMPLE_EXPIRY),
	FIELD(INT, "PurchaseHeaderId", "The purchase behind it.", .nullable = 1, .sample = "null"),
	FIELD(INT, "VoucherId", "The voucher behind it.", .nullable = 1, .sample = "null"),
	FIELD(INT, "PointTypeId", "Its type.", .nullable = 1, .sample = "2"),
	FIELD(INT, "SourceId", "The Source that told of it."),
	FIELD(TEXT, "PointTypeLabel", "That type in words.", .nullable = 1, .sample = "Code"),
	FIELD(TEXT, "PointIdentifier", "Its identifier in the Source.", .sample = "code:7:12:1"),
	FIELD_END,
};

static const struct field points_reply[] = {
	FIELD(INT, "ContactId", "The contact's key."),
	FIELD(DECIMAL, "PointBalance",
	    "The sum of all movements. Points taken back after they were used make it negative.",
	    .sample = "50"),
	FIELD(DECIMAL, "PointOriginalAmount", "All that was earned, less what was taken back.",
	    .sample = "50"),
	FIELD(DECIMAL, "PointUsedAmount", "All that was used.", .sample = "0"),
	FIELD(DECIMAL, "PointExpiredAmount", "All that has expired.", .sample = "0"),
	FIELD(OBJECT, "ExpiringSoon",
	    "What is left of points that expire within ExpiringDays, the next first.", .list = 1,
	    .rows = expiring_reply),
	FIELD(OBJECT, "LoyaltyPoints", "The movements, the newest first.", .list = 1,
	    .rows = movement_reply),
	FIELD(INT, "NextBefore", "For Before of the next page; null: this is the last.",
	    .nullable = 1, .sample = "null"),
	FIELD_END,
};

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

static const struct field bare_reply[] = { FIELD(INT, "ContactId", "The contact's key."),
	FIELD(TEXT, "LastName", "Its last name.", .nullable = 1, .sample = "Lovelace"), FIELD_END };

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
	buf_addf(&reply->body, "{\"ContactId\":%lld",
	    (long long)rows_int(&rows, 0, C_club_bare_contact_id));
	reply_add_text(&reply->body, "LastName", rows_text(&rows, 0, C_club_bare_last_name));
	buf_adds(&reply->body, "}\n");
	return 0;
}
#endif

/* ------------------------------------------------------------------ the table */

#define ROW(action, way, tx_) .controller = "ClubSubcriber", .name = action, .methods = way, .path = "Bonduelle/Club/" action, .access = ACCESS_TOKEN, .tx = tx_, \
	.limits = ACTION_LIMITS_HELD, \
	.area = "club", .status = 200
#define KEY_DOC " A header Idempotency-Key makes it safe to send again."
#define MATCH_DOC " If-Match with the contact's ETag changes only that state of it, else 412."

const struct action ctl_club_actions[] = {
	{ ROW("GetContact", REQUEST_GET, ACTION_TX_NONE),
	    .about = "What a club site reads and writes of its members: contacts, codes, points.",
	    .params = contact_params, .args_bytes = sizeof(struct contact_args), .run = get_contact,
	    .doc = "Shows a contact by the id of its user on the club site.",
	    .reply_doc = "200 with the contact and its ETag; 304 without a body when If-None-Match "
			 "names that.",
	    .status_too = 304, .reply = club_contact_reply, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("SetContact", REQUEST_POST, ACTION_TX_TENANT), .params = club_contact_params,
	    .args_bytes = sizeof(struct club_contact_args), .run = set_contact,
	    .doc = "Makes a contact, or changes what is given of it. A new user whose mail address "
		   "is that of a guest of the Source joins this contact."
		   " 410: the person was erased while this was on its way; sent again it makes a "
		   "new contact." MATCH_DOC " If-None-Match: * only makes a new one." KEY_DOC,
	    .reply_doc = "201 with a new contact, 200 with a changed one, and its ETag.",
	    .status_too = 201, .reply = club_contact_reply,
	    ACTION_ERRORS(
		ERR_FORBIDDEN, ERR_CONFLICT, ERR_ERASED, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("SetRetailers", REQUEST_POST, ACTION_TX_TENANT), .params = club_retailers_params,
	    .args_bytes = sizeof(struct club_list_args), .run = set_retailers,
	    .doc = "Says which stores a contact is attached to; others are detached." MATCH_DOC
		KEY_DOC,
	    .reply_doc = "200 with the contact and its ETag.", .reply = club_contact_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("SetPurchaseGoodCategories", REQUEST_POST, ACTION_TX_TENANT),
	    .params = club_categories_params, .args_bytes = sizeof(struct club_list_args),
	    .run = set_categories,
	    .doc = "Says which categories of goods a contact is interested in; interests that this "
		   "Source told of before and that are not named end." MATCH_DOC KEY_DOC,
	    .reply_doc = "200 with the contact and its ETag.", .reply = club_contact_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_PRECONDITION, ERR_KEY_REUSED) },
	{ ROW("CheckCode", REQUEST_POST, ACTION_TX_TENANT), .params = code_params,
	    .args_bytes = sizeof(struct code_args), .run = check_code,
	    .doc = "Checks a privilege code and uses it, in one step: of two contacts who send the "
		   "same code at once, one gets it. The same contact asking again gets the first "
		   "reply with Repeated. Many wrong codes of one contact or address are answered "
		   "429 for a while." KEY_DOC,
	    .reply_doc = "200 whether it was accepted or not; Accepted and Reason say which.",
	    .reply = code_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_KEY_REUSED, ERR_THROTTLED) },
	{ ROW("GetListPoints", REQUEST_GET, ACTION_TX_NONE), .params = points_params,
	    .args_bytes = sizeof(struct points_args), .run = get_points,
	    .doc = "Shows a contact's points: the balance, what expires soon, and the movements.",
	    .reply_doc = "200 with the points.", .reply = points_reply,
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
