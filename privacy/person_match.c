#include "config.h"

#include "privacy/person_match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/format/content.h"
#include "lib/format/json.h"
#include "lib/format/mail_normal.h"
#include "lib/text.h"
#include "model/entity.h"
#include "privacy/person.h"
#include "privacy/person_place.h"
#include "store/contact.h"
#include "store/registry/store_message.h"

enum { WORD_MAX = 1024, LONG_ENOUGH = 8, UUID_LENGTH = 36, LOCAL_MAX = 64, ANY_SOURCE = -1 };

/* A thing that the person, or a row of the person's, is called. */
struct person_name {
	const char *text;	/* NULL: the slot is free */
	int class;		/* PERSON_PLACE_NOBODY: by rule 1, in any class and Source */
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
		if (m->slots[s].class == class && m->slots[s].source_id == source_id &&
		    strcmp(m->slots[s].text, text) == 0)
			return;
	m->slots[s] = (struct person_name){ .text = text, .class = class, .source_id = source_id };
	m->has_short |= class != PERSON_PLACE_NOBODY && n < LONG_ENOUGH;
}

static int
is_uuid(const char *text)
{
	static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != UUID_LENGTH)
		return 0;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (pattern[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
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
		name_add(m, PERSON_PLACE_NOBODY, 0, email != NULL ? email : text);
}

void
person_matcher_init(struct person_matcher *m, const struct person *p)
{
	*m = (struct person_matcher){ .person = p };
	m->nslots = 16 + 3 * (p->ncontacts + p->nids + p->npurchases + p->nemails + p->nrows);
	m->slots = arena_new(p->arena, struct person_name, m->nslots);
	for (size_t i = 0; i < p->ncontacts; i++)
		name_add(
		    m, PERSON_PLACE_CONTACT, 0, arena_printf(p->arena, "%" PRId64, p->contacts[i]));
	for (size_t i = 0; i < p->nemails; i++)
		name_add(m, PERSON_PLACE_NOBODY, 0, p->emails[i]);
	for (size_t i = 0; i < p->nids; i++)
		id_add(m, PERSON_PLACE_PERSON, p->ids[i].source_id, p->ids[i].text);
	for (size_t i = 0; i < p->npurchases; i++)
		id_add(m, PERSON_PLACE_PURCHASE, p->purchases[i].source_id, p->purchases[i].text);
	for (size_t i = 0; i < p->nrows; i++)
		id_add(m,
		    (p->rows[i].source_id == 0 ? PERSON_PLACE_KEY : PERSON_PLACE_ROW) +
			(int)(p->rows[i].e - entities),
		    p->rows[i].source_id, p->rows[i].text);
}

/* The person, in a place of this class. */
static int
name_known(const struct person_matcher *m, int class, int16_t source_id, const char *text)
{
	for (size_t s = name_hash(text, strlen(text)) % m->nslots; m->slots[s].text != NULL;
	     s = (s + 1) % m->nslots)
		if (m->slots[s].class == class && m->slots[s].source_id == source_id &&
		    strcmp(m->slots[s].text, text) == 0)
			return 1;
	return 0;
}

/* ------------------------------------------------------------------ words */

/* What a text holds: a word by rule 1, a number by rule 4. */
struct words { int sure, number; };

static void
word_look_up(
    const struct person_matcher *m, int source_id, const char *s, size_t n, struct words *found)
{
	while (n > 0 && strchr(".-", s[n - 1]) != NULL)	/* the end of a sentence */
		n--;
	while (n > 0 && strchr(".-", s[0]) != NULL) {
		s++;
		n--;
	}
	if (n < 3 || n >= WORD_MAX)
		return;
	for (size_t slot = name_hash(s, n) % m->nslots; m->slots[slot].text != NULL;
	     slot = (slot + 1) % m->nslots) {
		const struct person_name *name = &m->slots[slot];

		if (strlen(name->text) != n || strncasecmp(name->text, s, n) != 0)
			continue;
		found->sure |= name->class == PERSON_PLACE_NOBODY;
		if (n >= LONG_ENOUGH && name->source_id != 0)
			found->number |= source_id == ANY_SOURCE || name->source_id == source_id;
	}
}

/* Bytes of a full stop of other scripts, as between the labels of a domain, that a letter
 * follows. */
static size_t
dot_length(const char *s, size_t n)
{
	static const char *const dots[] = { "。", "．", "｡" };

	for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++) {
		size_t len = strlen(dots[i]);

		if (n > len && memcmp(s, dots[i], len) == 0 && text_letter(s + len, n - len) > 0)
			return len;
	}
	return 0;
}

