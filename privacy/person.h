/*
 * person - who a request about personal data is about: what the command line or a platform says,
 * and what the tenant's database knows of that person.
 */
#ifndef PRIVACY_PERSON_H
#define PRIVACY_PERSON_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/set.h"

struct arena;
struct db;
struct entity;
struct entity_rows;
struct err;
struct secret_box;

/* An identifier of an outside system. */
struct person_id {
	int16_t source_id;
	const char *text;
};

/* A row of the person's beside contacts, their identifiers and purchases, by its natural key (which
 * holds a Source), or by its key in the tenant's database (source_id 0). */
struct person_row {
	const struct entity *e;
	int16_t source_id;
	const char *text;
};

/* All lists are in an arena and grow by the functions below; each entry once. */
struct person {
	struct arena *arena;
	int64_t *contacts;		/* ContactIds */
	size_t ncontacts;
	struct person_id *ids; /* of the person: ContactIdentifiers; a guest's "email:…" is among
				  the addresses instead */
	size_t nids;
	struct person_id *purchases;	/* PurchaseIdentifiers */
	size_t npurchases;
	const char **emails;		/* normalised */
	size_t nemails;
	struct person_row *rows;
	size_t nrows;
	size_t cap[5];
	struct set known[5];		/* what is in the lists */
};

void person_init(struct person *p, struct arena *a);
void person_add_contact(struct person *p, int64_t contact_id);
void person_add_id(struct person *p, int16_t source_id, const char *text);
void person_add_purchase(struct person *p, int16_t source_id, const char *text);
void person_add_email(struct person *p, const char *email);	/* no address: nothing */
void person_add_row(struct person *p, const struct entity *e, int16_t source_id, const char *text);

/* Adds all that another one has; what it points to must live on. */
void person_add_all(struct person *p, const struct person *other);

/* Contacts by what is known from outside. They add to p->contacts; none found is no error. An
 * address finds contacts that have it in an Address or as guests, in any Source. */
int person_find_by_id(struct person *p, struct db *tenant, int16_t source_id,
    const char *identifier, struct err *err);
int person_find_by_email(struct person *p, struct db *tenant, const char *email, struct err *err);
int person_find_by_contact(
    struct person *p, struct db *tenant, int64_t contact_id, struct err *err);

/* Adds the contact that each of the person's contacts was merged into, and the numbers of those
 * that were merged into it (store/contact_merge.h): what somebody wrote under one of them, or
 * copied, is the person's. */
int person_find_merged(struct person *p, struct db *tenant, struct err *err);

/* Adds what the rows of the person's contacts say: identifiers, addresses, purchases, keys of other
 * rows. rows must hold them. only_source: not what is called so in another Source; 0 = in any. */
int person_learn(struct person *p, struct db *tenant, const struct entity_rows *rows,
    int16_t only_source, struct err *err);

/* *others = 1 when the contact is customers of the Source of whom the person's identifiers, if
 * there are any, name none: another person, who may have the same address. */
int person_is_others(const struct person *p, struct db *tenant, int64_t contact_id,
    int16_t source_id, int *others, struct err *err);

/* Adds the guests that have one of the person's addresses in one of the person's Sources (or in
 * source_id, when it is not 0), as a customer joins such a guest when an order comes
 * (store/contact.h); not those that are another customer by now. *more: contacts were added. */
int person_find_guests(
    struct person *p, struct db *tenant, int16_t source_id, int *more, struct err *err);

/* To and from sealed text, so that a request can be taken up again. *sealed is in the person's
 * arena. */
int person_seal(const struct person *p, const struct secret_box *box, int64_t tenant_id,
    const void **sealed, size_t *n, struct err *err);
int person_open(struct person *p, const struct secret_box *box, int64_t tenant_id,
    const void *sealed, size_t n, struct err *err);

#endif
