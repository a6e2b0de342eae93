#include "config.h"

#include "privacy/person.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/rows.h"

enum list { CONTACTS, IDS, PURCHASES, EMAILS, ROWS };
enum { KEY_USUAL = 512 };

/* ------------------------------------------------------------------ lists */

void
person_init(struct person *p, struct arena *a)
{
	*p = (struct person){ .arena = a };
	for (size_t l = 0; l < sizeof p->known / sizeof p->known[0]; l++)
		set_init(&p->known[l], a);
}

/* The list's copy of the text; NULL when the list holds head and text already. Known texts take no
 * memory, because they may come very often. */
static const char *
noted(struct person *p, enum list l, const void *head, size_t n, const char *text)
{
	size_t bytes = n + strlen(text);
	char room[KEY_USUAL], *key = bytes <= sizeof room ? room : arena_alloc(p->arena, bytes);

	memcpy(key, head, n);
	memcpy(key + n, text, bytes - n);
	if (set_find(&p->known[l], key, bytes, NULL))
		return NULL;
	key = arena_strndup(p->arena, key, bytes);
	set_add(&p->known[l], key, bytes, 0, NULL);
	return key + n;
}

/* Room for one more. */
static void *
grown(struct person *p, enum list l, void *items, size_t n, size_t size)
{
	void *more;

	if (n < p->cap[l])
		return items;
	p->cap[l] = p->cap[l] == 0 ? 8 : p->cap[l] * 2;
	more = arena_alloc_array(p->arena, p->cap[l], size);
	if (n > 0)
		memcpy(more, items, n * size);
	return more;
}

void
person_add_contact(struct person *p, int64_t contact_id)
{
	int64_t *key;

	if (set_find(&p->known[CONTACTS], &contact_id, sizeof contact_id, NULL))
		return;
	key = arena_new(p->arena, int64_t, 1);
	*key = contact_id;
	set_add(&p->known[CONTACTS], key, sizeof *key, 0, NULL);
	p->contacts = grown(p, CONTACTS, p->contacts, p->ncontacts, sizeof *p->contacts);
	p->contacts[p->ncontacts++] = contact_id;
}

static struct person_id *
add_id(struct person *p, enum list l, struct person_id *ids, size_t *n, int16_t source_id,
    const char *text)
{
	if ((text = noted(p, l, &source_id, sizeof source_id, text)) == NULL)
		return ids;
	ids = grown(p, l, ids, *n, sizeof *ids);
	ids[(*n)++] = (struct person_id){ .source_id = source_id, .text = text };
	return ids;
}

static const char **
add_text(struct person *p, enum list l, const char **texts, size_t *n, const char *text)
{
	if ((text = noted(p, l, "", 0, text)) == NULL)
		return texts;
	texts = grown(p, l, texts, *n, sizeof *texts);
	texts[(*n)++] = text;
	return texts;
}

void
person_add_email(struct person *p, const char *email)
{
	const char *normal = contact_email(p->arena, email);

	if (normal != NULL)
		p->emails = add_text(p, EMAILS, p->emails, &p->nemails, normal);
}

void
person_add_id(struct person *p, int16_t source_id, const char *text)
{
	const char *email = contact_guest_email(p->arena, text);

	if (email != NULL)
		person_add_email(p, email);
	else if (*text != '\0')
		p->ids = add_id(p, IDS, p->ids, &p->nids, source_id, text);
}

void
person_add_purchase(struct person *p, int16_t source_id, const char *text)
{
	p->purchases = add_id(p, PURCHASES, p->purchases, &p->npurchases, source_id, text);
}

void
person_add_row(struct person *p, const struct entity *e, int16_t source_id, const char *text)
{
	const int16_t head[2] = { (int16_t)(e - entities), source_id };

	if ((text = noted(p, ROWS, head, sizeof head, text)) == NULL)
		return;
	p->rows = grown(p, ROWS, p->rows, p->nrows, sizeof *p->rows);
	p->rows[p->nrows++] = (struct person_row){ .e = e, .source_id = source_id, .text = text };
}

