#include "config.h"

#include "fcgi/help/ctl_help.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/help/form.h"
#include "fcgi/help/help.h"
#include "fcgi/help/help_css_gen.h"
#include "fcgi/help/openapi.h"
#include "fcgi/help/page.h"
#include "fcgi/help/session.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/registry/store_session.h"

enum { PAGE_NAME_MAX = 600, STYLE_MAX_AGE_S = 300 };

struct page_args { struct param_text page, next; };

/* ------------------------------------------------------------------ pages */

static const struct param action_params[] = {
	{ .name = "Page",
	    PARAM_FIELD(struct page_args, page),
	    .in = PARAM_PATH,
	    .required = 1,
	    .max_length = PAGE_NAME_MAX,
	    .sample = "GET-readyz",
	    .doc = "Name of the page." },
	{ .name = NULL },
};

static const struct param entity_params[] = {
	{ .name = "Page",
	    PARAM_FIELD(struct page_args, page),
	    .in = PARAM_PATH,
	    .required = 1,
	    .max_length = 100,
	    .sample = "Customer_Contact",
	    .doc = "Name of the page." },
	{ .name = NULL },
};

static int
index_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)args;
	(void)err;
	help_index(r, reply);
	return 0;
}

static int
action_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct page_args *in = args;
	unsigned method;
	const struct action *action = help_page_find(in->page.value, &method);

	(void)err;
	if (action == NULL)
		help_not_found(r, reply);
	else
		help_action(r, reply, action, method, NULL);
	return 0;
}

static int
model_index_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)args;
	(void)err;
	help_model_index(r, reply);
	return 0;
}

static int
model_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct page_args *in = args;

	(void)err;
	help_model_entity(r, reply, in->page.value);
	return 0;
}

/* ------------------------------------------------------------------ try it */

static int
action_try(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct page_args *in = args;
	const struct store_session *session = session_find(r);
	struct help_tried tried = { 0 };
	unsigned method;
	const struct action *action = help_page_find(in->page.value, &method);

	if (action == NULL) {
		help_not_found(r, reply);
		return 0;
	}
	if (session == NULL)
		return err_set(err, ERR_AUTH,
		    "You are not signed in (any more). Sign in at HelpWebapi/SignIn.");
	if (!session_form_token_is(r, form_value(r, "token")))
		return err_set(
		    err, ERR_FORBIDDEN, "This form does not come from this page. Open it again.");
	help_try(r, session, action, method, &tried);
	help_action(r, reply, action, method, &tried);
	return 0;
}

/* ------------------------------------------------------------------ signing in */

static const struct param sign_in_params[] = {
	{ .name = "next", PARAM_FIELD(struct page_args, next), .in = PARAM_QUERY,
	    .max_length = PAGE_NAME_MAX, .doc = "Name of the page to go to." },
	{ .name = NULL },
};

static const struct { const char *name, *label, *type, *hint; } inputs[] = {
	{ "customer", "Customer", "text", "organization" }, { "alias", "Database alias", "text", "off" },
	{ "login", "Login", "text", "username" }, { "password", "Password", "password", "current-password" },
};
enum { INPUTS = sizeof inputs / sizeof inputs[0] };

static void
sign_in_page(struct request *r, struct reply *reply, const char *next, const char *fault)
{
	struct page p;

	page_begin(&p, r, reply, "Sign in", "Sign in");
	page_addf(&p,
	    "<h1>Sign in</h1>\n<p class=\"lead\">As a user of a tenant you see its last requests, "
	    "and you can send requests from these pages. You stay signed in for half an "
	    "hour.</p>\n");
	if (fault != NULL)
		page_addf(&p, "<p class=\"fault\" role=\"alert\">%s</p>\n", fault);
	if (p.form_token == NULL) {
		page_addf(&p,
		    "<p>This is not possible over plain HTTP from another machine: use "
		    "https.</p>\n");
		page_end(&p);
		return;
	}
	page_addf(&p, "<form method=\"post\" action=\"%s/HelpWebapi/SignIn\" class=\"sign-in\">\n",
	    p.root);
	page_add_form_token(&p);
	page_addf(&p, "<input type=\"hidden\" name=\"next\" value=\"%s\">\n", next);
	for (size_t i = 0; i < INPUTS; i++)
		page_addf(&p,
		    "<p><label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" type=\"%s\" "
		    "autocomplete=\"%s\" required maxlength=\"128\" value=\"%s\"></p>\n",
		    inputs[i].name, inputs[i].label, inputs[i].name, inputs[i].name, inputs[i].type,
		    inputs[i].hint,
		    strcmp(inputs[i].type, "password") == 0 ? "" : form_value(r, inputs[i].name));
	page_addf(&p, "<p><button>Sign in</button></p>\n</form>\n");
	page_end(&p);
}

