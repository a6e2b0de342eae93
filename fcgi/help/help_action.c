#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/ctl_reference.h"
#include "fcgi/api/ctl_schedule.h"
#include "fcgi/api/platform_sample.h"
#include "fcgi/api/sample.h"
#include "fcgi/help/help.h"
#include "fcgi/help/openapi_header.h"
#include "fcgi/help/page.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/platform.h"
#include "model/process.h"
#include "model/schedule.h"
#include "store/registry/store_session.h"

enum { PREVIEWS = 5 };

/* ------------------------------------------------------------------ parameters */

static const char *
param_type(const struct param *p)
{
	static const char *const words[] = { [PARAM_UNSET] = "",
		[PARAM_INT] = "integer",
		[PARAM_FLAG] = "boolean",
		[PARAM_TEXT] = "string",
		[PARAM_LIST] = "array",
		[PARAM_OBJECT] = "object",
		[PARAM_ROWS] = "array of objects" };

	return (size_t)p->kind < sizeof words / sizeof words[0] && words[p->kind] != NULL ?
	    words[p->kind] :
	    "object";
}

/* What values it may have, as words. */
static void
add_limits(struct page *p, const struct param *q)
{
	const char *after = "";

	if (q->choices != NULL) {
		char *rest = arena_strdup(p->b->arena, q->choices), *one;

		while ((one = strsep(&rest, "|")) != NULL) {
			page_addf(p, "%s<code>%s</code>", after, one);
			after = ", ";
		}
	}
	if (q->min < q->max && q->max == INT64_MAX)
		page_addf(p, "%sfrom %lld", after, (long long)q->min);
	else if (q->min < q->max)
		page_addf(p, "%s%lld to %lld", after, (long long)q->min, (long long)q->max);
	else if (q->kind == PARAM_TEXT && q->choices == NULL)
		page_addf(p, "up to %lld %s", (long long)q->max_length,
		    text_form((int64_t)q->max_length, "character", "characters"));
	else if (q->kind == PARAM_ROWS)
		page_addf(p, "up to %lld %s", (long long)q->max_length,
		    text_form((int64_t)q->max_length, "element", "elements"));
	if (q->kind == PARAM_FLAG)
		page_addf(p, "<code>true</code>, <code>false</code>");
}

void
help_reference(struct page *p, const char *name)
{
	const char *path = ctl_reference_path(p->b->arena, name);

	if (path != NULL)
		page_addf(p, " <a href=\"%s/HelpWebapi/Api/%s\">%s</a> lists its values.", p->root,
		    help_page_name(p->b->arena, ctl_reference_actions, REQUEST_GET), path);
}

/* Members of the objects of an array stand below it: "Addresses[].City". */
static void
add_param(struct page *p, const char *prefix, const struct param *q)
{
	page_addf(p, "<tr><th scope=\"row\"><code>%s%s</code></th><td>%s</td><td>%s</td><td>",
	    prefix, q->name, param_type(q), q->required ? "Required" : "");
	add_limits(p, q);
	page_addf(p, "</td><td>%s</td><td>%s%s", q->def, q->doc,
	    q->secret ? " It is masked in every log." : "");
	help_reference(p, q->name);
	page_addf(p, "</td></tr>\n");
	for (const struct param *o = q->of; o != NULL && o->name != NULL; o++)
		add_param(p, arena_printf(p->b->arena, "%s%s[].", prefix, q->name), o);
}

static void
add_params(struct page *p, const char *heading, const struct param *rows, int in_body)
{
	int n = 0;

	for (const struct param *q = rows; q != NULL && q->name != NULL; q++)
		if ((q->in == PARAM_BODY) == in_body && n++ == 0) {
			page_addf(p, "<h3>%s</h3>\n", heading);
			page_table_begin(p, heading, "Name|Type|Required|Values|Default|Meaning");
		}
	for (const struct param *q = rows; n > 0 && q->name != NULL; q++)
		if ((q->in == PARAM_BODY) == in_body)
			add_param(p, "", q);
	if (n > 0)
		page_table_end(p);
}

