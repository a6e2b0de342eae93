/*
 * action - the table that is the API: a row per action, from which come routing, 404/405, access, validation and masking (later also help pages and OpenAPI).
 */
#ifndef FCGI_ACTION_H
#define FCGI_ACTION_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct reply;
struct request;

enum access_kind { ACCESS_UNSET, ACCESS_PUBLIC, ACCESS_TOKEN, ACCESS_LOGIN, ACCESS_WEBHOOK, ACCESS_RECEIPT, ACCESS_ADMIN };
enum action_tx { ACTION_TX_UNSET, ACTION_TX_NONE, ACTION_TX_REGISTRY };

enum param_in { PARAM_IN_UNSET, PARAM_PATH, PARAM_QUERY };

/* Kinds follow from the C type of the field. An optional field that was not sent holds its default, or 0/NULL with given = 0. */
struct param_int { int64_t value; int given; };
struct param_flag { int value; int given; };
struct param_text { const char *value; };		/* NULL = not given */

enum param_kind { PARAM_UNSET, PARAM_INT, PARAM_FLAG, PARAM_TEXT };
#define PARAM_FIELD(args, field) \
	.offset = offsetof(args, field), \
	.kind = _Generic(((args *)0)->field, struct param_int: PARAM_INT, struct param_flag: PARAM_FLAG, struct param_text: PARAM_TEXT)

struct param {
	const char *name;		/* as documented; compared without case */
	enum param_kind kind;
	size_t offset;
	enum param_in in;
	int required;
	int64_t min, max;		/* PARAM_INT; both 0 = the whole of int64 is refused by the lint */
	size_t max_length;		/* PARAM_TEXT: characters */
	const char *choices;		/* PARAM_TEXT: "a|b" or NULL; taken in any case, bound as spelled here */
	const char *def;		/* default as text, or NULL */
	int secret;			/* masked in logs and stored URIs */
	int auth;			/* bound before access is checked; the rest after */
	const char *doc;		/* full sentences */
};

struct action {
	const char *controller, *name;
	unsigned methods;		/* of enum request_method; GET implies HEAD, OPTIONS is answered for all */
	const char *path;		/* "ProcessManagement/…/{CustomerName}" */
	enum access_kind access;
	enum action_tx tx;
	int takes_body;			/* POST: any body. 0 = a body is a fault */
	const char *area;		/* intake, process, club, help: which pool answers it; every: all do */
	const char *doc, *reply_doc;
	const struct param *params;	/* ends with name NULL */
	size_t args_bytes;		/* sizeof the args struct; 0 = none */
	/* args: bound and valid. Fills reply; a negative ERR_ becomes a problem document. */
	int (*run)(struct request *r, const void *args, struct reply *reply, struct err *err);
};

/* controllers.c: one array per controller, each ending with a row whose name is NULL; the list ends with NULL. */
extern const struct action *const controllers[];

/* The row for a path (its segments, case ignored) and method. ERR_NOT_FOUND ("did you mean …") or ERR_METHOD with *allow set (in the request's arena).
 * HEAD finds the GET row; OPTIONS gives 0 with *out NULL and *allow set. */
int action_find(struct request *r, const struct action **out, const char **allow, struct err *err);

/* Checks all rows of a list like controllers; NULL or a sentence with the first fault (in a static buffer). */
const char *action_lint(const struct action *const *list);

#endif
