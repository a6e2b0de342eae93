#include "config.h"

#include "fcgi/quota.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fcgi/access/auth.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "store/db.h"

enum { PROBES_MAX = 64, RETRY_SOON_S = 1, RETRY_WAITING_S = 30, WRITE_EVERY_S = 1,
	WRITE_AGAIN_S = 10, WRITE_MAX = 256, LOOK_EVERY_S = 1, LOOK_SHARE = 10, LOOK_CLAIM_S = 60 };

/* Of a tenant as a whole; a Source's is its number, 0 = requests that name none; and what came to
 * an open Source without credentials has that number and STRANGERS. */
enum { WHOLE_TENANT = -1, STRANGERS = 1 << 16 };

enum { NOT_OWN = -1 };

/* What one tenant, or one sender of it, uses. */
struct quota_entry {
	_Atomic int64_t key;			/* key_of(); 0 = free */
	_Atomic int named;			/* what follows is set */
	char customer[STORE_ACCESS_NAME_MAX + 1], alias[STORE_ACCESS_NAME_MAX + 1];
	_Atomic int64_t full_at;		/* of its bucket */
	_Atomic int64_t seen_at;		/* microseconds */
	_Atomic int64_t over_since,
	    over_at; /* wanted more than half of the threads, from then, last */
	_Atomic int64_t waiting;		/* bytes */
	_Atomic int64_t look_at; /* when the database may be asked again; 0 = it never was */
	_Atomic int own_in_flight, own_per_second,
	    own_waiting_mb; /* NOT_OWN: as the settings say */
	_Atomic int64_t own_round;		/* the reading that found them */
	_Atomic uint64_t refused[STORE_QUOTAS];
	_Atomic uint32_t unwritten[STORE_QUOTAS];
	_Atomic int32_t in_flight[QUOTA_WORKERS];
};

struct quota_table {
	struct quota_entry entries[QUOTA_SENDERS];
	_Atomic int32_t busy[QUOTA_WORKERS];	/* threads */
	_Atomic int unwritten, is_full;
	_Atomic int64_t write_at;
	_Atomic int64_t own_at,
	    own_round; /* when own quotas are read again; the last whole reading */
};

static struct quota_table *table;	/* NULL: nothing is counted */
static int mine;			/* this worker's slot */
static long pool_threads;

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

/* ------------------------------------------------------------------ master and workers */

int
quota_create(void)
{
	void *p = mmap(
	    NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	table = p == MAP_FAILED ? NULL : p;
	return table == NULL ? -1 : 0;
}

void
quota_be_worker(int slot, long threads)
{
	mine = slot;
	pool_threads = threads;
}

void
quota_worker_died(int slot)
{
	if (table == NULL)
		return;
	table->busy[slot] = 0;
	for (size_t i = 0; i < QUOTA_SENDERS; i++)
		if (table->entries[i].key != 0)
			table->entries[i].in_flight[slot] = 0;
}

void
quota_thread_busy(int change)
{
	if (table != NULL)
		table->busy[mine] += change;
}

static int64_t
sum_of(_Atomic int32_t counts[QUOTA_WORKERS])
{
	int64_t sum = 0;

	for (size_t i = 0; i < QUOTA_WORKERS; i++)
		sum += counts[i];
	return sum;
}

/* ------------------------------------------------------------------ entries */

static int64_t
key_of(int64_t alias_id, int source)
{
	return alias_id * (1 << 17) + source + 2;
}

static int
source_of(const struct quota_entry *e)
{
	return (int)(e->key % (1 << 17)) - 2;
}

static int
is_strangers(const struct quota_entry *e)
{
	return source_of(e) >= STRANGERS;
}

/* 0 = none. */
static int16_t
source_id_of(const struct quota_entry *e)
{
	return source_of(e) == WHOLE_TENANT ? 0 : (int16_t)(source_of(e) & INT16_MAX);
}

static int64_t
alias_of(const struct quota_entry *e)
{
	return e->key / (1 << 17);
}

/* Whoever finds it without: who took it may have died. Several write the same. */
static struct quota_entry *
entry_named(struct quota_entry *e, const struct quota_who *who)
{
	if (!e->named) {
		snprintf(e->customer, sizeof e->customer, "%s", who->customer);
		snprintf(e->alias, sizeof e->alias, "%s", who->alias);
		e->named = 1;
	}
	return e;
}

static void
tell_full(void)
{
	if (atomic_exchange(&table->is_full, 1) == 0)
		log_event(LOG_LEVEL_WARNING, "quota", "detail",
		    "there are more senders than can be counted; further ones have no quotas",
		    NULL);
}

/* The entry, made when there is none; NULL when there is no room. */
static struct quota_entry *
entry_of(const struct quota_who *who, int source)
{
	const int64_t key = key_of(who->alias_id, source);
	const uint64_t hash = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 40;

	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct quota_entry *e = &table->entries[(hash + i) % QUOTA_SENDERS];
		int64_t is = 0;

		if (e->key == key || atomic_compare_exchange_strong(&e->key, &is, key) || is == key)
			return entry_named(e, who);
	}
	tell_full();
	return NULL;
}

