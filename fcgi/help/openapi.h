/*
 * openapi - the API as an OpenAPI 3.1 description, made of the action tables.
 */
#ifndef FCGI_HELP_OPENAPI_H
#define FCGI_HELP_OPENAPI_H

struct buf;

/* Adds the whole document, indented. root: fcgi_base_path. Hidden actions are left out.
 * doc/openapi.json is this for root "". */
void openapi_write(struct buf *b, const char *root);

#endif