void
person_add_all(struct person *p, const struct person *other)
{
	for (size_t i = 0; i < other->ncontacts; i++)
		person_add_contact(p, other->contacts[i]);
	for (size_t i = 0; i < other->nids; i++)
		person_add_id(p, other->ids[i].source_id, other->ids[i].text);
	for (size_t i = 0; i < other->npurchases; i++)
		person_add_purchase(p, other->purchases[i].source_id, other->purchases[i].text);
	for (size_t i = 0; i < other->nemails; i++)
		person_add_email(p, other->emails[i]);
	for (size_t i = 0; i < other->nrows; i++)
		person_add_row(p, other->rows[i].e, other->rows[i].source_id, other->rows[i].text);
}

/* ------------------------------------------------------------------ finding */

static int
find(struct person *p, struct db *tenant, enum query q, const struct val *args, size_t nargs,
    struct err *err)
{
	struct rows r;
	int rc = db_query(tenant, q, args, nargs, p->arena, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		person_add_contact(p, rows_int(&r, i, ROWS_ONLY));
	return rc;
}

int
person_find_by_id(
    struct person *p, struct db *tenant, int16_t source_id, const char *identifier, struct err *err)
{
	person_add_id(p, source_id, identifier);
	identifier = contact_identifier(p->arena, identifier);
	return find(
	    p, tenant, Q_contact_by_identifier, DB_ARGS(v_text(identifier), v_int(source_id)), err);
}

/* Compares bytes: letters that the collation takes for equal are different here. */
static int
find_addresses(struct person *p, struct db *tenant, const char *normal, struct err *err)
{
	struct rows r;
	int rc = db_query(tenant, Q_person_by_address, DB_ARGS(v_text(normal)), p->arena, &r,
	    err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		const char *email = contact_email(
		    p->arena, rows_text(&r, i, C_person_by_address_email));

		if (email != NULL && strcmp(email, normal) == 0)
			person_add_contact(p, rows_int(&r, i, C_person_by_address_contact_id));
	}
	return rc;
}

static int
has_id(const struct person *p, int16_t source_id, const char *text)
{
	for (size_t i = 0; i < p->nids; i++)
		if (p->ids[i].source_id == source_id && strcmp(p->ids[i].text, text) == 0)
			return 1;
	return 0;
}

int
person_is_others(const struct person *p, struct db *tenant, int64_t contact_id, int16_t source_id,
    int *others, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	size_t other = 0, mine = 0;
	int rc = db_query(tenant, Q_person_customer_ids,
	    DB_ARGS(v_int(contact_id), v_int(source_id)), &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if (has_id(p, source_id, rows_text(&r, i, C_person_customer_ids_identifier)))
			mine++;
		else
			other++;
	*others = p->nids > 0 && other > 0 && mine == 0;
	arena_done(&a);
	return rc;
}

/* Those that are guests of the address, in any Source, or in one and not another customer of it;
 * also the duplicates that were set aside. */
static int
find_guests(struct person *p, struct db *tenant, int16_t source_id, const char *normal,
    struct err *err)
{
	const char *first = arena_printf(p->arena, "%s %s ", CONTACT_DUPLICATE, normal);
	const char *behind = arena_printf(p->arena, "%s %s!", CONTACT_DUPLICATE, normal);
	const char *guest = contact_guest_identifier(p->arena, normal);
	struct rows r;
	int rc = db_query(tenant, Q_person_guests,
	    DB_ARGS(v_text(guest), v_text(first), v_text(behind)), p->arena, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		const char *email = contact_guest_email(
		    p->arena, rows_text(&r, i, C_person_guests_identifier));
		const int64_t contact_id = rows_int(&r, i, C_person_guests_contact_id);
		int others = 0;

		if (email == NULL || strcmp(email, normal) != 0)
			continue;
		if (source_id != 0 && rows_int(&r, i, C_person_guests_source_id) != source_id)
			continue;
		if (source_id != 0)
			rc = person_is_others(p, tenant, contact_id, source_id, &others, err);
		if (rc == 0 && !others)
			person_add_contact(p, contact_id);
	}
	return rc;
}

int
person_find_by_email(struct person *p, struct db *tenant, const char *email, struct err *err)
{
	const char *normal = contact_email(p->arena, email);
	int rc;

	if (normal == NULL)
		return err_set(err, ERR_USAGE, "This is no mail address.");
	person_add_email(p, normal);
	if ((rc = find_addresses(p, tenant, normal, err)) < 0)
		return rc;
	return find_guests(p, tenant, 0, normal, err);
}

int
person_find_by_contact(struct person *p, struct db *tenant, int64_t contact_id, struct err *err)
{
	return find(p, tenant, Q_person_by_contact, DB_ARGS(v_int(contact_id)),
	    err);
}

int
person_find_merged(struct person *p, struct db *tenant, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->ncontacts && rc == 0; i++)
		if ((rc = person_find_by_contact(p, tenant, p->contacts[i], err)) == 0)
			rc = find(p, tenant, Q_merge_of, DB_ARGS(v_int(p->contacts[i])), err);
	return rc;
}

int
person_find_guests(
    struct person *p, struct db *tenant, int16_t source_id, int *more, struct err *err)
{
	size_t before = p->ncontacts;
	int rc = 0;

