#include "config.h"

#include <string.h>

#include "fcgi/help/form.h"
#include "fcgi/help/help.h"
#include "fcgi/help/page.h"
#include "fcgi/api/sample.h"
#include "fcgi/masking.h"
#include "fcgi/request.h"
#include "fcgi/serve.h"
#include "fcgi/transport/transport.h"
#include "lib/arena.h"
#include "lib/text.h"

enum { VARIABLES = 12, REPLY_MAX = 262144 };

/* ------------------------------------------------------------------ a request from inside */

struct inside {
	char *variables[VARIABLES];
	size_t n, at, bytes;
	const char *body;
	struct buf out;
};

static const char *
inside_variable(const struct transport *t, const char *name)
{
	const struct inside *in = t->state;
	size_t n = strlen(name);

	for (size_t i = 0; i < in->n; i++)
		if (strncmp(in->variables[i], name, n) == 0 && in->variables[i][n] == '=')
			return in->variables[i] + n + 1;
	return NULL;
}

static char **
inside_variables(const struct transport *t)
{
	return ((struct inside *)t->state)->variables;
}

static size_t
inside_read(const struct transport *t, void *out, size_t n)
{
	struct inside *in = t->state;

	if (n > in->bytes - in->at)
		n = in->bytes - in->at;
	memcpy(out, in->body + in->at, n);
	in->at += n;
	return n;
}

static int
inside_write(const struct transport *t, const void *p, size_t n)
{
	struct inside *in = t->state;

	buf_add(&in->out, p, n > REPLY_MAX - in->out.len ? REPLY_MAX - in->out.len : n);
	return 0;
}

static void
add_variable(struct request *r, struct inside *in, const char *name, const char *value)
{
	if (value != NULL && in->n < VARIABLES - 1)
		in->variables[in->n++] = arena_printf(&r->arena, "%s=%s", name, value);
}

/* ------------------------------------------------------------------ what the form says */

/* A value for each parameter of the address; what was left empty is not sent. */
static const struct sample_value *
values_of(struct request *r, const struct action *action)
{
	size_t n = 0;
	struct sample_value *v;

	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		n++;
	v = arena_new(&r->arena, struct sample_value, n + 1);
	n = 0;
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in != PARAM_BODY) {
			const char *value = form_value(r, arena_printf(&r->arena, "p.%s", p->name));

			v[n++] = (struct sample_value){ .name = p->name,
				.value = value == NULL ? "" : value };
		}
	return v;
}

/* The same as the page may show them again. */
static const struct sample_value *
shown_values(struct request *r, const struct sample_value *v)
{
	struct sample_value *shown;
	size_t n = 0;

	while (v[n].name != NULL)
		n++;
	shown = arena_new(&r->arena, struct sample_value, n + 1);
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct sample_value){ .name = v[i].name,
			.value = masking_text(&r->arena, v[i].value) };
	return shown;
}

/* 1 when a path with this text in its hole would be another address. */
static int
moves_path(const char *text)
{
	return *text == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0;
}

static const char *
fault_of(struct request *r, const struct action *action, const struct sample_value *v)
{
	for (; v->name != NULL; v++) {
		const struct param *p = param_find(action->params, v->name);

		if (p->in == PARAM_PATH && moves_path(v->value))
			return arena_printf(&r->arena, "%s must be filled in.", p->name);
	}
	return NULL;
}

static const char *
query_of(struct request *r, const struct action *action, const struct sample_value *v)
{
	struct buf b;

	buf_init(&b, &r->arena);
	buf_adds(&b, "");
	for (; v->name != NULL; v++) {
		const struct param *p = param_find(action->params, v->name);

		if (p->in != PARAM_QUERY || *v->value == '\0')
			continue;
		buf_addf(&b, "%s%s=", b.len > 0 ? "&" : "", p->name);
		buf_add_url(&b, v->value);
	}
	return b.data;
}

/* ------------------------------------------------------------------ all */

static void
perform(struct request *r, const struct store_session *session, struct inside *in,
    const char *method, const char *path, const char *query)
{
	const struct transport t = { .state = in,
		.variable = inside_variable,
		.variables = inside_variables,
		.read = inside_read,
		.write = inside_write };

	buf_init(&in->out, &r->arena);
	buf_adds(&in->out, "");
	add_variable(r, in, "REQUEST_METHOD", method);
	add_variable(r, in, "PATH_INFO", path);
	add_variable(r, in, "REQUEST_URI", path);
	add_variable(r, in, "CUSTOMERAPI_RAW_PATH", "1");
	add_variable(r, in, "QUERY_STRING", query);
	add_variable(r, in, "REMOTE_ADDR", r->peer);
	add_variable(r, in, "HTTP_X_FORWARDED_FOR", request_header_find(r, "x-forwarded-for"));
	if (in->bytes > 0) {
		add_variable(r, in, "CONTENT_TYPE", "application/json");
		add_variable(r, in, "CONTENT_LENGTH", arena_printf(&r->arena, "%zu", in->bytes));
	}
	serve_inside(&t, r->thread, session);
}

/* Status and headers as HTTP has them; a reply that is no text is not shown. */
static const char *
reply_text(struct request *r, const struct buf *out)
{
	static const char status[] = "Status: ";
	const char *text = out->data;
	struct buf b;

	if (!text_is_utf8(text, out->len))
		return "The reply is not text.";
	buf_init(&b, &r->arena);
	if (strncmp(text, status, strlen(status)) == 0) {
		buf_adds(&b, "HTTP/1.1 ");
		text += strlen(status);
	}
	for (; *text != '\0'; text++)
		if (*text != '\r')
			buf_addc(&b, *text);
	return b.data;
}

void
help_try(struct request *r, const struct store_session *session, const struct action *action,
    unsigned method, struct help_tried *out)
{
	const struct sample_value *values = values_of(r, action);
	const struct sample s = {
		.arena = &r->arena, .action = action, .method = method, .values = values
	};
	const char *body = (method & REQUEST_WITH_BODY) &&
		(action->takes_body || action_has_body_params(action)) ?
	    form_value(r, "body") :
	    NULL,
		   *path, *query;
	struct inside in = { .body = body == NULL ? "" : body,
		.bytes = body == NULL ? 0 : strlen(body) };

	*out = (struct help_tried){ .values = shown_values(r, values),
		.body = body,
		.fault = fault_of(r, action, values) };
	if (out->fault != NULL)
		return;
	path = sample_path(&s);
	query = query_of(r, action, values);
	perform(r, session, &in, sample_method_name(method), path, query);
	out->request = arena_printf(&r->arena, "%s %s%s%s", sample_method_name(method),
	    masking_uri(&r->arena, path, query), in.bytes > 0 ? "\n\n" : "", in.body);
	out->reply = reply_text(r, &in.out);
}
