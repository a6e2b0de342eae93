/*
 * TAP: walks over what a client sent. Each is done for n things and for four times as many; what it
 * costs, counted in comparisons, in suggestions looked for and in bytes of memory, may grow as the
 * things do and no more. The linker puts the counting functions in the place of the true ones
 * (-Wl,--wrap), and a database that is none below the store.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/access/signature.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "platform/platform.h"
#include "platform/shopify/shopify.h"
#include "platform/standard/standard.h"
#include "platform/write.h"
#include "privacy/person.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/owned.h"
#include "store/entity/put.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "t/c/mapping.h"
#include "t/fuzz/no_db.h"

enum { FEW = 120, TIMES = 4, ALLOWED = 5 }; /* four times the things may cost five times as much */

int __real_strcmp(const char *s, const char *t);
int __wrap_strcmp(const char *s, const char *t);
int __real_memcmp(const void *p, const void *q, size_t n);
int __wrap_memcmp(const void *p, const void *q, size_t n);
int __real_text_ieq(const char *s, const char *t);
int __wrap_text_ieq(const char *s, const char *t);
const char *__real_text_nearest(const char *s, const char *const *candidates);
const char *__wrap_text_nearest(const char *s, const char *const *candidates);
size_t __real_secret_hmac(enum secret_hash hash, const void *key, size_t keylen,
    const struct secret_part *parts, size_t nparts, unsigned char out[64]);
size_t __wrap_secret_hmac(enum secret_hash hash, const void *key, size_t keylen,
    const struct secret_part *parts, size_t nparts, unsigned char out[64]);

static size_t compared, suggested, hashed;
static int tests, failed;

int
__wrap_strcmp(const char *s, const char *t)
{
	compared++;
	return __real_strcmp(s, t);
}

int
__wrap_memcmp(const void *p, const void *q, size_t n)
{
	compared++;
	return __real_memcmp(p, q, n);
}

int
__wrap_text_ieq(const char *s, const char *t)
{
	compared++;
	return __real_text_ieq(s, t);
}

const char *
__wrap_text_nearest(const char *s, const char *const *candidates)
{
	suggested++;
	return __real_text_nearest(s, candidates);
}

size_t
__wrap_secret_hmac(enum secret_hash hash, const void *key, size_t keylen,
    const struct secret_part *parts, size_t nparts, unsigned char out[64])
{
	hashed++;
	return __real_secret_hmac(hash, key, keylen, parts, nparts, out);
}

static void
ok(int good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
}

/* ------------------------------------------------------------------ walks: each does its work on n
 * things, in an arena */

typedef void walk(struct arena *a, size_t n);

static char no_connection;
#define DB ((struct db *)(void *)&no_connection)

static struct err last;		/* what the walk done last said */

static void
must(int good, const char *what)
{
	if (!good) {
		printf("Bail out! %s: %s\n", what, last.detail);
		exit(1);
	}
}

static void
walk_faults(struct arena *a, size_t n)
{
	for (size_t i = 0; i < n * 100; i++)
		err_fault(&last, a, "a", "is wrong");
}

struct args { struct param_text label, other; };
static const struct param params[] = {
	{ .name = "Label", PARAM_FIELD(struct args, label), .in = PARAM_BODY, .max_length = 3, .doc = "A." },
	{ .name = "Other", PARAM_FIELD(struct args, other), .in = PARAM_BODY, .max_length = 3, .doc = "A." },
	{ .name = NULL },
};

/* {"member0":0,"member1":1,…} */
static struct json_object *
members(size_t n)
{
	struct json_object *o = json_object_new_object();
	char name[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "member%zu", i);
		json_object_object_add(o, name, json_object_new_int64((int64_t)i));
	}
	return o;
}

static void
walk_unknown_members(struct arena *a, size_t n)
{
	struct json_object *o = members(n * 100);
	struct args args = { { NULL }, { NULL } };

	param_bind_json(a, params, "", o, &args, &last);
	json_object_put(o);
}

static int
takes(const struct platform_row *row, const char *entity, const char *action)
{
	if (strcmp(row->action, action) != 0)
		return 0;
	return strcmp(row->entity, "*") == 0 || strcmp(row->entity, entity) == 0;
}

