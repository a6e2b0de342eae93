/*
 * contact_key - how a foreign customer is named: ContactIdentifier (Identifier, SourceId).
 *
 * A guest, of whom only a mail address is known, has the Identifier "email:<normal form of the
 * address>" (lib/format/mail_normal.h). store/contact.h says which contact a key leads to.
 */
#ifndef MODEL_CHANGE_CONTACT_KEY_H
#define MODEL_CHANGE_CONTACT_KEY_H

#include <stdint.h>

struct arena;

struct contact_key {
	int16_t source_id;
	const char *identifier;	/* the customer's id in the Source; NULL for a guest */
	const char *email;	/* as sent; NULL or no address: none */
};

enum contact_found {
	CONTACT_NONE,		/* neither id nor address, or (contact_find) nobody yet */
	CONTACT_KNOWN,		/* the identifier was there */
	CONTACT_JOINED,		/* the customer id was added to the guest of that address, or the
				 * guest to the contact that has it */
	CONTACT_CREATED,	/* a Contact that holds nothing but its zone, and its identifier */
	CONTACT_CREATED_BESIDE,	/* the same, of a guest whose address several contacts have */
	CONTACT_SEVERAL		/* (contact_find_by_address) that */
};

/* The normal form of an address, or NULL when it is none: mail_normal(). */
char *contact_email(struct arena *a, const char *s);

/* "email:<normal form>", or NULL. */
char *contact_guest_identifier(struct arena *a, const char *email);

/* What the same guest's identifier was before the normal form knew more than ASCII; NULL when it
 * was the same. Who was erased then is known by that only (store/entity/erased.h). */
char *contact_guest_identifier_before(struct arena *a, const char *email);

/* CONTACT_DUPLICATE of a normal form. */
char *contact_guest_duplicate(struct arena *a, const char *normal, int64_t contact_id);

/* The normal form of a guest's address by the guest's identifier, a duplicate's too; NULL when
 * it is none. */
char *contact_guest_email(struct arena *a, const char *identifier);

/* An identifier as it came from outside, as it is stored and looked for: a guest's in the normal
 * form, any other as it is. NULL gives NULL. */
const char *contact_identifier(struct arena *a, const char *identifier);

/* The Identifier that the key's contact gets: the customer's id, else the guest's; NULL when the
 * key names nobody. */
const char *contact_key_identifier(struct arena *a, const struct contact_key *key);

/* An identifier of the form that guests have is a guest's address. */
struct contact_key contact_plain(struct arena *a, const struct contact_key *key);

#endif
