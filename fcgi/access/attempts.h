/*
 * attempts - passwords. A verified one is remembered for a minute after its last use. Hashes are
 * computed one at a time. (Wrong ones are counted by store/registry/store_attempt.h.)
 *
 * In memory, per process, bounded, thread-safe; of a password, only a keyed hash is kept, under a
 * random key of this process.
 *
 * A password hash is slow on purpose. So that a flood of logins takes neither the processor nor all
 * threads, one hash is computed at a time and only a few threads wait for their turn. Threads that
 * check the same password share the answer. Recent sign-ins need no hash.
 */
#ifndef FCGI_ACCESS_ATTEMPTS_H
#define FCGI_ACCESS_ATTEMPTS_H

#include <stdint.h>

enum { ATTEMPTS_REMEMBER_S = 60, ATTEMPTS_TURN_MS = 2000 };

enum attempts_turn { ATTEMPTS_BUSY = -1, ATTEMPTS_MINE, ATTEMPTS_RIGHT, ATTEMPTS_WRONG };

/* Waits until this thread may compute the hash of a login's password. MINE: the caller computes it
 * and then calls attempts_turn_end(). RIGHT, WRONG: another thread has just checked the same
 * password. BUSY: "most" threads already wait, ATTEMPTS_TURN_MS passed, or the other thread got no
 * answer. */
enum attempts_turn attempts_turn(
    int64_t alias_id, const char *login, const char *password, int most);

/* The answer: RIGHT or WRONG; BUSY when the hash could not be computed. */
void attempts_turn_end(enum attempts_turn answer);

/* Remembers that this password was right against this stored hash (a changed password changes the
 * hash, so it is forgotten at once). */
void attempts_remember(int64_t user_id, const char *password_hash, const char *password);

/* 1 when the password is remembered. It then stays remembered for another minute. */
int attempts_remembered(int64_t user_id, const char *password_hash, const char *password);

/* Forgets everything; for tests. */
void attempts_reset(void);

#endif