/* ------------------------------------------------------------------ refusing */

static int
refuse(struct quota_entry *e, enum store_quota quota, int after_s, struct err *err,
    const char *what, long limit, const char *setting)
{
	const char *who = "This Source";

	if (source_of(e) == WHOLE_TENANT)
		who = "This tenant";
	else if (source_of(e) == 0)
		who = "This sender";
	else if (is_strangers(e))
		who = "What comes to this Source without credentials";
	e->refused[quota]++;
	e->unwritten[quota]++;
	table->unwritten = 1;
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
	if (source_of(e) == WHOLE_TENANT)
		return (struct limits){ conf->quota_tenant_in_flight, conf->quota_tenant_per_second,
			conf->quota_tenant_waiting_mb, "quota_tenant_in_flight",
			"quota_tenant_per_second", "quota_tenant_waiting_mb" };
	if (source_of(e) == 0)
		return (struct limits){ .in_flight = 0 };
	return (struct limits){ conf->quota_source_in_flight, conf->quota_source_per_second,
		conf->quota_source_waiting_mb, "quota_source_in_flight", "quota_source_per_second",
		"quota_source_waiting_mb" };
}

static struct limits
limits_of(const struct conf *conf, const struct quota_entry *e)
{
	struct limits l = limits_set(conf, e);

	if (e->own_round == 0 || e->own_round < table->own_round)
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

	own_set(entry_of(&who, source == 0 ? WHOLE_TENANT : source), r, row, round);
	if (source != 0)
		own_set(entry_of(&who, source + STRANGERS), r, row, round);
}

void
quota_read_own(struct request *r)
{
	const int64_t now = clock_monotonic_us();
	struct err err = { 0 };
	struct rows own;
	struct db *db;
	int64_t due, round;

	if (table == NULL || now < (due = table->own_at) ||
	    !atomic_compare_exchange_strong(
		&table->own_at, &due, now + STORE_ACCESS_KEEP_S * USEC_SEC))
		return;
	if (request_db(r, &db, &err) < 0 || store_quota_own(db, &r->arena, 0, &own, &err) < 0)
		return;
	round = table->own_round + 1;
	for (size_t i = 0; i < own.n; i++)
		own_take(&own, i, round);
	table->own_round = round;	/* what it did not find is no more */
}

/* ------------------------------------------------------------------ threads of the pool */

/* 1 when another sender was there not long ago. */
static int
others_there(const struct quota_entry *sender, int64_t now_us)
{
	const int64_t since = now_us - QUOTA_OTHERS_S * USEC_SEC;

	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &table->entries[i];

		if (e != sender && e->key != 0 && e->seen_at != 0 && e->seen_at >= since)
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

/* The sender has its seat already. */
static int
share_check(struct quota_entry *sender, int64_t now_us, struct err *err)
{
	const int64_t half = (pool_threads + 1) / 2;

	if (pool_threads < 2 || sum_of(sender->in_flight) <= half ||
	    pool_threads - sum_of(table->busy) > pool_threads / 4)
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
		(*e)->in_flight[mine]--;
	*e = NULL;
}

static int
in_flight_check(struct quota_entry *e, const struct conf *conf, struct err *err)
{
	const struct limits l = limits_of(conf, e);

	if (l.in_flight == 0 || sum_of(e->in_flight) <= l.in_flight)
		return 0;
	return refuse(e, STORE_QUOTA_IN_FLIGHT, RETRY_SOON_S, err, "requests in flight",
	    l.in_flight, l.in_flight_name);
}

/* Takes one from the bucket; *took what was taken, in nanoseconds. */
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
	if (table == NULL)
		return 0;
	if ((seat->sender = entry_of(who, who->source_id + (who->is_stranger ? STRANGERS : 0))) ==
	    NULL)
		return 0;
	seat->sender->seen_at = now_us;
	seat->sender->in_flight[mine]++;
	if (!who->is_stranger && (seat->tenant = entry_of(who, WHOLE_TENANT)) != NULL)
		seat->tenant->in_flight[mine]++;
	if ((rc = seat_check(seat, conf, now_us, err)) < 0)
		quota_leave(seat);
	return rc;
}

int
quota_enter_source(struct request *r, int16_t source_id, struct err *err)
{
	const struct conf *conf = r->thread->conf;
	const int64_t now_us = clock_monotonic_us();
	struct quota_entry *e;
	int rc;

	if (r->seat.sender == NULL || (e = entry_of(&(struct quota_who){
	    .alias_id = r->access->alias->alias_id, .customer = r->access->alias->customer,
	    .alias = r->access->alias->alias }, source_id)) == NULL)
		return 0;
	e->seen_at = now_us;
	e->in_flight[mine]++;
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

/* What other threads have put in the meantime is counted twice rather than not at all. */
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
	    store_quota_waiting(db, alias_of(e), source_id_of(e), &w, &err) < 0) {
		e->look_at = before;	/* who puts the message is told that the database is away */
		return;
	}
	found = source_id_of(e) == 0 ? w.of_tenant : w.of_source;
	e->waiting += (is_strangers(e) ? w.of_strangers : found) - known;
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

