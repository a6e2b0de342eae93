#include "config.h"

#include "process/connector/shop_sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crash.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "store/db_transact.h"

enum { CHUNK = 1000, FIRST_CAP = 4096, DAY_S = 86400 };

/* ------------------------------------------------------------------ what is listed */

/* Room for one more, in the sweep's arena. */
static void *
grown(struct arena *a, void *list, size_t n, size_t *cap, size_t bytes)
{
	void *longer;

	if (n < *cap)
		return list;
	*cap = *cap == 0 ? FIRST_CAP : *cap * 2;
	longer = arena_alloc_array(a, *cap, bytes);
	if (n > 0)
		memcpy(longer, list, n * bytes);
	return longer;
}

static void
add_listed(struct shop_sweep *w, struct json_object *records)
{
	for (size_t i = 0; i < json_count(records); i++) {
		w->listed = grown(&w->arena, w->listed, w->nlisted, &w->cap, sizeof *w->listed);
		w->listed[w->nlisted++] =
		    json_int(json_object_array_get_idx(records, i), "id", NULL);
	}
}

static int
by_number(const void *x, const void *y)
{
	const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static int
list_ids(struct shop_run *s, struct shop_sweep *w, struct err *err)
{
	struct shop_page page = { .from = USEC_NONE, .until = s->now };
	int rc = 0;

	while (rc == 0 && !page.is_last) {
		page.is_last = 1;
		page.last_id = page.after_id;
		if ((rc = w->ids(w->arg, &page, err)) == 0) {
			add_listed(w, page.records);
			if (page.last_id <= page.after_id)
				page.is_last = 1;
			page.after_id = page.last_id;
		}
		json_object_put(page.records);
		page.records = NULL;
		arena_reset(&page.arena);
		run_progress(s->run, arena_printf(&page.arena, "ids of %s", w->resource),
		    (int64_t)w->nlisted, 0);
	}
	arena_done(&page.arena);
	if (w->nlisted > 0)
		qsort(w->listed, w->nlisted, sizeof *w->listed, by_number);
	return rc;
}

/* ------------------------------------------------------------------ what is stored */

/* The shop's id in an identifier, "7" or, of a good, "7-3"; 0 = it is none of the shop's. */
static int64_t
id_of(const char *identifier)
{
	const size_t n = strspn(identifier, "0123456789");
	char digits[20];
	int64_t id;
	const int ends = identifier[n] == '\0' || identifier[n] == '-';

	if (n == 0 || n >= sizeof digits || !ends)
		return 0;
	memcpy(digits, identifier, n);
	digits[n] = '\0';
	return text_int64(digits, &id) < 0 ? 0 : id;
}

static void
compare(struct shop_sweep *w, const char *identifier)
{
	const int64_t id = id_of(identifier);

	if (id == 0)
		return;
	w->nstored++;
	if (w->nlisted > 0 &&
	    bsearch(&id, w->listed, w->nlisted, sizeof id, by_number) != NULL)
		return;
	w->missing = grown(
	    &w->arena, w->missing, w->nmissing, &w->missing_cap, sizeof *w->missing);
	w->missing[w->nmissing++] = arena_strdup(&w->arena, identifier);
}

static int
find_missing(struct shop_run *s, struct shop_sweep *w, struct err *err)
{
	struct arena a = { 0 };
	const char *after = "";
	size_t n = CHUNK;
	int rc = 0;

	while (n == CHUNK && rc == 0) {
		struct rows r;

		rc = db_query(s->run->db, w->stored,
		    DB_ARGS(v_int(s->connection.common->source_id.value), v_time(w->begun),
			v_text(after), v_int(CHUNK)),
		    &a, &r, err);
		n = rc < 0 ? 0 : r.n;
		for (size_t i = 0; i < n; i++)
			compare(w, rows_text(&r, i, C_sweep_identifier));
		if (n > 0)
			after = arena_strdup(&w->arena, rows_text(&r, n - 1, C_sweep_identifier));
		arena_reset(&a);
	}
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ the sweep */

static int
is_believed(struct shop_run *s, const struct shop_sweep *w)
{
	if (w->nlisted == 0 && w->nstored > 0)
		run_warn(s->run, "The shop lists no %s at all, though %zu are stored: nothing is "
		    "marked as deleted.", w->resource, w->nstored);
	else if (w->nmissing > SHOP_SWEEP_FEW &&
	    w->nmissing * 100 > w->nstored * SHOP_SWEEP_PERCENT)
		run_warn(s->run, "The shop lists %zu %s, and %zu of %zu that are stored are not "
		    "among them, more than %d %%: nothing is marked as deleted. Is the list "
		    "whole, and SourceId the shop's alone?", w->nlisted, w->resource, w->nmissing,
		    w->nstored, SHOP_SWEEP_PERCENT);
	else
		return 1;
	return 0;
}

static int
mark(struct shop_run *s, struct shop_sweep *w, struct err *err)
{
	struct feed_record *records = arena_new(&w->arena, struct feed_record, CHUNK);
	int rc = 0;

	for (size_t i = 0; i < w->nmissing && rc == 0; i += CHUNK) {
		const size_t n = w->nmissing - i < CHUNK ? w->nmissing - i : CHUNK;

		for (size_t k = 0; k < n; k++) {
			struct json_object *o = json_object_new_object();

			json_object_object_add(
			    o, "id", json_object_new_string(w->missing[i + k]));
			records[k] = (struct feed_record){ .map = w->map, .payload = o,
				.entity = w->entity, .about = USEC_NONE };
		}
		rc = shop_run_write(s, records, n, NULL, err);
		for (size_t k = 0; k < n; k++)
			json_object_put(records[k].payload);
		crash_point("shop-sweep");
	}
	if (rc == 0 && w->nmissing > 0)
		run_log(s->run, "%s: %zu that the shop no longer lists are marked as deleted.",
		    w->resource, w->nmissing);
	return rc;
}

static int
sweep(struct shop_run *s, struct shop_sweep *w, struct store_cursor *at, struct err *err)
{
	int rc;

	if ((rc = db_now(s->run->db, &w->begun, err)) < 0 || (rc = list_ids(s, w, err)) < 0 ||
	    (rc = find_missing(s, w, err)) < 0)
		return rc;
	if (!is_believed(s, w))
		return 0;
	if ((rc = mark(s, w, err)) < 0)
		return rc;
	at->swept_at = s->now;
	return shop_run_note(s, at, err);
}

int
shop_sweep(struct shop_run *s, struct shop_sweep *w, struct err *err)
{
	struct store_cursor at = { .connection = s->connection.name, .resource = w->resource,
		.scope = "" };
	int rc = store_cursor_get(s->run->db, &at, err);

	if (rc < 0)
		return rc;
	if (at.swept_at != USEC_NONE &&
	    s->now - at.swept_at < w->days * DAY_S * USEC_SEC)
		return 0;
	rc = sweep(s, w, &at, err);
	arena_done(&w->arena);
	return rc;
}