static int
run(struct arena *a, const struct platform_row *row, const char *entity, const char *action,
    struct json_object *payload)
{
	struct platform_message m = { .platform = row->platform,
		.entity = entity,
		.action = action,
		.source_id = 1,
		.zone_id = 1,
		.brand_id = 1,
		.address_type_id = 1,
		.time_zone = "UTC",
		.reach = ENTITY_REACH_ALL,
		.is_proven = 1,
		.received_at = 1767225600 * USEC_SEC,
		.headers = json_object_new_object(),
		.body = "" };
	struct platform_context ctx = { .arena = a,
		.in = { .arena = a },
		.message = &m,
		.payload = payload };
	int rc;

	while (row->platform != NULL && !takes(row, entity, action))
		row++;
	must(row->platform != NULL, "the handler");
	no_db_begin(NO_DB_OLDER);
	rc = mapping_run(DB, &ctx, row, 1767225600 * USEC_SEC, &last);
	json_object_put(payload);
	json_object_put(m.headers);
	return rc;
}

static void
walk_standard_members(struct arena *a, size_t n)
{
	must(run(a, platform_standard_rows, "Contact", "Update", members(n * 10)) == ERR_PERMANENT,
	    "unknown members are a fault");
}

static struct json_object *
parsed(struct buf *b)
{
	struct json_object *o = NULL;

	must(json_parse(b->data, b->len, &o, &last) == 0, "the test's own JSON");
	return o;
}

/* An order of n lines, each of a good of its own and given back, and n discount codes. */
static void
walk_order(struct arena *a, size_t n)
{
	struct arena text = { 0 };
	struct buf b;

	buf_init(&b, &text);
	buf_adds(&b,
	    "{\"id\":1,\"currency\":\"EUR\",\"financial_status\":\"paid\",\"total_price\":\"1.00\","
	    "\"discount_codes\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s{\"code\":\"CODE%zu\",\"amount\":\"1.00\"}", i > 0 ? "," : "", i);
	buf_adds(&b, "],\"line_items\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s{\"id\":%zu,\"variant_id\":%zu,\"quantity\":1,\"price\":\"1.00\"}",
		    i > 0 ? "," : "", i + 1, i + 1000);
	buf_adds(&b, "],\"refunds\":[{\"refund_line_items\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s{\"line_item_id\":%zu,\"quantity\":1,\"subtotal\":\"1.00\"}",
		    i > 0 ? "," : "", n - i);
	buf_adds(&b, "]}]}");
	must(run(a, platform_shopify_rows, "Order", "Update", parsed(&b)) >= 0, "an order");
	arena_done(&text);
}

/* A product of n variants, each with a picture of its own. */
static void
walk_product(struct arena *a, size_t n)
{
	struct arena text = { 0 };
	struct buf b;

	buf_init(&b, &text);
	buf_adds(&b, "{\"id\":1,\"title\":\"A\",\"variants\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s{\"id\":%zu,\"image_id\":%zu,\"price\":\"1.00\"}", i > 0 ? "," : "",
		    i + 1, n - i);
	buf_adds(&b, "],\"images\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s{\"id\":%zu,\"src\":\"https://example.org/%zu\"}", i > 0 ? "," : "",
		    i + 1, i);
	buf_adds(&b, "]}");
	must(run(a, platform_shopify_rows, "Product", "Update", parsed(&b)) >= 0, "a product");
	arena_done(&text);
}

static void
walk_redact(struct arena *a, size_t n)
{
	struct arena text = { 0 };
	struct buf b;

	buf_init(&b, &text);
	buf_adds(&b,
	    "{\"shop_id\":1,\"shop_domain\":\"x\",\"customer\":{\"id\":1},\"orders_to_redact\":[1");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, ",%zu", i % (n / 2) + 1);
	buf_adds(&b, "]}");
	must(run(a, platform_shopify_rows, "Compliance", "Redact", parsed(&b)) >= 0, "a redaction");
	arena_done(&text);
}

