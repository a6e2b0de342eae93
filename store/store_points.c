#include "config.h"

#include "store/store_points.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/decimal.h"

enum { WHOLE_DIGITS = 15, PLACES = 4, ALL_MAX = 200 };

int
store_points_is_amount(const char *text, int or_zero)
{
	struct decimal d, zero = { 0 };
	const char *point = strchr(text, '.');

	if (text[0] == '-' || decimal_parse(text, &d) < 0 ||
	    (point == NULL ? strlen(text) : (size_t)(point - text)) > WHOLE_DIGITS)
		return 0;
	if (point != NULL && strlen(point + 1) > PLACES)
		return 0;
	return decimal_compare(d, zero) > 0 || or_zero;
}

/* ------------------------------------------------------------------ movements */

int
store_points_add(struct db *db, const struct store_points_movement *m, int64_t *id, struct err *err)
{
	if (db_exec(db, Q_points_put,
		DB_ARGS(v_int(m->contact_id), v_int(m->type), v_text(m->amount), v_text(m->amount),
		    v_text("0"), v_time(m->now), v_int_or_null(m->days, m->days > 0),
		    v_text(m->identifier), v_int(m->source_id), v_time(m->now)),
		err) < 0)
		return err->code;
	*id = db_insert_id(db);
	return 0;
}

int
store_points_balance(
    struct db *db, struct arena *a, int64_t contact_id, const char **balance, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_points_balance, DB_ARGS(v_int(contact_id)), a, &r, err);

	*balance = rc < 0 ? NULL : decimal_trim(a, rows_text(&r, 0, C_points_balance_balance));
	return rc;
}

/* Whether the amount of the movement that is there is the one that m asks for. */
static int
is_same_amount(const char *there, const struct store_points_movement *m, int is_use)
{
	struct decimal have = { 0 }, want = { 0 };

	if (there == NULL || decimal_parse(there, &have) != 0 ||
	    decimal_parse(m->amount, &want) != 0)
		return 0;
	if ((is_use ? decimal_add(&have, want) : decimal_subtract(&have, want)) != 0)
		return 0;
	return have.units == 0;
}

/* 1 when the movement is there already, 0 when not. */
static int
is_repeated(struct db *db, struct arena *a, const struct store_points_movement *m, int is_use,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_points_by_identifier,
	    DB_ARGS(v_text(m->identifier), v_int(m->source_id)), a, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	if (rows_int(&r, 0, C_points_by_identifier_contact_id) == m->contact_id &&
	    is_same_amount(rows_text(&r, 0, C_points_by_identifier_amount), m, is_use))
		return 1;
	return err_set(
	    err, ERR_CONFLICT, "This identifier stands for another movement already.");
}

int
store_points_give(struct db *db, struct arena *a, const struct store_points_movement *m,
    int *repeated, struct err *err)
{
	int64_t id;
	int rc = is_repeated(db, a, m, 0, err);

	*repeated = rc == 1;
	if (rc != 0)
		return rc == 1 ? 0 : rc;
	return store_points_add(db, m, &id, err);
}