/* ------------------------------------------------------------------ to be seen */

/* A label's value in Prometheus' text format. */
static void
label(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		if ((unsigned char)*value >= ' ')
			buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

static void
sample(struct buf *b, const char *metric, const struct quota_entry *e, const char *quota,
    int64_t value)
{
	buf_addf(b, "%s{", metric);
	label(b, "customer", e->customer);
	buf_addc(b, ',');
	label(b, "alias", e->alias);
	if (source_of(e) == WHOLE_TENANT)
		buf_adds(b, ",source=\"all\"");
	else
		buf_addf(b, ",source=\"%d%s\"", source_id_of(e), is_strangers(e) ? " open" : "");
	if (quota != NULL) {
		buf_addc(b, ',');
		label(b, "quota", quota);
	}
	buf_addf(b, "} %" PRId64 "\n", value);
}

static void
metric_in_flight(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_in_flight Requests in flight in this pool, by sender.\n"
	    "# TYPE customerapi_quota_in_flight gauge\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &table->entries[i];
		const int64_t n = e->named ? sum_of(e->in_flight) : 0;

		if (n > 0)
			sample(b, "customerapi_quota_in_flight", e, NULL, n);
	}
}

static void
metric_waiting(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_waiting_bytes Bytes waiting to be processed, at most; "
	    "counted up until the database is asked.\n"
	    "# TYPE customerapi_quota_waiting_bytes gauge\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &table->entries[i];

		if (e->named && e->waiting > 0)
			sample(b, "customerapi_quota_waiting_bytes", e, NULL, e->waiting);
	}
}

static void
metric_refused(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_refused_total Requests that this pool refused since it "
	    "began.\n# TYPE customerapi_quota_refused_total counter\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &table->entries[i];

		for (int q = 1; q < STORE_QUOTAS; q++)
			if (e->named && e->refused[q] > 0)
				sample(b, "customerapi_quota_refused_total", e, store_quota_name(q),
				    (int64_t)e->refused[q]);
	}
}

void
quota_metrics(struct buf *b)
{
	if (table == NULL)
		return;
	metric_in_flight(b);
	metric_waiting(b);
	metric_refused(b);
}

int
quota_unwritten(void)
{
	return table != NULL && table->unwritten;
}

/* Taken out of an entry, to be put back when it cannot be written. */
struct taken {
	struct quota_entry *e;
	enum store_quota quota;
	uint32_t n;
};

static size_t
take_some(struct taken some[WRITE_MAX])
{
	size_t n = 0;

	table->unwritten = 0;
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &table->entries[i];

		for (int q = 1; q < STORE_QUOTAS; q++) {
			if (e->unwritten[q] == 0)
				continue;
			if (n == WRITE_MAX) {
				table->unwritten = 1;
				return n;
			}
			some[n++] = (struct taken){ e, (enum store_quota)q,
				atomic_exchange(&e->unwritten[q], 0) };
		}
	}
	return n;
}

struct some {
	const struct taken *list;
	size_t n;
};

static int
write_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct some *some = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	(void)a;
	for (size_t i = 0; i < some->n && rc == 0; i++) {
		const struct quota_entry *e = some->list[i].e;

		rc = store_quota_add(db, alias_of(e), source_id_of(e), some->list[i].quota,
		    some->list[i].n, now, err);
	}
	return rc;
}

static int
write_some(struct request_thread *thread, const struct taken *list, size_t n, struct err *err)
{
	struct request r = { .thread = thread };
	struct some some = { .list = list, .n = n };
	struct db *db;
	int rc = request_db(&r, &db, err);

	return rc < 0 ? rc : db_transact(db, write_work, &some, err);
}

void
quota_write(struct request_thread *thread)
{
	const int64_t now = clock_monotonic_us();
	struct taken some[WRITE_MAX];
	struct err err = { 0 };
	int64_t due;
	size_t n;

	if (!quota_unwritten() || now < (due = table->write_at) ||
	    !atomic_compare_exchange_strong(&table->write_at, &due, now + WRITE_EVERY_S * USEC_SEC))
		return;
	n = take_some(some);
	if (write_some(thread, some, n, &err) == 0 || err.code == ERR_DB_UNCERTAIN)
		return;
	for (size_t i = 0; i < n; i++)
		some[i].e->unwritten[some[i].quota] += some[i].n;
	table->unwritten = 1;
	table->write_at = now + WRITE_AGAIN_S * USEC_SEC;
	log_event(LOG_LEVEL_WARNING, "quota", "detail", err.detail, "inside", err.inside, NULL);
}
