/*
 * sample - requests and replies made of an action's rows: for help pages, OpenAPI and tests.
 */
#ifndef FCGI_API_SAMPLE_H
#define FCGI_API_SAMPLE_H

#include "fcgi/action.h"

struct arena;
struct writer;

/* A value that takes the place of a row's own sample: a signed-in tenant's names. */
struct sample_value { const char *name, *value; };

struct sample {
	struct arena *arena;
	const struct action *action;
	unsigned method;			/* one of the action's */
	const char *base; /* "https://api.example.org", checked by page_base() */
	const struct sample_value
	    *values; /* ends with name NULL; or NULL. A value NULL does not count */
	const char *body;		/* takes the place of the row's own; NULL = it does not */
};

/* "POST", "GET", "PUT", "DELETE". */
const char *sample_method_name(unsigned method);

/* A parameter's sample, or NULL when it is left out of requests. Of a secret one: the name of a
 * shell variable. */
const char *sample_value(const struct sample *s, const struct param *p);

/* "/ProcessManagement/…", percent-encoded, and "SourceId=1&…", "" for none; secret ones as $NAME.
 */
const char *sample_path(const struct sample *s);
const char *sample_query(const struct sample *s);

/* The body, or NULL when the request has none. */
const char *sample_body(const struct sample *s);

/* A command for a shell in which TOKEN (and LOGIN, PASSWORD) are set; each line but the last ends
 * with a backslash. */
const char *sample_curl(const struct sample *s);

/* The body of a reply as its rows describe it, indented JSON; NULL when there is none or it is not
 * JSON. */
const char *sample_reply(struct arena *a, const struct action *action);

/* Writes a value of text as JSON of the parameter's kind. */
void sample_write(struct writer *w, const struct param *p, const char *text);

#endif
