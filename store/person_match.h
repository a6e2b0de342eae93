/*
 * person_match - does a message speak of a person? No SQL in here.
 *
 * The rules, which the manual has in full (customerapi(1), PRIVACY):
 * 1. Its text holds one of the person's mail addresses, or one of the person's identifiers of 8 characters or more, as a whole word: not as a part of a longer word, upper and lower case alike, in JSON
 *    also behind escapes, elsewhere also percent-encoded.
 * 2. It is JSON of the Source of one of the person's identifiers, and the identifier - of any length - stands where a person's number stands: as "id" or "identifier" of the message's own entity or of a member,
 *    or behind such a name ("customer_id", "DrupalId"), when the name is a person's: customer, contact, client, subscriber, participant, user, member, drupal. The same for the identifiers of the person's
 *    purchases and the names order, purchase, purchaseheader, command; and for ContactId.
 * 3. Its body was emptied, and its ordering key is that of one of the person's identifiers (or purchases).
 * It is about the person by rule 2 or 3, or by rule 1 when it names no other customer, contact, client or subscriber by rule 2; otherwise it only mentions the person.
 */
#ifndef STORE_PERSON_MATCH_H
#define STORE_PERSON_MATCH_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct person;

enum person_match { PERSON_MATCH_NONE, PERSON_MATCH_MENTION, PERSON_MATCH_ABOUT };

/* What is looked for, made ready once. */
struct person_matcher {
	const struct person *person;
	const char **slots;	/* hash table of words, lower case */
	size_t nslots;
	int has_short;		/* an identifier that only rule 2 can find */
};

void person_matcher_init(struct person_matcher *m, const struct person *p);

struct person_text {
	int64_t tenant_id;
	int16_t source_id;
	const char *platform, *entity;
	const char *headers, *uri, *email;
	const unsigned char *ordering_key;	/* 32 bytes, or NULL */
	const char *body;
	size_t body_bytes;
};

/* email (the recipients of its mails) is not part of it: see person_match_word(). */
enum person_match person_match(const struct person_matcher *m, const struct person_text *t);

/* 1 when the text holds a word by rule 1. NULL has none. */
int person_match_word(const struct person_matcher *m, const char *text, size_t n);

#endif
