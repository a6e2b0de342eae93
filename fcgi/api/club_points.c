#include "config.h"

#include "fcgi/api/club_points.h"

#include "fcgi/api/club.h"
#include "fcgi/api/club_contact.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/store_points.h"

enum { PAGE_MAX = 500 };

#define DAY (86400 * USEC_SEC)

const struct param club_points_params[] = {
	CLUB_DRUPAL_ID(struct club_points_args),
	CLUB_SOURCE_ID(struct club_points_args),
	{ .name = "Limit",
	    PARAM_FIELD(struct club_points_args, limit),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = PAGE_MAX,
	    .def = "50",
	    .doc = "The largest number of movements in the reply." },
	{ .name = "Before",
	    PARAM_FIELD(struct club_points_args, before),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = INT64_MAX,
	    .doc = "Only movements with a smaller LoyaltyPointId. For the next page, give "
		   "NextBefore of the page before." },
	{ .name = "ExpiringDays",
	    PARAM_FIELD(struct club_points_args, expiring_days),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = 3660,
	    .def = "30",
	    .doc = "Points that expire within this number of days are in ExpiringSoon." },
	{ .name = NULL },
};

/* ------------------------------------------------------------------ what the reply has */

struct points_shown {
	int64_t contact_id, next_before;
	const char *balance, *earned, *used, *expired;
	struct rows expiring, movements;
};

static const char *
movement_word(const void *from)
{
	const struct val *cells = from;

	return store_points_word(cells[C_movement_type_id].i, cells[C_movement_amount].s);
}

/* Within the ExpiringDays that a request has by itself, of the other samples' time. */
#define SAMPLE_EARNED "2025-12-20T08:09:10.123456Z"
#define SAMPLE_EXPIRY "2026-12-20T08:09:10.123456Z"

/* The shape is that of the original interface. "points show" of the command line is another
 * document: it has fewer members, and its own names, which scripts read
 * (admin/cmd/club/points.c). */
static const struct field expiring_reply[] = {
	FIELD(DECIMAL, "PointAmount", "The points that are left.", FROM_CELL(C_points_expiring_amount),
	    .trims = 1, .sample = "50"),
	FIELD(TIME, "ExpiredDatePoint", "When the points expire. If it is in the past, they are "
					"due to expire.",
	    FROM_CELL(C_points_expiring_expires_at), .sample = SAMPLE_EXPIRY), FIELD_END,
};

static const struct field movement_reply[] = {
	FIELD(INT, "LoyaltyPointId", "The movement's key.", FROM_CELL(C_movement_id)),
	FIELD(TEXT, "Movement", "The kind of movement.", FROM_MADE(movement_word),
	    .choices = "Earned|Used|Expired|Returned"),
	FIELD(DECIMAL, "PointAmount", "The change of the balance; negative if it gets smaller.",
	    FROM_CELL(C_movement_amount), .trims = 1, .nullable = 1, .sample = "50"),
	FIELD(DECIMAL, "PointOriginalAmount", "Points earned; negative if taken back with a "
					      "purchase.",
	    FROM_CELL(C_movement_original), .trims = 1, .nullable = 1, .sample = "50"),
	FIELD(DECIMAL, "PointUsedAmount", "Points used.", FROM_CELL(C_movement_used_amount), .trims = 1,
	    .nullable = 1, .sample = "0"),
	FIELD(DECIMAL, "PointExpiredAmount", "Points expired.", FROM_CELL(C_movement_expired_amount),
	    .trims = 1, .nullable = 1, .sample = "0"),
	FIELD(TIME, "DatePoint", "When the points moved.", FROM_CELL(C_movement_at), .nullable = 1,
	    .sample = SAMPLE_EARNED),
	FIELD(TIME, "ExpiredDatePoint", "When the earned points expire; null if never.",
	    FROM_CELL(C_movement_expires_at), .nullable = 1, .sample = SAMPLE_EXPIRY),
	FIELD(INT, "PurchaseHeaderId", "The purchase behind it.", FROM_CELL(C_movement_purchase_id),
	    .nullable = 1, .sample = "null"),
	FIELD(INT, "VoucherId", "The voucher behind it.", FROM_CELL(C_movement_voucher_id),
	    .nullable = 1, .sample = "null"),
	FIELD(INT, "PointTypeId", "The type of the points.", FROM_CELL(C_movement_type_id), .nullable = 1,
	    .sample = "2"),
	FIELD(INT, "SourceId", "The Source that the movement comes from.", FROM_CELL(C_movement_source_id)),
	FIELD(TEXT, "PointTypeLabel", "The label of that type.", FROM_CELL(C_movement_type),
	    .nullable = 1, .sample = "Code"),
	FIELD(TEXT, "PointIdentifier", "Its identifier in the Source.",
	    FROM_CELL(C_movement_identifier), .sample = "code:7:12:1"),
	FIELD_END,
};

const struct field club_points_reply[] = {
	FIELD(INT, "ContactId", "The contact's key.", FROM(struct points_shown, contact_id)),
	FIELD(DECIMAL, "PointBalance",
	    "The sum of all movements. Points taken back after they were used make it negative.",
	    FROM(struct points_shown, balance), .trims = 1, .sample = "50"),
	FIELD(DECIMAL, "PointOriginalAmount", "All points earned, less those taken back.",
	    FROM(struct points_shown, earned), .trims = 1, .sample = "50"),
	FIELD(DECIMAL, "PointUsedAmount", "All points used.", FROM(struct points_shown, used),
	    .trims = 1, .sample = "0"),
	FIELD(DECIMAL, "PointExpiredAmount", "All points expired.",
	    FROM(struct points_shown, expired), .trims = 1, .sample = "0"),
	FIELD(OBJECT, "ExpiringSoon",
	    "What is left of points that expire within ExpiringDays, the next first.",
	    FROM_ROWS(struct points_shown, expiring), .breaks = 1, .rows = expiring_reply),
	FIELD(OBJECT, "LoyaltyPoints", "The movements, the newest first.",
	    FROM_ROWS(struct points_shown, movements), .breaks = 1, .lines = 1,
	    .rows = movement_reply),
	FIELD(INT, "NextBefore", "Give it as Before to get the next page; null on the last page.",
	    FROM(struct points_shown, next_before), .breaks = 1, .nullable = 1, .sample = "null"),
	FIELD_END,
};

/* ------------------------------------------------------------------ the action */

static void
reply_points(const struct store_points_found *found, int64_t limit, struct reply *reply)
{
	const struct rows *m = &found->rows;
	struct points_shown shown = { .contact_id = found->contact_id,
		.balance = rows_text(m, 0, C_movement_balance),
		.earned = rows_text(m, 0, C_movement_earned),
		.used = rows_text(m, 0, C_movement_used),
		.expired = rows_text(m, 0, C_movement_expired),
		.next_before = USEC_NONE,
		.expiring = found->expiring, .movements = *m };

	if (rows_null(m, 0, C_movement_id))
		shown.movements.n = 0;
	if (shown.movements.n == (size_t)limit)
		shown.next_before = rows_int(m, shown.movements.n - 1, C_movement_id);
	reply_row(reply, club_points_reply, &shown);
}

int
club_points_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct club_points_args *in = args;
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
	reply_points(&found, in->limit.value, reply);
	return 0;
}