/* Bytes from s on, at most n, that belong to one word in any script. */
static size_t
part_length(const char *s, size_t n)
{
	size_t used = 0, len;

	while (used < n) {
		if ((unsigned char)s[used] < 0x80)
			len = 1;
		else if ((len = text_letter(s + used, n - used)) == 0)
			len = dot_length(s + used, n - used);
		if (len == 0)
			break;
		used += len;
	}
	return used;
}

/* An address, however it is spelled. */
static void
address_look_up(const struct person_matcher *m, int source_id, const char *s, size_t n,
    struct words *found)
{
	struct arena a = { 0 };
	const char *normal;

	if (n >= WORD_MAX)
		return;
	normal = mail_normal(&a, arena_strndup(&a, s, n));
	if (normal != NULL)
		word_look_up(m, source_id, normal, strlen(normal), found);
	arena_done(&a);
}

/* Of a word with other bytes than ASCII's: its parts between the signs and blanks of other
 * scripts. */
static void
parts_look_up(const struct person_matcher *m, int source_id, const char *s, size_t n,
    struct words *found)
{
	for (size_t i = 0, length; i < n; i += length > 0 ? length : 1) {
		length = part_length(s + i, n - i);
		if (length < n)
			word_look_up(m, source_id, s + i, length, found);
		if (memchr(s + i, '@', length) != NULL)
			address_look_up(m, source_id, s + i, length, found);
	}
}

static int
is_sign(char c)
{
	return c != '\0' && strchr("!#$&'*/=?^`{|}~", c) != NULL;
}

/* The word at begin may be the end of an address that has a sign which also stands around words
 * ("o'neil@"). */
static void
longer_look_up(const struct person_matcher *m, int source_id, const char *text, size_t begin,
    size_t end, struct words *found)
{
	for (size_t from = begin; from > 0 && begin - from < LOCAL_MAX; from--) {
		const char c = text[from - 1];

		if (from < begin && !is_word_byte((unsigned char)c))
			address_look_up(m, source_id, text + from, end - from, found);
		if (!is_sign(c) && !is_word_byte((unsigned char)c))
			return;
	}
}