static int
sign_in_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct page_args *in = args;

	(void)err;
	sign_in_page(r, reply, in->next.value, NULL);
	return 0;
}

static int
is_page(const char *name)
{
	unsigned method;

	if (name == NULL || *name == '\0' || strlen(name) > PAGE_NAME_MAX)
		return 0;
	return help_page_find(name, &method) != NULL;
}

/* The page of that name; the index when there is none. So it never leads to another site. */
static const char *
location(struct request *r, const char *next)
{
	const char *root = r->thread->conf->fcgi_base_path;

	if (is_page(next)) {
		struct buf b;

		buf_init(&b, &r->arena);
		buf_addf(&b, "%s/HelpWebapi/Api/", root);
		buf_add_url(&b, next);
		return b.data;
	}
	return arena_printf(&r->arena, "%s/HelpWebapi", root);
}

static void
see_other(struct request *r, struct reply *reply, const char *where, const char *cookie)
{
	reply->status = 303;
	reply->content_type = "text/html; charset=utf-8";
	reply->headers = arena_printf(
	    &r->arena, "Location: %s\r\n%s", where, cookie == NULL ? "" : cookie);
}

static int
sign_in(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const char *values[INPUTS], *cookie, *next = form_value(r, "next");
	struct access *access;
	int rc;

	(void)args;
	for (size_t i = 0; i < INPUTS; i++)
		if ((values[i] = form_value(r, inputs[i].name)) == NULL)
			values[i] = "";
	if (!session_form_token_is(r, form_value(r, "token")))
		rc = err_set(err, ERR_FORBIDDEN,
		    "This form is too old, or your browser accepts no cookies. Try again.");
	else if ((rc = auth_password(
		      r, values[0], values[1], values[2], values[3], &access, err)) == 0)
		rc = session_start(r, access->alias->alias_id, access->user_id, &cookie, err);
	if (rc == 0) {
		see_other(r, reply, location(r, next), cookie);
		return 0;
	}
	if (rc != ERR_AUTH && rc != ERR_FORBIDDEN && rc != ERR_THROTTLED)
		return rc;
	sign_in_page(r, reply, next, err->detail);
	reply->status = err_status(rc);
	reply->retry_after_s = err->retry_after_s;
	return 0;
}

static int
sign_out(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const char *cookie;
	int rc;

	(void)args;
	if (!session_form_token_is(r, form_value(r, "token")))
		return err_set(
		    err, ERR_FORBIDDEN, "This form does not come from this page. Open it again.");
	if ((rc = session_end(r, &cookie, err)) < 0)
		return rc;
	see_other(r, reply, location(r, NULL), cookie);
	return 0;
}

/* Who has only the host's name. */
static int
root_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)args;
	(void)err;
	see_other(r, reply, location(r, NULL), NULL);
	return 0;
}

/* ------------------------------------------------------------------ what pages need */

static int
style_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)r;
	(void)args;
	(void)err;
	reply->content_type = "text/css; charset=utf-8";
	reply->max_age_s = STYLE_MAX_AGE_S;
	buf_adds(&reply->body, help_css);
	return 0;
}

static int
icon_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)r;
	(void)args;
	(void)err;
	reply->content_type = "image/svg+xml";
	reply->max_age_s = STYLE_MAX_AGE_S;
	buf_adds(&reply->body,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" "
	    "height=\"32\" rx=\"7\" fill=\"#1f5f8b\"/>"
	    "<path d=\"M22 11a8 8 0 1 0 0 10\" fill=\"none\" stroke=\"#fff\" stroke-width=\"4\" "
	    "stroke-linecap=\"round\"/></svg>\n");
	return 0;
}

