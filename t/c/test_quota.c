/* TAP: the bucket's arithmetic with made-up instants; seats of workers that live and die; the share
 * of a pool. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/quota.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "t/c/tap.h"

#define SEC INT64_C(1000000000)

/* How many of n, one at each step of time, are given. */
static int
given(int64_t *full_at, int64_t now, int n, int64_t step, long per_second, long burst_s)
{
	int64_t wait;
	int got = 0;

	for (int i = 0; i < n; i++, now += step) {
		*full_at = quota_bucket_take(*full_at, now, per_second, burst_s, &wait);
		got += wait == 0;
	}
	return got;
}

static void
test_bucket(void)
{
	const int64_t at = 77 * SEC;
	int64_t full = 0, wait, before;

	ok(given(&full, at, 100, 0, 5, 4) == 20, "a full bucket gives what it holds, at once", "");
	before = full;
	full = quota_bucket_take(full, at, 5, 4, &wait);
	ok(wait == SEC / 5 && full == before,
	    "then it says how long until the next, and takes nothing", "");
	ok(given(&full, at + SEC / 5 - 1, 3, 0, 5, 4) == 0, "a nanosecond before there is none",
	    "");
	ok(given(&full, at + SEC / 5, 3, 0, 5, 4) == 1, "then there is one", "");
	ok(given(&full, at + SEC / 5, 100, SEC / 10, 5, 4) == 49,
	    "who asks twice as fast gets half", "");
	ok(given(&full, at + 1000 * SEC, 100, 0, 5, 4) == 20,
	    "after a long time it is full, and no fuller", "");
	full = 0;
	ok(given(&full, at, 10, SEC / 5, 5, 1) == 10, "who asks as fast as it may gets all", "");
	full = 0;
	ok(given(&full, at, 5, 0, 1, 1) == 1, "the smallest bucket holds one", "");
	full = 0;
	ok(given(&full, at, 100001, 0, 100000, 1) == 100000, "the largest rate", "");
	full = at + 3 * SEC;
	ok(given(&full, at, 5, 0, 1, 4) == 1, "three of four are gone", "");
	full = 0;
	ok(given(&full, 5, 3, 0, 2, 1) == 2, "just after the machine started", "");
	full = 0;
	given(&full, at, 20, 0, 5, 4);
	ok(given(&full, at - 10 * SEC, 3, 0, 5, 4) == 0,
	    "an earlier instant, of another processor, gives nothing more", "");
}

static const struct quota_who one = {
	.alias_id = 1, .source_id = 1, .customer = "C\"1", .alias = "A1"
};
static const struct quota_who two = {
	.alias_id = 1, .source_id = 2, .customer = "C\"1", .alias = "A1"
};
static const struct quota_who other = {
	.alias_id = 2, .source_id = 1, .customer = "C2", .alias = "A2"
};

static int
enter(struct quota_seat *seat, const struct conf *conf, const struct quota_who *who, int64_t s,
    struct err *err)
{
	*err = (struct err){ 0 };
	return quota_enter(seat, conf, who, s * USEC_SEC, err);
}

static void
test_in_flight(void)
{
	const struct conf conf = {
		.quota_source_in_flight = 2, .quota_tenant_in_flight = 3, .quota_burst_s = 1
	};
	struct quota_seat a, b, c, d, e;
	struct err err;

	quota_be_worker(0, 100);
	ok(enter(&a, &conf, &one, 1, &err) == 0, "a seat", "");
	quota_be_worker(1, 100);
	ok(enter(&b, &conf, &one, 1, &err) == 0, "another one, in another worker", "");
	ok(enter(&c, &conf, &one, 1, &err) == ERR_QUOTA && err.retry_after_s == 1, "no third one",
	    "");
	ok(strcmp(err.detail,
	       "This Source has used up its quota of 2 requests in flight "
	       "(quota_source_in_flight); try again in 1 s.") == 0,
	    "the quota is named:", err.detail);
	ok(enter(&c, &conf, &two, 1, &err) == 0, "another Source has its own", "");
	ok(enter(&d, &conf, &two, 1, &err) == ERR_QUOTA &&
		strstr(err.detail, "quota_tenant_in_flight") != NULL,
	    "but the tenant's is used up:", err.detail);
	ok(enter(&e, &conf, &other, 1, &err) == 0, "another tenant's is not", "");
	quota_leave(&e);
	quota_leave(&b);
	ok(enter(&b, &conf, &one, 1, &err) == 0, "what is given back can be had", "");
	quota_worker_died(0);
	ok(enter(&d, &conf, &one, 1, &err) == 0, "so can what a worker had that died", "");
	ok(enter(&e, &conf, &one, 1, &err) == ERR_QUOTA, "once", "");
	quota_worker_died(1);
}