static void
walk_person(struct arena *a, size_t n)
{
	struct person p;

	person_init(&p, a);
	for (size_t i = 0; i < 2 * n; i++) {
		char text[64];

		snprintf(text, sizeof text, "%zu", i % n);
		person_add_contact(&p, (int64_t)(i % n));
		person_add_id(&p, 1, text);
		person_add_purchase(&p, 1, text);
		person_add_row(&p, entity_find("Voucher"), 1, text);
		snprintf(text, sizeof text, "a%zu@example.org", i % n);
		person_add_email(&p, text);
	}
	must(p.ncontacts == n && p.nids == n && p.npurchases == n, "each entry once");
	must(p.nrows == n && p.nemails == n, "each row and address once");
}

/* n of those stored, of which the delivery names each second one. */
static void
walk_sweep(struct arena *a, size_t n)
{
	const char **keep = arena_new(a, const char *, n);
	struct val *cells = arena_new(a, struct val, 2 * n);
	const struct known_rows stored = { .n = 2 * n, .ncolumns = 1, .values = cells };
	const struct platform_message message = { .received_at = 1 };
	struct change change;
	struct platform_context ctx = { .arena = a, .in = { .arena = a }, .change = &change,
		.message = &message };

	change_init(&change, a);
	for (size_t i = 0; i < 2 * n; i++)
		cells[i] = v_text(arena_printf(a, "voucher-%zu", i));
	for (size_t i = 0; i < n; i++)
		keep[i] = arena_printf(a, "voucher-%zu", 2 * i);
	no_db_begin(NO_DB_OLDER);
	must(platform_sweep(&ctx,
		 &(struct platform_sweep){ .entity = E_Voucher,
		     .identifier = Voucher_VoucherIdentifier,
		     .other = Voucher_SourceId,
		     .deletion = Voucher_DeletionFlag,
		     .stamp = Voucher_SourceStamp,
		     .other_id = 1,
		     .keep = keep,
		     .nkeep = n,
		     .stamp_at = 1 },
		 &stored, &last) == (int)n,
	    "half of them are gone");
}

/* n rows, each twice, and all of them stored already. */
static void
walk_put(struct arena *a, size_t n)
{
	struct row **rows = arena_new(a, struct row *, n);
	struct change change;

	change_init(&change, a);
	for (size_t i = 0; i < n; i++) {
		rows[i] = change_row(&change, E_PurchaseGoodCategory, ROW_PUT);
		row_text(rows[i], PurchaseGoodCategory_Identifier,
		    arena_printf(a, "category-%zu", i % (n / 2)));
		row_int(rows[i], PurchaseGoodCategory_SourceId, 1);
		row_text(rows[i], PurchaseGoodCategory_Label, "x");
	}
	no_db_begin(NO_DB_OLDER);
	must(entity_put_change(DB, &change, a, 1, &last) == 0 && rows[0]->key.kind == VAL_INT &&
		rows[0]->key.i == rows[n / 2]->key.i,
	    "a batch");
}

/* One chunk of keys by natural keys, natural keys by keys, and whose they are. */
static void
walk_lookup(struct arena *a, size_t n)
{
	const struct entity *e = entity_find("PurchaseGoodCategory");
	const int columns[] = { entity_column_find(e, "Identifier"),
		entity_column_find(e, "SourceId") };
	struct val *values = arena_new(a, struct val, n * 2), *keys = arena_new(a, struct val, n),
		   *out = arena_new(a, struct val, n * 2);
	struct entity_owned *mine = arena_new(a, struct entity_owned, n);

	for (size_t i = 0; i < n; i++) {
		values[i * 2] = v_text(arena_printf(a, "category-%zu", i));
		values[i * 2 + 1] = v_int(1);
	}
	no_db_begin(NO_DB_OLDER);
	must(entity_lookup(
		 DB, &(struct entity_names){ e, columns, 2, values, n }, a, keys, &last) == 0 &&
		keys[0].kind == VAL_INT && keys[n - 1].kind == VAL_INT,
	    "keys");
	must(entity_natural_get(DB, e, keys, n, a, out, &last) == 0, "natural keys");
	must(entity_owned(DB, e, keys, n, 1, a, mine, &last) == 0 && mine[0].is_mine &&
	    !mine[1].is_mine, "owners");
}

/* ------------------------------------------------------------------ what they cost */

