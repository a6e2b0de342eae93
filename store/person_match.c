#include "config.h"

#include "store/person_match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/text.h"
#include "store/contact.h"
#include "store/entity.h"
#include "store/entity_person.h"
#include "store/person.h"
#include "store/purchase_key.h"
#include "store/store_message.h"

enum { WORD_MAX = 320, LONG_ENOUGH = 8, NAME_MAX_BYTES = 64, UUID_LENGTH = 36, ANY_SOURCE = -1 };

/* Whose number it is. A_THING: no person's. Behind A_ROW: of a row of that entity of the table; A_KEY: the key of such a row in the tenant's database. */
enum class { NOBODY, A_PERSON, A_VISITOR, A_PURCHASE, A_THING, A_CONTACT, A_ROW, A_KEY = A_ROW + ENTITY_PERSON_ENTITIES_MAX };

/* A thing that the person, or a row of the person's, is called. */
struct person_name {
	const char *text;	/* NULL: the slot is free */
	int class;		/* NOBODY: by rule 1, in any class and Source */
	int16_t source_id;	/* 0: the tenant's own */
};

/* ------------------------------------------------------------------ names */

static int
is_word_byte(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || strchr("._%+-@", c) != NULL;
}

static size_t
name_hash(const char *s, size_t n)
{
	size_t h = 5381;

	for (size_t i = 0; i < n; i++)
		h = h * 33 + (unsigned char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
	return h;
}

static void
name_add(struct person_matcher *m, int class, int16_t source_id, const char *text)
{
	size_t n = strlen(text), s;

	if (n == 0 || n >= WORD_MAX)
		return;
	for (s = name_hash(text, n) % m->nslots; m->slots[s].text != NULL; s = (s + 1) % m->nslots)
		if (m->slots[s].class == class && m->slots[s].source_id == source_id && strcmp(m->slots[s].text, text) == 0)
			return;
	m->slots[s] = (struct person_name){ .text = text, .class = class, .source_id = source_id };
	m->has_short |= class != NOBODY && n < LONG_ENOUGH;
}

static int
is_uuid(const char *text)
{
	if (strlen(text) != UUID_LENGTH)
		return 0;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return 0;
	return 1;
}

/* An address or a UUID is nobody else's, wherever it stands. */
static void
id_add(struct person_matcher *m, int class, int16_t source_id, const char *text)
{
	const char *email = contact_email(m->person->arena, text);

	name_add(m, class, source_id, text);
	if (email != NULL || is_uuid(text))
		name_add(m, NOBODY, 0, email != NULL ? email : text);
}

void
person_matcher_init(struct person_matcher *m, const struct person *p)
{
	*m = (struct person_matcher){ .person = p };
	m->nslots = 16 + 3 * (p->ncontacts + p->nids + p->npurchases + p->nemails + p->nrows);
	m->slots = arena_new(p->arena, struct person_name, m->nslots);
	for (size_t i = 0; i < p->ncontacts; i++)
		name_add(m, A_CONTACT, 0, arena_printf(p->arena, "%" PRId64, p->contacts[i]));
	for (size_t i = 0; i < p->nemails; i++)
		name_add(m, NOBODY, 0, p->emails[i]);
	for (size_t i = 0; i < p->nids; i++)
		id_add(m, A_PERSON, p->ids[i].source_id, p->ids[i].text);
	for (size_t i = 0; i < p->npurchases; i++)
		id_add(m, A_PURCHASE, p->purchases[i].source_id, p->purchases[i].text);
	for (size_t i = 0; i < p->nrows; i++)
		id_add(m, (p->rows[i].source_id == 0 ? A_KEY : A_ROW) + (int)(p->rows[i].e - entities), p->rows[i].source_id, p->rows[i].text);
}

/* The person, in a place of this class. */
static int
name_known(const struct person_matcher *m, int class, int16_t source_id, const char *text)
{
	for (size_t s = name_hash(text, strlen(text)) % m->nslots; m->slots[s].text != NULL; s = (s + 1) % m->nslots)
		if (m->slots[s].class == class && m->slots[s].source_id == source_id && strcmp(m->slots[s].text, text) == 0)
			return 1;
	return 0;
}

/* ------------------------------------------------------------------ words */

/* What a text holds: a word by rule 1, a number by rule 4. */
struct words { int sure, number; };

static void
word_look_up(const struct person_matcher *m, int source_id, const char *s, size_t n, struct words *found)
{
	while (n > 0 && strchr(".-", s[n - 1]) != NULL)	/* the end of a sentence */
		n--;
	while (n > 0 && strchr(".-", s[0]) != NULL) {
		s++;
		n--;
	}
	if (n < 3 || n >= WORD_MAX)
		return;
	for (size_t slot = name_hash(s, n) % m->nslots; m->slots[slot].text != NULL; slot = (slot + 1) % m->nslots) {
		const struct person_name *name = &m->slots[slot];

		if (strlen(name->text) != n || strncasecmp(name->text, s, n) != 0)
			continue;
		found->sure |= name->class == NOBODY;
		found->number |= n >= LONG_ENOUGH && name->source_id != 0 && (source_id == ANY_SOURCE || name->source_id == source_id);
	}
}

static void
words_find(const struct person_matcher *m, int source_id, const char *text, size_t n, struct words *found)
{
	for (size_t i = 0; i < n; i++) {
		size_t begin = i;

		while (i < n && is_word_byte((unsigned char)text[i]) && text[i] != '\0')
			i++;
		if (i > begin)
			word_look_up(m, source_id, text + begin, i - begin, found);
	}
}

int
person_match_word(const struct person_matcher *m, const char *text, size_t n)
{
	struct words found = { 0 };

	if (text != NULL)
		words_find(m, 0, text, n, &found);
	return found.sure;
}

int
person_match_any(const struct person_matcher *m, const char *text, size_t n)
{
	struct words found = { 0 };

	if (text != NULL)
		words_find(m, ANY_SOURCE, text, n, &found);
	return found.sure || found.number;
}

/* Also what a percent-encoded text says. */
static void
words_find_encoded(const struct person_matcher *m, int source_id, const char *text, size_t n, struct words *found)
{
	struct arena a = { 0 };
	size_t length;
	char *decoded;

	if (text == NULL || n == 0)
		return;
	words_find(m, source_id, text, n, found);
	if (found->sure || (memchr(text, '%', n) == NULL && memchr(text, '+', n) == NULL))
		return;
	if ((decoded = text_url_decode(&a, text, n, 1, &length)) != NULL)
		words_find(m, source_id, decoded, length, found);
	arena_done(&a);
}

/* ------------------------------------------------------------------ JSON: places */

static int
same_plain(const char *plain, const char *name)
{
	return strcasecmp(plain, name) == 0;
}

static int
class_of(const char *plain)
{
	static const struct { const char *name; enum class class; } names[] = {
		{ "customer", A_PERSON }, { "contact", A_PERSON }, { "client", A_PERSON }, { "subscriber", A_PERSON }, { "drupal", A_PERSON }, { "contactidentifier", A_PERSON },
		{ "contactconnexion", A_PERSON }, { "newsletter", A_PERSON },
		{ "user", A_VISITOR }, { "member", A_VISITOR }, { "participant", A_VISITOR },	/* or somebody of the shop: no sign that it is about another person */
		{ "order", A_PURCHASE }, { "purchase", A_PURCHASE }, { "purchaseheader", A_PURCHASE }, { "command", A_PURCHASE }, { "statuscommand", A_PURCHASE },
		{ "product", A_THING }, { "variant", A_THING }, { "item", A_THING }, { "lineitem", A_THING }, { "shop", A_THING }, { "location", A_THING },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(plain, names[i].name) == 0)
			return names[i].class;
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (same_plain(plain, e->name))
			return entity_is_personal(e) ? A_ROW + (int)(e - entities) : A_THING;
	return NOBODY;
}

static void
cut_end(char *plain, const char *end)
{
	size_t n = strlen(plain), length = strlen(end);

	if (n >= length && strcmp(plain + n - length, end) == 0)
		plain[n - length] = '\0';
}

/* Letters only, lower case: "Customer_ID" and "customerId" are one name. */
static void
plain_name(const char *name, char out[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (; *name != '\0' && n + 1 < NAME_MAX_BYTES; name++)
		if (isalpha((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

/* What an object of this name is, in another: "ContactExternalKey", "orders"; a bare "ExternalKey" or "Identifiers" names what it stands in. */
static int
class_of_object(const char *name, int object)
{
	char plain[NAME_MAX_BYTES];
	int class;

	plain_name(name, plain);
	if (strcmp(plain, "identifiers") == 0)
		return object;
	cut_end(plain, "externalkey");
	if (*plain == '\0')
		return object;
	if ((class = class_of(plain)) != NOBODY)
		return class;
	cut_end(plain, "s");
	return class_of(plain);
}

/* A row's own columns: its key in the tenant's database, which only the platform Standard knows, and the identifier that its Source gave it ("CardIdentifier"). */
static int
class_of_column(const char *plain, int knows_keys)
{
	for (const struct entity *e = entities; e->name != NULL; e++) {
		if (same_plain(plain, e->key))
			return knows_keys && entity_is_personal(e) ? A_KEY + (int)(e - entities) : NOBODY;
		if (e->natural[0] != NULL && e->natural[1] != NULL && strcmp(e->natural[1], "SourceId") == 0 && strcmp(e->natural[0], "Identifier") != 0 && same_plain(plain, e->natural[0]))
			return entity_is_personal(e) ? A_ROW + (int)(e - entities) : A_THING;
	}
	return NOBODY;
}

static int
class_of_name(char *plain, const char *end, int knows_keys)
{
	int column = class_of_column(plain, knows_keys), class;

	cut_end(plain, end);
	class = class_of(plain);
	return class != NOBODY && class < A_ROW ? class : column != NOBODY ? column : class;
}

/* Whose number a member of this name holds, in an object of this class. */
static int
class_of_number(const char *name, int object, int knows_keys)
{
	static const char *const ends[] = { "identifier", "ids", "id" };
	char plain[NAME_MAX_BYTES];

	plain_name(name, plain);
	if (knows_keys && strcmp(plain, "contactid") == 0)
		return A_CONTACT;
	if (strncmp(plain, "xshopify", 8) == 0)	/* a header */
		memmove(plain, plain + 8, strlen(plain + 8) + 1);
	if (strcmp(plain, "orderstoredact") == 0 || strcmp(plain, "ordersrequested") == 0)
		return A_PURCHASE;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t n = strlen(plain), end = strlen(ends[i]);

		if (n >= end && strcmp(plain + n - end, ends[i]) == 0)
			return n == end ? object : class_of_name(plain, ends[i], knows_keys);
	}
	return NOBODY;
}

/* ------------------------------------------------------------------ JSON: what stands there */

struct walk {
	const struct person_matcher *m;
	int16_t source_id;			/* of the message */
	int knows_keys;				/* its platform calls rows by the tenant's own keys */
	int hit, row;				/* the person's number, a row's */
	int other, other_purchase;		/* another's */
	struct words words;
};

/* "gid://shopify/Customer/5" is a number with its class. */
static const char *
global_id(const char *text, int *class)
{
	const char *name, *end;
	char part[NAME_MAX_BYTES];

	if (strncmp(text, "gid://", 6) != 0 || (name = strchr(text + 6, '/')) == NULL || (end = strchr(++name, '/')) == NULL || (size_t)(end - name) >= sizeof part)
		return text;
	memcpy(part, name, (size_t)(end - name));
	part[end - name] = '\0';
	*class = class_of_object(part, NOBODY);
	return end + 1;
}

static void
walk_number(struct walk *w, const char *text, int class, int16_t source_id)
{
	int hit;

	if (class == A_PERSON || class == A_VISITOR)
		hit = name_known(w->m, A_PERSON, source_id, text);
	else
		hit = name_known(w->m, class, class == A_CONTACT || class >= A_KEY ? 0 : source_id, text);
	if (class >= A_ROW)
		w->row |= hit;
	else
		w->hit |= hit;
	w->other |= !hit && (class == A_PERSON || class == A_CONTACT);
	w->other_purchase |= !hit && class == A_PURCHASE;
}

static void
walk_scalar(struct walk *w, struct json_object *o, int class, int16_t source_id)
{
	const char *text = json_object_get_string(o);
	struct words words = { 0 };

	if (text == NULL || json_object_is_type(o, json_type_boolean))
		return;
	text = global_id(text, &class);
	words_find(w->m, source_id, text, strlen(text), &words);
	w->words.sure |= words.sure;
	w->words.number |= words.number && class == NOBODY;	/* what stands in another's place is another's */
	if (class != NOBODY && *text != '\0')
		walk_number(w, text, class, source_id);
}

/* The member of this name, in any case, as text; NULL when there is none. */
static const char *
member(struct json_object *o, const char *name)
{
	json_object_object_foreach(o, key, value)
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(value);
	return NULL;
}

/* The Source that an object names; 0, or none, is the message's. */
static int16_t
source_of(const struct walk *w, struct json_object *o)
{
	const char *text = member(o, "SourceId");
	int64_t id;

	return text != NULL && text_int64(text, &id) == 0 && id > 0 && id <= INT16_MAX ? (int16_t)id : w->source_id;
}

/* A purchase that is known by more than its number. */
static void
walk_purchase(struct walk *w, struct json_object *o, int16_t source_id)
{
	const char *number = member(o, "PurchaseIdentifier"), *checkout = member(o, "CheckoutIdentifier"), *store = member(o, "StoreIdentifier");
	struct arena a = { 0 };

	if (number != NULL && (checkout != NULL || store != NULL))
		w->hit |= name_known(w->m, A_PURCHASE, source_id, purchase_key(&a, number, checkout, store));
	arena_done(&a);
}

static void
walk_value(struct walk *w, struct json_object *o, const char *name, int object, int16_t source_id)
{
	if (json_object_is_type(o, json_type_object)) {
		int inner = class_of_object(name, object);
		int16_t source = source_of(w, o);

		walk_purchase(w, o, source);
		json_object_object_foreach(o, key, value)
			walk_value(w, value, key, inner, source);
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk_value(w, json_object_array_get_idx(o, i), name, object, source_id);
	} else {
		walk_scalar(w, o, class_of_number(name, object, w->knows_keys), source_id);
	}
}

/* ------------------------------------------------------------------ the message */

static int
key_matches(const struct person_text *t, const char *id)
{
	unsigned char key[STORE_HASH_BYTES];

	store_message_ordering_key(t->tenant_id, t->platform, t->entity, id, key);
	return memcmp(key, t->ordering_key, sizeof key) == 0;
}

static int
match_ordering(const struct person *p, const struct person_text *t)
{
	int class = class_of_object(t->entity, NOBODY);

	for (size_t i = 0; t->ordering_key != NULL && class != A_PURCHASE && i < p->nids; i++)
		if (p->ids[i].source_id == t->source_id && key_matches(t, p->ids[i].text))
			return 1;
	for (size_t i = 0; t->ordering_key != NULL && class != A_PERSON && class != A_VISITOR && i < p->npurchases; i++)
		if (p->purchases[i].source_id == t->source_id && key_matches(t, p->purchases[i].text))
			return 1;
	return 0;
}

/* What its JSON says, body and headers. 0 when the body is none. */
static int
walk_message(struct walk *w, const struct person_text *t)
{
	struct json_object *o;

	if (json_parse(t->headers, strlen(t->headers), &o, NULL) == 0) {
		walk_value(w, o, "", NOBODY, t->source_id);
		json_object_put(o);
	}
	if (t->body_bytes == 0 || json_parse(t->body, t->body_bytes, &o, NULL) < 0)
		return 0;
	walk_value(w, o, t->entity, NOBODY, t->source_id);
	json_object_put(o);
	return 1;
}

/* Reading JSON is dear: only where a look at the bytes does not say that there is nothing. */
enum person_match
person_match(const struct person_matcher *m, const struct person_text *t)
{
	struct walk w = { .m = m, .source_id = t->source_id, .knows_keys = strcasecmp(t->platform, "Standard") == 0 };
	struct words body = { 0 }, beside = { 0 };

	if (t->body_bytes == 0 && match_ordering(m->person, t))
		return PERSON_MATCH_ABOUT;
	words_find_encoded(m, ANY_SOURCE, t->body, t->body_bytes, &body);
	words_find_encoded(m, t->source_id, t->headers, strlen(t->headers), &beside);
	words_find_encoded(m, t->source_id, t->uri, strlen(t->uri), &beside);
	if ((body.sure || body.number || beside.number || m->has_short || memchr(t->body, '\\', t->body_bytes) != NULL) && !walk_message(&w, t)) {
		body = (struct words){ .sure = body.sure };
		words_find_encoded(m, t->source_id, t->body, t->body_bytes, &w.words);
	}
	if (w.hit)
		return PERSON_MATCH_ABOUT;
	if (body.sure || beside.sure || w.words.sure || w.row)
		return w.other ? PERSON_MATCH_MENTION : PERSON_MATCH_ABOUT;
	return (w.words.number || beside.number) && !w.other && !w.other_purchase ? PERSON_MATCH_MENTION : PERSON_MATCH_NONE;
}
