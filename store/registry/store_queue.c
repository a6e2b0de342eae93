#include "config.h"

#include "store/registry/store_queue.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/db_list.h"

enum { RECIPIENTS_MAX = 10, QUEUE_RECEIPT_BYTES = 16 };

/* ------------------------------------------------------------------ giving back */

/* What a lease holds, and whose it is. */
struct held {
	const struct val *lease;
	const char *worker;
	int worker_died;
	usec_t now;
};

static int
give_back(struct db *db, const struct held *h, const struct rows *r, size_t row, struct err *err)
{
	int64_t deaths = rows_int(r, row, C_queue_held_deaths) +
	    (h->worker_died && rows_int(r, row, C_queue_held_alone) != 0);
	int poison = deaths >= QUEUE_DEATHS_MAX;
	const char *class = h->worker_died ? "worker-died" : "lease-lapsed";
	const char *reason = h->worker_died ? "The worker that held it died." :
					      "Its lease ended before it was settled.";
	usec_t received_at = rows_time(r, row, C_queue_held_received_at), now = h->now,
	       place = received_at < now ? received_at :
					   now; /* ahead of later messages for its key */

	if (poison) {
		class = "poison";
		reason = "Its worker died twice while it was processed alone.";
	}
	if (db_exec(db, Q_queue_return,
		DB_ARGS(v_int(poison ? STATE_MESSAGE_DEAD : STATE_MESSAGE_READY),
		    v_time(poison ? now : place), v_int(deaths), v_text(class), v_text(reason),
		    v_time(poison ? now : USEC_NONE), v_int(rows_int(r, row, C_queue_held_id))),
		err) < 0)
		return err->code;
	if (db_exec(db, Q_queue_attempt,
		DB_ARGS(v_int(rows_int(r, row, C_queue_held_id)),
		    v_int(rows_int(r, row, C_queue_held_attempts)), v_text(h->worker), v_time(now),
		    v_time(now), v_text(outcome_word(poison ? OUTCOME_DEAD : OUTCOME_LAPSED)),
		    v_text(class), v_text(reason), v_text("")),
		err) < 0)
		return err->code;
	return 0;
}

static int
end_lease(struct db *db, const struct val *lease, struct err *err)
{
	return db_exec(db, Q_queue_lease_end, DB_ARGS(*lease), err) < 0 ? err->code : 0;
}

/* Ends a lease, whose row is locked, and gives back what it holds. What is being settled at this
 * moment is waited for. */
static int
give_back_held(
    struct db *db, struct arena *a, const struct held *h, struct rows *out, struct err *err)
{
	int rc = db_query(db, Q_queue_held, DB_ARGS(*h->lease), a, out, err);

	for (size_t i = 0; i < out->n && rc == 0; i++)
		rc = give_back(db, h, out, i, err);
	return rc < 0 ? rc : end_lease(db, h->lease, err);
}

static int
give_back_lapsed(
    struct db *db, struct arena *a, int64_t tenant_id, usec_t now, int *count, struct err *err)
{
	struct rows leases, r = { 0 };
	int rc = db_query(db, Q_queue_lapsed, DB_ARGS(v_int(tenant_id), v_time(now)), a, &leases,
	    err);

	*count = 0;
	for (size_t i = 0; i < leases.n && rc == 0; i++) {
		const struct held h = { .lease = rows_at(&leases, i, C_queue_lapsed_lease),
			.worker = rows_text(&leases, i, C_queue_lapsed_leased_by), .now = now };

		rc = give_back_held(db, a, &h, &r, err);
		*count += 1 + (int)r.n;
	}
	return rc;
}

static void
add_mail(struct db_list *mails, struct db_list *recipients, struct arena *a,
    const struct queue_mail *m)
{
	char *rest = arena_strdup(a, m->email), *address;

	writer_array(&mails->w);
	writer_int(&mails->w, m->message_id);
	writer_text(&mails->w, arena_printf(a, "%s@customerapi.%s",
		text_hex(a, m->receipt, QUEUE_RECEIPT_BYTES), m->customer));
	writer_end(&mails->w);
	for (int i = 0; i < RECIPIENTS_MAX && (address = strsep(&rest, ",")) != NULL; i++) {
		address = text_trim(address);
		if (*address == '\0')
			continue;
		writer_array(&recipients->w);
		writer_int(&recipients->w, m->message_id);
		writer_text(&recipients->w, address);
		writer_end(&recipients->w);
	}
}

