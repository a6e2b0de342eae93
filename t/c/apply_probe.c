/*
 * apply_probe - for t/21-apply.t: writes random changes in batches of so many (argument 1) from a
 * seed (argument 2), N changes (argument 3), of the kinds that are frequent, or of all kinds
 * (argument 4). Prints what became of each change and row, then "# statements N". What it prints
 * before that, and leaves in the database, does not depend on the batches.
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

enum { CONTACTS = 12, AT_WORK = 5, BULK = 40, NOW = 1000 };

static const int32_t zone_two[] = { 2 };
static const struct limits limited = { .zones = { .is_set = 1, .ids = zone_two, .n = 1 } };
static const struct consent mention = { .kind = CONSENT_MENTION, .text = "a box",
	.at = USEC_NONE, .latest = USEC_NONE };
static const struct entity_guard guard = { .as_of = 10 };

static uint32_t state;
static int living[CONTACTS];		/* of those, the first AT_WORK take part */
static int nliving, nadded, is_any_kind;

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
	row_int(*contact, Contact_ContactId, living[any(AT_WORK)]);
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

/* A row whose key is known, so that another change can take it away. */
static void
make_keyed(struct change *c, struct arena *a, const struct row *contact)
{
	const int gone = any(2), which = any(3);
	struct row *row = change_row(c, E_ContactIdentifier, gone ? ROW_DELETE : ROW_PUT);

	row_text(row, ContactIdentifier_ContactIdentifierId, arena_printf(a, "key-%d", which));
	if (gone)
		return;
	row_text(row, ContactIdentifier_Identifier, arena_printf(a, "keyed%d", which));
	row_int(row, ContactIdentifier_SourceId, 1);
	row_refer(row, ContactIdentifier_ContactId, contact);
}

/* A row that is not there; seldom one that may be. Others then speak of it, too. */
static void
make_added(struct change *c, struct arena *a, const struct row *contact)
{
	const int is_new = nadded == 0 || any(2), again = !is_new && any(24) == 0;
	struct row *row =
	    change_row(c, E_ContactIdentifier, is_new || again ? ROW_ADD : ROW_ENSURE);

	row_text(row, ContactIdentifier_Identifier,
	    arena_printf(a, "added%d", is_new ? nadded++ : any(nadded)));
	row_int(row, ContactIdentifier_SourceId, 1);
	row_refer(row, ContactIdentifier_ContactId, contact);
}

/* Sometimes with a name that is too long, which only the database finds. */
static void
make_end(struct change *c, const struct row *contact)
{
	static const char *const names[] = { "x", "y", "z" };
	const int is_gone = any(2);

	change_end_identifier(c, &(struct change_end){
	    .identifier = any(12) ? names[any(3)] : arena_printf(c->arena, "%0300d", 1),
	    .source_id = 1, .contact = is_gone ? contact : NULL,
	    .at = is_gone || any(3) ? any(50) : USEC_NONE });
}

static struct row *
known_contact(struct change *c, int id)
{
	return row_known(c->arena, E_Contact, v_int(id));
}

/* One of those at work is merged into another, or gives it what came from Source 1. Who is gone
 * seldom takes part again. */
static void
make_merge(struct change *c)
{
	struct change_merge *m = arena_new(c->arena, struct change_merge, 1);
	const int merged = any(AT_WORK), kept = (merged + 1 + any(AT_WORK - 1)) % AT_WORK;

	*m = (struct change_merge){ .kept = known_contact(c, living[kept]),
		.merged = known_contact(c, living[merged]), .only_source = any(2) ? 1 : 0,
		.source_id = 1, .by = "probe", .at = any(50) };
	c->merge = m;
	if (m->only_source == 0 && nliving > AT_WORK && any(16) > 0)
		living[merged] = living[--nliving];
}

