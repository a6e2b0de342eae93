#include "config.h"

#include "fcgi/api/sample.h"

#include <string.h>

#include "fcgi/api/platform_sample.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"

const char *
sample_method_name(unsigned method)
{
	static const struct { unsigned method; const char *name; } names[] = {
		{ REQUEST_POST, "POST" }, { REQUEST_PUT, "PUT" }, { REQUEST_DELETE, "DELETE" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].method == method)
			return names[i].name;
	return "GET";
}

static const char *
value_in(const struct sample_value *values, const struct param *p)
{
	for (const struct sample_value *v = values; v != NULL && v->name != NULL; v++)
		if (v->value != NULL && text_ieq(v->name, p->name))
			return v->value;
	return NULL;
}

const char *
sample_value(const struct sample *s, const struct param *p)
{
	const char *value = value_in(s->values, p);

	if (value == NULL)
		value = value_in(s->action->samples, p);
	return value != NULL ? value : p->sample;
}

/* ------------------------------------------------------------------ address */

/* 1 when the parameter's value comes from the reply to a delivery before it. */
static int
is_delivered(const struct sample *s, const struct param *p)
{
	return s->action->sample_delivers && text_ieq(p->name, "Receipt") &&
	    sample_value(s, p) == p->sample;
}

static void
add_hole(struct buf *b, const struct sample *s, const char *name, int shell)
{
	const struct param *p = param_find(s->action->params, name);

	if (shell && is_delivered(s, p))
		buf_adds(b, "$RECEIPT");
	else
		buf_add_url(b, sample_value(s, p));
}

/* With shell set, as it stands in a command that knows RECEIPT. */
static const char *
path_of(const struct sample *s, int shell)
{
	struct buf b;

	buf_init(&b, s->arena);
	for (const char *path = s->action->path, *next; *path != '\0'; path = next) {
		size_t n = strcspn(path, "/");

		next = path + n + (path[n] == '/');
		buf_addc(&b, '/');
		if (path[0] == '{')
			add_hole(&b, s, arena_strndup(s->arena, path + 1, n - 2), shell);
		else
			buf_add(&b, path, n);
	}
	return b.data;
}

const char *
sample_path(const struct sample *s)
{
	return path_of(s, 0);
}

const char *
sample_query(const struct sample *s)
{
	struct buf b;

	buf_init(&b, s->arena);
	buf_adds(&b, "");
	for (const struct param *p = s->action->params; p != NULL && p->name != NULL; p++) {
		const char *value = sample_value(s, p);

		if (p->in != PARAM_QUERY || value == NULL)
			continue;
		buf_addf(&b, "%s%s=", b.len > 0 ? "&" : "", p->name);
		if (p->secret)
			buf_addf(&b, "$%s", value);
		else
			buf_add_url(&b, value);
	}
	if (s->method == REQUEST_GET && s->action->content_sample != NULL)
		buf_addf(&b, "&%s", s->action->content_sample);
	return b.data;
}

/* ------------------------------------------------------------------ body */

static void
write_element(struct writer *w, const char *text)
{
	int64_t v;

	if (text_int64(text, &v) == 0)
		writer_json(w, text);
	else
		writer_text(w, text);
}

void
sample_write(struct writer *w, const struct param *p, const char *text)
{
	char *rest, *one;

	switch (p->kind) {
	case PARAM_TEXT:
		writer_text(w, text);
		break;
	case PARAM_LIST:
		rest = arena_strdup(w->b->arena, text);
		writer_array_flat(w);
		while ((one = strsep(&rest, ",")) != NULL)
			write_element(w, text_trim(one));
		writer_end(w);
		break;
	default:
		writer_json(w,
		    text_ieq(text, "True") || text_ieq(text, "False") ?
			text_lower(arena_strdup(w->b->arena, text)) :
			text);
	}
}

const char *
sample_body(const struct sample *s)
{
	struct writer w;
	struct buf b;

	if ((s->method & REQUEST_WITH_BODY) == 0)
		return NULL;
	if (s->body != NULL)
		return s->body;
	if (s->action->body_sample != NULL)
		return s->action->body_sample;
	if (!action_has_body_params(s->action))
		return NULL;
	buf_init(&b, s->arena);
	writer_init_block(&w, &b, 0);
	writer_object(&w);
	for (const struct param *p = s->action->params; p->name != NULL; p++) {
		const char *value = sample_value(s, p);

		if (p->in != PARAM_BODY || value == NULL)
			continue;
		writer_name(&w, p->name);
		sample_write(&w, p, value);
	}
	writer_end(&w);
	return b.data;
}