/* Beside those of access. */
static void
add_headers(struct page *p, const struct action *a, unsigned method)
{
	const char *name, *doc;

	if (!openapi_header_get(a, method, 0, &name, &doc))
		return;
	page_addf(p, "<h3>Headers</h3>\n");
	page_table_begin(p, "Headers", "Name|Meaning");
	for (size_t i = 0; openapi_header_get(a, method, i, &name, &doc); i++)
		page_addf(p, "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td></tr>\n", name,
		    doc);
	page_table_end(p);
}

static void
add_access(struct page *p, const struct action *a)
{
	const char *right = auth_right_name(a);

	page_addf(p, "<h3>Access</h3>\n<p>%s", action_access(a->access));
	if (*right != '\0')
		page_addf(p, " The right needed is <code>%s</code>. %s", right,
		    action_limits_sentence(a));
	page_addf(p, "</p>\n");
}

/* The parameters of the query that the action does not name. */
static void
add_content(struct page *p, const struct action *a, unsigned method)
{
	if (a->content == CONTENT_UNSET)
		return;
	page_addf(p, "<h3>Content in the query</h3>\n<p>%s"
	    " A name that differs by one typing error from a documented name of six letters or "
	    "more is refused with 400. <code>login</code> and <code>password</code> are secret "
	    "and no content. A request has up to %d parameters.</p>\n",
	    method == REQUEST_GET ?
		"Every other parameter is content, in the order given. One that is given "
		"several times is a list." :
		"Without a body, every other parameter is content, in the order given. One that "
		"is given several times is a list. With a body, the other parameters stay in "
		"the URI, and the mail shows them.",
	    REQUEST_PARAMETERS_MAX);
}

/* A body that has no rows. */
static void
add_free_body(struct page *p, const struct action *a)
{
	page_addf(p, "<h3>Body</h3>\n<p>");
	if (a->content != CONTENT_UNSET)
		page_addf(p,
		    "Any content; it is taken as it is. JSON, a form post "
		    "(<code>application/x-www-form-urlencoded</code>, or "
		    "<code>multipart/form-data</code> without files) and, without a body, the "
		    "query "
		    "are understood.");
	else if (a->body_sample[0] == '{')
		page_addf(p, "JSON; the description says which members it has.");
	else
		page_addf(p, "The description says what it holds; the sample shows one.");
	page_addf(p, "</p>\n");
}

static void
add_request(struct page *p, const struct action *a, unsigned method)
{
	const struct schedule_subject *subject = ctl_schedule_subject(a);

	page_addf(p, "<section>\n<h2 id=\"request\">Request</h2>\n");
	add_params(p, "URI parameters", a->params, 0);
	add_content(p, a, method);
	add_headers(p, a, method);
	if (method & REQUEST_WITH_BODY)
		add_params(p, "Body", a->params, 1);
	if (method == REQUEST_POST && a->takes_body)
		add_free_body(p, a);
	if ((method & REQUEST_WITH_BODY) && (a->takes_body || action_has_body_params(a)))
		page_addf(p,
		    "<p>A body may have %lld bytes, also when it is unpacked; a longer one is "
		    "refused with 413. " ACTION_BODY_CODINGS "</p>\n",
		    (long long)action_body_max(a, p->r->thread->conf));
	if (subject != NULL && subject->kind->params != NULL)
		add_params(p, arena_printf(p->b->arena, "Parameters of %s", subject->kind->name),
		    subject->kind->params, 1);
	add_access(p, a);
	page_addf(p, "</section>\n");
}

/* ------------------------------------------------------------------ samples */

static void
add_sample(struct page *p, const struct sample *s)
{
	page_addf(p, "<section>\n<h2 id=\"sample\">Sample request</h2>\n");
	page_add_block(p, "curl", "Sample request as a curl command", sample_curl(s));
	page_addf(p, "</section>\n");
}

/* ------------------------------------------------------------------ what some pages have */

static void
add_platform(struct page *p, const struct platform_kind *k)
{
	page_addf(p, "<tr><td>%s</td><td>", k->platform);
	if (strcmp(k->entity, "*") == 0)
		page_addf(p, "any of the <a href=\"%s/HelpOdata\">data model</a>", p->root);
	else
		page_addf(p, "%s", k->entity);
	page_addf(p, "</td><td>%s</td><td>%s</td></tr>\n", k->action, k->doc);
}

