/*
 * shopify_probe - for t/70-shopify.t: connects by the settings, migrates the tenant schema, then
 * runs one Shopify handler per line of standard input:
 * {"entity","action","body","headers","received_at","test_orders"}, each in its own transaction.
 * Answers each line with one: {"outcome","reason"} or {"error","detail"}.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/shopify/shopify.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry_db.h"
#include "t/c/mapping.h"

static const struct db_manner once = { .tries = 1 };
static const char *const outcomes[] = { "unset", "done", "superseded", "ignored" };

static const struct platform_row *
find_row(const struct platform_message *m)
{
	for (const struct platform_row *row = platform_shopify_rows; row->platform != NULL; row++)
		if (text_ieq(row->entity, m->entity) && text_ieq(row->action, m->action))
			return row;
	return NULL;
}

static int
attempt(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct platform_context *ctx = arg;
	const struct platform_row *row = find_row(ctx->message);
	usec_t now;
	int rc = db_now(db, &now, err);

	(void)a;
	if (row == NULL)
		return err_set(err, ERR_NOT_FOUND, "no such handler");
	return rc < 0 ? rc : mapping_run(db, ctx, row, now, err);
}

static int
run_message(struct db *db, struct arena *a, struct json_object *line, char *reason, struct err *err)
{
	struct platform_message m = { .id = 1,
		.tenant_id = 1,
		.platform = "Shopify",
		.source_id = 1,
		.zone_id = 1,
		.brand_id = 1,
		.address_type_id = 1,
		.entity = json_text(line, "entity"),
		.action = json_text(line, "action"),
		.takes_test_orders = json_flag(line, "test_orders") == 1,
		.headers = json_at(line, "headers"),
		.body = json_text(line, "body") };
	struct platform_context ctx = { .arena = a, .message = &m };
	int has_offset, r;

	m.body_bytes = strlen(m.body);
	clock_parse(json_text(line, "received_at"), &m.received_at, &has_offset);
	if ((r = json_parse(m.body, m.body_bytes, &ctx.payload, err)) < 0)
		return r;
	r = db_transact_as(db, &once, attempt, &ctx, err);
	memcpy(reason, ctx.reason, sizeof(ctx.reason));
	json_object_put(ctx.payload);
	return r;
}

static void
answer(struct db *db, const char *text, size_t n)
{
	struct arena a = { 0 };
	struct buf out;
	struct err err = { 0 };
	struct json_object *line = NULL;
	char reason[600] = "";
	int r = json_parse(text, n, &line, &err);

	if (r == 0)
		r = run_message(db, &a, line, reason, &err);
	buf_init(&out, &a);
	buf_adds(&out, r < 0 ? "{\"error\":" : "{\"outcome\":");
	buf_add_json(&out, r < 0 ? err_name(r) : outcomes[r]);
	buf_adds(&out, r < 0 ? ",\"detail\":" : ",\"reason\":");
	buf_add_json(&out, r < 0 ? err.detail : reason);
	buf_addc(&out, '}');
	puts(out.data);
	fflush(stdout);
	json_object_put(line);
	arena_done(&a);
}

int
main(void)
{
	struct arena a = { 0 };
	struct conf conf;
	struct db *db = NULL;
	struct err err = { 0 };
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	db_library_init();
	if (conf_load(&conf, &a, NULL, &err) < 0)
		return fprintf(stderr, "%s\n", err.detail), 1;
	if (registry_db_open(&db, &conf, 0, &err) < 0 ||
	    migrate_run(db, MIGRATE_TENANT, 0, NULL, NULL, &err) < 0)
		return fprintf(stderr, "%s\n", err.detail), 1;
	puts("ready");
	fflush(stdout);
	while ((n = getline(&line, &room, stdin)) > 0)
		answer(db, line, (size_t)n);
	free(line);
	db_close(&db);
	arena_done(&a);
	return 0;
}
