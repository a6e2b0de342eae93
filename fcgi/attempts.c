#include "config.h"

#include "fcgi/attempts.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/secret.h"

enum { SLOTS = 4096, WAYS = 8, REMEMBER_SLOTS = 1024, KEY_BYTES = 32 };

struct subject {
	unsigned char key[KEY_BYTES];
	usec_t until;			/* end of the window; 0 = free */
	int wrong;
};

struct verified {
	unsigned char key[KEY_BYTES];
	usec_t until;
};

static pthread_mutex_t attempts_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t attempts_once = PTHREAD_ONCE_INIT;
static unsigned char attempts_key[KEY_BYTES];
static struct subject subjects[SLOTS];
static struct verified verifieds[REMEMBER_SLOTS];

static void
attempts_key_make(void)
{
	secret_random(attempts_key, sizeof attempts_key);
}

/* A keyed hash, so that no client can aim at a slot and memory holds no password. The closing NULs keep the parts apart. */
static void
key_of(int64_t id, const char *s, const char *t, unsigned char out[64])
{
	char number[24];
	const struct secret_part parts[] = {
		{ .p = number, .n = (size_t)snprintf(number, sizeof number, "%lld", (long long)id) + 1 },
		{ .p = s, .n = strlen(s) + 1 }, { .p = t, .n = strlen(t) + 1 },
	};

	pthread_once(&attempts_once, attempts_key_make);
	secret_hmac(SECRET_HASH_SHA256, attempts_key, sizeof attempts_key, parts, sizeof parts / sizeof parts[0], out);
}

static size_t
slot_of(const unsigned char *key, size_t slots)
{
	return ((size_t)key[0] << 16 | (size_t)key[1] << 8 | key[2]) % slots;
}

/* The subject's own place, or NULL. */
static struct subject *
subject_find(const unsigned char *key)
{
	size_t first = slot_of(key, SLOTS);

	for (size_t i = 0; i < WAYS; i++) {
		struct subject *s = &subjects[(first + i) % SLOTS];

		if (s->until != 0 && memcmp(s->key, key, KEY_BYTES) == 0)
			return s;
	}
	return NULL;
}

/* The place whose window ends first, when all are taken. */
static struct subject *
subject_replace(const unsigned char *key)
{
	size_t first = slot_of(key, SLOTS);
	struct subject *oldest = &subjects[first];

	for (size_t i = 1; i < WAYS; i++) {
		struct subject *s = &subjects[(first + i) % SLOTS];

		if (s->until < oldest->until)
			oldest = s;
	}
	return oldest;
}

int
attempts_wait_s(const char *address, int64_t alias_id, const char *login)
{
	usec_t now = clock_monotonic_us();
	unsigned char key[64];
	struct subject *s;
	int wait_s = 0;

	key_of(alias_id, address, login, key);
	pthread_mutex_lock(&attempts_mutex);
	s = subject_find(key);
	if (s != NULL && s->wrong >= ATTEMPTS_MAX && s->until > now)
		wait_s = (int)((s->until - now + USEC_SEC - 1) / USEC_SEC);
	pthread_mutex_unlock(&attempts_mutex);
	return wait_s;
}

void
attempts_count(const char *address, int64_t alias_id, const char *login)
{
	usec_t now = clock_monotonic_us();
	unsigned char key[64];
	struct subject *s;

	key_of(alias_id, address, login, key);
	pthread_mutex_lock(&attempts_mutex);
	s = subject_find(key);
	if (s == NULL || s->until <= now) {
		if (s == NULL)
			s = subject_replace(key);
		*s = (struct subject){ .until = now + ATTEMPTS_WINDOW_S * USEC_SEC };
		memcpy(s->key, key, KEY_BYTES);
	}
	s->wrong++;
	pthread_mutex_unlock(&attempts_mutex);
}

void
attempts_remember(int64_t user_id, const char *password_hash, const char *password)
{
	unsigned char key[64];
	struct verified *v;

	key_of(user_id, password_hash, password, key);
	pthread_mutex_lock(&attempts_mutex);
	v = &verifieds[slot_of(key, REMEMBER_SLOTS)];
	memcpy(v->key, key, KEY_BYTES);
	v->until = clock_monotonic_us() + ATTEMPTS_REMEMBER_S * USEC_SEC;
	pthread_mutex_unlock(&attempts_mutex);
}

int
attempts_remembered(int64_t user_id, const char *password_hash, const char *password)
{
	const struct verified *v;
	unsigned char key[64];
	int is;

	key_of(user_id, password_hash, password, key);
	pthread_mutex_lock(&attempts_mutex);
	v = &verifieds[slot_of(key, REMEMBER_SLOTS)];
	is = v->until > clock_monotonic_us() && secret_equal(v->key, key, KEY_BYTES);
	pthread_mutex_unlock(&attempts_mutex);
	return is;
}

void
attempts_reset(void)
{
	pthread_mutex_lock(&attempts_mutex);
	memset(subjects, 0, sizeof subjects);
	memset(verifieds, 0, sizeof verifieds);
	pthread_mutex_unlock(&attempts_mutex);
}
