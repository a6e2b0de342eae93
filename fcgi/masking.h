/*
 * masking - query strings and payloads without what is secret in them (house rule: verify first,
 * then store and log only what is not secret).
 *
 * Secret parameters are key, login and password, in any case and however their names are
 * percent-encoded.
 */
#ifndef FCGI_MASKING_H
#define FCGI_MASKING_H

#include <stddef.h>

struct arena;

/* The query string without its secret parameters; the rest stays byte for byte. NULL gives "". */
char *masking_query_drop(struct arena *a, const char *query);

/* The same as it may be stored: a secret parameter that stands in another's value is ***, too. */
const char *masking_query_kept(struct arena *a, const char *query);

/* A text that is no query, but in which somebody may have written a secret parameter
 * ("Insert;key=K", "#key=K"): what stands behind such a name and "=", up to the next of
 * ;&?#/ or a blank, is ***. A text without one comes back itself. */
const char *masking_text(struct arena *a, const char *text);

/* path and, unless empty, "?" and the query with the secret parameters' values replaced by ***.
 * Those that stand in the path, or in the value of another parameter, too, however often they are
 * percent-encoded: what holds one is then written anew. */
char *masking_uri(struct arena *a, const char *path, const char *query);

/* A payload as it may be shown: of JSON the names of members, true, false and null stay, in other
 * values letters become x (X), digits 9, and what is long is cut; names that look like values (a
 * mail address, a long number) are masked, too. Of a query string likewise. Anything else is only
 * described. */
const char *masking_payload(struct arena *a, const char *body, size_t bytes);

#endif
