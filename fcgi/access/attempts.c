#include "config.h"

#include "fcgi/access/attempts.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/secret.h"

enum { REMEMBER_SLOTS = 1024, KEY_BYTES = 32, TURNS_KEPT = 16 };

struct verified {
	unsigned char key[KEY_BYTES];
	usec_t until;
};

static pthread_mutex_t attempts_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t attempts_once = PTHREAD_ONCE_INIT;
static unsigned char attempts_key[KEY_BYTES];
static struct verified verifieds[REMEMBER_SLOTS];
static pthread_cond_t attempts_turns = PTHREAD_COND_INITIALIZER;
static int hashing, waiting;		/* threads that compute a hash, that wait to */
static uint64_t turn;			/* number of the hash that is or was computed last */
static unsigned char turn_key[KEY_BYTES];	/* whose it is */
static enum attempts_turn turn_answers[TURNS_KEPT];	/* of the last ones, by number */

static void
attempts_key_make(void)
{
	secret_random(attempts_key, sizeof attempts_key);
}

/* A keyed hash, so that no client can aim at a slot and memory holds no password. The closing NULs
 * keep the parts apart. */
static void
key_of(int64_t id, const char *s, const char *t, unsigned char out[64])
{
	char number[24];
	const size_t digits = (size_t)snprintf(number, sizeof number, "%lld", (long long)id);
	const struct secret_part parts[] = {
		{ .p = number, .n = digits + 1 },
		{ .p = s, .n = strlen(s) + 1 },
		{ .p = t, .n = strlen(t) + 1 },
	};

	pthread_once(&attempts_once, attempts_key_make);
	secret_hmac(SECRET_HASH_SHA256, attempts_key, sizeof attempts_key, parts,
	    sizeof parts / sizeof parts[0], out);
}

static size_t
slot_of(const unsigned char *key)
{
	return ((size_t)key[0] << 16 | (size_t)key[1] << 8 | key[2]) % REMEMBER_SLOTS;
}

/* Waits until some thread's hash is done. 0, or -1 on timeout. The mutex is held. */
static int
turn_wait(const struct timespec *until)
{
	return pthread_cond_clockwait(&attempts_turns, &attempts_mutex, CLOCK_MONOTONIC, until) ==
		0 ?
	    0 :
	    -1;
}

/* Waits for the answer that another thread computes for the same password. */
static enum attempts_turn
turn_share(const struct timespec *until)
{
	const uint64_t mine = turn;

	while (hashing > 0 && turn == mine)
		if (turn_wait(until) < 0)
			return ATTEMPTS_BUSY;
	if (turn - mine >= TURNS_KEPT)
		return ATTEMPTS_BUSY;
	return turn_answers[mine % TURNS_KEPT];
}

static enum attempts_turn
turn_take(const unsigned char *key, int most, const struct timespec *until)
{
	int rc = 0;

	if (hashing > 0 && waiting >= most)
		return ATTEMPTS_BUSY;
	waiting++;
	while (rc == 0 && hashing > 0)
		rc = turn_wait(until);
	waiting--;
	if (rc < 0)
		return ATTEMPTS_BUSY;
	hashing = 1;
	memcpy(turn_key, key, KEY_BYTES);
	turn_answers[++turn % TURNS_KEPT] = ATTEMPTS_BUSY;
	return ATTEMPTS_MINE;
}

enum attempts_turn
attempts_turn(int64_t alias_id, const char *login, const char *password, int most)
{
	unsigned char key[64];
	enum attempts_turn t;
	struct timespec until;

	key_of(alias_id, login, password, key);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ATTEMPTS_TURN_MS / 1000;
	pthread_mutex_lock(&attempts_mutex);
	t = hashing > 0 && secret_equal(turn_key, key, KEY_BYTES) ? turn_share(&until) :
								    turn_take(key, most, &until);
	pthread_mutex_unlock(&attempts_mutex);
	return t;
}

void
attempts_turn_end(enum attempts_turn answer)
{
	pthread_mutex_lock(&attempts_mutex);
	hashing = 0;
	turn_answers[turn % TURNS_KEPT] = answer;
	pthread_cond_broadcast(&attempts_turns);
	pthread_mutex_unlock(&attempts_mutex);
}

void
attempts_remember(int64_t user_id, const char *password_hash, const char *password)
{
	unsigned char key[64];
	struct verified *v;

	key_of(user_id, password_hash, password, key);
	pthread_mutex_lock(&attempts_mutex);
	v = &verifieds[slot_of(key)];
	memcpy(v->key, key, KEY_BYTES);
	v->until = clock_monotonic_us() + ATTEMPTS_REMEMBER_S * USEC_SEC;
	pthread_mutex_unlock(&attempts_mutex);
}

int
attempts_remembered(int64_t user_id, const char *password_hash, const char *password)
{
	struct verified *v;
	unsigned char key[64];
	int is;

	key_of(user_id, password_hash, password, key);
	pthread_mutex_lock(&attempts_mutex);
	v = &verifieds[slot_of(key)];
	is = v->until > clock_monotonic_us() && secret_equal(v->key, key, KEY_BYTES);
	if (is)
		v->until = clock_monotonic_us() + ATTEMPTS_REMEMBER_S * USEC_SEC;
	pthread_mutex_unlock(&attempts_mutex);
	return is;
}

void
attempts_reset(void)
{
	pthread_mutex_lock(&attempts_mutex);
	memset(verifieds, 0, sizeof verifieds);
	pthread_mutex_unlock(&attempts_mutex);
}