	for (size_t k = 0; k < p->nemails && rc == 0; k++) {
		for (size_t i = 0; i < p->nids && rc == 0; i++)
			rc = find_guests(p, tenant, p->ids[i].source_id, p->emails[k], err);
		if (rc == 0 && source_id != 0)
			rc = find_guests(p, tenant, source_id, p->emails[k], err);
	}
	*more = p->ncontacts > before;
	return rc;
}

/* ------------------------------------------------------------------ what its rows say */

static int
is_entity(const struct entity *e, const char *name)
{
	return strcmp(e->name, name) == 0;
}

/* The text column of a natural key that also has a Source, so that the text names one row; -1 when
 * there is none. */
static int
identifying_column(const struct entity *e)
{
	int text = -1, source = 0;

	for (size_t i = 0; e->natural[i] != NULL; i++) {
		int c = entity_column_find(e, e->natural[i]);

		if (strcmp(e->natural[i], "SourceId") == 0)
			source = 1;
		else if (e->columns[c].type == ENTITY_CODE)
			text = c;
	}
	return source ? text : -1;
}

static void
learn_row(struct person *p, const struct entity *e, int column, const struct rows *r, size_t row,
    int16_t only_source)
{
	int source = entity_column_find(e, "SourceId");

	for (int c = 0; e->columns[c].name != NULL; c++)
		if (strcmp(e->columns[c].name, "Email") == 0 && !rows_null(r, row, (size_t)c))
			person_add_email(p, rows_text(r, row, (size_t)c));
	if (column < 0 || rows_null(r, row, (size_t)column))
		return;
	if (only_source != 0 && rows_int(r, row, (size_t)source) != only_source)
		return;
	if (is_entity(e, "ContactIdentifier"))
		person_add_id(p, (int16_t)rows_int(r, row, (size_t)source),
		    rows_text(r, row, (size_t)column));
	else if (is_entity(e, "PurchaseHeader"))
		person_add_purchase(p, (int16_t)rows_int(r, row, (size_t)source),
		    rows_text(r, row, (size_t)column));
	else
		person_add_row(p, e, (int16_t)rows_int(r, row, (size_t)source),
		    rows_text(r, row, (size_t)column));
}

static void
learn_keys(struct person *p, const struct entity_keys *k)
{
	for (size_t i = 0; !is_entity(k->e, "Contact") && i < k->n; i++)
		person_add_row(p, k->e, 0,
		    k->keys[i].kind == VAL_INT ? arena_printf(p->arena, "%" PRId64, k->keys[i].i) :
						 k->keys[i].s);
}

int
person_learn(struct person *p, struct db *tenant, const struct entity_rows *rows,
    int16_t only_source, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct entity_keys *k = &rows->of[i];
		int column = identifying_column(k->e);

		learn_keys(p, k);
		if (column < 0 && entity_column_find(k->e, "Email") < 0)
			continue;
		for (size_t from = 0; from < k->n && rc == 0; from += ENTITY_CHUNK) {
			struct arena a = { 0 };
			struct rows r;

			rc = entity_rows_read(k, tenant, from,
			    k->n - from > ENTITY_CHUNK ? ENTITY_CHUNK : k->n - from, &a, &r, err);
			for (size_t row = 0; rc == 0 && row < r.n; row++)
				learn_row(p, k->e, column, &r, row, only_source);
			arena_done(&a);
		}
	}
	return rc;
}

