/*
 * batch_probe - for t/21-apply.t: mappings that ask for a purchase by reference, store and Source,
 * and write a line of it, between others that write purchases; and mappings that ask whether an
 * address is their Source's, between others that give its contact an identifier. Batches of so many
 * (argument 1) from a seed (argument 2), N mappings (argument 3). Prints what became of each, which
 * does not depend on the batches, and "# runs N": how often mappings ran.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/change/known.h"
#include "store/change_apply.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/registry_db.h"

enum { NOW = 1000, STORES = 2, CONTACTS = 30, OTHER = 2 };
enum kind { LINE, PURCHASE, ADDRESS, IDENTIFIER, KINDS };

static const char *const names[] = { "line", "purchase", "address", "identifier" };

/* What a mapping is about. */
struct task {
	struct change_item item;	/* first: a task is found by its item */
	enum kind kind;
	int contact;
	int purchase, reference, store, line;	/* 0 = nothing is said of it */
	int names_store;		/* the store is known by its identifier only */
	enum entity_fate fates[2];
	int code;
};

static uint32_t state;
static int runs;

static int
any(int n)
{
	state = state * 1664525 + 1013904223;
	return (int)((state >> 16) % (uint32_t)n);
}

static struct row *
make_store(struct change *c, int store)
{
	struct row *row = change_row(c, E_Store, ROW_ENSURE);

	row_text(row, Store_StoreIdentifier, arena_printf(c->arena, "s%d", store));
	row_int(row, Store_SourceId, 1);
	return row;
}

/* ------------------------------------------------------------------ mappings */

static void
put_purchase(struct change *c, const struct task *t)
{
	struct row *store = t->names_store ? make_store(c, t->store) : NULL;
	struct row *row = change_row(c, E_PurchaseHeader, ROW_PUT);

	row_text(row, PurchaseHeader_PurchaseIdentifier,
	    arena_printf(c->arena, "p%d", t->purchase));
	row_int(row, PurchaseHeader_SourceId, 1);
	if (t->reference > 0)
		row_text(row, PurchaseHeader_PurchaseReference,
		    arena_printf(c->arena, "r%d", t->reference));
	if (store != NULL)
		row_refer(row, PurchaseHeader_StoreId, store);
	else if (t->store > 0)
		row_int(row, PurchaseHeader_StoreId, t->store);
}

static int
put_line(struct change_item *item, const struct task *t, struct err *err)
{
	struct arena *a = &item->arena;
	const struct known_rows_of of = {
		.by = { PurchaseHeader_PurchaseReference, PurchaseHeader_StoreId,
		    PurchaseHeader_SourceId },
		.is = { v_text(arena_printf(a, "r%d", t->reference)), v_int(t->store), v_int(1) },
		.want = { PurchaseHeader_PurchaseHeaderId }
	};
	struct known_rows found;
	struct row *row;
	int rc = known_rows(item->known, &of, &found, err);

	if (rc < 0)
		return rc;
	if (found.n != 1)
		return err_set(err, found.n == 0 ? ERR_NOT_FOUND : ERR_CONFLICT, "purchase");
	row = change_row(&item->change, E_PurchaseDetail, ROW_PUT);
	row_text(row, PurchaseDetail_Identifier, arena_printf(a, "l%d", t->line));
	row_refer(row, PurchaseDetail_PurchaseHeaderId,
	    row_known(a, E_PurchaseHeader, found.values[0]));
	row_text(row, PurchaseDetail_Amount, arena_printf(a, "%d", t->line));
	return CHANGE_WRITE;
}

/* Contact n has the address n. */
static int
put_address(struct change_item *item, const struct task *t, struct err *err)
{
	const struct val key = v_int(t->contact);
	struct row *row;
	int yes, rc;

	rc = known_owned(item->known, entity_find("Address"), &key, OTHER, &yes, err);
	if (rc < 0)
		return rc;
	if (!yes)
		return err_set(err, ERR_FORBIDDEN, "address");
	row = change_row(&item->change, E_Address, ROW_PUT);
	row_int(row, Address_ContactId, t->contact);
	row_int(row, Address_BrandId, 1);
	row_int(row, Address_ContactAddressTypeId, 1);
	row_text(row, Address_City, arena_printf(&item->arena, "city %d", t->line));
	return CHANGE_WRITE;
}

