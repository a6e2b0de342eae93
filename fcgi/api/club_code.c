#include "config.h"

#include "fcgi/api/club_code.h"

#include "fcgi/access/address.h"
#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/api/club_contact.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_attempt.h"
#include "store/store_club.h"
#include "store/store_code.h"

enum { CODE_TEXT_MAX = 200 };

const struct param club_code_params[] = {
	CLUB_DRUPAL_ID(struct club_code_args),
	CLUB_SOURCE_ID(struct club_code_args),
	{ .name = "CodePrivilege",
	    PARAM_FIELD(struct club_code_args, code),
	    .in = PARAM_QUERY,
	    .required = 1,
	    .max_length = CODE_TEXT_MAX,
	    .sample = "PEAS-2026",
	    .strip = 1,
	    .doc =
		"The privilege code. Blanks at its ends and characters of no width are ignored, "
		"and so is the case of a to z. All other characters are compared by bytes." },
	{ .name = NULL },
};

#define REFUSAL(enumerator, number, name, word, meaning) \
	[STORE_CODE_##enumerator] = { name, meaning },

static const struct { const char *reason, *message; } refusals[] = { REFUSALS_OF_CODE(REFUSAL) };

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

/* The contact's row is locked, so that its requests run one after another. At the same time, each
 * would still see one more wrong code allowed. */
static int
check_blocked(
    const struct club *c, int64_t contact_id, const struct store_attempt *t, struct err *err)
{
	struct store_club_held held;
	usec_t until;
	int rc = store_club_lock(c->db, &c->r->arena, contact_id, &held, err);

	if (rc < 0)
		return rc;
	if (held.deleted)
		return club_no_contact(err);
	rc = store_attempt_blocked(c->db, &c->r->arena, t, c->now, &until, err);
	return rc < 0 ? rc : store_attempt_refuse(until, c->now, wrong_codes, err);
}

/* ------------------------------------------------------------------ what the reply has */

struct code_shown {
	int accepted, repeated;
	const char *reason, *message;
	struct store_code_use use;
	const struct store_code_use *voucher;	/* NULL = none */
};

static const struct field voucher_reply[] = {
	FIELD(INT, "VoucherId", "The voucher's key.", FROM(struct store_code_use, voucher_id)),
	FIELD(TEXT, "VoucherCode", "The code that the contact shows to the shop.",
	    FROM(struct store_code_use, voucher_code), .sample = "K7QX-2MPA-93TD"),
	FIELD(TEXT, "Label", "The label of the voucher's category.", FROM(struct store_code_use, voucher_label),
	    .nullable = 1, .sample = "5 euros"),
	FIELD(DECIMAL, "Amount", "The voucher's value.", FROM(struct store_code_use, voucher_amount),
	    .nullable = 1, .sample = "5.00"),
	FIELD(TEXT, "CurrencyId", "The currency of Amount.", FROM(struct store_code_use, voucher_currency),
	    .nullable = 1, .sample = "EUR"),
	FIELD(TIME, "ValidityStartDate", "The voucher is valid from then on.",
	    FROM(struct store_code_use, voucher_from)),
	FIELD(TIME, "ValidityEndDate", "The voucher is valid until then; null if without end.",
	    FROM(struct store_code_use, voucher_to), .nullable = 1,
	    .sample = "2027-11-24T08:09:10.123456Z"),
	FIELD_END,
};

/* The members after the first ones stay the same when the contact sends the code again. */
enum { CHANGING_MEMBERS = 4 };

const struct field club_code_reply[] = {
	FIELD(FLAG, "Accepted", "True when the contact has used the code and got what it grants.",
	    FROM(struct code_shown, accepted), .sample = "true"),
	FIELD(FLAG, "Repeated",
	    "True when the contact used the code before. The other members are then those of the "
	    "first reply, and nothing is granted again.", FROM(struct code_shown, repeated)),
	FIELD(TEXT, "Reason", "Why the code was not accepted.", FROM(struct code_shown, reason),
	    .optional = 1,
	    .choices = STATE_NAMES(REFUSALS_OF_CODE),
	    .sample = ""),
	FIELD(TEXT, "Message", "The reason as a sentence.", FROM(struct code_shown, message),
	    .optional = 1, .sample = ""),
	FIELD(TEXT, "CodePrivilege", "The code as it was read; null if the text cannot be a code.",
	    FROM(struct code_shown, use.code), .nullable = 1, .sample = "PEAS-2026"),
	FIELD(TEXT, "Campaign", "Name of the code's campaign.",
	    FROM(struct code_shown, use.campaign.name), WHEN(struct code_shown, accepted),
	    .sample = "Spring"),
	FIELD(TEXT, "Label", "The campaign's label.", FROM(struct code_shown, use.campaign.label),
	    WHEN(struct code_shown, accepted), .sample = "Spring campaign"),
	FIELD(TIME, "UseDate", "When the contact used the code.", FROM(struct code_shown, use.now),
	    WHEN(struct code_shown, accepted)),
	FIELD(DECIMAL, "PointAmount", "Points granted; null if none.",
	    FROM(struct code_shown, use.campaign.points), WHEN(struct code_shown, accepted),
	    .nullable = 1, .sample = "50"),
	FIELD(OBJECT, "Voucher", "The voucher granted; null if none.",
	    FROM_POINTER(struct code_shown, voucher), WHEN(struct code_shown, accepted),
	    .nullable = 1, .rows = voucher_reply),
	FIELD_END,
};

static const char *
kept_text(struct arena *a, const struct code_shown *shown)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	field_write(&w, &club_code_reply[CHANGING_MEMBERS], shown);
	return arena_strndup(a, b.data + 1, b.len - 2);	/* without its braces */
}

