/*
 * TAP: how often a mapping runs until it has its answers, and what it makes of a new contact. On a
 * database that is none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/row.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/shopify/shopify.h"
#include "platform/write.h"
#include "t/c/mapping.h"
#include "t/c/tap.h"
#include "t/fuzz/no_db.h"

#define ORDER \
	"{\"id\":1,\"name\":\"#1\",\"currency\":\"EUR\",\"financial_status\":\"paid\"," \
	"\"created_at\":\"2026-11-24T09:00:00Z\",\"updated_at\":\"2026-11-24T09:00:00Z\"," \
	"\"total_price\":\"3.00\",\"customer_locale\":\"fr-FR\"," \
	"\"customer\":{\"id\":5,\"email\":\"ada@demo.example\",\"first_name\":\"Ada\"," \
	"\"default_address\":{\"address1\":\"1 rue\",\"country_code\":\"FR\"}}," \
	"\"billing_address\":{\"address1\":\"2 rue\",\"country_code\":\"BE\"}," \
	"\"shipping_address\":{\"address1\":\"3 rue\",\"country\":\"Suisse\"}," \
	"\"discount_codes\":[{\"code\":\"X\",\"amount\":\"1.00\"}]," \
	"\"line_items\":[{\"id\":7,\"variant_id\":8,\"quantity\":1,\"price\":\"1.00\"}," \
	"{\"id\":9,\"sku\":\"A\",\"quantity\":1,\"price\":\"2.00\"}]}"
#define CUSTOMER \
	"{\"id\":5,\"email\":\"ada@demo.example\",\"first_name\":\"Ada\"," \
	"\"updated_at\":\"2026-11-24T09:00:00Z\"," \
	"\"default_address\":{\"address1\":\"1 rue\",\"country_code\":\"FR\"}}"
#define PRODUCT \
	"{\"id\":2,\"title\":\"A\",\"product_type\":\"B\"," \
	"\"updated_at\":\"2026-11-24T09:00:00Z\",\"variants\":[{\"id\":3,\"price\":\"1.00\"}]}"
#define MERGE \
	"{\"admin_graphql_api_customer_kept_id\":\"gid://shopify/Customer/5\"," \
	"\"admin_graphql_api_customer_deleted_id\":\"gid://shopify/Customer/6\"," \
	"\"status\":\"success\"}"

static char no_connection;

/* Returns the outcome. */
static int
run(const struct platform_row *row, enum no_db_state stored, const char *body)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct platform_message m = { .id = 1, .tenant_id = 1, .platform = row->platform,
		.entity = row->entity, .action = row->action, .source_id = 1, .zone_id = 1,
		.brand_id = 1, .address_type_id = 1, .reach = ENTITY_REACH_OWN, .is_proven = 1,
		.received_at = 1795511000 * USEC_SEC, .headers = json_object_new_object(),
		.body = body, .body_bytes = strlen(body) };
	struct platform_context ctx = { .arena = &a,
		.in = { .arena = &a }, .message = &m };
	int rc = json_parse(body, strlen(body), &ctx.payload, &err);

	no_db_begin(stored);
	if (rc == 0)
		rc = mapping_run((struct db *)(void *)&no_connection, &ctx, row,
		    1795511000 * USEC_SEC, &err);
	if (rc < 0)
		printf("# %s\n", err.detail);
	json_object_put(ctx.payload);
	json_object_put(m.headers);
	arena_done(&a);
	return rc;
}

static const struct {
	const char *entity, *action;
	enum no_db_state stored;
	const char *body, *what;
	int outcome, runs;
} cases[] = {
	{ "Order", "Insert", NO_DB_EMPTY, ORDER, "a new order asks once", PLATFORM_DONE, 2 },
	{ "Order", "Update", NO_DB_OLDER, ORDER, "a known one asks for its lines, too",
	    PLATFORM_DONE, 3 },
	{ "Order", "Update", NO_DB_NEWER, ORDER, "a late one does not", PLATFORM_SUPERSEDED, 2 },
	{ "Order", "Delete", NO_DB_EMPTY, "{\"id\":1}", "a deletion", PLATFORM_DONE, 2 },
	{ "Customer", "Insert", NO_DB_EMPTY, CUSTOMER, "a new customer", PLATFORM_DONE, 2 },
	{ "Customer", "Update", NO_DB_OLDER, CUSTOMER, "a known customer", PLATFORM_DONE, 2 },
	{ "Product", "Insert", NO_DB_EMPTY, PRODUCT, "a new product", PLATFORM_DONE, 2 },
	{ "Product", "Update", NO_DB_OLDER, PRODUCT, "a known product", PLATFORM_DONE, 2 },
	{ "Customer", "Merge", NO_DB_EMPTY, MERGE, "a merge of two unknown customers",
	    PLATFORM_DONE, 2 },
};

static void
test_runs(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct platform_row *row =
		    platform_find("Shopify", cases[i].entity, cases[i].action);
		const int outcome = run(row, cases[i].stored, cases[i].body);

		ok(outcome == cases[i].outcome, cases[i].what, "");
		ok(mapping_runs == cases[i].runs, cases[i].what, "runs as often as it must");
		if (mapping_runs != cases[i].runs)
			printf("# %d times\n", mapping_runs);
	}
}

/* ------------------------------------------------------------------ a new contact */

static int
says(const struct row *row, enum column c, const char *text)
{
	const struct val *v = row_said(row, c);

	return v != NULL && v->kind == VAL_TEXT && strcmp(v->s, text) == 0;
}

static int
fill(struct platform_context *ctx, struct err *err)
{
	struct contact_key key = { .source_id = 1, .identifier = "5" };
	struct platform_contact *contact;
	struct row *row, *more;
	int rc = platform_contact(ctx, &key, &contact, err);

	if (rc < 0)
		return rc;
	row = platform_contact_row(ctx, contact, ROW_PUT);
	row_null(row, Contact_FirstName);
	row_text(row, Contact_LastName, "King");
	more = platform_contact_row(ctx, contact, ROW_FILL);
	row_text(more, Contact_FirstName, "Ada");
	row_text(more, Contact_LastName, "Lovelace");
	row_text(more, Contact_CompanyName, "Acme");
	if ((rc = platform_put(ctx, row, err)) < 0 || (rc = platform_put(ctx, more, err)) < 0)
		return rc;
	ok(ctx->change->n == 2, "a new contact is one row, and its identifier", "");
	ok(says(row, Contact_FirstName, "Ada") && says(row, Contact_CompanyName, "Acme"),
	    "what fills says what nothing was said of", "");
	ok(says(row, Contact_LastName, "King"), "and nothing else", "");
	return PLATFORM_DONE;
}

static void
test_fill(void)
{
	static const struct platform_row row = {
		.platform = "Shopify", .entity = "Contact", .action = "Fill", .run = fill
	};

	ok(run(&row, NO_DB_EMPTY, "{}") == PLATFORM_DONE, "it is written", "");
}

int
main(void)
{
	test_runs();
	test_fill();
	return tap_end();
}
