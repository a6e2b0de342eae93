#include "config.h"

#include "fcgi/quota.h"

#include <stdatomic.h>

#include "fcgi/access/auth.h"
#include "fcgi/quota_table.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

enum {
	RETRY_SOON_S = 1,
	RETRY_WAITING_S = 30,
	LOOK_EVERY_S = 1,
	LOOK_SHARE = 10,
	LOOK_CLAIM_S = 60
};

/* ------------------------------------------------------------------ the bucket */

/* Instead of what is in it, when it will be full: one number, changed at once. */
int64_t
quota_bucket_take(int64_t full_at, int64_t now, long per_second, long burst_s, int64_t *wait_ns)
{
	const int64_t each = INT64_C(1000000000) / per_second;
	const int64_t spare = (per_second * burst_s - 1) * each;
	const int64_t from = full_at > now ? full_at : now;

	*wait_ns = from - now > spare ? from - now - spare : 0;
	return *wait_ns > 0 ? full_at : from + each;
}

/* ------------------------------------------------------------------ refusing */

static int
refuse(struct quota_entry *e, enum store_quota quota, int after_s, struct err *err,
    const char *what, long limit, const char *setting)
{
	const char *who = "This Source";

	if (quota_source(e) == WHOLE_TENANT)
		who = "This tenant";
	else if (quota_source(e) == 0)
		who = "This sender";
	else if (quota_is_strangers(e))
		who = "What comes to this Source without credentials";
	e->refused[quota]++;
	e->unwritten[quota]++;
	quota_table->unwritten = 1;
	err->retry_after_s = after_s;
	return err_set(err, ERR_QUOTA,
	    "%s has used up its quota of %ld %s (%s); try again in %d s.", who, limit, what,
	    setting, after_s);
}

struct limits {
	long in_flight, per_second, waiting_mb;
	const char *in_flight_name, *per_second_name, *waiting_name;
};

static void
take_own(long *limit, const char **name, int own)
{
	if (own == NOT_OWN)
		return;
	*limit = own;
	*name = "of its own";
}

/* Requests that name no Source have the quotas of their tenant alone. */
static struct limits
limits_set(const struct conf *conf, const struct quota_entry *e)
{
	if (quota_source(e) == WHOLE_TENANT)
		return (struct limits){ conf->quota_tenant_in_flight, conf->quota_tenant_per_second,
			conf->quota_tenant_waiting_mb, "quota_tenant_in_flight",
			"quota_tenant_per_second", "quota_tenant_waiting_mb" };
	if (quota_source(e) == 0)
		return (struct limits){ .in_flight = 0 };
	return (struct limits){ conf->quota_source_in_flight, conf->quota_source_per_second,
		conf->quota_source_waiting_mb, "quota_source_in_flight", "quota_source_per_second",
		"quota_source_waiting_mb" };
}

static struct limits
limits_of(const struct conf *conf, const struct quota_entry *e)
{
	struct limits l = limits_set(conf, e);

	if (e->own_round == 0 || e->own_round < quota_table->own_round)
		return l;
	take_own(&l.in_flight, &l.in_flight_name, e->own_in_flight);
	take_own(&l.per_second, &l.per_second_name, e->own_per_second);
	take_own(&l.waiting_mb, &l.waiting_name, e->own_waiting_mb);
	return l;
}

static int
own_value(const struct rows *r, size_t row, size_t column)
{
	return rows_null(r, row, column) ? NOT_OWN : (int)rows_int(r, row, column);
}

static void
own_set(struct quota_entry *e, const struct rows *r, size_t row, int64_t round)
{
	if (e == NULL)
		return;
	e->own_in_flight = own_value(r, row, 4);
	e->own_per_second = own_value(r, row, 5);
	e->own_waiting_mb = own_value(r, row, 6);
	e->own_round = round;
}

static void
own_take(const struct rows *r, size_t row, int64_t round)
{
	const struct quota_who who = { .alias_id = rows_int(r, row, C_quota_own_tenant_id),
		.customer = rows_text(r, row, C_quota_own_customer),
		.alias = rows_text(r, row, C_quota_own_alias) };
	const int source = (int)rows_int(r, row, C_quota_own_source_id);

	own_set(quota_entry_of(&who, source == 0 ? WHOLE_TENANT : source), r, row, round);
	if (source != 0)
		own_set(quota_entry_of(&who, source + STRANGERS), r, row, round);
}

