/*
 * form - the fields of a form that a browser posted (application/x-www-form-urlencoded).
 */
#ifndef FCGI_HELP_FORM_H
#define FCGI_HELP_FORM_H

struct request;

/* The first field of that name, decoded, in the request's arena; NULL when there is none or it is
 * not UTF-8 text. */
const char *form_value(struct request *r, const char *name);

#endif