/* Many rows of one change. */
static void
make_bulk(struct change *c, struct arena *a)
{
	for (int i = 0; i < BULK; i++) {
		struct row *row = change_row(c, E_PurchaseGood, any(2) ? ROW_ENSURE : ROW_PUT);

		row_text(row, PurchaseGood_Identifier, arena_printf(a, "bulk%d", any(3 * BULK)));
		row_int(row, PurchaseGood_SourceId, 1);
		row_text(row, PurchaseGood_Label, arena_printf(a, "label %d", any(4)));
	}
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
make_more(struct change *c, struct arena *a, const struct row *contact)
{
	if (any(4) == 0)
		make_keyed(c, a, contact);
	if (any(4) == 0)
		make_added(c, a, contact);
	if (any(4) == 0)
		make_end(c, contact);
	if (any(12) == 0)
		make_bulk(c, a);
	if (any(50) == 0)
		make_merge(c);
	if (any(4) == 0)
		change_person(c, known_contact(c, living[any(AT_WORK)]));
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
	if (is_any_kind)
		make_more(c, a, contact);
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

/* A batch. */
struct part {
	struct change **left;
	struct err **faults;
	size_t *number;			/* of each that is left, in all */
	size_t n;
};

static void
part_init(struct part *p, struct work *w, size_t first, size_t n, struct arena *a)
{
	p->left = arena_new(a, struct change *, n);
	p->faults = arena_new(a, struct err *, n);
	p->number = arena_new(a, size_t, n);
	p->n = n;
	for (size_t i = 0; i < n; i++)
		p->left[i] = &w->changes[p->number[i] = first + i];
}

/* Notes the faulty ones, and leaves them out. How many these are. */
static size_t
drop(struct work *w, struct part *p)
{
	size_t kept = 0;
	const size_t n = p->n;

	for (size_t i = 0; i < n; i++) {
		if (p->faults[i] != NULL) {
			w->codes[p->number[i]] = p->faults[i]->code;
			continue;
		}
		p->left[kept] = p->left[i];
		p->number[kept++] = p->number[i];
	}
	return n - (p->n = kept);
}

static int
apply_once(struct db *db, struct work *w, const struct part *p, struct arena *a, struct err *err)
{
	const int64_t before = statements(db, a, err);
	int rc = change_apply(&(struct change_apply){ .db = db, .changes = p->left, .n = p->n,
	    .now = NOW, .faults = p->faults }, a, err);

	if (rc == 0)
		w->statements += statements(db, a, err) - before;
	return rc;
}

/* What fails by its own fault is left out. What is nobody's fault is done in halves, and fails in
 * the end. */
static int
apply(struct db *db, struct work *w, size_t first, size_t n, struct arena *a, struct err *err)
{
	struct part p;
	int rc;

	part_init(&p, w, first, n, a);
	while ((rc = db_savepoint(db, err)) == 0 && p.n > 0) {
		if ((rc = apply_once(db, w, &p, a, err)) == 0)
			return 0;
		err_clear(err);
		if (db_savepoint_rollback(db, err) < 0)
			return err->code;
		if (n == 1)
			w->codes[first] = rc;
		if (drop(w, &p) > 0)
			continue;
		if (rc != ERR_DB_RETRY)
			return err_set(err, ERR_INTERNAL, "a fault of nobody: %d", rc);
		if (n == 1)
			return 0;
		rc = apply(db, w, first, n / 2, a, err);
		return rc < 0 ? rc : apply(db, w, first + n / 2, n - n / 2, a, err);
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
		row_id(change_row(&c, E_Contact, ROW_PUT), Contact_ZoneId, i % 3 == 0 ? 0 : 2);
	entity_erased_hash(&guard, entity_find("ContactIdentifier"), gone, hash);
	if (entity_erased_put(db, hash, 20, 0, err) < 0)
		return err->code;
	return change_apply(&(struct change_apply){ .db = db, .changes = &all, .n = 1, .now = NOW,
	    .faults = &fault }, a, err);
}

static void
print(int code, const struct change *c)
{
	printf("%d:", code);
	for (const struct row *r = c->first; r != NULL && code == 0; r = r->next)
		printf(" %s %d", r->entity->name, (int)r->fate);
	if (c->merge != NULL && code == 0)
		printf(" merge %lld %lld", (long long)c->merge->moved,
		    (long long)c->merge->filled);
	putchar('\n');
}

static int
run(struct db *db, struct work *w, struct err *err)
{
	if (db_transact(db, begin, NULL, err) < 0)
		return err->code;
	if (db_transact(db, work, w, err) < 0)
		return err->code;
	for (size_t i = 0; i < w->n; i++) {
		print(w->codes[i], &w->changes[i]);
	}
	printf("# statements %lld\n", (long long)w->statements);
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
	is_any_kind = argc > 4;
	w.changes = arena_new(&a, struct change, w.n);
	w.codes = arena_new(&a, int, w.n);
	while (nliving < CONTACTS) {
		living[nliving] = nliving + 1;
		nliving++;
	}
	for (size_t i = 0; i < w.n; i++)
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