static void
words_find(
    const struct person_matcher *m, int source_id, const char *text, size_t n, struct words *found)
{
	for (size_t i = 0; i < n; i++) {
		size_t begin = i;
		int others = 0;

		for (; i < n && is_word_byte((unsigned char)text[i]) && text[i] != '\0'; i++)
			others |= (unsigned char)text[i] >= 0x80;
		if (i > begin)
			word_look_up(m, source_id, text + begin, i - begin, found);
		if (others || i - begin > MAIL_NORMAL_MAX)
			parts_look_up(m, source_id, text + begin, i - begin, found);
		if (memchr(text + begin, '@', i - begin) != NULL)
			longer_look_up(m, source_id, text, begin, i, found);
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
words_find_encoded(
    const struct person_matcher *m, int source_id, const char *text, size_t n, struct words *found)
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

/* ------------------------------------------------------------------ JSON */

struct walk {
	const struct person_matcher *m;
	int hit, row;				/* the person's number, a row's */
	int other, other_purchase;		/* another's */
	struct words words;
};

static void
walk_number(struct walk *w, const struct person_place *p)
{
	const int class = p->class;
	const char *text = p->text;
	int hit;

	if (class == PERSON_PLACE_PERSON || class == PERSON_PLACE_VISITOR)
		hit = name_known(w->m, PERSON_PLACE_PERSON, p->source_id, text);
	else
		hit = name_known(w->m, class,
		    class == PERSON_PLACE_CONTACT || class >= PERSON_PLACE_KEY ? 0 : p->source_id,
		    text);
	if (class >= PERSON_PLACE_ROW)
		w->row |= hit;
	else
		w->hit |= hit;
	w->other |= !hit && (class == PERSON_PLACE_PERSON || class == PERSON_PLACE_CONTACT);
	w->other_purchase |= !hit && class == PERSON_PLACE_PURCHASE;
}

static void
walk_place(void *arg, const struct person_place *p)
{
	struct walk *w = arg;
	struct words words = { 0 };

	words_find(w->m, p->source_id, p->text, strlen(p->text), &words);
	w->words.sure |= words.sure;
	w->words.number |= words.number &&
	    p->class == PERSON_PLACE_NOBODY; /* what stands in another's place is another's */
	if (p->class != PERSON_PLACE_NOBODY)
		walk_number(w, p);
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
	int class = person_place_of(t->entity);

	if (t->ordering_key == NULL)
		return 0;
	for (size_t i = 0; class != PERSON_PLACE_PURCHASE && i < p->nids; i++)
		if (p->ids[i].source_id == t->source_id && key_matches(t, p->ids[i].text))
			return 1;
	if (class == PERSON_PLACE_PERSON || class == PERSON_PLACE_VISITOR)
		return 0;
	for (size_t i = 0; i < p->npurchases; i++)
		if (p->purchases[i].source_id == t->source_id &&
		    key_matches(t, p->purchases[i].text))
			return 1;
	return 0;
}

/* Each value of its JSON, form post or query, and of its headers. 0 when it says nothing so. */
static int
person_walk(const struct person_text *t, void (*each)(void *arg, const struct person_place *p),
    void *arg)
{
	const struct person_places places = { .source_id = t->source_id,
	    .knows_keys = strcasecmp(t->platform, "Standard") == 0, .each = each, .arg = arg };
	const struct content_text text = { .kind = CONTENT_QUEUE,
		.method = t->method,
		.headers = t->headers,
		.uri = t->uri,
		.body = t->body,
		.bytes = t->body_bytes };
	struct arena scratch = { 0 };
	struct json_object *o;
	size_t repaired;
	int rc;

	if (json_parse(t->headers, strlen(t->headers), &o, NULL) == 0) {
		person_places_walk(&places, o, "");
		json_object_put(o);
	}
	rc = content_read(&scratch, &text, &o, &repaired, NULL);
	arena_done(&scratch);
	if (rc < 0)
		return 0;
	person_places_walk(&places, o, t->entity);
	json_object_put(o);
	return 1;
}

/* Who is named by number in a message of a Source. */
struct named {
	const struct person_matcher *m;
	int16_t source_id;
	int person, other;
};

static void
named_place(void *arg, const struct person_place *p)
{
	struct named *n = arg;
	const int is_contact = p->class == PERSON_PLACE_CONTACT;

	if (is_contact ? name_known(n->m, p->class, 0, p->text) :
	    name_known(n->m, PERSON_PLACE_PERSON, p->source_id, p->text))
		n->person |= is_contact || p->class == PERSON_PLACE_PERSON;
	else
		n->other |= is_contact || (p->class == PERSON_PLACE_PERSON &&
		    p->source_id == n->source_id);
}

int
person_match_others(const struct person_matcher *m, const struct person_text *t)
{
	struct named n = { .m = m, .source_id = t->source_id };

	person_walk(t, named_place, &n);
	return n.other && !n.person;
}

/* Reading JSON takes long, so it is read only when the bytes do not rule the person out. */
static int
must_walk(const struct person_matcher *m, const struct person_text *t, const struct words *body,
    const struct words *beside)
{
	if (body->sure || body->number)
		return 1;
	if (beside->number || m->has_short)
		return 1;
	if (beside->sure && t->body_bytes == 0)
		return 1;
	return memchr(t->body, '\\', t->body_bytes) != NULL;
}

enum person_match
person_match(const struct person_matcher *m, const struct person_text *t)
{
	struct walk w = { .m = m };
	struct words body = { 0 }, beside = { 0 };

	if (t->body_bytes == 0 && match_ordering(m->person, t))
		return PERSON_MATCH_ABOUT;
	words_find_encoded(m, ANY_SOURCE, t->body, t->body_bytes, &body);
	words_find_encoded(m, t->source_id, t->headers, strlen(t->headers), &beside);
	words_find_encoded(m, t->source_id, t->uri, strlen(t->uri), &beside);
	if (must_walk(m, t, &body, &beside) && !person_walk(t, walk_place, &w)) {
		body = (struct words){ .sure = body.sure };
		words_find_encoded(m, t->source_id, t->body, t->body_bytes, &w.words);
	}
	if (w.hit)
		return PERSON_MATCH_ABOUT;
	if (body.sure || beside.sure)
		w.words.sure = 1;
	if (w.words.sure || w.row)
		return w.other ? PERSON_MATCH_MENTION : PERSON_MATCH_ABOUT;
	if (w.other || w.other_purchase)
		return PERSON_MATCH_NONE;
	return w.words.number || beside.number ? PERSON_MATCH_MENTION : PERSON_MATCH_NONE;
}