static void
test_rate(void)
{
	const struct conf conf = {
		.quota_source_per_second = 4, .quota_tenant_per_second = 3, .quota_burst_s = 1
	};
	struct quota_seat s;
	struct err err;
	int n = 0;

	for (int i = 0; i < 3; i++) {
		n += enter(&s, &conf, &one, 100, &err) == 0;
		quota_leave(&s);
	}
	ok(n == 3, "three a second", "");
	ok(enter(&s, &conf, &one, 100, &err) == ERR_QUOTA &&
		strstr(err.detail, "quota_tenant_per_second") != NULL,
	    "the tenant has no fourth:", err.detail);
	quota_leave(&s);	/* of one that was refused: nothing */
	for (int i = 0; i < 50; i++)
		enter(&s, &conf, &one, 100, &err);
	ok(strstr(err.detail, "quota_tenant_per_second") != NULL,
	    "what the tenant refused is not taken from the Source", err.detail);
	ok(enter(&s, &conf, &other, 100, &err) == 0, "another tenant has its own", "");
	quota_leave(&s);
	ok(enter(&s, &conf, &one, 102, &err) == 0, "later there are some again", "");
	quota_leave(&s);
}

static void
test_share(void)
{
	const struct conf conf = { .quota_burst_s = 1 };
	struct quota_seat s[10], o;
	struct err err;
	int n;

	quota_be_worker(2, 8);
	for (n = 0; n < 8; n++) {	/* alone, an hour after all others */
		quota_thread_busy(1);
		if (enter(&s[n], &conf, &one, 3600, &err) < 0)
			break;
	}
	ok(n == 8, "who is alone may have all threads", "");
	for (n = 7; n >= 4; n--)
		quota_leave(&s[n]);
	ok(enter(&o, &conf, &other, 3601, &err) == 0, "another sender comes", "");
	ok(enter(&s[4], &conf, &one, 3601, &err) == 0, "a burst does no harm", "");
	quota_leave(&s[4]);
	ok(enter(&s[4], &conf, &one, 3600 + QUOTA_SPELL_S, &err) == ERR_QUOTA &&
		err.retry_after_s == 1,
	    "later who has half of the threads gets no more:", err.detail);
	ok(enter(&s[5], &conf, &other, 3604, &err) == 0, "who has not does", "");
	quota_thread_busy(-3);
	ok(enter(&s[4], &conf, &one, 3604, &err) == 0, "nobody waits while enough threads are idle",
	    "");
	quota_leave(&s[4]);
	quota_thread_busy(3);
	ok(enter(&s[4], &conf, &one, 3605, &err) == ERR_QUOTA, "but then", "");
	quota_leave(&s[3]);
	ok(enter(&s[3], &conf, &one, 3606, &err) == 0, "half it may have", "");
	ok(enter(&s[4], &conf, &one, 3607, &err) == ERR_QUOTA, "and no more", "");
	ok(enter(&s[4], &conf, &one, 3608 + QUOTA_SPELL_S, &err) == 0,
	    "after a while it may have a burst again", "");
	quota_leave(&s[4]);
	for (n = 0; n < 3; n++)
		enter(&s[4], &conf, &one, 3612 + 2 * n, &err);
	ok(err.code == 0, "and more when it is alone again", "");
	quota_worker_died(2);
}

static void
test_metrics(void)
{
	struct arena a = { 0 };
	struct buf b;

	buf_init(&b, &a);
	quota_metrics(&b);
	ok(strstr(b.data,
	       "customerapi_quota_refused_total{customer=\"C\\\"1\",alias=\"A1\",source=\"1\","
	       "quota=\"requests in flight\"} 2\n") != NULL,
	    "refusals are counted, a name is escaped", "");
	ok(strstr(b.data, "customerapi_quota_in_flight{") == NULL, "what dead workers had is gone",
	    "");
	ok(quota_unwritten(), "and are to be written", "");
	arena_done(&a);
}

int
main(void)
{
	struct quota_seat s;
	struct err err;

	test_bucket();
	ok(enter(&s, &(struct conf){ .quota_source_in_flight = 1 }, &one, 1, &err) == 0 &&
		s.sender == NULL,
	    "without the master's memory nothing is counted", "");
	quota_leave(&s);
	ok(quota_create() == 0, "the memory", "");
	test_in_flight();
	test_rate();
	test_share();
	test_metrics();
	return tap_end();
}
