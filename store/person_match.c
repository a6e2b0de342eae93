#include "config.h"

#include "store/person_match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/text.h"
#include "store/person.h"
#include "store/store_message.h"

enum { WORD_MAX = 320, LONG_ENOUGH = 8, NAME_MAX_BYTES = 64 };

/* ------------------------------------------------------------------ words */

static int
is_word_byte(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || strchr("._%+-@", c) != NULL;
}

static size_t
word_hash(const char *s, size_t n)
{
	size_t h = 5381;

	for (size_t i = 0; i < n; i++)
		h = h * 33 + (unsigned char)s[i];
	return h;
}

static void
word_add(struct person_matcher *m, const char *text)
{
	char *word = text_lower(arena_strdup(m->person->arena, text));
	size_t n = strlen(word), s;

	for (size_t i = 0; i < n; i++)
		if (!is_word_byte((unsigned char)word[i]) || word[i] == '\0')
			return;
	if (n >= WORD_MAX)
		return;
	for (s = word_hash(word, n) % m->nslots; m->slots[s] != NULL; s = (s + 1) % m->nslots)
		if (strcmp(m->slots[s], word) == 0)
			return;
	m->slots[s] = word;
}

/* Only what nobody else can be called. */
static void
id_add(struct person_matcher *m, const char *text)
{
	if (strlen(text) >= LONG_ENOUGH)
		word_add(m, text);
	else
		m->has_short = 1;
}

void
person_matcher_init(struct person_matcher *m, const struct person *p)
{
	*m = (struct person_matcher){ .person = p, .has_short = p->ncontacts > 0 };
	m->nslots = 16 + 2 * (p->nids + p->npurchases + p->nemails + p->nwords);
	m->slots = arena_new(p->arena, const char *, m->nslots);
	for (size_t i = 0; i < p->nemails; i++)
		word_add(m, p->emails[i]);
	for (size_t i = 0; i < p->nids; i++)
		id_add(m, p->ids[i].text);
	for (size_t i = 0; i < p->npurchases; i++)
		id_add(m, p->purchases[i].text);
	for (size_t i = 0; i < p->nwords; i++)
		if (strlen(p->words[i]) >= LONG_ENOUGH)
			word_add(m, p->words[i]);
}

static int
word_known(const struct person_matcher *m, const char *s, size_t n)
{
	char word[WORD_MAX];
	size_t slot;

	while (n > 0 && strchr(".-", s[n - 1]) != NULL)	/* the end of a sentence */
		n--;
	while (n > 0 && strchr(".-", s[0]) != NULL) {
		s++;
		n--;
	}
	if (n < 3 || n >= WORD_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		word[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	word[n] = '\0';
	for (slot = word_hash(word, n) % m->nslots; m->slots[slot] != NULL; slot = (slot + 1) % m->nslots)
		if (strcmp(m->slots[slot], word) == 0)
			return 1;
	return 0;
}

int
person_match_word(const struct person_matcher *m, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t begin = i;

		while (i < n && is_word_byte((unsigned char)text[i]) && text[i] != '\0')
			i++;
		if (i > begin && word_known(m, text + begin, i - begin))
			return 1;
	}
	return 0;
}

/* Also what a percent-encoded text says. */
static int
match_encoded(const struct person_matcher *m, const char *text, size_t n)
{
	struct arena a = { 0 };
	size_t length;
	char *decoded;
	int hit;

	if (text == NULL || n == 0)
		return 0;
	if (person_match_word(m, text, n))
		return 1;
	if (memchr(text, '%', n) == NULL && memchr(text, '+', n) == NULL)
		return 0;
	decoded = text_url_decode(&a, text, n, 1, &length);
	hit = decoded != NULL && person_match_word(m, decoded, length);
	arena_done(&a);
	return hit;
}

/* ------------------------------------------------------------------ JSON */

enum class { NOBODY, A_PERSON, A_VISITOR, A_PURCHASE, A_CONTACT };

static enum class
class_of(const char *name)
{
	static const struct { const char *name; enum class class; } names[] = {
		{ "customer", A_PERSON }, { "contact", A_PERSON }, { "client", A_PERSON }, { "subscriber", A_PERSON }, { "drupal", A_PERSON },
		{ "user", A_VISITOR }, { "member", A_VISITOR }, { "participant", A_VISITOR },	/* or somebody of the shop: no sign that it is about another person */
		{ "order", A_PURCHASE }, { "purchase", A_PURCHASE }, { "purchaseheader", A_PURCHASE }, { "command", A_PURCHASE },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].class;
	return NOBODY;
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

/* Whose number a member of this name holds, in an object of this class. */
static enum class
class_of_number(const char *name, enum class object)
{
	static const char *const ends[] = { "identifier", "id" };
	char plain[NAME_MAX_BYTES];

	plain_name(name, plain);
	if (strcmp(plain, "contactid") == 0)
		return A_CONTACT;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t n = strlen(plain), end = strlen(ends[i]);

		if (n < end || strcmp(plain + n - end, ends[i]) != 0)
			continue;
		plain[n - end] = '\0';
		return n == end ? object : class_of(plain);
	}
	return NOBODY;
}

struct walk {
	const struct person_matcher *m;
	int16_t source_id;
	int number, word, other;	/* the person by rule 2, by rule 1; another person by rule 2 */
};

static int
id_in(const struct person_id *ids, size_t n, int16_t source_id, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i].source_id == source_id && strcmp(ids[i].text, text) == 0)
			return 1;
	return 0;
}