int
store_queue_put_mails(struct db *db, struct arena *a, const struct queue_mail *mails, size_t n,
    usec_t now, usec_t give_up_at, struct err *err)
{
	struct db_list rows, recipients;
	size_t wanted = 0;

	db_list_begin(&rows, a);
	db_list_begin(&recipients, a);
	for (size_t i = 0; i < n; i++)
		if (mails[i].email[0] != '\0') {
			add_mail(&rows, &recipients, a, &mails[i]);
			wanted++;
		}
	if (wanted == 0)
		return 0;
	if (db_exec(db, Q_mail_put,
		DB_ARGS(v_int(mails[0].tenant_id), db_list_end(&rows), v_time(now),
		    v_time(give_up_at)),
		err) < 0 ||
	    db_exec(db, Q_mail_put_recipient, DB_ARGS(db_list_end(&recipients), v_time(now)),
		err) < 0)
		return err->code;
	return 0;
}

/* When the message is given up, its recipients still get the content by mail. */
static int
put_mail_of_poison(
    struct db *db, struct arena *a, int64_t id, usec_t now, usec_t give_up_at, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_queue_poison_mail, DB_ARGS(v_int(id)), a, &r, err);
	struct queue_mail mail;

	if (rc < 0 || r.n == 0)
		return rc;
	mail = (struct queue_mail){ .message_id = id,
		.tenant_id = rows_int(&r, 0, C_queue_poison_mail_tenant_id),
		.receipt = (const unsigned char *)rows_at(&r, 0, C_queue_poison_mail_receipt)->s,
		.customer = rows_text(&r, 0, C_queue_poison_mail_customer),
		.email = rows_text(&r, 0, C_queue_poison_mail_email) };
	return store_queue_put_mails(db, a, &mail, 1, now, give_up_at, err);
}

struct releasing {
	const char *dead_worker;
	usec_t mail_give_up_us;
};

static int
release(struct db *db, struct arena *a, const struct releasing *w, const struct held *h,
    struct err *err)
{
	struct rows r;
	int rc = give_back_held(db, a, h, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		rc = put_mail_of_poison(db, a, rows_int(&r, i, C_queue_held_id), h->now,
		    h->now + w->mail_give_up_us, err);
	return rc;
}

static int
release_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct releasing *w = arg;
	struct rows leases = { 0 };
	usec_t now;
	int rc;

	if ((rc = db_now(db, &now, err)) == 0)
		rc = db_query(db, Q_queue_left, DB_ARGS(v_text(w->dead_worker)), a, &leases, err);
	for (size_t i = 0; rc == 0 && i < leases.n; i++)
		rc = release(db, a, w, &(struct held){
		    .lease = rows_at(&leases, i, C_queue_left_lease), .worker = w->dead_worker,
		    .worker_died = 1, .now = now }, err);
	return rc;
}

int
store_queue_release(struct db *db, const char *dead_worker, usec_t mail_give_up_us, struct err *err)
{
	struct releasing w = { .dead_worker = dead_worker, .mail_give_up_us = mail_give_up_us };

	return db_transact(db, release_work, &w, err);
}

struct giving_back {
	struct val lease;
	int alone;
	usec_t now;
};

static int
give_back_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct giving_back *w = arg;

	(void)a;
	if (db_exec(db, Q_queue_give_back, DB_ARGS(v_time(w->now), v_int(w->alone), w->lease),
		err) < 0)
		return err->code;
	return end_lease(db, &w->lease, err);
}

int
store_queue_give_back(struct db *db, const unsigned char lease[QUEUE_LEASE_BYTES], int alone,
    usec_t now, struct err *err)
{
	struct giving_back w = { .lease = v_bytes(lease, QUEUE_LEASE_BYTES), .alone = alone,
		.now = now };

	return db_transact(db, give_back_work, &w, err);
}

/* ------------------------------------------------------------------ claim */

/* 1 when a message may be taken with those of the batch: no other has its ordering key, and
 * BatchMode takes messages of one triple. */
static int
fits(const struct rows *due, size_t i, const struct set *keys, const size_t *first)
{
	static const size_t triple[] = { C_queue_due_platform, C_queue_due_entity,
		C_queue_due_action };
	const struct val *key = rows_at(due, i, C_queue_due_ordering_key);

	if (key->kind != VAL_NULL && set_find(keys, key->s, key->n, NULL))
		return 0;
	for (size_t c = 0; first != NULL && c < sizeof triple / sizeof triple[0]; c++)
		if (!text_ieq(rows_text(due, i, triple[c]), rows_text(due, *first, triple[c])))
			return 0;
	return 1;
}

