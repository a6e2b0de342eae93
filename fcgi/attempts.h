/*
 * attempts - password attempts: verified ones are remembered for a minute, wrong ones are counted and limited.
 *
 * In memory, per process, bounded, thread-safe; nothing of a password is kept but a keyed hash under a key that this process made up.
 * A subject (who tries what from where) has ATTEMPTS_MAX wrong tries in ATTEMPTS_WINDOW_S; then each try is refused until the window ends. With several
 * worker processes each counts for itself.
 */
#ifndef FCGI_ATTEMPTS_H
#define FCGI_ATTEMPTS_H

#include <stdint.h>

enum { ATTEMPTS_MAX = 10, ATTEMPTS_WINDOW_S = 300, ATTEMPTS_REMEMBER_S = 60 };

/* Seconds until the subject may try again; 0 = now. The subject: client address, tenant, login. */
int attempts_wait_s(const char *address, int64_t alias_id, const char *login);

/* Counts a wrong try. */
void attempts_count(const char *address, int64_t alias_id, const char *login);

/* Remembers that this password was right against this stored hash (a changed password changes the hash, so it is forgotten at once). */
void attempts_remember(int64_t user_id, const char *password_hash, const char *password);

/* 1 when it is remembered. */
int attempts_remembered(int64_t user_id, const char *password_hash, const char *password);

/* Forgets everything; for tests. */
void attempts_reset(void);

#endif
