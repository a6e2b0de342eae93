#include "config.h"

#include "man/manual_api.h"

#include <stdlib.h>
#include <string.h>

#include "admin/cmd.h"
#include "fcgi/access/auth.h"
#include "fcgi/action.h"
#include "fcgi/api/ctl_schedule.h"
#include "store/field.h"
#include "fcgi/help/openapi_header.h"
#include "fcgi/api/sample.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "model/platform.h"
#include "model/process.h"
#include "model/schedule.h"

static const unsigned methods[] = { REQUEST_GET, REQUEST_POST, REQUEST_PUT, REQUEST_DELETE };

/* "a|b|c" in words. */
static void
add_choices(struct buf *b, const char *choices)
{
	buf_adds(b, "One of ");
	for (const char *p = choices; *p != '\0'; p++)
		if (*p == '|')
			buf_adds(b, ", ");
		else if (*p == '-')
			buf_adds(b, "\\-");
		else
			buf_addc(b, *p);
	buf_adds(b, ".\n");
}

/* ------------------------------------------------------------------ parameters */

static const char *
kind_words(const struct param *p)
{
	switch (p->kind) {
	case PARAM_INT:
		return "integer";
	case PARAM_FLAG:
		return "true or false";
	case PARAM_TEXT:
		return "text";
	case PARAM_LIST:
		return "list";
	case PARAM_OBJECT:
		return "object";
	case PARAM_ROWS:
		return "list of objects";
	case PARAM_UNSET:
		break;
	}
	return "";
}

static void
add_param(struct buf *b, const char *prefix, const struct param *p)
{
	static const char *const places[] = { [PARAM_IN_UNSET] = "",
		[PARAM_PATH] = "path",
		[PARAM_QUERY] = "query",
		[PARAM_BODY] = "body" };

	buf_addf(b, ".It Cm %s%s Pq %s, %s%s\n", prefix, p->name, places[p->in], kind_words(p),
	    p->required ? ", required" : "");
	cmd_mdoc(b, p->doc);
	if (p->kind == PARAM_INT || (p->kind == PARAM_LIST && p->max > p->min))
		buf_addf(b, "From %lld to %lld.\n", (long long)p->min, (long long)p->max);
	if (p->kind == PARAM_TEXT && p->choices == NULL && p->max_length > 0)
		buf_addf(b, "Up to %zu %s.\n", p->max_length,
		    text_form((int64_t)p->max_length, "character", "characters"));
	if ((p->kind == PARAM_LIST || p->kind == PARAM_ROWS) && p->max_length > 0)
		buf_addf(b, "Up to %zu %s.\n", p->max_length,
		    text_form((int64_t)p->max_length, "element", "elements"));
	if (p->choices != NULL)
		add_choices(b, p->choices);
	if (p->def != NULL && *p->def != '\0') {
		buf_adds(b, "Default: ");
		cmd_mdoc(b, p->def);
	}
}

/* The members of elements follow theirs, with its name in front. */
static void
add_params(struct arena *a, struct buf *b, const char *prefix, const struct param *p)
{
	for (; p != NULL && p->name != NULL; p++) {
		add_param(b, prefix, p);
		if (p->of != NULL)
			add_params(a, b, arena_printf(a, "%s%s.", prefix, p->name), p->of);
	}
}

static void
add_param_list(struct arena *a, struct buf *b, const struct param *p, enum content_kind content)
{
	if (p == NULL || p->name == NULL)
		return;
	buf_adds(b, ".Bl -tag -width Ds\n");
	add_params(a, b, "", p);
	if (content != CONTENT_UNSET)
		buf_adds(b, ".It Cm content Pq query, any other names\n"
		    "Every other parameter is content.\n");
	buf_adds(b, ".El\n");
}

/* Beside those of access. */
static void
add_headers(struct buf *b, const struct action *action, unsigned method)
{
	const char *name, *doc;

	if (!openapi_header_get(action, method, 0, &name, &doc))
		return;
	buf_adds(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; openapi_header_get(action, method, i, &name, &doc); i++) {
		buf_addf(b, ".It Cm %s Pq header\n", name);
		cmd_mdoc(b, doc);
	}
	buf_adds(b, ".El\n");
}

/* ------------------------------------------------------------------ replies */

static const char *
field_words(const struct field *f)
{
	static const char *const words[] = { [FIELD_UNSET] = "",
		[FIELD_TEXT] = "text",
		[FIELD_INT] = "integer",
		[FIELD_FLAG] = "true or false",
		[FIELD_TIME] = "time, UTC",
		[FIELD_DECIMAL] = "exact number as text",
		[FIELD_OBJECT] = "object",
		[FIELD_ANY] = "object" };

	return words[f->kind];
}

static void
add_fields(struct arena *a, struct buf *b, const char *prefix, const struct field *f)
{
	for (; f != NULL && f->name != NULL; f++) {
		buf_addf(b, ".It Va %s%s Pq %s%s%s%s\n", prefix, f->name, f->list ? "list of " : "",
		    field_words(f), f->nullable ? ", or null" : "",
		    f->optional ? ", may be missing" : "");
		cmd_mdoc(b, f->doc);
		if (f->choices != NULL)
			add_choices(b, f->choices);
		if (f->rows != NULL)
			add_fields(a, b, arena_printf(a, "%s%s.", prefix, f->name), f->rows);
	}
}

