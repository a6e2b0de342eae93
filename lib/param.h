/*
 * param - one named value that comes from outside: its type, range, choices and sentence; and
 * binding it from text or JSON.
 *
 * Actions (path, query, body), the forms of schedules and the parameters of processes are all
 * described by rows of this kind, so that each is checked, explained and masked the same way
 * everywhere (API, command line, help pages).
 */
#ifndef LIB_PARAM_H
#define LIB_PARAM_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct json_object;

enum param_in { PARAM_IN_UNSET, PARAM_PATH, PARAM_QUERY, PARAM_BODY };

/* Kinds follow from the C type of the field. An optional field that was not sent holds its default,
 * or 0/NULL with given = 0. */
struct param_int { int64_t value; int given; };
struct param_flag { int value; int given; };
struct param_text { const char *value; };				/* NULL = not given */
struct param_list {
	const char **values;
	size_t n;
	int given;
}; /* elements as text: "7", "Monday", "Last" */
struct param_object {
	struct json_object *value;
}; /* borrowed from the body; NULL = not given */
struct param_rows {
	const void *rows;
	size_t n;
	int given;
}; /* an array of the struct that the rows "of" fill */

enum param_kind {
	PARAM_UNSET,
	PARAM_INT,
	PARAM_FLAG,
	PARAM_TEXT,
	PARAM_LIST,
	PARAM_OBJECT,
	PARAM_ROWS
};
#define PARAM_FIELD(args, field)                                                                   \
	.offset = offsetof(args, field),                                                           \
	.kind = _Generic(((args *)0)->field, struct param_int                                      \
			 : PARAM_INT, struct param_flag                                            \
			 : PARAM_FLAG, struct param_text                                           \
			 : PARAM_TEXT, struct param_list                                           \
			 : PARAM_LIST, struct param_object                                         \
			 : PARAM_OBJECT, struct param_rows                                         \
			 : PARAM_ROWS)

struct param {
	const char *name;		/* as documented; compared without case */
	enum param_kind kind;
	size_t offset;
	enum param_in in;
	int required;
	int64_t min,
	    max; /* PARAM_INT, and the integers of a PARAM_LIST; both 0 = refused by the lint (a
		    list then takes no integers). PARAM_TEXT: min = fewest characters */
	size_t max_length; /* PARAM_TEXT: characters; PARAM_LIST, PARAM_ROWS: elements */
	const char *choices; /* PARAM_TEXT, PARAM_LIST: "a|b" or NULL; taken in any case, bound as
				spelled here */
	const char *(*check)(
	    const char *text); /* PARAM_TEXT that is not empty: NULL, or what it must be ("must be
				  …"); see param_check.h. NULL = anything */
	const struct param
	    *of; /* PARAM_ROWS: the members of each element, of PARAM_BODY; ends with name NULL */
	size_t of_bytes;		/* PARAM_ROWS: sizeof the struct that they fill */
	const char *def;		/* default as text (a list: comma separated), or NULL */
	const char *sample; /* as text, PARAM_OBJECT and PARAM_ROWS as JSON: together the samples of
			     * an action's rows make a request that works; a required one needs it.
			     * Of a secret one of the query: the name of the shell variable that
			     * stands for it.
			     * NULL = left out of samples */
	int lines;			/* PARAM_TEXT: line ends and TABs are allowed */
	int strip; /* PARAM_TEXT of the query: bound as text_trim_unseen() leaves it;
		    * nothing left = not given */
	int secret;			/* masked in logs and stored URIs */
	int auth;			/* bound before access is checked; the rest after */
	const char *doc;		/* full sentences */
};

/* The row of a name among rows (ending with name NULL), or NULL. */
const struct param *param_find(const struct param *rows, const char *name);

/* Fills the defaults of rows into zeroed args. */
void param_defaults(struct arena *a, const struct param *rows, void *args);

/* Binds one text (a list: comma separated) into its field. Faults by name go to err. Results live
 * in a, or are text itself. */
void param_bind_text(
    struct arena *a, const struct param *p, const char *text, void *args, struct err *err);

/* Binds the members of a JSON object: required, unknown (with the nearest name), wrong types,
 * ranges, all faults at once. prefix ("" or "Parameters.") goes in front of names in faults. Rows
 * whose in is not PARAM_BODY are passed over. Faults of the elements of PARAM_ROWS are named
 * "Addresses[0].Email". JSON null counts as not given. The object must outlive args. Stops early
 * when the arena is over its limit; the caller checks that. Returns err->code. */
int param_bind_json(struct arena *a, const struct param *rows, const char *prefix,
    struct json_object *object, void *args, struct err *err);

/* NULL, or a sentence (without its subject) with the first fault of a row. A missing sample is no
 * fault. */
const char *param_lint(const struct param *p);

/* sizeof the field that a kind fills. */
size_t param_field_bytes(enum param_kind kind);

#endif
