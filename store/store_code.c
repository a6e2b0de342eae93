#include "config.h"

#include "store/store_code.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "lib/text.h"
#include "store/store_points.h"

enum { VOUCHER_CODE_LENGTH = 12 };

char *
store_code_normal(struct arena *a, const char *text)
{
	char *s = text_drop_format(text_trim_unseen(arena_strdup(a, text)));

	if (*s == '\0' || text_utf8_length(s) > STORE_CODE_MAX || text_has_blank(s))
		return NULL;
	for (char *c = s; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return s;
}

/* ------------------------------------------------------------------ campaigns */

static int
check_campaign(struct db *db, struct arena *a, const struct store_code_campaign *c, struct err *err)
{
	struct rows r;
	int rc;

	if (c->points != NULL && !store_points_is_amount(c->points, 0))
		err_fault(err, a, "--points",
		    "must be a number above 0, with up to 4 digits behind the point");
	if (c->valid_from != USEC_NONE && c->valid_to != USEC_NONE && c->valid_to <= c->valid_from)
		err_fault(err, a, "--to", "must be later than --from");
	if (c->max_uses > 0 && c->contact_uses > c->max_uses)
		err_fault(err, a, "--contact-uses", "must not be more than --uses");
	if (c->voucher_category_id == 0)
		return err->code;
	if ((rc = db_query(db, Q_code_voucher_category_known,
		 DB_ARGS(v_int(c->voucher_category_id)), a, &r, err)) < 0)
		return rc;
	if (rows_int(&r, 0, C_code_voucher_category_known_known) == 0)
		err_fault(err, a, "--voucher-category", "is no VoucherCategoryId of this tenant");
	return err->code;
}

int
store_code_campaign_put(struct db *db, struct arena *a, const struct store_code_campaign *c,
    usec_t now, struct err *err)
{
	int rc = check_campaign(db, a, c, err);

	if (rc < 0)
		return rc;
	return db_exec(db, Q_code_campaign_put,
		   DB_ARGS(v_text(c->name), v_text(c->label), v_time(c->valid_from),
		       v_time(c->valid_to), v_int_or_null(c->max_uses, c->max_uses > 0),
		       v_int(c->contact_uses), v_text(c->points),
		       v_int_or_null(c->point_days, c->point_days > 0),
		       v_int_or_null(c->voucher_category_id, c->voucher_category_id != 0),
		       v_time(now)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_code_campaigns(struct db *db, struct arena *a, int limit, struct rows *out, struct err *err)
{
	return db_query(db, Q_code_campaigns, DB_ARGS(v_int(limit)), a, out, err);
}

int
store_code_campaign_find(
    struct db *db, struct arena *a, const char *name, int64_t *id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_code_campaign_find, DB_ARGS(v_text(name)), a, &r, err);

	*id = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, C_code_campaign_find_campaign_id);
	return rc;
}

/* ------------------------------------------------------------------ codes in bulk */

static int
stage(struct db *db, struct arena *a, int64_t load_id, const struct store_code_row *rows, size_t n,
    struct err *err)
{
	enum { COLUMNS = 6 };
	struct val *v = arena_new(a, struct val, n * COLUMNS);

	for (size_t i = 0; i < n; i++) {
		v[i * COLUMNS] = v_int(load_id);
		v[i * COLUMNS + 1] = v_int((int64_t)i);
		v[i * COLUMNS + 2] = v_text(rows[i].code);
		v[i * COLUMNS + 3] = v_time(rows[i].valid_from);
		v[i * COLUMNS + 4] = v_time(rows[i].valid_to);
		v[i * COLUMNS + 5] = v_int_or_null(rows[i].max_uses, rows[i].max_uses > 0);
	}
	return db_exec_bulk(db, Q_code_stage_put, v, n, err) < 0 ? err->code : 0;
}

static void
report(struct arena *a, const struct rows *r, const struct store_code_repeated **repeated,
    size_t *nrepeated)
{
	struct store_code_repeated *out = arena_new(a, struct store_code_repeated, r->n + 1);

	for (size_t i = 0; i < r->n; i++)
		out[i] = (struct store_code_repeated){ .n = (size_t)rows_int(
							   r, i, C_code_stage_repeated_n),
			.campaign_id = rows_int(r, i, C_code_stage_repeated_campaign_id) };
	*repeated = out;
	*nrepeated = r->n;
}

/* A chunk of a file; what it repeats goes to repeated, in arena. */
struct import {
	struct arena *arena;
	int64_t campaign_id;
	const struct store_code_row *rows;
	size_t n;
	struct rows repeated;
};

static int
import_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct import *i = arg;
	int64_t load_id;
	usec_t now;
	int rc;

	secret_random(&load_id, sizeof load_id);
	load_id &= INT64_MAX;
	if ((rc = db_now(db, &now, err)) < 0 ||
	    (rc = stage(db, a, load_id, i->rows, i->n, err)) < 0 ||
	    (rc = db_query(db, Q_code_stage_repeated, DB_ARGS(v_int(load_id)), i->arena,
		 &i->repeated, err)) < 0)
		return rc;
	if (db_exec(db, Q_code_stage_take,
		DB_ARGS(v_int(i->campaign_id), v_time(now), v_int(load_id)), err) < 0)
		return err->code;
	return db_exec(db, Q_code_stage_empty, DB_ARGS(v_int(load_id)), err) < 0 ? err->code : 0;
}

int
store_code_import(struct db *db, struct arena *a, int64_t campaign_id,
    const struct store_code_row *rows, size_t n, const struct store_code_repeated **repeated,
    size_t *nrepeated, struct err *err)
{
	static const struct db_manner manner = { .races_too = 1 };
	struct import i = { .arena = a, .campaign_id = campaign_id, .rows = rows, .n = n };
	int rc = db_transact_as(db, &manner, import_work, &i, err);

	if (rc == 0)
		report(a, &i.repeated, repeated, nrepeated);
	return rc;
}

int
store_code_list(struct db *db, struct arena *a, const char *campaign, const char *after, int used,
    int limit, struct rows *out, struct err *err)
{
	struct val u = v_int_or_null(used, used >= 0);

	return db_query(db, Q_code_list,
	    DB_ARGS(v_text(campaign), v_text(after == NULL ? "" : after), u, v_int(limit)), a, out,
	    err);
}

int
store_code_show(struct db *db, struct arena *a, const char *code, struct rows *out, struct err *err)
{
	return db_query(db, Q_code_show, DB_ARGS(v_text(code)), a, out, err);
}

int
store_code_show_uses(
    struct db *db, struct arena *a, int64_t code_id, int limit, struct rows *out, struct err *err)
{
	return db_query(db, Q_code_show_uses, DB_ARGS(v_int(code_id), v_int(limit)), a, out, err);
}

/* ------------------------------------------------------------------ use */

/* The code's own terms win over the campaign's. */
/* What a code does not say itself, its campaign says. */
static const struct val *
said(const struct rows *code, size_t own, const struct rows *campaign, size_t its)
{
	return rows_null(code, 0, own) ? rows_at(campaign, 0, its) : rows_at(code, 0, own);
}

static int
read_terms(struct db *db, struct arena *a, const struct rows *code, struct store_code_use *u,
    struct err *err)
{
	struct store_code_campaign *c = &u->campaign;
	const struct val *from, *to, *uses;
	struct rows r;
	int rc;

	u->code_id = rows_int(code, 0, C_code_lock_code_id);
	u->uses = rows_int(code, 0, C_code_lock_uses);
	if ((rc = db_query(db, Q_code_campaign,
		 DB_ARGS(v_int(rows_int(code, 0, C_code_lock_campaign_id))), a, &r, err)) < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_INTERNAL, "a code without a campaign");
	from = said(code, C_code_lock_valid_from, &r, C_code_campaign_valid_from);
	to = said(code, C_code_lock_valid_to, &r, C_code_campaign_valid_to);
	uses = said(code, C_code_lock_max_uses, &r, C_code_campaign_max_uses);
	*c = (struct store_code_campaign){ .name = rows_text(&r, 0, C_code_campaign_name),
		.label = rows_text(&r, 0, C_code_campaign_label),
		.valid_from = from->kind == VAL_TIME ? from->i : USEC_NONE,
		.valid_to = to->kind == VAL_TIME ? to->i : USEC_NONE,
		.max_uses = uses->kind == VAL_INT ? uses->i : 0,
		.contact_uses = rows_int(&r, 0, C_code_campaign_contact_uses),
		.points = decimal_trim(a, rows_text(&r, 0, C_code_campaign_points)),
		.point_days = rows_int(&r, 0, C_code_campaign_point_days),
		.voucher_category_id = (int16_t)rows_int(
		    &r, 0, C_code_campaign_voucher_category_id) };
	return 0;
}

static enum store_code_answer
judge(const struct store_code_use *u, int64_t mine)
{
	const struct store_code_campaign *c = &u->campaign;
	int64_t may = c->max_uses > 0 && c->max_uses < c->contact_uses ? c->max_uses :
									 c->contact_uses;

	if (mine > 0 && may == 1)
		return STORE_CODE_REPEATED;
	if (mine > 0 && mine >= may)
		return STORE_CODE_USED_BY_YOU;
	if (c->valid_from != USEC_NONE && u->now < c->valid_from)
		return STORE_CODE_NOT_YET_VALID;
	if (c->valid_to != USEC_NONE && u->now >= c->valid_to)
		return STORE_CODE_EXPIRED;
	if (c->max_uses > 0 && u->uses >= c->max_uses)
		return c->max_uses == 1 ? STORE_CODE_USED_BY_ANOTHER : STORE_CODE_LIMIT_REACHED;
	return STORE_CODE_ACCEPTED;
}

int
store_code_look(struct db *db, struct arena *a, struct store_code_use *u, struct err *err)
{
	struct rows code, mine;
	int rc = db_query(db, Q_code_lock, DB_ARGS(v_text(u->code)), a, &code, err);

	u->answer = STORE_CODE_UNKNOWN;
	if (rc < 0 || code.n == 0)
		return rc;
	if ((rc = read_terms(db, a, &code, u, err)) < 0 ||
	    (rc = db_query(db, Q_code_uses_of_contact,
		 DB_ARGS(v_int(u->code_id), v_int(u->contact_id)), a, &mine, err)) < 0)
		return rc;
	u->n = (int64_t)mine.n + 1;
	u->answer = judge(u, (int64_t)mine.n);
	u->reply = mine.n > 0 ? rows_text(&mine, 0, C_code_uses_of_contact_reply) : NULL;
	return 0;
}

/* "K7QX-…": 60 random bits without letters that look like others. */
static const char *
voucher_code(struct arena *a)
{
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned char random[VOUCHER_CODE_LENGTH];
	struct buf b;

	buf_init(&b, a);
	secret_random(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++) {
		if (i > 0 && i % 4 == 0)
			buf_addc(&b, '-');
		buf_addc(&b, letters[random[i] % (sizeof letters - 1)]);
	}
	return b.data;
}

static int
grant_voucher(struct db *db, struct arena *a, struct store_code_use *u, const char *identifier,
    struct err *err)
{
	struct rows r;
	int64_t n = db_exec(db, Q_code_voucher_put,
	    DB_ARGS(v_text(identifier), v_int(u->contact_id), v_int(u->source_id),
		v_text(voucher_code(a)), v_text(u->currency), v_time(u->now),
		v_int(u->campaign.voucher_category_id)),
	    err);
	int rc;

	if (n < 0)
		return (int)n;
	if (n == 0)
		return err_set(err, ERR_CONFLICT,
		    "The campaign %s grants a voucher of a category that is gone.",
		    u->campaign.name);
	u->voucher_id = db_insert_id(db);
	if ((rc = db_query(db, Q_code_voucher, DB_ARGS(v_int(u->voucher_id)), a, &r, err)) < 0)
		return rc;
	u->voucher_code = rows_text(&r, 0, C_code_voucher_voucher_code);
	u->voucher_amount = decimal_trim(a, rows_text(&r, 0, C_code_voucher_amount));
	u->voucher_currency = rows_text(&r, 0, C_code_voucher_currency);
	u->voucher_from = rows_time(&r, 0, C_code_voucher_starts_at);
	u->voucher_to = rows_time(&r, 0, C_code_voucher_ends_at);
	u->voucher_label = rows_text(&r, 0, C_code_voucher_label);
	return 0;
}

int
store_code_grant(struct db *db, struct arena *a, struct store_code_use *u, struct err *err)
{
	const char *identifier = arena_printf(a, "code:%lld:%lld:%lld", (long long)u->code_id,
	    (long long)u->contact_id, (long long)u->n);
	const struct store_points_movement m = { .contact_id = u->contact_id,
		.source_id = u->source_id,
		.type = STORE_POINTS_CODE,
		.amount = u->campaign.points,
		.identifier = identifier,
		.days = u->campaign.point_days,
		.now = u->now };
	int64_t n = db_exec(db, Q_code_count, DB_ARGS(v_int(u->code_id), v_int(u->uses)), err);
	int rc = 0;

	if (n < 0)
		return (int)n;
	if (n == 0)
		return err_set(err, ERR_INTERNAL, "a locked code was counted by another");
	if (u->campaign.points != NULL)
		rc = store_points_add(db, &m, &u->point_id, err);
	if (rc == 0 && u->campaign.voucher_category_id != 0)
		rc = grant_voucher(db, a, u, identifier, err);
	return rc;
}

int
store_code_keep(struct db *db, const struct store_code_use *u, const char *reply, struct err *err)
{
	return db_exec(db, Q_code_use_put,
		   DB_ARGS(v_int(u->code_id), v_int(u->contact_id), v_int(u->n), v_time(u->now),
		       v_text(reply)),
		   err) < 0 ?
	    err->code :
	    0;
}
