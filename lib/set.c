#include "config.h"

#include "lib/set.h"

#include <pthread.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"

/* Not GHashTable: the strings come from outside, so the hash needs a key; and the set's memory is
 * freed with its arena. */
enum { SLOTS_FIRST = 16 };

/* ------------------------------------------------------------------ hash: SipHash-1-3 (Aumasson
 * and Bernstein) */

static uint64_t hash_key[2];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void
hash_key_make(void)
{
	secret_random(hash_key, sizeof hash_key);
}

static uint64_t
turned(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = turned(v[1], 13) ^ v[0];
	v[3] = turned(v[3], 16) ^ v[2];
	v[0] = turned(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = turned(v[1], 17) ^ v[2];
	v[3] = turned(v[3], 21) ^ v[0];
	v[2] = turned(v[2], 32);
}

static void
hash_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	hash_round(v);
	v[0] ^= word;
}

static uint64_t
hash_of(const void *p, size_t n)
{
	const unsigned char *at = p, *end = at + n / 8 * 8;
	uint64_t v[4] = { hash_key[0] ^ 0x736f6d6570736575, hash_key[1] ^ 0x646f72616e646f6d,
		hash_key[0] ^ 0x6c7967656e657261, hash_key[1] ^ 0x7465646279746573 }, word;

	for (; at < end; at += 8) {
		memcpy(&word, at, 8);
		hash_word(v, word);
	}
	word = (uint64_t)n << 56;
	for (size_t i = 0; i < n % 8; i++)
		word |= (uint64_t)at[i] << 8 * i;
	hash_word(v, word);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		hash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ------------------------------------------------------------------ slots */

/* The slot that has the bytes, or the free one where they belong. */
static struct set_slot *
slot_of(const struct set *s, uint64_t hash, const void *p, size_t n)
{
	for (size_t i = hash & (s->nslots - 1);; i = (i + 1) & (s->nslots - 1)) {
		struct set_slot *slot = &s->slots[i];

		if (slot->p == NULL)
			return slot;
		if (slot->hash == hash && slot->n == n && memcmp(slot->p, p, n) == 0)
			return slot;
	}
}

static void
grow(struct set *s)
{
	struct set_slot *old = s->slots;
	size_t nold = s->nslots;

	s->nslots = nold == 0 ? SLOTS_FIRST : nold * 2;
	s->slots = arena_new(s->arena, struct set_slot, s->nslots);
	for (size_t i = 0; i < nold; i++)
		if (old[i].p != NULL)
			*slot_of(s, old[i].hash, old[i].p, old[i].n) = old[i];
}

/* ------------------------------------------------------------------ all */

void
set_init(struct set *s, struct arena *a)
{
	pthread_once(&hash_once, hash_key_make);
	*s = (struct set){ .arena = a };
}

int
set_add(struct set *s, const void *p, size_t n, size_t value, size_t *there)
{
	const uint64_t hash = hash_of(p, n);
	struct set_slot *slot;

	if (2 * (s->n + 1) > s->nslots)
		grow(s);
	slot = slot_of(s, hash, p, n);
	if (slot->p != NULL) {
		if (there != NULL)
			*there = slot->value;
		return 0;
	}
	*slot = (struct set_slot){ .hash = hash, .p = p, .n = n, .value = value };
	s->n++;
	return 1;
}

int
set_add_text(struct set *s, const char *text, size_t value, size_t *there)
{
	return set_add(s, text, strlen(text), value, there);
}

int
set_find(const struct set *s, const void *p, size_t n, size_t *value)
{
	const struct set_slot *slot = s->n == 0 ? NULL : slot_of(s, hash_of(p, n), p, n);

	if (slot == NULL || slot->p == NULL)
		return 0;
	if (value != NULL)
		*value = slot->value;
	return 1;
}

int
set_find_text(const struct set *s, const char *text, size_t *value)
{
	return set_find(s, text, strlen(text), value);
}
