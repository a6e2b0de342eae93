/*
 * Fuzz door: the mapping of a payload to rows, by the handlers of all platforms, down to the
 * statements and their values. The input is a body; when it is JSON, every handler of Shopify and
 * Magento and some of Standard get it, and then again and again with some of its values put in
 * place of others, or hostile ones.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "platform/magento/magento.h"
#include "platform/platform.h"
#include "platform/shopify/shopify.h"
#include "platform/standard/standard.h"
#include "t/c/chance.h"
#include "t/c/mapping.h"
#include "t/fuzz/no_db.h"

enum { NODES_MAX = 4096, ROUNDS = 3, CHANGES = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint32_t chance;

static uint32_t
next(uint32_t below)
{
	return chance_next(&chance) % below;
}

/* ------------------------------------------------------------------ handlers */

/* A handler says what became of it, or why not, in words that can be stored. */
static void
run(const struct platform_row *row, const char *entity, struct json_object *payload,
    const char *body, size_t n)
{
	static char no_connection;
	struct arena a = { 0 };
	struct err err = { 0 };
	struct platform_message m = { .id = 1,
		.tenant_id = 1,
		.platform = row->platform,
		.entity = entity,
		.action = row->action,
		.source_id = 1,
		.zone_id = 1,
		.brand_id = 1,
		.address_type_id = 1,
		.time_zone = "Europe/Paris",
		.takes_test_orders = 1,
		.reach = (enum entity_reach)next(3),
		.is_proven = 1,
		.received_at = 1767225600 * USEC_SEC,
		.headers = json_object_new_object(),
		.body = body,
		.body_bytes = n };
	struct platform_context ctx = { .arena = &a,
		.in = { .arena = &a },
		.message = &m,
		.payload = payload };
	int rc;

	no_db_begin((enum no_db_state)next(NO_DB_STATES));
	rc = mapping_run(
	    (struct db *)(void *)&no_connection, &ctx, row, 1767225600 * USEC_SEC, &err);
	if (rc == 0 || rc > PLATFORM_IGNORED || rc == ERR_INTERNAL)
		abort();
	if (rc < 0 && (err.code != rc || err.detail[0] == '\0'))
		abort();
	if (memchr(ctx.reason, '\0', sizeof ctx.reason) == NULL ||
	    memchr(err.detail, '\0', sizeof err.detail) == NULL)
		abort();
	json_object_put(m.headers);
	arena_done(&a);
}

static void
run_all(struct json_object *payload, const char *body, size_t n)
{
	static const char *const usual[] = { "Contact", "PurchaseGood",
		"PurchaseDetail" }; /* of which the corpus has bodies */
	size_t entities_n = 0;

	for (const struct platform_row *r = platform_shopify_rows; r->platform != NULL; r++)
		run(r, r->entity, payload, body, n);
	for (const struct platform_row *r = platform_magento_rows; r->platform != NULL; r++)
		run(r, r->entity, payload, body, n);
	while (entities[entities_n].name != NULL)
		entities_n++;
	run(&platform_standard_rows[next(3)], usual[next(3)], payload, body, n);
	run(&platform_standard_rows[next(3)], entities[next((uint32_t)entities_n)].name, payload,
	    body, n);
}

/* ------------------------------------------------------------------ another value */

struct place {
	struct json_object *parent;
	const char *name;		/* of a member; NULL in an array */
	size_t at;
};

static size_t
places(struct json_object *o, struct place *out, size_t n)
{
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, value) {
			if (n < NODES_MAX)
				out[n++] = (struct place){ .parent = o, .name = name };
			n = places(value, out, n);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			if (n < NODES_MAX)
				out[n++] = (struct place){ .parent = o, .at = i };
			n = places(json_object_array_get_idx(o, i), out, n);
		}
	}
	return n;
}

static struct json_object *
value_at(const struct place *p)
{
	return p->name != NULL ? json_object_object_get(p->parent, p->name) :
				 json_object_array_get_idx(p->parent, p->at);
}

static struct json_object *
hostile(void)
{
	static const char *const texts[] = { "null", "true", "0", "-1", "32768",
		"9223372036854775807", "-9223372036854775808", "1e308", "0.00005",
		"99999999999999999999.99", "\"\"", "\" \"", "\"x\"", "\"\\ud83d\\ude00\"", "\"-0\"",
		"\"1e3\"", "\"12.3456789\"", "\"9999-12-31T23:59:59Z\"", "\"0000-00-00\"",
		"\"2026-03-29T02:30:00\"", "\"a@b\"", "\"a@xn--a\"", "\"+33 6\"", "[]", "{}",
		"[[]]", "[null]", "{\"id\":null}" };
	static char much[70000];

	if (next(20) == 0) {
		memset(much, 'a', sizeof much);
		return json_object_new_string_len(much, (int)(next(2) ? 300 : sizeof much));
	}
	return json_tokener_parse(texts[next(sizeof texts / sizeof texts[0])]);
}

/* One value gives way to a hostile one, or to a copy of another of the same body. */
static void
change(struct json_object *o)
{
	static struct place all[NODES_MAX];
	size_t n = places(o, all, 0);
	struct json_object *value = NULL;
	const struct place *p;

	if (n == 0)
		return;
	p = &all[next((uint32_t)n)];
	if (next(3) > 0 ||
	    json_object_deep_copy(value_at(&all[next((uint32_t)n)]), &value, NULL) < 0)
		value = hostile();
	if (p->name == NULL)
		json_object_array_put_idx(p->parent, p->at, value);
	else if (next(8) == 0)
		json_object_put(value), json_object_object_del(p->parent, p->name);
	else
		json_object_object_add(p->parent, p->name, value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json_object *o = NULL;
	struct err err = { 0 };
	struct arena a = { 0 };
	char *body;

	if (json_check((const char *)p, n, &err) < 0)
		return 0;
	chance = 2166136261u;
	for (size_t i = 0; i < n; i++)
		chance = (chance ^ p[i]) * 16777619u;
	chance |= 1;
	body = arena_strndup(&a, (const char *)p, n);
	for (int round = 0; round < ROUNDS; round++) {
		if (json_parse(body, n, &o, &err) < 0)
			break;
		for (int i = round > 0 ? CHANGES : 1; i > 0; i--) {
			if (round > 0)
				change(o);
			run_all(o, body, n);
		}
		json_object_put(o);
	}
	arena_done(&a);
	return 0;
}