void
quota_read_own(struct request *r)
{
	const int64_t now = clock_monotonic_us();
	struct err err = { 0 };
	struct rows own;
	struct db *db;
	int64_t due, round;

	if (quota_table == NULL || now < (due = quota_table->own_at))
		return;
	if (!atomic_compare_exchange_strong(
		&quota_table->own_at, &due, now + STORE_ACCESS_KEEP_S * USEC_SEC))
		return;
	if (request_db(r, &db, &err) < 0 || store_quota_own(db, &r->arena, 0, &own, &err) < 0)
		return;
	round = quota_table->own_round + 1;
	for (size_t i = 0; i < own.n; i++)
		own_take(&own, i, round);
	quota_table->own_round = round;	/* what it did not find is no more */
}

/* ------------------------------------------------------------------ threads of the pool */

/* 1 when another sender sent a request in the last QUOTA_OTHERS_S. */
static int
others_there(const struct quota_entry *sender, int64_t now_us)
{
	const int64_t since = now_us - QUOTA_OTHERS_S * USEC_SEC;

	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &quota_table->entries[i];

		if (e == sender || e->key == 0 || e->seen_at == 0)
			continue;
		if (e->seen_at >= since)
			return 1;
	}
	return 0;
}

/* 1 when a sender that wants more than half of the threads has done so for too long. */
static int
is_over_long(struct quota_entry *sender, int64_t now_us)
{
	const int64_t spell = QUOTA_SPELL_S * USEC_SEC;
	const int64_t last = atomic_exchange(&sender->over_at, now_us);

	if (last == 0 || now_us - last > spell)
		sender->over_since = now_us;
	return now_us - sender->over_since >= spell;
}

/* The sender already has its seat. */
static int
share_check(struct quota_entry *sender, int64_t now_us, struct err *err)
{
	const int64_t half = (quota_pool_threads + 1) / 2;

	if (quota_pool_threads < 2 || quota_sum(sender->in_flight) <= half ||
	    quota_pool_threads - quota_sum(quota_table->busy) > quota_pool_threads / 4)
		return 0;
	if (!is_over_long(sender, now_us) || !others_there(sender, now_us))
		return 0;
	return refuse(sender, STORE_QUOTA_SHARE, RETRY_SOON_S, err, "threads of the pool",
	    (long)half, "half of them while others wait");
}

/* ------------------------------------------------------------------ a request */

static void
seat_give_back(struct quota_entry **e)
{
	if (*e != NULL)
		(*e)->in_flight[quota_slot]--;
	*e = NULL;
}

static int
in_flight_check(struct quota_entry *e, const struct conf *conf, struct err *err)
{
	const struct limits l = limits_of(conf, e);

	if (l.in_flight == 0 || quota_sum(e->in_flight) <= l.in_flight)
		return 0;
	return refuse(e, STORE_QUOTA_IN_FLIGHT, RETRY_SOON_S, err, "requests in flight",
	    l.in_flight, l.in_flight_name);
}

/* Takes one request from the bucket. *took: what it took, in nanoseconds. */
static int
rate_check(struct quota_entry *e, const struct conf *conf, int64_t now_us, int64_t *took,
    struct err *err)
{
	const struct limits l = limits_of(conf, e);
	int64_t before = e->full_at, after, wait = 0;

	*took = 0;
	if (l.per_second == 0)
		return 0;
	do
		after = quota_bucket_take(before, now_us * 1000, l.per_second, conf->quota_burst_s,
		    &wait);
	while (wait == 0 && !atomic_compare_exchange_weak(&e->full_at, &before, after));
	if (wait > 0)
		return refuse(e, STORE_QUOTA_RATE, (int)(wait / 1000000000 + 1), err,
		    "requests a second", l.per_second, l.per_second_name);
	*took = INT64_C(1000000000) / l.per_second;
	return 0;
}

static int
seat_check(struct quota_seat *seat, const struct conf *conf, int64_t now_us, struct err *err)
{
	int64_t took;
	int rc;

	if ((rc = share_check(seat->sender, now_us, err)) < 0 ||
	    (rc = in_flight_check(seat->sender, conf, err)) < 0)
		return rc;
	if (seat->tenant != NULL && (rc = in_flight_check(seat->tenant, conf, err)) < 0)
		return rc;
	rc = rate_check(seat->sender, conf, now_us, &took, err);
	if (rc < 0 || seat->tenant == NULL)
		return rc;
	if ((rc = rate_check(seat->tenant, conf, now_us, &(int64_t){ 0 }, err)) < 0)
		seat->sender->full_at -= took;	/* nobody got it */
	return rc;
}