/* ------------------------------------------------------------------ curl */

/* Within single quotes of a shell. */
static void
add_quoted(struct buf *b, const char *text)
{
	buf_addc(b, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *text);
	buf_addc(b, '\'');
}

static void
add_tenant_header(const struct sample *s, struct buf *b, const char *header, const char *param,
    const char *otherwise)
{
	const struct param row = { .name = param, .sample = otherwise };
	const char *value = sample_value(s, &row);

	buf_adds(b, " \\\n  -H ");
	add_quoted(b, arena_printf(s->arena, "%s: %s", header, value));
}

static void
add_credentials(const struct sample *s, struct buf *b)
{
	enum access_kind access = s->action->access;

	if (access != ACCESS_TOKEN && access != ACCESS_ADMIN && access != ACCESS_WEBHOOK)
		return;
	buf_adds(b, " \\\n  -H \"X-Crm360Api-Token: $TOKEN\"");
	add_tenant_header(s, b, "X-Crm360Api-CustomerName", "CustomerName", "Demo");
	add_tenant_header(s, b, "X-Crm360Api-DatabaseAlias", "DatabaseAlias", "Main");
}

/* RECEIPT is that of a delivery of its own. */
static void
add_delivery(const struct sample *s, struct buf *b)
{
	const struct sample delivery = { .arena = s->arena, .action = platform_sample_action(),
		.method = REQUEST_POST, .base = s->base, .values = s->values };
	const struct param *p = param_find(s->action->params, "Receipt");

	if (p == NULL || !is_delivered(s, p))
		return;
	buf_addf(b, "RECEIPT=$(%s |\n  sed 's/.*\"Receipt\": *\"\\([0-9a-f]*\\)\".*/\\1/')\n",
	    sample_curl(&delivery));
}

const char *
sample_curl(const struct sample *s)
{
	const char *query = sample_query(s), *body = sample_body(s);
	struct buf b;

	buf_init(&b, s->arena);
	add_delivery(s, &b);
	buf_adds(&b, "curl -sS");
	if (s->method != REQUEST_GET)
		buf_addf(&b, " -X %s", sample_method_name(s->method));
	buf_addf(&b, " \"%s%s%s%s\"", s->base, path_of(s, 1), *query != '\0' ? "?" : "", query);
	add_credentials(s, &b);
	if (body != NULL) {
		buf_adds(&b, " \\\n  -H 'Content-Type: application/json' \\\n  --data-binary ");
		add_quoted(&b, body);
	}
	return b.data;
}

/* ------------------------------------------------------------------ reply */

static void write_rows(struct writer *w, const struct field *rows);

static void
write_sample(struct writer *w, const struct field *f)
{
	const char *text = field_sample(f);
	const int is_null = f->nullable && text != NULL && strcmp(text, "null") == 0;

	switch (f->kind) {
	case FIELD_OBJECT:
		write_rows(w, f->rows);
		break;
	case FIELD_INT:
	case FIELD_FLAG:
	case FIELD_ANY:
		writer_json(w, text);
		break;
	default:
		if (text == NULL)	/* the first of the choices */
			text = arena_strndup(w->b->arena, f->choices, strcspn(f->choices, "|"));
		writer_text(w, is_null ? NULL : text);
	}
}

static void
write_rows(struct writer *w, const struct field *rows)
{
	writer_object(w);
	for (const struct field *f = rows; f->name != NULL; f++) {
		if (f->optional && f->sample != NULL && *f->sample == '\0')
			continue;
		writer_name(w, f->name);
		if (f->list)
			writer_array_flat(w);
		write_sample(w, f);
		if (f->list)
			writer_end(w);
	}
	writer_end(w);
}

const char *
sample_reply(struct arena *a, const struct action *action)
{
	struct writer w;
	struct buf b;

	if (action->reply == NULL)
		return NULL;
	if (action->reply_sample != NULL)
		return action->reply_sample(a, action);
	buf_init(&b, a);
	writer_init_block(&w, &b, 0);
	if (action->reply_list)
		writer_array_flat(&w);
	write_rows(&w, action->reply);
	if (action->reply_list)
		writer_end(&w);
	return b.data;
}
