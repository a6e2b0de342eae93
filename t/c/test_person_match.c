/* TAP: whether a message is about a person, mentions one, or has nothing to do with the person:
 * words, places, Sources, keys. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "model/entity.h"
#include "model/purchase_key.h"
#include "privacy/person.h"
#include "privacy/person_match.h"
#include "store/registry/store_message.h"
#include "t/c/tap.h"

enum { NO = PERSON_MATCH_NONE, MENTION = PERSON_MATCH_MENTION, ABOUT = PERSON_MATCH_ABOUT };

#define UUID "0b6a9d54-5e0c-4c0b-9d57-6a0f5f3e9a11"

static void
make_person(struct person *p, struct arena *a)
{
	person_init(p, a);
	person_add_contact(p, 12);
	person_add_id(p, 1, "115310627");
	person_add_id(p, 1, "7");
	person_add_id(p, 1, "email:Ann@Example.org");
	person_add_email(p, "Zoé.Müller@Bücher.example");
	person_add_email(p, "o'Neil@example.org");
	person_add_id(p, 3, "ann.member@club.example");
	person_add_purchase(p, 1, "820982911");
	person_add_purchase(p, 1, purchase_key(a, "100000123", "-", "fr"));
	person_add_row(p, entity_find("LoyaltyCard"), 1, "4000123412341234");
	person_add_row(p, entity_find("LoyaltyCard"), 0, "31");
	person_add_row(p, entity_find("Address"), 0, "44");
	person_add_row(p, entity_find("ContactIdentifier"), 0, UUID);
}

static const struct {
	const char *what, *platform, *entity, *body;
	int source, want;
} cases[] = {
	{ "an address", "Shopify", "Order", "{\"note\": \"for ANN@example.ORG.\"}", 2, ABOUT },
	{ "behind an escape", "Shopify", "Order", "{\"note\": \"ann\\u0040example.org\"}", 2,
	    ABOUT },
	{ "as a part of another", "Shopify", "Order", "{\"email\": \"joann@example.org\"}", 1, NO },
	{ "in another's message", "Shopify", "Order",
	    "{\"customer\": {\"id\": 99}, \"note\": \"ann@example.org\"}", 1, MENTION },
	{ "an identifier that is an address", "Shopify", "Order",
	    "{\"note\": \"ann.member@club.example\"}", 2, ABOUT },
	{ "a UUID", "Other", "Thing", "{\"ref\": \"" UUID "\"}", 2, ABOUT },
	{ "no JSON, an address", "Shopify", "Order", "not JSON: ann%40example.org", 2, ABOUT },
	{ "a customer's number", "Shopify", "Order", "{\"customer\": {\"id\": 115310627}}", 1,
	    ABOUT },
	{ "of another Source", "Shopify", "Order", "{\"customer\": {\"id\": 115310627}}", 2, NO },
	{ "with its Source beside it", "Standard", "Contact",
	    "{\"Identifier\": \"115310627\", \"sourceid\": 1}", 2, ABOUT },
	{ "with another beside it", "Standard", "Contact",
	    "{\"Identifier\": \"115310627\", \"SourceId\": 2}", 1, NO },
	{ "Source 0 is the message's", "Standard", "Contact",
	    "{\"ExternalKey\": {\"Identifier\": \"115310627\", \"SourceId\": 0}}", 1, ABOUT },
	{ "a short one", "Shopify", "Customer", "{\"id\": 7}", 1, ABOUT },
	{ "a short one elsewhere", "Shopify", "Customer", "{\"id\": 8, \"orders_count\": 7}", 1,
	    NO },
	{ "by a name", "Odd", "Thing", "{\"Customer_ID\": \"7\"}", 1, ABOUT },
	{ "Drupal's", "Odd", "Thing", "{\"DrupalId\": \"7\"}", 1, ABOUT },
	{ "behind ContactExternalKey", "Standard", "Address",
	    "{\"ContactExternalKey\": {\"identifier\": \"7\"}, \"City\": \"Rome\"}", 1, ABOUT },
	{ "behind ExternalKey", "Standard", "Contact", "{\"ExternalKey\": {\"Identifier\": \"7\"}}",
	    1, ABOUT },
	{ "among Identifiers", "Magento", "Contact",
	    "{\"Identifiers\": [{\"Identifier\": \"x\"}, {\"Identifier\": \"7\", \"SourceId\": "
	    "1}]}",
	    1, ABOUT },
	{ "in a list", "Odd", "Thing", "{\"customer_ids\": [1, 7]}", 1, ABOUT },
	{ "a global one", "Shopify", "Refund", "{\"owner\": \"gid://shopify/Customer/115310627\"}",
	    1, ABOUT },
	{ "another's global one", "Shopify", "Refund",
	    "{\"owner\": \"gid://shopify/Order/115310627\"}", 1, NO },
	{ "a purchase", "Shopify", "Refund", "{\"order_id\": 820982911}", 1, ABOUT },
	{ "of another Source", "Shopify", "Refund", "{\"order_id\": 820982911}", 2, NO },
	{ "a guest's order of the person's number", "Shopify", "Order",
	    "{\"id\": 115310627, \"email\": \"bob@example.org\"}", 1, NO },
	{ "a guest's order of it, in another Source", "Shopify", "Order",
	    "{\"id\": 820982911, \"email\": \"bob@example.org\"}", 2, NO },
	{ "a purchase's external key", "Standard", "PurchaseDetail",
	    "{\"PurchaseHeaderExternalKey\": {\"PurchaseIdentifier\": \"820982911\"}}", 1, ABOUT },
	{ "a purchase with its store", "Magento", "StatusCommand",
	    "{\"ExternalKey\": {\"PurchaseIdentifier\": \"100000123\", \"CheckoutIdentifier\": "
	    "\"-\", \"StoreIdentifier\": \"fr\"}}",
	    1, ABOUT },
	{ "of another store", "Magento", "StatusCommand",
	    "{\"ExternalKey\": {\"PurchaseIdentifier\": \"100000123\", \"StoreIdentifier\": "
	    "\"de\"}}",
	    1, NO },
	{ "orders to redact", "Shopify", "Compliance", "{\"orders_to_redact\": [1, 820982911]}", 1,
	    ABOUT },
	{ "a product of that number", "Shopify", "Product", "{\"id\": 820982911}", 1, NO },
	{ "a good of that number", "Standard", "PurchaseGood", "{\"Identifier\": \"820982911\"}", 1,
	    NO },
	{ "a number anywhere", "Odd", "Thing", "{\"owner\": 115310627}", 1, MENTION },
	{ "anywhere in another's", "Odd", "Thing", "{\"order_id\": 5, \"owner\": 115310627}", 1,
	    NO },
	{ "anywhere in another Source", "Odd", "Thing", "{\"owner\": 115310627}", 2, NO },
	{ "no JSON, a number", "Odd", "Thing", "customer 115310627 left", 1, MENTION },
	{ "no JSON, of another Source", "Odd", "Thing", "customer 115310627 left", 2, NO },
	{ "a card", "Standard", "LoyaltyCard", "{\"CardIdentifier\": \"4000123412341234\"}", 1,
	    ABOUT },
	{ "a card of another Source", "Standard", "LoyaltyCard",
	    "{\"CardIdentifier\": \"4000123412341234\"}", 2, NO },
	{ "another's row with the person's card", "Standard", "LoyaltyPoint",
	    "{\"ContactId\": 13, \"LoyaltyCardExternalKey\": {\"CardIdentifier\": "
	    "\"4000123412341234\"}}",
	    1, MENTION },
	{ "the contact's number", "Standard", "Address", "{\"ContactId\": 12}", 2, ABOUT },
	{ "another contact's", "Standard", "Address", "{\"ContactId\": 13}", 2, NO },
	{ "another platform's contact of that number", "Odd", "Thing", "{\"contact_id\": 12}", 2,
	    NO },
	{ "a row by its key", "Standard", "Address", "{\"AddressId\": 44, \"City\": \"Rome\"}", 2,
	    ABOUT },
	{ "another row", "Standard", "Address", "{\"AddressId\": 31}", 2, NO },
	{ "another platform's row of that key", "Shopify", "Customer", "{\"address_id\": 44}", 1,
	    NO },
	{ "a list of rows", "Standard", "Address", "[{\"AddressId\": 1}, {\"AddressId\": 44}]", 2,
	    ABOUT },
	{ "an address as it was given", "Odd", "Thing", "{\"to\": \"Zoé.Müller@Bücher.example\"}",
	    2, ABOUT },
	{ "in capitals", "Odd", "Thing", "{\"to\": \"ZOÉ.MÜLLER@BÜCHER.EXAMPLE\"}", 2, ABOUT },
	{ "decomposed", "Odd", "Thing",
	    "{\"to\": \"zoe\xcc\x81.mu\xcc\x88ller@bu\xcc\x88"
	    "cher.example\"}",
	    2, ABOUT },
	{ "with A-labels", "Odd", "Thing", "{\"to\": \"zoé.müller@XN--bcher-kva.example\"}", 2,
	    ABOUT },
	{ "behind escapes", "Odd", "Thing",
	    "{\"to\": \"zo\\u00c9.m\\u00fcller@b\\u00dccher.example\"}", 2, ABOUT },
	{ "with another full stop", "Odd", "Thing", "{\"to\": \"zoé.müller@bücher。example\"}", 2,
	    ABOUT },
	{ "between other signs", "Odd", "Thing", "an «zoé.müller@bücher.example»\xc2\xa0!", 2,
	    ABOUT },
	{ "an ASCII one between them", "Odd", "Thing", "an «ann@example.org»，hallo", 2, ABOUT },
	{ "percent-encoded", "Odd", "Thing", "to=ZO%C3%89.m%C3%BCller%40b%C3%BCcher.example", 2,
	    ABOUT },
	{ "another's of fewer letters", "Odd", "Thing", "{\"to\": \"é.müller@bücher.example\"}", 2,
	    NO },
	{ "another's of more letters", "Odd", "Thing", "{\"to\": \"äzoé.müller@bücher.example\"}",
	    2, NO },
	{ "another's without accents", "Odd", "Thing", "{\"to\": \"zoe.muller@bucher.example\"}", 2,
	    NO },
	{ "an apostrophe", "Odd", "Thing", "{\"to\": \"O'neil@example.org\"}", 2, ABOUT },
	{ "in quotation marks", "Odd", "Thing", "to 'o'neil@example.org'", 2, ABOUT },
	{ "in a form", "Odd", "Thing", "id=7&mail=o'neil@example.org", 2, ABOUT },
	{ "another's behind an apostrophe", "Odd", "Thing", "{\"to\": \"joo'neil@example.org\"}", 2,
	    NO },
	{ "a number between other signs", "Odd", "Thing", "№115310627。", 1, MENTION },
	{ "nothing", "Shopify", "Order", "{\"id\": 1, \"phone\": \"+33612345678\"}", 1, NO },
};

#define FORM "{\"content-type\":\"application/x-www-form-urlencoded\"}"

/* What a message is of. */
struct of {
	int source;
	const char *platform, *entity;
};