int
quota_enter(struct quota_seat *seat, const struct conf *conf, const struct quota_who *who,
    int64_t now_us, struct err *err)
{
	int rc;

	*seat = (struct quota_seat){ NULL, NULL };
	if (quota_table == NULL)
		return 0;
	seat->sender = quota_entry_of(who, who->source_id + (who->is_stranger ? STRANGERS : 0));
	if (seat->sender == NULL)
		return 0;
	seat->sender->seen_at = now_us;
	seat->sender->in_flight[quota_slot]++;
	if (!who->is_stranger && (seat->tenant = quota_entry_of(who, WHOLE_TENANT)) != NULL)
		seat->tenant->in_flight[quota_slot]++;
	if ((rc = seat_check(seat, conf, now_us, err)) < 0)
		quota_leave(seat);
	return rc;
}

int
quota_enter_source(struct request *r, int16_t source_id, struct err *err)
{
	const struct conf *conf = r->thread->conf;
	const struct store_alias *alias = r->access->alias;
	const int64_t now_us = clock_monotonic_us();
	struct quota_entry *e;
	int rc;

	if (r->seat.sender == NULL)
		return 0;
	e = quota_entry_of(&(struct quota_who){ .alias_id = alias->alias_id,
	    .customer = alias->customer, .alias = alias->alias }, source_id);
	if (e == NULL)
		return 0;
	e->seen_at = now_us;
	e->in_flight[quota_slot]++;
	seat_give_back(&r->seat.sender);
	r->seat.sender = e;
	if ((rc = share_check(e, now_us, err)) < 0 || (rc = in_flight_check(e, conf, err)) < 0)
		return rc;
	return rate_check(e, conf, now_us, &(int64_t){ 0 }, err);
}

void
quota_leave(struct quota_seat *seat)
{
	seat_give_back(&seat->tenant);
	seat_give_back(&seat->sender);
}

/* ------------------------------------------------------------------ bytes waiting */

/* Claims the next look at the database: *before the instant that was claimed. */
static int
look_begin(struct quota_entry *e, const struct limits *l, int64_t now_us, int64_t *before)
{
	*before = e->look_at;
	if (*before != 0 && (e->waiting < l->waiting_mb << 20 || now_us < *before))
		return 0;
	return atomic_compare_exchange_strong(
	    &e->look_at, before, now_us + LOOK_CLAIM_S * USEC_SEC);
}

/* Messages that other threads put in the meantime are counted twice. Otherwise some would not be
 * counted. */
static void
look(struct request *r, struct quota_entry *e, int64_t before)
{
	const usec_t begun = clock_monotonic_us();
	const int64_t known = e->waiting;
	struct store_quota_waiting w;
	int64_t found;
	struct err err = { 0 };
	struct db *db;
	usec_t now;

	if (request_db(r, &db, &err) < 0 ||
	    store_quota_waiting(db, quota_alias_id(e), quota_source_id(e), &w, &err) < 0) {
		e->look_at = before;	/* who puts the message is told that the database is away */
		return;
	}
	found = quota_source_id(e) == 0 ? w.of_tenant : w.of_source;
	e->waiting += (quota_is_strangers(e) ? w.of_strangers : found) - known;
	now = clock_monotonic_us();
	e->look_at = now + LOOK_EVERY_S * USEC_SEC + LOOK_SHARE * (now - begun);
}

static int
room_in(struct request *r, struct quota_entry *e, struct err *err)
{
	const struct limits l = limits_of(r->thread->conf, e);
	int64_t before;

	if (l.waiting_mb == 0)
		return 0;
	if (look_begin(e, &l, clock_monotonic_us(), &before))
		look(r, e, before);
	if (e->waiting < l.waiting_mb
		<< 20) /* so one that is larger than the limit has its turn, too */
		return 0;
	return refuse(e, STORE_QUOTA_WAITING, RETRY_WAITING_S, err, "MiB waiting to be processed",
	    l.waiting_mb, l.waiting_name);
}

int
quota_room(struct request *r, struct err *err)
{
	int rc;

	if (r->seat.sender == NULL)
		return 0;
	rc = room_in(r, r->seat.sender, err);
	return rc < 0 || r->seat.tenant == NULL ? rc : room_in(r, r->seat.tenant, err);
}

void
quota_put(struct request *r, size_t bytes)
{
	if (r->seat.tenant != NULL && r->seat.tenant->look_at != 0) /* else nobody asks for it */
		r->seat.tenant->waiting += (int64_t)bytes;
	if (r->seat.sender != NULL && r->seat.sender->look_at != 0)
		r->seat.sender->waiting += (int64_t)bytes;
}
