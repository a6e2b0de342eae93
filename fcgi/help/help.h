/*
 * help - the pages made of the tables: the index, a page per action, the data model.
 *
 * Addresses are those of the original's help: /HelpWebapi/Api/{METHOD}-{path, its parts joined by
 * -}_{query parameters, joined by _}.
 */
#ifndef FCGI_HELP_HELP_H
#define FCGI_HELP_HELP_H

#include "fcgi/action.h"

struct arena;
struct sample_value;
struct err;
struct page;
struct reply;
struct request;
struct store_session;

/* An action's page, without its address's beginning. */
const char *help_page_name(struct arena *a, const struct action *action, unsigned method);

/* The action and method of a page's name; what stands behind the path ("_…") does not matter, so
 * that addresses made before a parameter was added hold. NULL = none. */
const struct action *help_page_find(const char *name, unsigned *method);

/* The values of the page's form, and the request and reply that came of them. */
struct help_tried {
	const struct sample_value *values;	/* what was filled in; ends with name NULL */
	const char *body;			/* or NULL */
	const char *request, *reply; /* as they went over the line; NULL when nothing was sent */
	const char *fault;			/* why not, or NULL */
};

/* Performs an action for the signed-in user, with the values of its page's form. The form's token
 * is checked by the caller. */
void help_try(struct request *r, const struct store_session *session, const struct action *action,
    unsigned method, struct help_tried *out);

/* Writes pages into reply. They need no database. */
void help_index(struct request *r, struct reply *reply);
void help_action(struct request *r, struct reply *reply, const struct action *action,
    unsigned method, const struct help_tried *tried);
void help_not_found(struct request *r, struct reply *reply);
void help_model_index(struct request *r, struct reply *reply);
void help_model_entity(
    struct request *r, struct reply *reply, const char *name); /* "Customer_Contact" */

/* Where the ids that a parameter or column of this name holds are listed, as a sentence with a
 * link; nothing for other names. */
void help_reference(struct page *p, const char *name);

/* What an action answers: members of the reply, a sample, errors. */
void help_replies(struct page *p, const struct action *a);

/* For who is signed in: a tenant's own values for samples (what does not exist is left out), and
 * the part of an action's page that shows its state. */
const struct sample_value *help_live_values(struct page *p);
void help_live(struct page *p, const struct action *action);

#endif
