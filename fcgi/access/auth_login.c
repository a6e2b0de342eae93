#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/attempts.h"
#include "fcgi/access/auth_part.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_attempt.h"

enum { DUMMY_HASH_MAX = 256 };

/* The counters of wrong passwords: for a login from an address, and for an address with all its
 * logins. */
enum { WRONG_MAX = 10, WRONG_ADDRESS_MAX = 100, WRONG_WINDOW_S = 300 };

static pthread_once_t dummy_once = PTHREAD_ONCE_INIT;
static char dummy_hash[DUMMY_HASH_MAX];

/* An unknown login costs as much time as a known one. */
static void
dummy_make(void)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *hash = secret_password_hash(&a, "nobody's", &err);

	if (hash != NULL)
		snprintf(dummy_hash, sizeof dummy_hash, "%s", hash);
	arena_done(&a);
}

/* The counters of a login from an address and of the address. The stored login is counted, so that
 * another spelling gives no more tries. */
static struct store_attempt
attempt_of(const struct auth *c, const struct store_user *user, const char *given)
{
	const char *login = text_lower(
	    arena_strdup(&c->r->arena, user == NULL ? given : user->login));
	const struct access *x = c->access;
	struct arena *a = &c->r->arena;
	const char *network = address_network(a, x->client);
	struct store_attempt t = { .table = STORE_ATTEMPT_LOGIN, .window_s = WRONG_WINDOW_S };

	store_attempt_subject(&t, 0,
	    arena_printf(a, "login:%lld:%s:%s",
		(long long)(x->alias == NULL ? 0 : x->alias->alias_id), network, login),
	    WRONG_MAX);
	store_attempt_subject(&t, 1, arena_printf(a, "address:%s", network), WRONG_ADDRESS_MAX);
	return t;
}

typedef int attempt_fn(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);

struct attempting {
	attempt_fn *fn;
	const struct store_attempt *t;
	usec_t now, until;
};

static int
attempt(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct attempting *w = arg;

	return w->fn(db, a, w->t, w->now, &w->until, err);
}

/* store_attempt_blocked or _count, each statement by itself. */
static int
throttle(struct auth *c, const struct store_attempt *t, attempt_fn *fn, struct err *err)
{
	static const struct db_manner manner = { .each_alone = 1 };
	struct attempting w = { .fn = fn, .t = t, .until = USEC_NONE };
	struct db *db;
	int rc = request_db(c->r, &db, err);

	if (rc < 0 || (rc = db_now(db, &w.now, err)) < 0 ||
	    (rc = db_transact_as(db, &manner, attempt, &w, err)) < 0)
		return rc;
	return store_attempt_refuse(w.until, w.now, "attempts with a wrong password", err);
}

static int
count_right(struct auth *c, const struct store_attempt *t, struct err *err)
{
	struct db *db;
	usec_t now;
	int rc = request_db(c->r, &db, err);

	if (rc == 0 && (rc = db_now(db, &now, err)) == 0)
		rc = store_attempt_login_right(db, t, now, err);
	if (rc < 0)
		err_clear(err); /* one more on the account of somebody who knows the password */
	return 1;
}

/* 1 = right. Another thread may have checked the password while this one waited. The attempt is
 * counted before the check, so that many attempts at once, in any process, get no more answers than
 * allowed. */
static int
password_check_now(struct auth *c, const struct store_attempt *t, const struct store_user *user,
    const char *password, struct err *err)
{
	int rc;

	if (user != NULL && attempts_remembered(user->user_id, user->password_hash, password))
		return 1;
	if ((rc = throttle(c, t, store_attempt_blocked, err)) < 0 ||
	    (rc = throttle(c, t, store_attempt_count, err)) < 0)
		return rc;
	pthread_once(&dummy_once, dummy_make);
	if (!secret_password_check(password, user == NULL ? dummy_hash : user->password_hash) ||
	    user == NULL)
		return 0;
	attempts_remember(user->user_id, user->password_hash, password);
	return count_right(c, t, err);
}

static int
password_check(struct auth *c, const struct store_user *user, const char *login,
    const char *password, struct err *err)
{
	const struct access *x = c->access;
	const struct store_attempt t = attempt_of(c, user, login);
	enum attempts_turn turn;
	int right = 0, rc;

	if (user != NULL && attempts_remembered(user->user_id, user->password_hash, password))
		return 0;
	if ((rc = throttle(c, &t, store_attempt_blocked, err)) < 0)
		return rc;
	turn = attempts_turn(x->alias == NULL ? 0 : x->alias->alias_id, login, password,
	    (int)c->r->thread->conf->fcgi_threads / 2);
	if (turn == ATTEMPTS_BUSY) {
		err->retry_after_s = 1;
		return err_set(err, ERR_THROTTLED,
		    "Too many passwords are being checked at the moment; try again in a second.");
	}
	if (turn == ATTEMPTS_MINE) {
		right = password_check_now(c, &t, user, password, err);
		if (right < 0)
			attempts_turn_end(ATTEMPTS_BUSY);
		else
			attempts_turn_end(right == 1 ? ATTEMPTS_RIGHT : ATTEMPTS_WRONG);
	}
	if (right < 0)
		return right;
	if (user != NULL && (right == 1 || turn == ATTEMPTS_RIGHT))
		return 0;
	if (turn == ATTEMPTS_WRONG && (rc = throttle(c, &t, store_attempt_count, err)) < 0)
		return rc;
	if (x->alias == NULL)
		return auth_refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	return auth_refuse(c,
	    user == NULL ? STORE_REFUSAL_LOGIN_UNKNOWN : STORE_REFUSAL_PASSWORD_WRONG, err);
}

int
auth_login_check(struct auth *c, const char *login, const char *password, struct err *err)
{
	struct access *x = c->access;
	struct store_user *user = NULL;
	struct db *db;
	int rc;

	if (x->alias != NULL &&
	    ((rc = request_db(c->r, &db, err)) < 0 ||
		(rc = store_access_user_find(
		     db, &c->r->arena, x->alias->alias_id, login, &user, err)) < 0))
		return rc;
	/* Before the password: from elsewhere even a right one says nothing. */
	if (user != NULL && user->allow_ips[0] != '\0' &&
	    !address_listed(user->allow_ips, x->client)) {
		c->r->refused.note = "It is not among those from which the login may sign in.";
		return auth_refuse(c, STORE_REFUSAL_ADDRESS, err);
	}
	if ((rc = password_check(c, user, login, password, err)) < 0)
		return rc;
	x->how = ACCESS_BY_LOGIN;
	x->user_id = user->user_id;
	x->login = login;
	x->rights = user->rights;
	return 0;
}

int
auth_by_login(struct auth *c, struct err *err)
{
	const char *login = auth_text(c, "login"), *password = auth_text(c, "password");
	struct registry_facts f;
	int rc;

	if ((rc = auth_tenant_find(c, 0, 0, &f, err)) < 0 || (rc = auth_token_find(c, err)) < 0)
		return rc;
	if (rc == 1)
		return auth_right_check(c, err);
	if (login == NULL || password == NULL)
		return auth_refuse_token(c, err);
	rc = auth_login_check(c, login, password, err);
	return rc < 0 ? rc : auth_right_check(c, err);
}
