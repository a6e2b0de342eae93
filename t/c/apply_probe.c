/*
 * apply_probe - for t/21-apply.t: writes random changes in batches of so many (argument 1) from a
 * seed (argument 2), and prints what became of each change and row, then "# statements N". What it
 * prints before that, and leaves in the database, does not depend on the batches.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "store/change_apply.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/registry_db.h"

enum { CHANGES = 240, CONTACTS = 5, NOW = 1000 };

static const int32_t zone_two[] = { 2 };
static const struct limits limited = { .zones = { .is_set = 1, .ids = zone_two, .n = 1 } };
static const struct consent mention = { .kind = CONSENT_MENTION, .text = "a box",
	.at = USEC_NONE, .latest = USEC_NONE };
static const struct entity_guard guard = { .as_of = 10 };

static uint32_t state;

static int
any(int n)
{
	state = state * 1664525 + 1013904223;
	return (int)((state >> 16) % (uint32_t)n);
}

static void
make_contact(struct change *c, struct row **contact)
{
	*contact = change_row(c, E_Contact, ROW_PUT);
	row_int(*contact, Contact_ContactId, 1 + any(CONTACTS));
	if (any(2))
		row_text(*contact, Contact_FirstName, any(2) ? " Ann " : "Bob");
	if (any(2))
		row_bool(*contact, Contact_GlobalOptin, any(2));
	if (any(2))
		row_time(*contact, Contact_SourceStamp, any(50));
}

static void
make_address(struct change *c, const struct row *contact)
{
	static const char *const mails[] = { "a@b.example", "C@d.example", NULL };
	struct row *row = change_row(c, E_Address, any(2) ? ROW_PUT : ROW_FILL);

	row_refer(row, Address_ContactId, contact);
	row_int(row, Address_BrandId, 1);
	row_int(row, Address_ContactAddressTypeId, 1 + any(2));
	if (any(3))
		row_text(row, Address_Email, mails[any(3)]);
	if (any(2))
		row_bool(row, Address_EmailOptin, any(2));
	if (any(3) == 0)
		row_text(row, Address_City, any(2) ? "Lyon" : "Ulm");
	if (any(4) == 0)
		row_bool(row, Address_DeletionFlag, any(2));
	if (any(2))
		row_time(row, Address_SourceStamp, any(50));
}

static void
make_identifier(struct change *c, const struct row *contact)
{
	static const char *const names[] = { "x", "y", "z", "gone" };
	struct row *row = change_row(c, E_ContactIdentifier, ROW_ENSURE);

	row_text(row, ContactIdentifier_Identifier, names[any(4)]);
	row_int(row, ContactIdentifier_SourceId, 1);
	row_refer(row, ContactIdentifier_ContactId, contact);
}

static struct row *
make_good(struct change *c)
{
	struct row *row = change_row(c, E_PurchaseGood, any(4) ? ROW_ENSURE : ROW_PUT);

	row_text(row, PurchaseGood_Identifier, any(2) ? "shoe" : "hat");
	row_int(row, PurchaseGood_SourceId, 1);
	if (any(3))
		row_text(row, PurchaseGood_Label, any(2) ? "left" : "right");
	return row;
}

static void
make_purchase(struct change *c, struct arena *a, const struct row *contact)
{
	struct row *header = change_row(c, E_PurchaseHeader, ROW_PUT);

	row_text(header, PurchaseHeader_PurchaseIdentifier, arena_printf(a, "p%d", any(6)));
	row_int(header, PurchaseHeader_SourceId, 1);
	row_refer(header, PurchaseHeader_ContactId, contact);
	if (any(2))
		row_int(header, PurchaseHeader_ZoneId, 1 + any(3));
	if (any(2))
		row_text(header, PurchaseHeader_OriginalAmount, any(2) ? "12.5" : "7.00");
	if (any(2))
		row_time(header, PurchaseHeader_SourceStamp, any(50));
	for (int n = any(3); n >= 0; n--) {
		struct row *line = change_row(c, E_PurchaseDetail, ROW_PUT);

		row_text(line, PurchaseDetail_Identifier, any(2) ? "1" : "2");
		row_refer(line, PurchaseDetail_PurchaseHeaderId, header);
		row_refer(line, PurchaseDetail_PurchaseGoodId, make_good(c));
		row_text(line, PurchaseDetail_Amount, any(2) ? "1.10" : "1.1000");
	}
}

static void
make(struct change *c, struct arena *a)
{
	struct row *contact;

	change_init(c, a);
	make_contact(c, &contact);
	if (any(2))
		make_address(c, contact);
	if (any(2))
		make_identifier(c, contact);
	if (any(2))
		make_purchase(c, a, contact);
	if (any(12) == 0)
		row_text(contact, Contact_LastName, arena_printf(a, "%0300d", 1));
	c->limits = any(5) == 0 ? &limited : NULL;
	c->guard = &guard;
	c->consent = any(2) ? &mention : NULL;
}

/* ------------------------------------------------------------------ writing */

