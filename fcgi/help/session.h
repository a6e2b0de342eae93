/*
 * session - who is signed in on the help pages: a cookie for half an hour, known to the registry by
 * its hash only, and a token in each form that other sites cannot know.
 */
#ifndef FCGI_HELP_SESSION_H
#define FCGI_HELP_SESSION_H

struct err;
struct request;
struct store_session;

enum { SESSION_LASTS_S = 1800 };

/* The session, in the request's arena. NULL for no cookie, an unknown or ended one, or no database
 * (pages must work without one). */
const struct store_session *session_find(struct request *r);

/* The value that this browser's forms must bring back, made of a cookie; NULL when it has none. */
const char *session_form_token(struct request *r);

/* As session_form_token() for a browser that has no cookie yet: *cookie is then a header line that
 * sets one; else NULL. */
const char *session_form_token_new(struct request *r, const char **cookie);

/* 1 when given (may be NULL) is this browser's form token. Constant time. */
int session_form_token_is(struct request *r, const char *given);

/* Signs in; *cookie: the header line that says so to the browser. */
int session_start(
    struct request *r, long long alias_id, long long user_id, const char **cookie, struct err *err);

/* Signs out. For the browser it always succeeds. *cookie: the header line that makes it forget. */
int session_end(struct request *r, const char **cookie, struct err *err);

/* 1 when a cookie set here comes back: by TLS, or from this machine. */
int session_possible(const struct request *r);

#endif
