#include "config.h"

#include "fcgi/help/help.h"

#include <string.h>

#include "fcgi/help/page.h"
#include "fcgi/api/sample.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/text.h"

static const unsigned methods[] = { REQUEST_GET, REQUEST_POST, REQUEST_PUT, REQUEST_DELETE };
enum { METHODS = sizeof methods / sizeof methods[0] };

/* ------------------------------------------------------------------ addresses of pages */

static void
add_path(struct buf *b, const struct action *action, unsigned method)
{
	buf_addf(b, "%s-", sample_method_name(method));
	for (const char *c = action->path; *c != '\0'; c++)
		if (*c == '/')
			buf_addc(b, '-');
		else if (*c != '{' && *c != '}')
			buf_addc(b, *c);
}

const char *
help_page_name(struct arena *a, const struct action *action, unsigned method)
{
	struct buf b;
	char between = '_';

	buf_init(&b, a);
	add_path(&b, action, method);
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++) {
		/* The parameter key is not in the original API, so its addresses do not have it. */
		if (p->in != PARAM_QUERY || (p->secret && action->access != ACCESS_LOGIN))
			continue;
		buf_addc(&b, between);
		buf_adds(&b, p->name);
	}
	return b.data;
}

const struct action *
help_page_find(const char *name, unsigned *method)
{
	const struct action *found = NULL;
	struct arena a = { 0 };

	for (size_t c = 0; controllers[c] != NULL && found == NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL && found == NULL; x++)
			for (size_t i = 0; i < METHODS && !x->hidden; i++) {
				struct buf b;

				if ((x->methods & methods[i]) == 0)
					continue;
				buf_init(&b, &a);
				add_path(&b, x, methods[i]);
				if (strncasecmp(name, b.data, b.len) == 0 &&
				    (name[b.len] == '\0' || name[b.len] == '_')) {
					*method = methods[i];
					found = x;
				}
			}
	arena_done(&a);
	return found;
}

/* ------------------------------------------------------------------ index */

static void
add_action(struct page *p, const struct action *a, unsigned method)
{
	struct buf b;
	char between = '?';

	buf_init(&b, p->b->arena);
	buf_adds(&b, a->path);
	for (const struct param *q = a->params; q != NULL && q->name != NULL; q++)
		if (q->in == PARAM_QUERY) {
			buf_addf(&b, "%c%s", between, q->name);
			between = '&';
		}
	page_addf(p, "<dt><a href=\"%s/HelpWebapi/Api/%s\"><b class=\"method\">%s</b> ", p->root,
	    help_page_name(p->b->arena, a, method), sample_method_name(method));
	page_add_path(p, b.data);
	page_addf(p, "</a></dt><dd>%s</dd>\n", a->doc);
}

static int
shows_controller(const struct action *rows, const struct action *a)
{
	if (a->hidden)
		return 0;
	return a == rows || a[-1].hidden || strcmp(a->controller, a[-1].controller) != 0;
}

/* The rows of one controller stand one behind the other. */
static void
add_controller(struct page *p, const struct action *first)
{
	page_addf(p, "<section>\n<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n<dl class=\"index\">\n",
	    first->controller, first->controller, action_about(controllers, first->controller));
	for (const struct action *a = first;
	     a->name != NULL && strcmp(a->controller, first->controller) == 0; a++)
		for (size_t i = 0; i < METHODS && !a->hidden; i++)
			if (a->methods & methods[i])
				add_action(p, a, methods[i]);
	page_addf(p, "</dl>\n</section>\n");
}

static void
add_credentials(struct page *p)
{
	page_addf(p,
	    "<section>\n<h2 id=\"headers\">Credentials</h2>\n<p>Unless an action says otherwise, "
	    "a request needs a token of the tenant: with both names in three headers, or alone in "
	    "the fourth. Without a token the reply is 401 and does not give the cause, because "
	    "anybody can send a request. <code>customerapi queue refused</code> shows the cause "
	    "to the admin. With a valid token, the reply also says what is wrong with a signature "
	    "or a Source.</p>\n");
	page_table_begin(p, "Headers", "Header|Meaning");
	page_addf(p,
	    "<tr><th scope=\"row\"><code>X-Crm360Api-Token</code></th><td>A token of the tenant, "
	    "made by <code>customerapi token create</code>.</td></tr>\n"
	    "<tr><th scope=\"row\"><code>X-Crm360Api-CustomerName</code></th><td>Name of the "
	    "customer.</td></tr>\n"
	    "<tr><th scope=\"row\"><code>X-Crm360Api-DatabaseAlias</code></th><td>Alias of the "
	    "customer’s database.</td></tr>\n"
	    "<tr><th scope=\"row\"><code>X-Crm360Api-ApiKey</code></th><td>A token alone. It "
	    "names its tenant, so no other header is needed.</td></tr>\n");
	page_table_end(p);
	page_addf(p,
	    "<p>Errors are problem documents (RFC 9457, <code>application/problem+json</code>) "
	    "that name each wrong field and say what is expected. Every reply has an "
	    "<code>X-Request-Id</code>. Dates in replies are in UTC. Dates in requests without an "
	    "offset are in the tenant’s time zone.</p>\n</section>\n");
}

void
help_index(struct request *r, struct reply *reply)
{
	struct page p;

	page_begin(&p, r, reply, "Web API", "Web API");
	page_addf(&p,
	    "<h1>Web API</h1>\n<p class=\"lead\">Webhooks and campaign participations go in; "
	    "processes run on schedules; a club site reads and writes its members. "
	    "The service is at <code>%s</code>.</p>\n<nav class=\"toc\" "
	    "aria-label=\"Controllers\"><ul>\n",
	    p.url);
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++)
			if (shows_controller(controllers[c], a))
				page_addf(&p, "<li><a href=\"#%s\">%s</a></li>\n", a->controller,
				    a->controller);
	page_addf(&p, "</ul></nav>\n");
	add_credentials(&p);
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++)
			if (shows_controller(controllers[c], a))
				add_controller(&p, a);
	page_end(&p);
}

void
help_not_found(struct request *r, struct reply *reply)
{
	struct page p;

	reply->status = 404;
	page_begin(&p, r, reply, "Web API", "Not here");
	page_addf(&p,
	    "<h1>There is no such page</h1>\n<p>The <a href=\"%s/HelpWebapi\">index of the Web "
	    "API</a> and that of the <a href=\"%s/HelpOdata\">data model</a> "
	    "have all there are.</p>\n",
	    p.root, p.root);
	page_end(&p);
}