static void
reply_kept(const struct code_shown *shown, const char *kept, struct reply *reply)
{
	struct writer w;

	writer_init(&w, &reply->body);
	writer_object(&w);
	field_write_members(&w, club_code_reply, CHANGING_MEMBERS, shown);
	writer_members(&w, kept);
	writer_end(&w);
	buf_addc(&reply->body, '\n');
}

/* ------------------------------------------------------------------ the action */

static int
answer_code(const struct club *c, struct store_code_use *u, const struct store_attempt *t,
    struct reply *reply, struct err *err)
{
	struct code_shown shown = { 0 };
	usec_t until;
	int rc = u->code == NULL ? 0 : store_code_look(c->db, &c->r->arena, u, err);

	if (rc < 0)
		return rc;
	if (u->answer == STORE_CODE_ACCEPTED) {
		if ((rc = store_code_grant(c->db, &c->r->arena, u, err)) < 0)
			return rc;
		shown = (struct code_shown){ .accepted = 1, .use = *u,
			.voucher = u->voucher_id == 0 ? NULL : u };
		u->reply = kept_text(&c->r->arena, &shown);
		rc = store_code_keep(c->db, u, u->reply, err);
	}
	if (u->answer == STORE_CODE_ACCEPTED || u->answer == STORE_CODE_REPEATED) {
		shown.accepted = 1;
		shown.repeated = u->answer == STORE_CODE_REPEATED;
		reply_kept(&shown, u->reply, reply);
		return rc;
	}
	shown = (struct code_shown){ .reason = refusals[u->answer].reason,
		.message = refusals[u->answer].message, .use = *u };
	reply_row(reply, club_code_reply, &shown);
	if (u->answer == STORE_CODE_USED_BY_YOU)
		return 0;
	rc = store_attempt_count(c->db, &c->r->arena, t, c->now, &until, err);
	return rc < 0 ? rc : store_attempt_refuse(until, c->now, wrong_codes, err);
}

int
club_code_check(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct club_code_args *in = args;
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