/* Takes one message per ordering key. A message whose lease lapsed before is taken alone. BatchMode
 * takes messages of one triple. Their bodies have at most bytes together; one message is taken in
 * any case. */
static size_t
pick(const struct rows *due, struct arena *a, int batch_mode, size_t limit, int64_t bytes,
    int64_t *ids)
{
	size_t n = 0, first = 0;
	struct set keys;

	set_init(&keys, a);
	for (size_t i = 0; i < due->n && n < limit; i++) {
		const struct val *key = rows_at(due, i, C_queue_due_ordering_key);

		if (rows_int(due, i, C_queue_due_alone) != 0) {		/* alone */
			if (n > 0)
				continue;
			ids[0] = rows_int(due, i, C_queue_due_id);
			return 1;
		}
		if (!fits(due, i, &keys, batch_mode && n > 0 ? &first : NULL))
			continue;
		if (n > 0 && rows_int(due, i, C_queue_due_body_bytes) > bytes)
			break;
		if (key->kind != VAL_NULL)
			set_add(&keys, key->s, key->n, i, NULL);
		bytes -= rows_int(due, i, C_queue_due_body_bytes);
		first = n == 0 ? i : first;
		ids[n++] = rows_int(due, i, C_queue_due_id);
	}
	return n;
}

static int
claim_ids(struct db *db, struct arena *a, int64_t tenant_id, const struct queue_bounds *most,
    usec_t now, int64_t *ids, size_t *n, struct err *err)
{
	struct rows due;
	int rc;

	*n = 0;
	for (int batch_mode = 0; batch_mode <= 1 && *n == 0; batch_mode++) {
		int limit = batch_mode ? QUEUE_BATCH_MODE_MAX : most->messages;

		rc = db_query(db, Q_queue_due,
		    DB_ARGS(v_int(tenant_id), v_int(1 + batch_mode), v_time(now), v_int(limit)), a,
		    &due, err);
		if (rc < 0)
			return rc;
		*n = pick(&due, a, batch_mode, (size_t)limit, most->bytes, ids);
	}
	return 0;
}

static int
find_tenant(struct db *db, struct arena *a, usec_t now, const int64_t *skip, struct rows *out,
    struct err *err)
{
	struct val args[1 + QUEUE_SKIP_MAX] = { v_time(now) };

	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		args[1 + i] = v_int(skip[i]);
	return db_query(db, Q_queue_tenant, args, 1 + QUEUE_SKIP_MAX, a, out, err);
}

struct claiming {
	const struct queue_holder *holder;
	const struct queue_bounds *most;
	const int64_t *skip;
	struct queue_claim *out;
	usec_t now, served;
};

/* Leases what is to be claimed. */
static int
lease_ids(struct db *db, struct arena *a, const struct claiming *c, struct err *err)
{
	struct queue_claim *out = c->out;
	const struct val ids = db_list_ids(a, out->ids, out->n),
			 lease = v_bytes(out->lease, sizeof out->lease),
			 tenant_id = v_int(out->tenant_id);

	secret_random(out->lease, sizeof out->lease);
	if (db_exec(db, Q_queue_lease,
		DB_ARGS(lease, v_time(c->served), ids, tenant_id), err) < 0 ||
	    db_exec(db, Q_queue_lease_put,
		DB_ARGS(v_bytes(c->holder->slot, sizeof c->holder->slot), lease, tenant_id,
		    v_text(c->holder->name), v_time(c->now + c->holder->lease_us), ids),
		err) < 0)
		return err->code;
	return 0;
}

static int
claim(struct db *db, struct arena *a, struct claiming *c, struct err *err)
{
	struct queue_claim *out = c->out;
	struct rows tenant;
	int rc;

	if ((rc = db_now(db, &c->now, err)) < 0 ||
	    (rc = find_tenant(db, a, c->now, c->skip, &tenant, err)) < 0 || tenant.n == 0)
		return rc;
	out->tenant_id = rows_int(&tenant, 0, C_queue_tenant_tenant_id);
	if (rows_int(&tenant, 0, C_queue_tenant_lapsed) != 0 &&
	    (rc = give_back_lapsed(db, a, out->tenant_id, c->now, &out->lapsed, err)) < 0)
		return rc;
	if ((rc = claim_ids(db, a, out->tenant_id, c->most, c->now, out->ids, &out->n, err)) < 0)
		return rc;
	c->served = rows_time(&tenant, 0, C_queue_tenant_last_served);
	c->served = c->served < c->now ? c->now : c->served + 1;
	if (out->n > 0)
		return lease_ids(db, a, c, err);
	return db_exec(db, Q_queue_served, DB_ARGS(v_time(c->served), v_int(out->tenant_id)), err) <
		0 ?
	    err->code :
	    0;
}

