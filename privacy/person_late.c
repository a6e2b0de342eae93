#include "config.h"

#include "privacy/person_late.h"

#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "privacy/person_place.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/erased.h"

enum { NAMES_MAX = 256, ASKED_AT_ONCE = 8 };

/* What a message calls persons and purchases. Beyond NAMES_MAX it is no message about one person.
 */
struct names {
	const struct entity_guard *guard;
	unsigned char hashes[NAMES_MAX][ENTITY_ERASED_HASH_BYTES];
	int is_email[NAMES_MAX], is_person[NAMES_MAX], known[NAMES_MAX];
	size_t n;
};

static unsigned char *
add(struct names *names, int is_email, int is_person)
{
	names->is_email[names->n] = is_email;
	names->is_person[names->n] = is_person;
	return names->hashes[names->n++];
}

static void
add_natural(struct names *names, const char *entity, const struct person_place *p, const char *text,
    int is_email)
{
	const struct val natural[] = { v_text(text), v_int(p->source_id) };

	entity_erased_hash(names->guard, entity_find(entity), natural,
	    add(names, is_email, strcmp(entity, "ContactIdentifier") == 0 && !is_email));
}

/* Also as it was called before: the person may have been erased then. */
static void
add_email(struct names *names, const struct person_place *p, struct arena *a)
{
	const char *now = contact_guest_identifier(a, p->text);
	const char *before = contact_guest_identifier_before(a, p->text);

	if (now != NULL)
		add_natural(names, "ContactIdentifier", p, now, 1);
	if (before != NULL && names->n < NAMES_MAX)
		add_natural(names, "ContactIdentifier", p, before, 1);
}

static int
ends_with_email(const char *name)
{
	size_t n = strlen(name);

	return n >= 5 && strcasecmp(name + n - 5, "email") == 0;
}

static void
on_place(void *arg, const struct person_place *p)
{
	struct names *names = arg;
	struct arena a = { 0 };
	int64_t id;

	if (names->n == NAMES_MAX)
		return;
	if (p->class == PERSON_PLACE_PERSON)
		add_natural(names, "ContactIdentifier", p, contact_identifier(&a, p->text), 0);
	else if (p->class == PERSON_PLACE_PURCHASE)
		add_natural(names, "PurchaseHeader", p, p->text, 0);
	else if (p->class == PERSON_PLACE_CONTACT && text_int64(p->text, &id) == 0)
		entity_erased_hash_contact(names->guard, id, add(names, 0, 1));
	else if (ends_with_email(p->name))
		add_email(names, p, &a);
	arena_done(&a);
}

static int
ask(struct db *tenant, struct names *names, size_t from, struct err *err)
{
	struct val args[ASKED_AT_ONCE];
	struct arena a = { 0 };
	struct rows r;
	int rc;

	for (size_t i = 0; i < ASKED_AT_ONCE; i++)
		args[i] = v_bytes(
		    names->hashes[from + i < names->n ? from + i : from], ENTITY_ERASED_HASH_BYTES);
	rc = db_query(tenant, Q_erased_find, args, ASKED_AT_ONCE, &a, &r, err);
	for (size_t row = 0; rc == 0 && row < r.n; row++)
		for (size_t i = from; i < names->n && i < from + ASKED_AT_ONCE; i++)
			if (memcmp(names->hashes[i], rows_text(&r, row, C_erased_find_hash),
				ENTITY_ERASED_HASH_BYTES) == 0)
				names->known[i] = names->guard->as_of <=
				    rows_time(&r, row, C_erased_find_erased_at);
	arena_done(&a);
	return rc;
}

int
person_late(struct db *tenant, const struct entity_guard *g, const struct person_late_text *t,
    struct err *err)
{
	struct names names = { .guard = g };
	const struct person_places places = { .source_id = t->source_id,
		.knows_keys = strcasecmp(t->platform, "Standard") == 0,
		.each = on_place,
		.arg = &names };
	int number = 0, email = 0, other = 0, rc = 0;

	person_places_walk(&places, t->body, t->entity);
	for (size_t from = 0; from < names.n && rc == 0; from += ASKED_AT_ONCE)
		rc = ask(tenant, &names, from, err);
	for (size_t i = 0; i < names.n; i++) {
		number |= names.known[i] && !names.is_email[i];
		email |= names.known[i] && names.is_email[i];
		other |= !names.known[i] && names.is_person[i];
	}
	return rc < 0 ? rc : number || (email && !other);
}