static int
contact_in(const struct person *p, const char *text)
{
	int64_t id;

	if (text_int64(text, &id) != 0)
		return 0;
	for (size_t i = 0; i < p->ncontacts; i++)
		if (p->contacts[i] == id)
			return 1;
	return 0;
}

static void
walk_scalar(struct walk *w, struct json_object *o, enum class class)
{
	const struct person *p = w->m->person;
	const char *text = json_object_get_string(o);
	int hit = 0;

	if (text == NULL || json_object_is_type(o, json_type_boolean))
		return;
	w->word |= person_match_word(w->m, text, strlen(text));
	if (class == NOBODY || *text == '\0')
		return;
	if (class == A_PERSON || class == A_VISITOR)
		hit = id_in(p->ids, p->nids, w->source_id, text);
	else if (class == A_PURCHASE)
		hit = id_in(p->purchases, p->npurchases, w->source_id, text);
	else
		hit = contact_in(p, text);
	w->number |= hit;
	w->other |= !hit && (class == A_PERSON || class == A_CONTACT);
}

static void
walk_value(struct walk *w, struct json_object *o, const char *name, enum class object)
{
	char plain[NAME_MAX_BYTES];

	if (json_object_is_type(o, json_type_object)) {
		enum class inner;

		plain_name(name, plain);
		inner = class_of(plain);
		json_object_object_foreach(o, key, value)
			walk_value(w, value, key, inner);
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk_value(w, json_object_array_get_idx(o, i), name, object);
	} else {
		walk_scalar(w, o, class_of_number(name, object));
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
	char plain[NAME_MAX_BYTES];
	enum class class;

	plain_name(t->entity, plain);
	class = class_of(plain);
	for (size_t i = 0; t->ordering_key != NULL && class != A_PURCHASE && i < p->nids; i++)
		if (p->ids[i].source_id == t->source_id && key_matches(t, p->ids[i].text))
			return 1;
	for (size_t i = 0; t->ordering_key != NULL && class != A_PERSON && class != A_VISITOR && i < p->npurchases; i++)
		if (p->purchases[i].source_id == t->source_id && key_matches(t, p->purchases[i].text))
			return 1;
	return 0;
}

/* A member of an array of numbers under a purchase's name ("orders_to_redact": [1, 2]) is found by rule 1 only. */
enum person_match
person_match(const struct person_matcher *m, const struct person_text *t)
{
	struct walk w = { .m = m, .source_id = t->source_id };
	struct json_object *o;
	int word = match_encoded(m, t->body, t->body_bytes) || match_encoded(m, t->headers, strlen(t->headers)) || match_encoded(m, t->uri, strlen(t->uri));

	if (t->body_bytes == 0 && match_ordering(m->person, t))
		return PERSON_MATCH_ABOUT;
	if (t->body_bytes > 0 && (word || m->has_short || memchr(t->body, '\\', t->body_bytes) != NULL) && json_parse(t->body, t->body_bytes, &o, NULL) == 0) {
		walk_value(&w, o, t->entity, NOBODY);
		json_object_put(o);
	}
	if (w.number)
		return PERSON_MATCH_ABOUT;
	return !word && !w.word ? PERSON_MATCH_NONE : w.other ? PERSON_MATCH_MENTION : PERSON_MATCH_ABOUT;
}