static const struct { const char *what; walk *walk; size_t few;
} walks[] = {
	{ "faults", walk_faults, FEW },
	{ "unknown members of a typed body", walk_unknown_members, FEW },
	{ "unknown members of a Standard body", walk_standard_members, FEW },
	{ "lines and discount codes of an order", walk_order, FEW },
	{ "variants and pictures of a product", walk_product, FEW },
	{ "orders of a redaction", walk_redact, FEW },
	{ "what is known of a person", walk_person, FEW },
	{ "rows that a delivery no longer names", walk_sweep, FEW },
	{ "rows of an upsert", walk_put, ENTITY_CHUNK / TIMES },
	{ "keys looked up", walk_lookup, ENTITY_CHUNK / TIMES },
};

struct cost { size_t compared, suggested, bytes; };

static struct cost
cost_of(walk *w, size_t n)
{
	struct arena a = { 0 };
	struct cost c;

	err_clear(&last);
	compared = suggested = 0;
	w(&a, n);
	c = (struct cost){ compared, suggested, a.total };
	arena_done(&a);
	return c;
}

static void
test_costs(void)
{
	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
		struct cost few = cost_of(walks[i].walk, walks[i].few),
			    many = cost_of(walks[i].walk, walks[i].few * TIMES);

		ok(many.compared <= ALLOWED * few.compared + 100 &&
			many.bytes <= ALLOWED * few.bytes + 65536 &&
			many.suggested <= ERR_FAULTS_MAX,
		    walks[i].what);
		printf("# %zu and %zu: compared %zu, %zu; suggested %zu, %zu; bytes %zu, %zu\n",
		    walks[i].few, walks[i].few * TIMES, few.compared, many.compared, few.suggested,
		    many.suggested, few.bytes, many.bytes);
	}
}

/* ------------------------------------------------------------------ what is told */

static void
test_told(void)
{
	struct arena a = { 0 };
	size_t n = 0;

	err_clear(&last);
	walk_unknown_members(&a, 400);
	for (const struct err_fault *f = last.faults; f != NULL; f = f->next)
		n++;
	ok(n == ERR_FAULTS_MAX + 1, "of 40,000 faults fifty are told, and one more");
	ok(strcmp(last.last->field, "…") == 0 && strcmp(last.last->message, "and 39950 more") == 0,
	    "which says how many");
	ok(strcmp(last.faults->field, "member0") == 0 && last.code == ERR_BAD_REQUEST,
	    "the first are those that came first");
	arena_done(&a);
	err_clear(&last);
	for (int i = 0; i < ERR_FAULTS_MAX; i++)
		err_fault(&last, &a, "a", "%d", i);
	ok(strcmp(last.last->message, "49") == 0, "fifty are all told");
	err_fault(&last, &a, "a", "x");
	ok(strcmp(last.last->message, "and 1 more") == 0, "the fifty-first is one more");
	arena_done(&a);
}

/* ------------------------------------------------------------------ signatures */

static const char *
header(const void *arg, const char *name)
{
	if (__real_text_ieq(name, "webhook-id"))
		return "msg_1";
	if (__real_text_ieq(name, "webhook-timestamp"))
		return "1614265330";
	return __real_text_ieq(name, "webhook-signature") ? arg : NULL;
}

static void
test_signature(void)
{
	const struct signature_secret secrets[] = { { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
							38 },
		{ "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", 38 } };
	const struct signature_rule rule = {
		.scheme = "standard", .tolerance_s = 300, .secrets = secrets, .nsecrets = 2
	};
	struct signature_input in = {
		.header = header, .body = "{}", .body_bytes = 2, .now = 1614265330 * USEC_SEC
	};
	struct arena a = { 0 };
	struct buf b;

	buf_init(&b, &a);
	for (int i = 0; i < 30; i++)
		buf_adds(&b, "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ");
	in.arg = b.data;
	hashed = 0;
	ok(signature_check(&a, &rule, &in) == SIGNATURE_WRONG, "thirty wrong signatures");
	ok(hashed == 2, "the body is read once for each secret, not for each signature");
	arena_done(&a);
}

int
main(void)
{
	test_costs();
	test_told();
	test_signature();
	printf("1..%d\n", tests);
	return failed > 0;
}
