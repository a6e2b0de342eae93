#include "config.h"

#include "fcgi/api/ctl_reference.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
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
	    .doc = "The entity of the data model whose rows are listed." },
	{ .name = "After",
	    PARAM_FIELD(struct list_args, after),
	    .in = PARAM_QUERY,
	    .max_length = KEY_MAX,
	    .doc = "Only rows whose Id is behind this one: Next of the page before." },
	{ .name = "Limit",
	    PARAM_FIELD(struct list_args, limit),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = PAGE_MAX,
	    .def = "500",
	    .doc = "How many at most." },
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

static void
add_row(struct buf *b, const struct rows *rows, size_t i)
{
	buf_adds(b, b->data[b->len - 1] == '}' ? ",\n{\"Id\":" : "\n{\"Id\":");
	buf_add_json(b, key_text(b->arena, rows_at(rows, i, ENTITY_REFERENCE_KEY)));
	reply_add_text(b, "Label",
	    rows_null(rows, i, ENTITY_REFERENCE_LABEL) ?
		NULL :
		rows_text(rows, i, ENTITY_REFERENCE_LABEL));
	buf_addc(b, '}');
}

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
	struct limit allowed = { 0 };
	struct rows rows;
	struct db *db;
	int rc;

	if ((rc = after_check(r, e, in->after.value, err)) < 0 ||
	    (rc = allowed_read(r, e, &allowed, err)) < 0 || (rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = entity_reference_list(db, e, in->after.value, (int)most + 1, &r->arena, &rows,
		 err)) < 0)
		return rc;
	buf_addf(&reply->body, "{\"Entity\":\"%s\",\"Key\":\"%s\",\"Rows\":[", e->name, e->key);
	for (size_t i = 0; i < rows.n && i < most; i++)
		if (!allowed.is_set ||
		    limit_allows(&allowed, rows_int(&rows, i, ENTITY_REFERENCE_KEY)))
			add_row(&reply->body, &rows, i);
	buf_addc(&reply->body, ']');
	reply_add_text(&reply->body, "Next",
	    rows.n > most ? key_text(&r->arena, rows_at(&rows, most - 1, ENTITY_REFERENCE_KEY)) :
			    NULL);
	buf_adds(&reply->body, "}\n");
	return 0;
}

/* ------------------------------------------------------------------ the table */

static const struct field row_rows[] = {
	FIELD(TEXT, "Id", "The key, as text.", .sample = "2"),
	FIELD(TEXT, "Label", "What it means.", .nullable = 1, .sample = "Female"),
	FIELD_END,
};

static const struct field list_reply[] = {
	FIELD(TEXT, "Entity", "The entity.", .sample = "Gender"),
	FIELD(TEXT, "Key", "The column that holds its ids.", .sample = "GenderId"),
	FIELD(OBJECT, "Rows", "By Id; rows that are marked as deleted are left out.", .list = 1,
	    .rows = row_rows),
	FIELD(TEXT, "Next", "After of the next page; null on the last one.", .nullable = 1,
	    .sample = "null"),
	FIELD_END,
};

const struct action ctl_reference_actions[] = {
	{ .controller = "ReferenceData",
	    .about = "What the ids of reference data mean: genders, countries, states, brands.",
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
		"Lists the ids and labels of a reference entity, in pages. Of zones and brands a "
		"user sees those that are allowed to it.",
	    .reply_doc = "200 with Rows.",
	    .status = 200,
	    .reply = list_reply,
	    ACTION_ERRORS(ERR_NONE) },
	{ .name = NULL },
};
