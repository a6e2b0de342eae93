/*
 * person_match - does a message speak of a person? No SQL in here.
 *
 * The rules, which the manual has in full (customerapi(1), PRIVACY):
 * 1. Its text holds what nobody else is called - a mail address or a UUID of the person - as a
 * whole word: not as a part of a longer word, upper and lower case alike, an address in any
 * spelling (lib/format/mail_normal.h), in JSON also behind escapes, elsewhere also percent-encoded.
 * 2. It is JSON, and one of the person's identifiers - of any length - stands where the number of
 * such a thing stands, of the identifier's Source: as "id" or "identifier" of the message's own
 * entity or of a member, or behind such a name ("customer_id", "DrupalId", "ContactExternalKey":
 * {"Identifier"}, "gid://shopify/Customer/5"). Names of a person: customer, contact, client,
 * subscriber, participant, user, member, drupal; of a purchase: order, purchase, purchaseheader,
 * command; of another row: its entity. The Source is the "SourceId" beside it, else the message's.
 * ContactId, and the keys of rows (AddressId), are the tenant's own.
 * 3. Its body was emptied, and its ordering key is that of one of the person's identifiers (or
 * purchases) of its Source.
 * 4. It is of the Source of an identifier of 8 characters or more, holds that anywhere as a whole
 * word, and names nobody and no purchase by rule 2. It is about the person by a person's or
 * purchase's number (rules 2 and 3), or by rule 1 or another row's number when it names no other
 * customer, contact, client or subscriber by rule 2; otherwise it only mentions the person. A
 * number of another Source is another's: it says nothing.
 */
#ifndef PRIVACY_PERSON_MATCH_H
#define PRIVACY_PERSON_MATCH_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct person;
struct person_name;

enum person_match { PERSON_MATCH_NONE, PERSON_MATCH_MENTION, PERSON_MATCH_ABOUT };

/* What is looked for, made ready once. */
struct person_matcher {
	const struct person *person;
	struct person_name *slots;	/* hash table of names */
	size_t nslots;
	int has_short; /* something that is not to be seen without reading the JSON */
};

void person_matcher_init(struct person_matcher *m, const struct person *p);

struct person_text {
	int64_t tenant_id;
	int16_t source_id;
	const char *platform, *entity;
	const char *method, *headers, *uri, *email;
	const unsigned char *ordering_key;	/* 32 bytes, or NULL */
	const char *body;			/* unpacked */
	size_t body_bytes;
};

/* email (the recipients of its mails) is not part of it: see person_match_word(). */
enum person_match person_match(const struct person_matcher *m, const struct person_text *t);

/* 1 when it names another person of its Source by rule 2 (or another contact by ContactId), and the
 * person by no such number: it is the other's, whatever address or purchase it holds besides. */
int person_match_others(const struct person_matcher *m, const struct person_text *t);

/* 1 when the text holds a word by rule 1. NULL has none. */
int person_match_word(const struct person_matcher *m, const char *text, size_t n);

/* The same, or an identifier of 8 characters or more, of whatever Source: for texts of the
 * program's own that are over and done with. */
int person_match_any(const struct person_matcher *m, const char *text, size_t n);

#endif
