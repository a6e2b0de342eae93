/*
 * attempts - passwords: verified ones are remembered for a minute after their last use, and hashes
 * are computed one at a time. (Wrong ones are counted by store/registry/store_attempt.h.)
 *
 * In memory, per process, bounded, thread-safe; nothing of a password is kept but a keyed hash
 * under a key that this process made up.
 *
 * A password hash is slow on purpose, so a flood of logins must not take the processor, nor all the
 * threads that take webhooks: one hash is computed at a time, a few threads wait for their turn,
 * and those that ask the same question as the one at work share its answer. Whoever signed in a
 * moment ago asks none.
 */
#ifndef FCGI_ACCESS_ATTEMPTS_H
#define FCGI_ACCESS_ATTEMPTS_H

#include <stdint.h>

enum { ATTEMPTS_REMEMBER_S = 60, ATTEMPTS_TURN_MS = 2000 };

enum attempts_turn { ATTEMPTS_BUSY = -1, ATTEMPTS_MINE, ATTEMPTS_RIGHT, ATTEMPTS_WRONG };

/* Waits until this thread may compute the hash of a login's password. MINE: do so,
 * attempts_turn_end() must follow. RIGHT, WRONG: another thread has just found out the same. BUSY:
 * "most" threads wait already, it took ATTEMPTS_TURN_MS, or the other thread found out nothing. */
enum attempts_turn attempts_turn(
    int64_t alias_id, const char *login, const char *password, int most);

/* RIGHT or WRONG; BUSY when it could not be found out. */
void attempts_turn_end(enum attempts_turn answer);

/* Remembers that this password was right against this stored hash (a changed password changes the
 * hash, so it is forgotten at once). */
void attempts_remember(int64_t user_id, const char *password_hash, const char *password);

/* 1 when it is remembered; it then is for another minute. */
int attempts_remembered(int64_t user_id, const char *password_hash, const char *password);

/* Forgets everything; for tests. */
void attempts_reset(void);

#endif