static void
add_reply(struct arena *a, struct buf *b, const struct action *action)
{
	int codes[ACTION_ERRORS_MAX], n = action_errors(action, codes);

	buf_adds(b, ".Pp\nReply: ");
	cmd_mdoc(b, action->reply_doc);
	if (action->reply != NULL && action->reply->name != NULL) {
		if (action->reply_list)
			buf_adds(b, "An array of:\n");
		buf_adds(b, ".Bl -tag -width Ds\n");
		add_fields(a, b, "", action->reply);
		buf_adds(b, ".El\n");
	}
	buf_adds(b, ".Pp\nErrors:");
	for (int i = 0; i < n; i++)
		buf_addf(b, "%s %d", i == 0 ? "" : ",", err_status(codes[i]));
	buf_adds(b, ".\n");
}

/* ------------------------------------------------------------------ actions */

/* Shell text between .Bd -literal and .Ed: nothing in it may be a request of the formatter. */
static void
add_literal(struct buf *b, const char *text)
{
	int start = 1;

	for (; *text != '\0'; text++) {
		if (start && (*text == '.' || *text == '\''))
			buf_adds(b, "\\&");
		start = *text == '\n';
		if (*text == '\\')
			buf_adds(b, "\\e");
		else if (*text == '-')
			buf_adds(b, "\\-");
		else if (*text == '\'')
			buf_adds(b, "\\(aq");
		else if (*text == '\t')
			buf_adds(b, "    ");
		else
			buf_addc(b, *text);
	}
	if (!start)
		buf_addc(b, '\n');
}

static void
add_sample(struct arena *a, struct buf *b, const struct action *action, unsigned method)
{
	struct sample s = {
		.arena = a, .action = action, .method = method, .base = "https://api.example.org"
	};

	buf_adds(b, ".Bd -literal\n");
	add_literal(b, sample_curl(&s));
	buf_adds(b, ".Ed\n");
}

/* path: as it stands in the heading. */
static void
add_action(struct arena *a, struct buf *b, const struct action *action, const char *path)
{
	const char *right = auth_right_name(action);
	unsigned sampled = 0;

	buf_adds(b, ".Ss");
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (action->methods & methods[i]) {
			buf_addf(b, " %s", sample_method_name(methods[i]));
			sampled = sampled == 0 || methods[i] == REQUEST_POST ? methods[i] : sampled;
		}
	buf_addf(b, " /%s\n", path);
	cmd_mdoc(b, action->doc);
	if (action->also != NULL)
		buf_addf(b, "It is also at\n.Pa /%s .\n", action->path);
	buf_adds(b, ".Pp\nAccess: ");
	cmd_mdoc(b, action_access(action->access));
	if (*right != '\0')
		buf_addf(b, "The right needed is\n.Cm %s .\n", right);
	if (*action_limits_sentence(action) != '\0')
		cmd_mdoc(b, action_limits_sentence(action));
	if (action->takes_body || action_has_body_params(action)) {
		buf_addf(b, ".Pp\n%s",
		    action->takes_body ? "The body of a POST is taken as it is.\n" : "");
		cmd_mdoc(b, action_body_sentence(a, action));
	}
	add_param_list(a, b, action->params, action->content);
	add_headers(b, action, sampled);
	add_reply(a, b, action);
	add_sample(a, b, action, sampled);
}

/* 1 when the kind is part of the API: that of tests is not. */
static int
is_shown(const struct process_kind *k)
{
	for (const struct action *action = ctl_schedule_form_actions; action->name != NULL;
	     action++)
		if (ctl_schedule_subject(action)->kind == k)
			return !action->hidden;
	return 0;
}

/* The forms are the same for every process: those of one stand for all. */
static const struct process_kind *
sample_process(void)
{
	const struct process_kind *k = process_kinds;

	while (k->name != NULL && !(k->built && is_shown(k)))
		k++;
	return k;
}

char *
manual_api_actions(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *action = controllers[c]; action->name != NULL; action++) {
			const struct schedule_subject *subject = ctl_schedule_subject(action);

			if (action->hidden ||
			    (subject != NULL && subject->kind != sample_process()))
				continue;
			add_action(a, &b, action,
			    subject == NULL ? action_clear_path(action) :
					      arena_printf(a, "ProcessManagement/{Process}/%s",
						  ctl_schedule_word(subject)));
		}
	return b.data;
}

/* ------------------------------------------------------------------ the other tables */

char *
manual_api_platforms(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, ".Bl -tag -width Ds\n");
	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++) {
		if (!platform_kind_is_shown(k))
			continue;
		buf_addf(&b, ".It %s / %s / %s\n", k->platform, k->entity, k->action);
		cmd_mdoc(&b, k->doc);
	}
	buf_adds(&b, ".El\n");
	return b.data;
}

char *
manual_api_owned(struct arena *a)
{
	const char *separator = "";
	struct buf b;

	buf_init(&b, a);
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (!entity_is_shared(e)) {
			buf_addf(&b, "%s%s", separator, e->name);
			separator = ",\n";
		}
	buf_adds(&b, ".\n");
	return b.data;
}

char *
manual_api_processes(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++) {
		if (!is_shown(k))
			continue;
		buf_addf(&b, ".Ss %s\n", k->name);
		cmd_mdoc(&b, k->doc);
		if (!k->built)
			buf_adds(&b,
			    "This process is " PROCESS_NOT_BUILT
			    ": its schedules are answered with 501.\n");
		else
			add_param_list(a, &b, k->params, CONTENT_UNSET);
	}
	return b.data;
}

char *
manual_api_errors(struct arena *a)
{
	static const int codes[] = {
#define X(name, value, status, slug, sentence) (value),
		ERR_LIST(X)
#undef X
	};
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		buf_addf(&b, ".It %d Li urn:customerapi:problem:%s\n", err_status(codes[i]),
		    err_slug(codes[i]));
		cmd_mdoc(&b, err_sentence(codes[i]));
	}
	buf_adds(&b, ".El\n");
	return b.data;
}
