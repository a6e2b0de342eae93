#include "config.h"

#include "fcgi/api/ctl_reference.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/api/page.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/tenant_db.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/entity/reference.h"
#include "store/registry/store_access.h"

#define REFERENCE "ReferenceData/"

enum { PAGE_MAX = 1000, KEY_MAX = 36, NAMES_BYTES = 1200 };

struct list_args {
	struct param_text entity, after;
	struct param_int limit;
};

/* Filled from the entity table before main(). */
static char names[NAMES_BYTES];

static const struct param list_params[] = {
	{ .name = "Entity",
	    PARAM_FIELD(struct list_args, entity),
	    .in = PARAM_PATH,
	    .required = 1,
	    .max_length = 64,
	    .choices = names,
	    .sample = "Gender",
	    .doc = "The entity of the data model." },
	{ .name = "After",
	    PARAM_FIELD(struct list_args, after),
	    .in = PARAM_QUERY,
	    .max_length = KEY_MAX,
	    .doc = "Only rows whose Id comes after this one. For the next page, give Next of the "
		   "page before." },
	PAGE_LIMIT(struct list_args, PAGE_MAX, "500"),
	{ .name = NULL },
};

__attribute__((constructor)) static void
make_names(void)
{
	struct arena a = { 0 };
	const char *all = entity_reference_names(&a);
	const size_t n = strlen(all);

	if (n < sizeof names)
		memcpy(names, all, n + 1);
	arena_done(&a);
}

const char *
ctl_reference_path(struct arena *a, const char *name)
{
	const struct entity *e = entity_reference_of(name);

	return e == NULL ? NULL : arena_printf(a, REFERENCE "%s", e->name);
}

/* ------------------------------------------------------------------ what a user may see */

/* The zones or brands that the credential is limited to; other entities are open to all. */
static int
allowed_read(struct request *r, const struct entity *e, struct limit *out, struct err *err)
{
	const int is_zone = strcmp(e->name, "Zone") == 0, is_brand = strcmp(e->name, "Brand") == 0;
	struct limits limits;
	int rc;

	*out = (struct limit){ 0 };
	if (!is_zone && !is_brand)
		return 0;
	if ((rc = auth_limits(r, NULL, &limits, err)) == 0)
		*out = is_zone ? limits.zones : limits.brands;
	return rc;
}

/* ------------------------------------------------------------------ list */

/* A number of the key's own type as text, or a code as it is. */
static const char *
key_text(struct arena *a, const struct val *key)
{
	return key->kind == VAL_INT ? arena_printf(a, "%lld", (long long)key->i) : key->s;
}

struct reference_list {
	const char *entity, *key, *next;
	struct rows rows;
};

static const struct field row_rows[] = {
	FIELD(TEXT, "Id", "The key, as text.", FROM_CELL(ENTITY_REFERENCE_KEY), .sample = "2"),
	FIELD(TEXT, "Label", "What it means.", FROM_CELL(ENTITY_REFERENCE_LABEL), .nullable = 1,
	    .sample = "Female"),
	FIELD_END,
};

static const struct field list_reply[] = {
	FIELD(TEXT, "Entity", "The entity.", FROM(struct reference_list, entity),
	    .sample = "Gender"),
	FIELD(TEXT, "Key", "The column that holds its ids.", FROM(struct reference_list, key),
	    .sample = "GenderId"),
	FIELD(OBJECT, "Rows", "By Id; rows that are marked as deleted are left out.",
	    FROM_ROWS(struct reference_list, rows), .rows = row_rows, .lines = 1),
	FIELD(TEXT, "Next", "After of the next page; null on the last one.",
	    FROM(struct reference_list, next), .nullable = 1, .sample = "null"),
	FIELD_END,
};

static int
after_check(struct request *r, const struct entity *e, const char *after, struct err *err)
{
	int64_t number;

	if (after == NULL || e->columns[entity_column_find(e, e->key)].type == ENTITY_CODE ||
	    text_int64(after, &number) == 0)
		return 0;
	return err_fault(err, &r->arena, "After", "must be a number, as %s is", e->key);
}

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	const struct entity *e = entity_find(in->entity.value);
	const size_t most = (size_t)in->limit.value;
	struct reference_list found = { .entity = e->name, .key = e->key };
	struct limit allowed = { 0 };
	struct rows *rows = &found.rows;
	struct db *db;
	int rc;

	if ((rc = after_check(r, e, in->after.value, err)) < 0 ||
	    (rc = allowed_read(r, e, &allowed, err)) < 0 || (rc = tenant_db_get(r, &db, err)) < 0)
		return rc;
	rc = entity_reference_list(
	    db, e, in->after.value, (int)most + 1, &r->arena, rows, err);
	if (rc < 0)
		return rc;
	if (rows->n > most) {
		found.next = key_text(&r->arena, rows_at(rows, most - 1, ENTITY_REFERENCE_KEY));
		rows->n = most;
	}
	auth_limits_keep(&allowed, rows);
	reply_row(reply, list_reply, &found);
	return 0;
}

/* ------------------------------------------------------------------ the table */

const struct action ctl_reference_actions[] = {
	{ .controller = "ReferenceData",
	    .about = "The meanings of the ids of reference data: genders, countries, states, "
		     "brands.",
	    .name = "List",
	    .methods = REQUEST_GET,
	    .path = REFERENCE "{Entity}",
	    .access = ACCESS_TOKEN,
	    .any_right = 1,
	    .tx = ACTION_TX_NONE,
	    .limits = ACTION_LIMITS_HELD,
	    .area = "help",
	    .params = list_params,
	    .args_bytes = sizeof(struct list_args),
	    .run = list,
	    .doc =
		"Lists the ids and labels of a reference entity in pages. A user sees only the "
		"zones and brands that they may use.",
	    .reply_doc = "200 with Rows.",
	    .status = 200,
	    .reply = list_reply,
	    ACTION_ERRORS(ERR_NONE) },
	{ .name = NULL },
};