struct work {
	struct change *changes;
	int *codes;
	size_t n, at_once;
	int64_t statements;		/* of what was written in the end */
};

static int64_t
statements(struct db *db, struct arena *a, struct err *err)
{
	static const char sql[] = "SELECT CAST(SUM(VARIABLE_VALUE) AS INT) FROM "
	    "information_schema.SESSION_STATUS WHERE VARIABLE_NAME IN ('COM_STMT_EXECUTE', "
	    "'COM_STMT_PREPARE')";
	struct rows r;

	return db_query_sql(db, sql, sizeof sql - 1, NULL, 0, a, &r, err) < 0 ? err->code :
	    rows_int(&r, 0, ROWS_ONLY);
}

/* One batch; what fails by its own fault is left out. */
static int
apply(struct db *db, struct work *w, size_t first, size_t n, struct arena *a, struct err *err)
{
	struct change **left = arena_new(a, struct change *, n);
	struct err **faults = arena_new(a, struct err *, n);
	size_t *number = arena_new(a, size_t, n);
	int64_t before;
	size_t kept;
	int rc;

	for (size_t i = 0; i < n; i++)
		left[i] = &w->changes[number[i] = first + i];
	while ((rc = db_savepoint(db, err)) == 0 && n > 0) {
		before = statements(db, a, err);
		rc = change_apply(&(struct change_apply){ .db = db, .changes = left, .n = n,
		    .now = NOW, .faults = faults }, a, err);
		if (rc == 0)
			w->statements += statements(db, a, err) - before;
		if (rc == 0)
			return 0;
		for (size_t i = kept = 0; i < n; i++) {
			if (faults[i] != NULL) {
				w->codes[number[i]] = faults[i]->code;
				continue;
			}
			left[kept] = left[i];
			number[kept++] = number[i];
		}
		if (kept == n)
			return rc;
		n = kept;
		err_clear(err);
		if ((rc = db_savepoint_rollback(db, err)) < 0)
			return rc;
	}
	return rc;
}

static int
work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct work *w = arg;
	int rc = 0;

	for (size_t first = 0, n; first < w->n && rc == 0; first += n) {
		n = w->n - first < w->at_once ? w->n - first : w->at_once;
		rc = apply(db, w, first, n, a, err);
	}
	return rc;
}

static int
begin(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct val gone[] = { v_text("gone"), v_int(1) };
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];
	struct change c, *all = &c;
	struct err *fault;

	(void)arg;
	change_init(&c, a);
	for (int i = 0; i < CONTACTS; i++)
		change_row(&c, E_Contact, ROW_PUT);
	entity_erased_hash(&guard, entity_find("ContactIdentifier"), gone, hash);
	if (entity_erased_put(db, hash, 20, 0, err) < 0)
		return err->code;
	return change_apply(&(struct change_apply){ .db = db, .changes = &all, .n = 1, .now = NOW,
	    .faults = &fault }, a, err);
}

static int
run(struct db *db, struct work *w, struct err *err)
{
	if (db_transact(db, begin, NULL, err) < 0)
		return err->code;
	if (db_transact(db, work, w, err) < 0)
		return err->code;
	for (size_t i = 0; i < w->n; i++) {
		printf("%d:", w->codes[i]);
		for (const struct row *r = w->changes[i].first; r != NULL && w->codes[i] == 0;
		     r = r->next)
			printf(" %s %d", r->entity->name, (int)r->fate);
		putchar('\n');
	}
	printf("# statements %lld\n", (long long)w->statements);
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct work w = { .n = CHANGES };
	struct conf conf;
	struct err err = { 0 };
	struct db *db = NULL;
	int rc;

	if (argc < 3)
		return 2;
	db_library_init();
	w.at_once = (size_t)atoi(argv[1]);
	state = (uint32_t)atoi(argv[2]);
	w.changes = arena_new(&a, struct change, CHANGES);
	w.codes = arena_new(&a, int, CHANGES);
	for (size_t i = 0; i < CHANGES; i++)
		make(&w.changes[i], &a);
	if ((rc = conf_load(&conf, &a, NULL, &err)) == 0 &&
	    (rc = registry_db_open(&db, &conf, 0, &err)) == 0)
		rc = run(db, &w, &err);
	if (rc < 0)
		printf("%s\n", err.detail);
	db_close(&db);
	arena_done(&a);
	return rc != 0;
}