static int
claim_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct claiming *c = arg;

	*c->out = (struct queue_claim){ 0 };
	return claim(db, a, c, err);
}

int
store_queue_claim(struct db *db, const struct queue_holder *holder,
    const struct queue_bounds *most, const int64_t skip[QUEUE_SKIP_MAX], struct queue_claim *out,
    struct err *err)
{
	struct claiming c = { .holder = holder, .most = most, .skip = skip, .out = out };

	return db_transact(db, claim_work, &c, err);
}

int
store_queue_load(struct db *db, struct arena *a, const struct queue_claim *claim,
    struct queue_message **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_queue_load,
	    DB_ARGS(db_list_ids(a, claim->ids, claim->n),
		v_bytes(claim->lease, QUEUE_LEASE_BYTES)),
	    a, &r, err);

	*n = r.n;
	*out = arena_new(a, struct queue_message, r.n);
	for (size_t i = 0; i < r.n; i++) {
		struct queue_message *m = &(*out)[i];

		*m = (struct queue_message){ .id = rows_int(&r, i, C_queue_load_id),
			.tenant_id = rows_int(&r, i, C_queue_load_tenant_id),
			.is_email = rows_int(&r, i, C_queue_load_kind) == 2,
			.platform = rows_text(&r, i, C_queue_load_platform),
			.entity = rows_text(&r, i, C_queue_load_entity),
			.action = rows_text(&r, i, C_queue_load_action),
			.source_id = (int16_t)rows_int(&r, i, C_queue_load_source_id),
			.zone_id = (int32_t)rows_int(&r, i, C_queue_load_zone_id),
			.brand_id = (int32_t)rows_int(&r, i, C_queue_load_brand_id),
			.address_type_id = (int16_t)rows_int(&r, i, C_queue_load_address_type_id),
			.email = rows_text(&r, i, C_queue_load_email),
			.headers = rows_text(&r, i, C_queue_load_headers),
			.body = rows_text(&r, i, C_queue_load_body),
			.body_bytes = rows_at(&r, i, C_queue_load_body)->n,
			.received_at = rows_time(&r, i, C_queue_load_received_at),
			.attempts = (int)rows_int(&r, i, C_queue_load_attempts),
			.takes_test_orders = rows_int(&r, i, C_queue_load_takes_test_orders) != 0,
			.auth = (int)rows_int(&r, i, C_queue_load_auth),
			.may_write = rows_text(&r, i, C_queue_load_may_write),
			.uri = rows_text(&r, i, C_queue_load_uri),
			.method = rows_text(&r, i, C_queue_load_method),
			.limits = rows_null(&r, i, C_queue_load_limits) ?
			    NULL :
			    rows_text(&r, i, C_queue_load_limits) };
		if (!rows_null(&r, i, C_queue_load_body_hash))
			m->body_hash =
			    (const unsigned char *)rows_at(&r, i, C_queue_load_body_hash)->s;
		memcpy(m->receipt, rows_text(&r, i, C_queue_load_receipt), sizeof m->receipt);
	}
	return rc;
}

int
store_queue_same_bodies(struct db *db, struct arena *a, int64_t tenant_id,
    const unsigned char *const *hashes, size_t n, struct rows *out, struct err *err)
{
	struct val args[QUEUE_SAME_MAX + 1];

	for (size_t i = 0; i < QUEUE_SAME_MAX; i++)
		args[i] = v_bytes(hashes[i < n ? i : 0], SECRET_SHA256_BYTES);
	args[QUEUE_SAME_MAX] = v_int(tenant_id);
	return db_query(db, Q_queue_same_body, args, QUEUE_SAME_MAX + 1, a, out, err);
}

int
store_queue_extend(
    struct db *db, const unsigned char lease[QUEUE_LEASE_BYTES], usec_t until, struct err *err)
{
	return db_exec(db, Q_queue_extend,
		   DB_ARGS(v_time(until), v_bytes(lease, QUEUE_LEASE_BYTES)), err) < 0 ?
	    err->code :
	    0;
}