int
store_points_use(struct db *db, struct arena *a, const struct store_points_movement *m,
    int *repeated, struct err *err)
{
	struct decimal have = { 0 }, want = { 0 };
	const char *balance;
	int rc = is_repeated(db, a, m, 1, err);

	*repeated = rc == 1;
	if (rc != 0)
		return rc == 1 ? 0 : rc;
	if ((rc = store_points_balance(db, a, m->contact_id, &balance, err)) < 0)
		return rc;
	if (decimal_parse(balance, &have) < 0 || decimal_parse(m->amount, &want) < 0 ||
	    decimal_compare(have, want) < 0)
		return err_set(err, ERR_CONFLICT,
		    "The contact has %s points, which is less than %s.", balance, m->amount);
	return db_exec(db, Q_points_put,
		   DB_ARGS(v_int(m->contact_id), v_int(STORE_POINTS_USED),
		       v_text(arena_printf(a, "-%s", m->amount)), v_text("0"), v_text(m->amount),
		       v_time(m->now), v_null(), v_text(m->identifier), v_int(m->source_id),
		       v_time(m->now)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* ------------------------------------------------------------------ lists */

static struct decimal
amount_of(const struct rows *r, size_t row, size_t column)
{
	struct decimal d = { 0 };

	if (!rows_null(r, row, column))
		decimal_parse(rows_text(r, row, column), &d);
	return d;
}

struct totals { struct decimal balance, earned, used, expired, gone; };

/* As the statement points_list sums up. gone: what went out without being taken back. */
static void
sum_up(const struct rows *r, struct totals *t)
{
	const struct decimal zero = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		struct decimal amount = amount_of(r, i, C_movement_amount);
		int is_out = decimal_compare(amount, zero) < 0,
		    is_foreign = rows_null(r, i, C_movement_original);

		decimal_add(&t->balance, amount);
		if (!is_foreign)
			decimal_add(&t->earned, amount_of(r, i, C_movement_original));
		else if (!is_out)
			decimal_add(&t->earned, amount);
		if (rows_null(r, i, C_movement_used_amount) && is_foreign && is_out)
			decimal_subtract(&t->used, amount);
		else
			decimal_add(&t->used, amount_of(r, i, C_movement_used_amount));
		decimal_add(&t->expired, amount_of(r, i, C_movement_expired_amount));
		if (is_out && rows_int(r, i, C_movement_type_id) != STORE_POINTS_RETURNED)
			decimal_subtract(&t->gone, amount);
	}
}

/* Points that were given together: by one movement, or by one purchase less its reversals. */
struct lot {
	int64_t id, purchase_id;	/* the first movement; 0 = of no purchase */
	usec_t expires, at;		/* expires NEVER = never */
	struct decimal amount;
};

#define NEVER INT64_MAX

static int
lot_compare(const void *x, const void *y)
{
	const struct lot *a = x, *b = y;

	if (a->expires != b->expires)
		return a->expires < b->expires ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* The lots in the order in which they are used; as the statement points_expiring makes them. */
static size_t
make_lots(const struct rows *r, struct lot *lots)
{
	const struct decimal zero = { 0 };
	size_t n = 0;

	for (size_t i = r->n; i-- > 0;) {	/* from the oldest on */
		struct decimal amount = amount_of(r, i, C_movement_amount);
		int64_t purchase_id = rows_int(r, i, C_movement_purchase_id);
		usec_t expires = rows_time(r, i, C_movement_expires_at),
		       at = rows_time(r, i, C_movement_at);
		size_t l = 0;

		if (decimal_compare(amount, zero) <= 0 &&
		    rows_int(r, i, C_movement_type_id) != STORE_POINTS_RETURNED)
			continue;
		while (l < n && (purchase_id == 0 || lots[l].purchase_id != purchase_id))
			l++;
		if (l == n)
			lots[n++] = (struct lot){ .id = rows_int(r, i, C_movement_id),
				.purchase_id = purchase_id,
				.expires = NEVER,
				.at = at };
		decimal_add(&lots[l].amount, amount);
		if (expires != USEC_NONE && (lots[l].expires == NEVER || expires > lots[l].expires))
			lots[l].expires = expires;
		if (at < lots[l].at)
			lots[l].at = at;
	}
	qsort(lots, n, sizeof lots[0], lot_compare);
	return n;
}

/* The rest of each lot, when points that were used came from the first lots. */
static void
find_expiring(
    struct arena *a, const struct rows *r, struct decimal gone, usec_t until, struct rows *out)
{
	const struct decimal zero = { 0 };
	struct lot *lots = arena_new(a, struct lot, r->n);
	size_t n = make_lots(r, lots);

	*out = (struct rows){ .columns = 2,
		.cells = arena_new(a, struct val, POINTS_EXPIRING_MAX * 2) };
	for (size_t i = 0; i < n; i++)
		if (decimal_compare(lots[i].amount, zero) <
		    0) /* more was taken back than there was */
			decimal_subtract(&gone, lots[i].amount);
	for (size_t i = 0; i < n && out->n < POINTS_EXPIRING_MAX; i++) {
		struct decimal rest = lots[i].amount;

		if (lots[i].expires > until || lots[i].expires == NEVER)
			break;
		if (decimal_compare(rest, zero) <= 0)
			continue;
		if (decimal_compare(gone, rest) >= 0) {
			decimal_subtract(&gone, rest);
			continue;
		}
		decimal_subtract(&rest, gone);
		gone = zero;
		out->cells[out->n * 2] = v_text(decimal_text(a, rest));
		out->cells[out->n++ * 2 + 1] = v_time(lots[i].expires);
	}
}

/* The newest first. */
static int
movement_compare(const void *x, const void *y)
{
	const struct val *a = (const struct val *)x + C_movement_id,
			 *b = (const struct val *)y + C_movement_id;

	return (a->i < b->i) - (a->i > b->i);
}

/* The rows of points_all become those of a page. */
static void
make_page(struct arena *a, const struct store_points_page *page, struct store_points_found *f)
{
	struct totals t = { .balance = { 0 } };
	struct rows *r = &f->rows;

	qsort(r->cells, r->n, r->columns * sizeof r->cells[0], movement_compare);
	sum_up(r, &t);
	find_expiring(a, r, t.gone, page->until, &f->expiring);
	if (r->n > (size_t)page->limit)
		r->n = (size_t)page->limit;
	r->cells[C_movement_balance] = v_text(decimal_text(a, t.balance));
	r->cells[C_movement_earned] = v_text(decimal_text(a, t.earned));
	r->cells[C_movement_used] = v_text(decimal_text(a, t.used));
	r->cells[C_movement_expired] = v_text(decimal_text(a, t.expired));
}

int
store_points_list(struct db *db, struct arena *a, const struct store_points_page *page,
    struct store_points_found *out, struct err *err)
{
	int most = page->before == 0 ? ALL_MAX : 0, rc;

	*out = (struct store_points_found){ .contact_id = 0 };
	if ((rc = db_query(db, Q_points_all,
		 DB_ARGS(v_text(page->identifier), v_int(page->source_id), v_int(most + 1)), a,
		 &out->rows, err)) < 0 ||
	    out->rows.n == 0)
		return rc;
	out->contact_id = rows_int(&out->rows, 0, C_points_all_contact_id);
	out->zone_id = (int32_t)rows_int(&out->rows, 0, C_points_all_zone_id);
	if (out->rows.n <= (size_t)most) {
		make_page(a, page, out);
		return 0;
	}
	if ((rc = db_query(db, Q_points_list,
		 DB_ARGS(v_int(out->contact_id),
		     v_int(page->before == 0 ? INT64_MAX : page->before), v_int(page->limit)),
		 a, &out->rows, err)) < 0)
		return rc;
	return db_query(db, Q_points_expiring,
	    DB_ARGS(v_int(out->contact_id), v_time(page->until), v_int(POINTS_EXPIRING_MAX)), a,
	    &out->expiring, err);
}

const char *
store_points_word(int64_t type_id, const char *amount)
{
	if (amount == NULL || amount[0] != '-')
		return "Earned";
	if (type_id == STORE_POINTS_EXPIRED)
		return "Expired";
	return type_id == STORE_POINTS_RETURNED ? "Returned" : "Used";
}

/* ------------------------------------------------------------------ rules */

int
store_points_rule_put(struct db *db, struct arena *a, const struct store_points_rule *rule,
    usec_t now, struct err *err)
{
	if (!store_points_is_amount(rule->points, 1))
		err_fault(err, a, "POINTS",
		    "must be a number from 0 on, with up to 4 digits behind the point");
	if (!store_points_is_amount(rule->minimum, 1))
		err_fault(err, a, "minimum",
		    "must be an amount from 0 on, with up to 4 digits behind the point");
	if (err->faults != NULL)
		return err->code;
	return db_exec(db, Q_points_rule_put,
		   DB_ARGS(v_int(rule->source_id), v_int(rule->brand_id), v_time(rule->valid_from),
		       v_time(rule->valid_to), v_text(rule->points), v_text(rule->minimum),
		       v_int_or_null(rule->days, rule->days > 0), v_time(now)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_points_rules(struct db *db, struct arena *a, int limit, struct rows *out, struct err *err)
{
	return db_query(db, Q_points_rules, DB_ARGS(v_int(limit)), a, out, err);
}