static void
add_platforms(struct page *p, const struct action *a)
{
	if (a != platform_sample_action())
		return;
	page_addf(p,
	    "<section>\n<h2 id=\"platforms\">What is understood</h2>\n<p>Any other platform, "
	    "entity or action is kept, too, as unrouted, and can be "
	    "processed later. Letter case does not matter.</p>\n");
	page_table_begin(p, "What is understood",
	    "ExternalPlatform|ExternalEntity|ExternalAction|What becomes of it");
	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		if (platform_kind_is_shown(k))
			add_platform(p, k);
	page_table_end(p);
	page_addf(p, "</section>\n");
}

static void
add_delivery(struct page *p, const struct platform_sample *s, const struct sample *of)
{
	const char *name =
	    arena_printf(of->arena, "%s %s %s", s->platform, s->entity, s->action);

	page_addf(p, "<details><summary>%s</summary>\n", name);
	page_add_block(p, "curl delivery", name,
	    platform_sample_curl(of->arena, s, of->base, of->values));
	page_addf(p, "</details>\n");
}

/* Those of Standard stand with their entities. */
static void
add_deliveries(struct page *p, const struct action *a, const struct sample *of)
{
	if (a != platform_sample_action() || of->method != REQUEST_POST)
		return;
	page_addf(p, "<section>\n<h2 id=\"deliveries\">Sample deliveries</h2>\n<p>One of each that "
	    "is understood. They work on the quickstart tenant. The page of each entity of the "
	    "<a href=\"%s/HelpOdata\">data model</a> has those of the platform Standard.</p>\n",
	    p->root);
	for (const struct platform_sample *s = platform_samples(of->arena, NULL);
	     s->platform != NULL; s++)
		if (s->of == NULL)
			add_delivery(p, s, of);
	page_addf(p, "</section>\n");
}

/* Without a session there is no database connection. For a preview, this machine's clock is good
 * enough. */
static usec_t
now_of(const struct page *p)
{
	return p->session != NULL ? p->session->now :
				    (usec_t)time(NULL) * USEC_SEC + clock_offset_us();
}

static void
add_preview_rows(struct page *p, const struct schedule *s)
{
	char local[40], utc[32];
	usec_t t = now_of(p);

	page_addf(p, "<p>%s</p>\n", schedule_words(p->b->arena, s));
	page_table_begin(p, "Next runs", "Local time|UTC");
	for (int i = 0; i < PREVIEWS && calendar_next(s->zone, &s->rule, t, &t); i++) {
		calendar_local_text(s->zone, t, local);
		clock_iso8601(t, utc);
		page_addf(p, "<tr><td>%s</td><td>%s</td></tr>\n", local, utc);
	}
	page_table_end(p);
}

/* When the sample would run. */
static void
add_preview(struct page *p, const struct sample *sample)
{
	const struct schedule_subject *subject = ctl_schedule_subject(sample->action);
	struct schedule_args args = { 0 };
	struct schedule s = { 0 };
	struct json_object *body = NULL;
	struct err err = { 0 };
	const char *text;

	if (subject == NULL || subject->form == NULL || (text = sample_body(sample)) == NULL)
		return;
	param_defaults(p->b->arena, subject->form->params, &args);
	if (json_parse(text, strlen(text), &body, &err) == 0 &&
	    param_bind_json(p->b->arena, subject->form->params, "", body, &args, &err) == 0 &&
	    schedule_read(p->b->arena, subject->form, &args, "UTC", now_of(p), &s, &err) == 0) {
		page_addf(p, "<section>\n<h2 id=\"preview\">When the sample would run</h2>\n");
		add_preview_rows(p, &s);
		page_addf(p, "</section>\n");
	}
	schedule_done(&s);
	json_object_put(body);
}

/* ------------------------------------------------------------------ try it */

