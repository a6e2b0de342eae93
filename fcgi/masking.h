/*
 * masking - query strings without what is secret in them (house rule: verify first, then store and log only what is not secret).
 *
 * Secret parameters are key, login and password, in any case and however their names are percent-encoded.
 */
#ifndef FCGI_MASKING_H
#define FCGI_MASKING_H

struct arena;

/* The query string without its secret parameters; the rest stays byte for byte. NULL gives "". */
char *masking_query_drop(struct arena *a, const char *query);

/* path and, unless empty, "?" and the query with the secret parameters' values replaced by ***. */
char *masking_uri(struct arena *a, const char *path, const char *query);

#endif
