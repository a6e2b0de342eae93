/*
 * action - the table that is the API: a row per action, from which come routing, 404/405, access,
 * validation, masking, help pages and OpenAPI.
 */
#ifndef FCGI_ACTION_H
#define FCGI_ACTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/content.h"
#include "lib/param.h"
#include "store/field.h"

struct arena;
struct conf;
struct err;
struct reply;
struct request;
struct sample_value;

enum access_kind {
	ACCESS_UNSET,
	ACCESS_PUBLIC,
	ACCESS_TOKEN,
	ACCESS_LOGIN,
	ACCESS_WEBHOOK,
	ACCESS_RECEIPT,
	ACCESS_ADMIN
};

/* Limits of zone and brand of a token's user and of a Source (auth_limits.h). NONE: it names, reads
 * and writes no row of a zone or brand. HELD: its function holds each row against them, or stores
 * them with the message that the worker holds against them. WHOLE: it works on rows of all zones
 * and brands, and is refused to whoever is limited. */
enum action_limits {
	ACTION_LIMITS_UNSET, ACTION_LIMITS_NONE, ACTION_LIMITS_HELD, ACTION_LIMITS_WHOLE
};

/* REGISTRY, TENANT: a transaction there; a POST's Idempotency-Key holds in both (idempotency.h). */
enum action_tx { ACTION_TX_UNSET, ACTION_TX_NONE, ACTION_TX_REGISTRY, ACTION_TX_TENANT };

struct action {
	const char *controller, *name;
	unsigned
	    methods; /* of enum request_method; GET implies HEAD, OPTIONS is answered for all */
	const char *path;		/* "ProcessManagement/…/{CustomerName}" */
	const char *also;		/* a second address, or NULL: the one that OpenAPI names,
					 * where one of path could be another row's, too */
	const char *about;		/* what the controller is for; one row of each says it */
	enum access_kind access;
	int any_right;			/* of ACCESS_TOKEN: whatever a token may, it may this */
	enum action_tx tx;
	enum action_limits limits;	/* of all but public actions */
	int takes_body; /* POST: any body. 0 = a body is a fault, unless params has PARAM_BODY rows:
			   then it is a JSON object of these */
	int keeps_body;		/* as it came, packed perhaps: request_text(). 0: unpacked */
	enum content_kind content; /* query parameters beside params are content; UNSET: faults */
	size_t body_max; /* bytes that a body may have, see action_body_max(); 0 = ACTION_BODY_MAX;
			    ACTION_BODY_ANY = as many as the setting body_max_bytes says */
	const char *area; /* intake, process, club, help: which pool answers it; every: all do */
	const char *doc, *reply_doc;
	const struct param *params;	/* ends with name NULL */
	size_t args_bytes;		/* sizeof the args struct; 0 = none */
	int status, status_too; /* of success; status_too: another one (202 for what is still going
				   on, 304), or 0 */
	const struct field *reply; /* members of the reply's JSON object; NULL: status 204, or a
				      reply of reply_type */
	const char *(*reply_sample)(struct arena *a,
	    const struct action
		*action); /* its sample reply, indented JSON; NULL: made of the rows' samples */
	int reply_list;			/* the reply is an array of such objects */
	const char *reply_type;		/* media type of a reply that is not JSON; NULL = JSON */
	int etag; /* its success has an ETag; not needed beside 304 or ERR_PRECONDITION */
	const int *errors; /* ACTION_ERRORS(…): what it answers beyond the errors of access,
			      parameters and database, see action_errors() */
	int keyless; /* POST: done twice it is as done once, and no Idempotency-Key is kept; its
			reply may tell of persons */
	const char *body_sample; /* a body that works together with the parameters' samples: needed
				    with takes_body; with PARAM_BODY rows their samples make one */
	const char
	    *content_sample; /* a query that works as content, for GET: needed with content */
	int sample_delivers; /* its samples make a delivery first, and ask for its Receipt */
	int hidden; /* no part of the API: a page for people, or of check builds; in neither its
		       index nor OpenAPI */
	const void *subject;		/* what a generated row is about, for run(); else NULL */
	const struct sample_value *samples; /* of a generated row: values in place of its params'
					     * samples; ends with name NULL. NULL = none */
	/* args: bound and valid. Fills reply; a negative ERR_ becomes a problem document. */
	int (*run)(struct request *r, const void *args, struct reply *reply, struct err *err);
	/* Fills reply when the message that run() left in r->message is committed as r->put says;
	 * perhaps in another thread. Without a message run() fills it. */
	void (*stored)(struct request *r, struct reply *reply);
};

/* How a body may be compressed; for help pages, OpenAPI and the refusal. */
#define ACTION_BODY_CODINGS \
	"A body may be compressed with one Content-Encoding: gzip, x-gzip or deflate. Any other " \
	"coding but identity is refused with 415."

enum { ACTION_BODY_MAX = 256 << 10 };
#define ACTION_BODY_ANY SIZE_MAX

/* Of ERR_ codes; ACTION_ERRORS(ERR_NONE) when there are none. */
#define ACTION_ERRORS(...) .errors = (const int[]){ __VA_ARGS__, ERR_NONE }

enum { ACTION_ERRORS_MAX = 24 };

/* One array per controller, each ending with a row whose name is NULL, in the order of
 * api/Makemodule.am and help/Makemodule.am, which the list is made of; it ends with NULL. */
extern const struct action *const controllers[];

/* The row for a path (its segments, case ignored) and method. ERR_NOT_FOUND ("did you mean …") or
 * ERR_METHOD with *allow set (in the request's arena). HEAD finds the GET row; OPTIONS gives 0 with
 * *out NULL and *allow set. */
int action_find(struct request *r, const struct action **out, const char **allow, struct err *err);

/* The address under which OpenAPI has it. */
const char *action_clear_path(const struct action *a);

/* The path of the row that the request was found by: .path or .also. */
const char *action_matched_path(const struct action *a, const struct request *r);

/* What the controller is for, as one of the list's rows says; NULL = none does. */
const char *action_about(const struct action *const *list, const char *controller);

/* 1 when the row says that it answers this error. From it follows which headers it takes: with
 * ERR_PRECONDITION If-Match and If-None-Match (precondition.h), with ERR_KEY_REUSED an
 * Idempotency-Key (idempotency.h). */
int action_has_error(const struct action *a, int code);

/* 1 when its success comes with an ETag. */
int action_has_etag(const struct action *a);

/* All errors that an action can answer, ordered by status, without repetitions of a status; returns
 * how many. */
int action_errors(const struct action *a, int codes[ACTION_ERRORS_MAX]);

/* What a body of the action may have: what its row says, but no more than the setting
 * body_max_bytes. */
size_t action_body_max(const struct action *a, const struct conf *conf);

/* The same in a sentence, for who does not know the settings. */
const char *action_body_sentence(struct arena *a, const struct action *action);

/* Who may ask, in full sentences. */
const char *action_access(enum access_kind kind);

/* What limits of zone and brand mean for it, in a full sentence; "" for nothing. */
const char *action_limits_sentence(const struct action *a);

/* 1 when it has parameters in the body's JSON object. */
int action_has_body_params(const struct action *a);

/* Checks all rows of a list like controllers; NULL or a sentence with the first fault (in a static
 * buffer). */
const char *action_lint(const struct action *const *list);

#endif