static void
put_identifier(struct change *c, const struct task *t)
{
	struct row *row = change_row(c, E_ContactIdentifier, ROW_ENSURE);

	row_text(row, ContactIdentifier_Identifier, arena_printf(c->arena, "i%d", t->contact));
	row_int(row, ContactIdentifier_SourceId, OTHER);
	row_int(row, ContactIdentifier_ContactId, t->contact);
}

static int
map(struct change_item *item, struct err *err)
{
	const struct task *t = (const struct task *)(const void *)item;

	runs++;
	if (t->kind == LINE)
		return put_line(item, t, err);
	if (t->kind == ADDRESS)
		return put_address(item, t, err);
	if (t->kind == PURCHASE)
		put_purchase(&item->change, t);
	else
		put_identifier(&item->change, t);
	return CHANGE_WRITE;
}

static void
end(struct change_item *item)
{
	struct task *t = (struct task *)(void *)item;
	size_t i = 0;

	t->code = item->rc < 0 ? item->rc : 0;
	for (const struct row *r = item->change.first; r != NULL && i < 2; r = r->next)
		t->fates[i++] = r->fate;
}

static void
make(struct task *t)
{
	*t = (struct task){ .item = { .map = map, .close = end }, .kind = (enum kind)any(KINDS) };
	t->purchase = 1 + any(6);
	t->reference = t->kind == LINE ? 1 + any(4) : any(5);
	t->store = t->kind == LINE ? 1 + any(STORES) : any(STORES + 1);
	t->names_store = t->store > 0 && any(2);
	t->line = 1 + any(4);
	t->contact = 1 + any(CONTACTS);
}

/* ------------------------------------------------------------------ work */

struct work {
	struct task *tasks;
	size_t n, at_once;
};

static int
begin(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct change c, *all = &c;
	struct err *fault;

	(void)arg;
	change_init(&c, a);
	for (int i = 1; i <= STORES; i++)
		make_store(&c, i);
	for (int i = 1; i <= CONTACTS; i++) {
		struct row *contact = change_row(&c, E_Contact, ROW_PUT);
		struct row *address = change_row(&c, E_Address, ROW_PUT);

		row_refer(address, Address_ContactId, contact);
		row_int(address, Address_BrandId, 1);
		row_int(address, Address_ContactAddressTypeId, 1);
	}
	return change_apply(&(struct change_apply){ .db = db, .changes = &all, .n = 1, .now = NOW,
	    .faults = &fault }, a, err);
}

static int
work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct work *w = arg;
	struct change_item **items = arena_new(a, struct change_item *, w->n);
	int rc = 0;

	for (size_t i = 0; i < w->n; i++)
		items[i] = &w->tasks[i].item;
	for (size_t first = 0, n; first < w->n && rc == 0; first += n) {
		n = w->n - first < w->at_once ? w->n - first : w->at_once;
		rc = change_batch_run(&(struct change_batch){ .db = db, .items = items + first,
		    .n = n, .now = NOW }, err);
	}
	return rc;
}

static int
run(struct db *db, struct work *w, struct err *err)
{
	if (db_transact(db, begin, NULL, err) < 0 || db_transact(db, work, w, err) < 0)
		return err->code;
	for (size_t i = 0; i < w->n; i++)
		printf("%s %d: %d %d\n", names[w->tasks[i].kind],
		    w->tasks[i].code, (int)w->tasks[i].fates[0], (int)w->tasks[i].fates[1]);
	printf("# runs %d\n", runs);
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct work w = { .n = 0 };
	struct conf conf;
	struct err err = { 0 };
	struct db *db = NULL;
	int rc;

	if (argc < 4)
		return 2;
	db_library_init();
	w.at_once = (size_t)atoi(argv[1]);
	state = (uint32_t)atoi(argv[2]);
	w.n = (size_t)atoi(argv[3]);
	w.tasks = arena_new(&a, struct task, w.n);
	for (size_t i = 0; i < w.n; i++)
		make(&w.tasks[i]);
	if ((rc = conf_load(&conf, &a, NULL, &err)) == 0 &&
	    (rc = registry_db_open(&db, &conf, 0, &err)) == 0)
		rc = run(db, &w, &err);
	if (rc < 0)
		printf("%s\n", err.detail);
	db_close(&db);
	arena_done(&a);
	return rc != 0;
}