static void
add_field_input(struct page *p, const struct sample *s, const struct param *q)
{
	const char *value = sample_value(s, q);

	page_addf(p,
	    "<p><label for=\"p-%s\">%s%s</label><input id=\"p-%s\" name=\"p.%s\" value=\"%s\" "
	    "autocomplete=\"off\"></p>\n",
	    q->name, q->name, q->required ? " (required)" : "", q->name, q->name, value);
}

static void
add_try_form(struct page *p, const struct sample *s, const char *page, const char *tried_body)
{
	const char *body = tried_body != NULL ? tried_body : sample_body(s);

	page_addf(p, "<form method=\"post\" action=\"%s/HelpWebapi/Api/%s#try\" class=\"try\">\n",
	    p->root, page);
	page_add_form_token(p);
	for (const struct param *q = s->action->params; q != NULL && q->name != NULL; q++)
		if (q->in != PARAM_BODY && !q->secret)
			add_field_input(p, s, q);
	if (body != NULL)
		page_addf(p,
		    "<p><label for=\"body\">Body</label><textarea id=\"body\" name=\"body\" "
		    "rows=\"12\" spellcheck=\"false\">\n%s</textarea></p>\n",
		    body);
	if (s->method != REQUEST_GET)
		page_addf(p, "<p class=\"note\">This really does it, on %s/%s.</p>\n",
		    p->session->customer, p->session->alias);
	page_addf(p, "<p><button>Send</button></p>\n</form>\n");
}

static void
add_try(struct page *p, const struct sample *s, const struct help_tried *tried)
{
	const char *page = help_page_name(p->b->arena, s->action, s->method);
	struct sample again = *s;

	page_addf(p, "<section>\n<h2 id=\"try\">Try it</h2>\n");
	if (tried != NULL && tried->fault != NULL)
		page_addf(p, "<p class=\"fault\" role=\"alert\">%s</p>\n", tried->fault);
	if (tried != NULL && tried->reply != NULL) {
		page_addf(p, "<h3>What was sent</h3>\n");
		page_add_block(p, "sent", "What was sent", tried->request);
		page_addf(p, "<h3>What came back</h3>\n");
		page_add_block(p, "came", "What came back", tried->reply);
	}
	if (tried != NULL)
		again.values = tried->values;
	if (p->session != NULL && p->form_token != NULL)
		add_try_form(p, &again, page, tried == NULL ? NULL : tried->body);
	else
		page_addf(p,
		    "<p><a href=\"%s/HelpWebapi/SignIn?next=%s\">Sign in</a> to send this request "
		    "from here and to see what your tenant last received.</p>\n",
		    p->root, page);
	page_addf(p, "</section>\n");
}

/* ------------------------------------------------------------------ all */

void
help_action(struct request *r, struct reply *reply, const struct action *action, unsigned method,
    const struct help_tried *tried)
{
	struct page p;
	struct sample s;

	page_begin(&p, r, reply, "Web API",
	    arena_printf(&r->arena, "%s %s", sample_method_name(method), action->name));
	s = (struct sample){ .arena = &r->arena,
		.action = action,
		.method = method,
		.base = p.url,
		.values = help_live_values(&p) };
	page_addf(&p,
	    "<p class=\"crumb\"><a href=\"%s/HelpWebapi\">Web API</a> / <a "
	    "href=\"%s/HelpWebapi#%s\">%s</a></p>\n",
	    p.root, p.root, action->controller, action->controller);
	page_addf(&p,
	    "<h1>%s <span class=\"quiet\">%s</span></h1>\n<p class=\"path\"><b "
	    "class=\"method\">%s</b> <code>/",
	    action->name, action->controller, sample_method_name(method));
	page_add_path(&p, action->path);
	page_addf(&p, "</code></p>\n<p class=\"lead\">%s</p>\n", action->doc);
	if (action->also != NULL) {
		page_addf(&p, "<p class=\"also\">It is also at <code>/");
		page_add_path(&p, action->also);
		page_addf(&p, "</code>, where OpenAPI has it.</p>\n");
	}
	add_request(&p, action, method);
	add_sample(&p, &s);
	add_preview(&p, &s);
	help_replies(&p, action);
	add_platforms(&p, action);
	add_deliveries(&p, action, &s);
	help_live(&p, action);
	add_try(&p, &s, tried);
	page_end(&p);
}
