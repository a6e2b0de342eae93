#include "config.h"

#include "fcgi/quota_table.h"

#include <stdio.h>
#include <sys/mman.h>

#include "lib/log.h"

enum { PROBES_MAX = 64 };

struct quota_shared *quota_table;
int quota_slot;
long quota_pool_threads;

/* ------------------------------------------------------------------ master and workers */

int
quota_create(void)
{
	void *p = mmap(
	    NULL, sizeof *quota_table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	quota_table = p == MAP_FAILED ? NULL : p;
	return quota_table == NULL ? -1 : 0;
}

void
quota_be_worker(int slot, long threads)
{
	quota_slot = slot;
	quota_pool_threads = threads;
}

void
quota_worker_died(int slot)
{
	if (quota_table == NULL)
		return;
	quota_table->busy[slot] = 0;
	for (size_t i = 0; i < QUOTA_SENDERS; i++)
		if (quota_table->entries[i].key != 0)
			quota_table->entries[i].in_flight[slot] = 0;
}

void
quota_thread_busy(int change)
{
	if (quota_table != NULL)
		quota_table->busy[quota_slot] += change;
}

/* ------------------------------------------------------------------ entries */

static int64_t
key_of(int64_t alias_id, int source)
{
	return alias_id * (1 << 17) + source + 2;
}

/* Whoever finds the entry unnamed names it, because the one who took it may have died. Several may
 * write the same name. */
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
	if (atomic_exchange(&quota_table->is_full, 1) == 0)
		log_event(LOG_LEVEL_WARNING, "quota", "detail",
		    "there are more senders than can be counted; further ones have no quotas",
		    NULL);
}

struct quota_entry *
quota_entry_of(const struct quota_who *who, int source)
{
	const int64_t key = key_of(who->alias_id, source);
	const uint64_t hash = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 40;

	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct quota_entry *e = &quota_table->entries[(hash + i) % QUOTA_SENDERS];
		int64_t is = 0;

		if (e->key == key || atomic_compare_exchange_strong(&e->key, &is, key) || is == key)
			return entry_named(e, who);
	}
	tell_full();
	return NULL;
}
