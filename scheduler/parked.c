#include "config.h"

#include "scheduler/parked.h"

#include <stddef.h>

enum { PAUSE_FIRST_MS = 1000, PAUSE_MAX_MS = 60000 };

static struct parked_place *
find(struct parked *p, int64_t tenant_id)
{
	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		if (p->places[i].tenant_id == tenant_id)
			return &p->places[i];
	return NULL;
}

/* The tenant's place, or a place that is no longer needed. NULL: all places are in use. */
static struct parked_place *
take(struct parked *p, int64_t tenant_id)
{
	struct parked_place *place = find(p, tenant_id);

	for (size_t i = 0; place == NULL && i < QUEUE_SKIP_MAX; i++)
		if (p->places[i].tenant_id == 0 || p->places[i].until <= clock_monotonic_us()) {
			place = &p->places[i];
			*place = (struct parked_place){ .tenant_id = tenant_id };
		}
	return place;
}

int
parked_put(struct parked *p, int64_t tenant_id, long ms)
{
	struct parked_place *place = take(p, tenant_id);

	if (place == NULL)
		return 0;
	place->until = clock_monotonic_us() + ms * INT64_C(1000);
	return 1;
}

void
parked_wake(struct parked *p)
{
	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		if (p->places[i].pause_ms == 0)
			p->places[i] = (struct parked_place){ 0 };
}

void
parked_put_unreachable(struct parked *p, int64_t tenant_id)
{
	struct parked_place *place = take(p, tenant_id);

	if (place == NULL)
		return;
	place->pause_ms = place->pause_ms == 0 ? PAUSE_FIRST_MS : place->pause_ms * 2;
	if (place->pause_ms > PAUSE_MAX_MS)
		place->pause_ms = PAUSE_MAX_MS;
	place->until = clock_monotonic_us() + place->pause_ms * INT64_C(1000);
}

void
parked_end(struct parked *p, int64_t tenant_id)
{
	struct parked_place *place = find(p, tenant_id);

	if (place != NULL)
		*place = (struct parked_place){ 0 };
}

void
parked_list(const struct parked *p, int64_t skip[QUEUE_SKIP_MAX])
{
	const usec_t now = clock_monotonic_us();

	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		skip[i] = p->places[i].until > now ? p->places[i].tenant_id : 0;
}
