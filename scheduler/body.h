/*
 * body - what a stored message says: JSON, a form post of either kind, or its query.
 */
#ifndef SCHEDULER_BODY_H
#define SCHEDULER_BODY_H

#include <stddef.h>

#include <json-c/json.h>

#include "lib/format/content.h"

struct arena;
struct err;

struct body {
	struct json_object *json;	/* the caller frees it */
	size_t repaired;		/* characters that Unicode does not have */
	size_t files;			/* of a form, left out */
	int is_form; /* a form post or a query: an object of texts and lists of texts */
};

/* 1 when the type says multipart/form-data, and the body does not begin like JSON. */
int body_is_multipart(struct arena *a, const struct content_text *t);

/* 0, or ERR_PERMANENT when it is none of these; *out is then empty. What cannot be read today
 * cannot be tomorrow. */
int body_read(struct arena *a, const struct content_text *t, struct body *out, struct err *err);

#endif