/* ------------------------------------------------------------------ sealed */

static void
write_ids(struct writer *w, const char *name, const struct person_id *ids, size_t n)
{
	writer_name(w, name);
	writer_array(w);
	for (size_t i = 0; i < n; i++) {
		writer_object(w);
		writer_put_int(w, "SourceId", ids[i].source_id);
		writer_put_text(w, "Text", ids[i].text);
		writer_end(w);
	}
	writer_end(w);
}

static void
write_rows(struct writer *w, const struct person *p)
{
	writer_name(w, "Rows");
	writer_array(w);
	for (size_t i = 0; i < p->nrows; i++) {
		writer_object(w);
		writer_put_text(w, "Entity", p->rows[i].e->name);
		writer_put_int(w, "SourceId", p->rows[i].source_id);
		writer_put_text(w, "Text", p->rows[i].text);
		writer_end(w);
	}
	writer_end(w);
}

int
person_seal(const struct person *p, const struct secret_box *box, int64_t tenant_id,
    const void **sealed, size_t *n, struct err *err)
{
	struct writer w;
	struct buf b;

	buf_init(&b, p->arena);
	writer_init(&w, &b);
	writer_object(&w);
	writer_name(&w, "Contacts");
	writer_array(&w);
	for (size_t i = 0; i < p->ncontacts; i++)
		writer_int(&w, p->contacts[i]);
	writer_end(&w);
	write_ids(&w, "Identifiers", p->ids, p->nids);
	write_ids(&w, "Purchases", p->purchases, p->npurchases);
	writer_name(&w, "Emails");
	writer_array(&w);
	for (size_t i = 0; i < p->nemails; i++)
		writer_text(&w, p->emails[i]);
	writer_end(&w);
	write_rows(&w, p);
	writer_end(&w);
	*sealed = secret_seal(p->arena, box, arena_printf(p->arena, "privacy:%" PRId64, tenant_id),
	    b.data, b.len, n, err);
	return *sealed == NULL ? err->code : 0;
}

static void
read_item(struct person *p, const char *list, struct json_object *item)
{
	int found;
	int16_t source_id = (int16_t)json_int(item, "SourceId", &found);

	if (strcmp(list, "Emails") == 0)
		person_add_email(p, json_object_get_string(item));
	else if (strcmp(list, "Identifiers") == 0)
		person_add_id(p, source_id, json_text(item, "Text"));
	else if (strcmp(list, "Purchases") == 0)
		person_add_purchase(p, source_id, json_text(item, "Text"));
	else if (entity_find(json_text(item, "Entity")) != NULL)
		person_add_row(
		    p, entity_find(json_text(item, "Entity")), source_id, json_text(item, "Text"));
}

static void
read_json(struct person *p, struct json_object *o)
{
	static const char *const lists[] = { "Identifiers", "Purchases", "Emails", "Rows" };
	struct json_object *contacts = json_array(o, "Contacts");

	for (size_t i = 0; i < json_count(contacts); i++)
		person_add_contact(
		    p, json_object_get_int64(json_object_array_get_idx(contacts, i)));
	for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
		struct json_object *list = json_array(o, lists[l]);

		for (size_t i = 0; i < json_count(list); i++)
			read_item(p, lists[l], json_object_array_get_idx(list, i));
	}
}

int
person_open(struct person *p, const struct secret_box *box, int64_t tenant_id, const void *sealed,
    size_t n, struct err *err)
{
	struct json_object *o;
	size_t length;
	char *text = secret_open(p->arena, box,
	    arena_printf(p->arena, "privacy:%" PRId64, tenant_id), sealed, n, &length, err);
	int rc;

	if (text == NULL)
		return err->code;
	if ((rc = json_parse(text, length, &o, err)) < 0)
		return rc;
	read_json(p, o);
	json_object_put(o);
	explicit_bzero(text, length);
	return 0;
}