static int
match(const struct person_matcher *m, struct of of, const char *headers, const char *uri,
    const char *body, const unsigned char *key)
{
	const struct person_text t = { .tenant_id = 1,
		.source_id = (int16_t)of.source,
		.platform = of.platform,
		.entity = of.entity,
		.headers = headers,
		.uri = uri,
		.email = "",
		.body = body,
		.body_bytes = strlen(body),
		.ordering_key = key };

	return (int)person_match(m, &t);
}

int
main(void)
{
	struct arena a = { 0 };
	struct person_matcher m;
	struct person p;
	unsigned char key[STORE_HASH_BYTES];

	make_person(&p, &a);
	person_matcher_init(&m, &p);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int got = match(&m,
		    (struct of){ cases[i].source, cases[i].platform, cases[i].entity }, "{}", "/x",
		    cases[i].body, NULL);

		ok(got == cases[i].want, cases[i].what, got == cases[i].want ? "" : cases[i].body);
	}
	ok(match(&m, (struct of){ 1, "Shopify", "Order" },
	       "{\"x-shopify-order-id\": \"820982911\"}", "/x", "{}", NULL) == ABOUT,
	    "a header", "");
	ok(match(&m, (struct of){ 2, "Shopify", "Order" },
	       "{\"x-shopify-order-id\": \"820982911\"}", "/x", "{}", NULL) == NO,
	    "a header of another Source", "");
	ok(match(&m, (struct of){ 2, "Shopify", "Order" }, "{}", "/x?who=ann%40example.org", "{}",
	       NULL) == ABOUT,
	    "the URL", "");
	ok(match(&m, (struct of){ 1, "Odd", "Thing" }, FORM, "/x", "a=1&customer_id=7", NULL) ==
		ABOUT,
	    "a customer's number in a form", "");
	ok(match(&m, (struct of){ 1, "Shopify", "Customer" }, FORM, "/x", "id=7", NULL) == ABOUT,
	    "the entity's own in a form", "");
	ok(match(&m, (struct of){ 1, "Shopify", "Customer" }, FORM, "/x", "id=8&orders_count=7",
	       NULL) == NO,
	    "elsewhere in a form", "");
	ok(match(&m, (struct of){ 1, "Odd", "Thing" }, FORM, "/x",
	       "customer_id=99&note=ann%40example.org", NULL) == MENTION,
	    "an address in another's form", "");
	ok(match(&m, (struct of){ 1, "Shopify", "Customer" }, "{}", "/x?SourceId=1&id=7", "",
	       NULL) == ABOUT,
	    "a query without a body", "");
	ok(match(&m, (struct of){ 1, "Odd", "Thing" }, "{}",
	       "/x?customer_id=99&who=ann%40example.org", "", NULL) == MENTION,
	    "another's query", "");
	store_message_ordering_key(1, "Shopify", "Order", "820982911", key);
	ok(match(&m, (struct of){ 1, "Shopify", "Order" }, "{}", "/x", "", key) == ABOUT,
	    "the ordering key of an empty one", "");
	ok(match(&m, (struct of){ 2, "Shopify", "Order" }, "{}", "/x", "", key) == NO,
	    "of another Source", "");
	ok(person_match_word(&m, "to ann@example.org", 18) &&
		!person_match_word(&m, "of 115310627", 12) &&
		person_match_any(&m, "of 115310627", 12),
	    "in texts of the program's own", "");
	arena_done(&a);
	return tap_end();
}