static int
openapi_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)args;
	(void)err;
	openapi_write(&reply->body, r->thread->conf->fcgi_base_path);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define ROW(name_, path_, run_)                                                                    \
	.controller = "Help", .name = name_, .path = path_, .run = run_, .access = ACCESS_PUBLIC,  \
	.tx = ACTION_TX_NONE, .area = "help", .hidden = 1
#define GET_HTML .methods = REQUEST_GET, .status = 200, .reply_type = "text/html"
#define PAGE(params_) .params = params_, .args_bytes = sizeof(struct page_args)
#define FORM(sample)                                                                               \
	.methods = REQUEST_POST, .reply_type = "text/html", .takes_body = 1, .body_sample = sample

const struct action ctl_help_actions[] = {
	{ ROW("Root", "", root_show), .methods = REQUEST_GET, .status = 303,
	    .reply_type = "text/html", ACTION_ERRORS(ERR_NONE), .doc = "Redirects to the index.",
	    .reply_doc = "303 to the index." },
	{ ROW("Index", "HelpWebapi", index_show), GET_HTML, ACTION_ERRORS(ERR_NONE),
	    .doc = "The index of the API.", .reply_doc = "200 with a page." },
	{ ROW("Style", "HelpWebapi/style.css", style_show), .methods = REQUEST_GET, .status = 200,
	    .reply_type = "text/css", ACTION_ERRORS(ERR_NONE), .doc = "The style sheet of the "
								      "pages.",
	    .reply_doc = "200 with a style sheet." },
	{ ROW("Icon", "HelpWebapi/icon.svg", icon_show), .methods = REQUEST_GET, .status = 200,
	    .reply_type = "image/svg+xml", ACTION_ERRORS(ERR_NONE), .doc = "The pages' icon.",
	    .reply_doc = "200 with an image." },
	{ ROW("SignIn", "HelpWebapi/SignIn", sign_in_show), GET_HTML, PAGE(sign_in_params),
	    ACTION_ERRORS(ERR_NONE), .doc = "The form to sign in.",
	    .reply_doc = "200 with a page." },
	{ ROW("SignIn", "HelpWebapi/SignIn", sign_in),
	    FORM("token=&customer=Demo&alias=Main&login=demo&password="), .status = 303,
	    ACTION_ERRORS(ERR_AUTH, ERR_FORBIDDEN, ERR_THROTTLED, ERR_UNAVAILABLE),
	    .doc = "Signs in.", .reply_doc = "303 to the index or the page that was wanted." },
	{ ROW("SignOut", "HelpWebapi/SignOut", sign_out), FORM("token="), .status = 303,
	    ACTION_ERRORS(ERR_FORBIDDEN, ERR_UNAVAILABLE), .doc = "Signs out.",
	    .reply_doc = "303 to the index." },
	{ ROW("Action", "HelpWebapi/Api/{Page}", action_show), GET_HTML, PAGE(action_params),
	    ACTION_ERRORS(ERR_NOT_FOUND), .doc = "The page of an action.",
	    .reply_doc = "200 with a page." },
	{ ROW("Try", "HelpWebapi/Api/{Page}", action_try), FORM("token="),
	    .body_max = 4 * ACTION_BODY_MAX, .status = 200, PAGE(action_params),
	    ACTION_ERRORS(ERR_AUTH, ERR_FORBIDDEN, ERR_NOT_FOUND),
	    .doc = "Sends a request of the signed-in user.",
	    .reply_doc = "200 with the action's page, the request and its reply." },
	{ ROW("Model", "HelpOdata", model_index_show), GET_HTML, ACTION_ERRORS(ERR_NONE),
	    .doc = "The index of the data model.", .reply_doc = "200 with a page." },
	{ ROW("Entity", "HelpOdata/Api/{Page}", model_show), GET_HTML, PAGE(entity_params),
	    ACTION_ERRORS(ERR_NOT_FOUND), .doc = "The page of an entity.",
	    .reply_doc = "200 with a page." },
	{ ROW("OpenAPI", "openapi.json", openapi_show), .methods = REQUEST_GET, .status = 200,
	    .reply_type = "application/json", ACTION_ERRORS(ERR_NONE),
	    .doc = "The API as an OpenAPI 3.1 description.",
	    .reply_doc = "200 with the description." },
	{ .name = NULL },
};
