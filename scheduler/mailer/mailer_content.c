#include "config.h"

#include "scheduler/mailer/mailer_content.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/mail_address.h"
#include "lib/format/unpack.h"
#include "lib/text.h"
#include "scheduler/body.h"
#include "scheduler/mailer/mailer_view.h"
#include "store/db.h"
#include "store/registry/store_message.h"

enum { SUBJECT_MAX = 200 };

/* What a mail is about, the first that the content has. */
static const char *const subjects[] = { "subject", "name", "title", "order_number", "number",
	"increment_id", "reference", "identifier", "id", NULL };

/* A message's mail on its way. */
struct webhook {
	struct arena *a;
	const struct rows *rows;
	size_t row;
	struct content_text text;	/* unpacked */
	struct body said;		/* its json: NULL when it is none */
	const char *fault;		/* why the attachment is as it came, or "" */
	int is_packed;			/* it could not be unpacked */
};

static const char *
text_at(const struct webhook *w, size_t column)
{
	return rows_text(w->rows, w->row, column);
}

/* ------------------------------------------------------------------ who and what */

static const char *
subject_of(const struct webhook *w)
{
	const char *about = NULL, *total = mailer_view_member(w->said.json, "total_price"),
	    *currency = mailer_view_member(w->said.json, "currency");
	struct buf b;

	for (size_t i = 0; subjects[i] != NULL && about == NULL; i++)
		about = mailer_view_member(w->said.json, subjects[i]);
	buf_init(&b, w->a);
	buf_addf(&b, "[%s/%s] %s %s %s", text_at(w, C_mail_load_customer),
	    text_at(w, C_mail_load_alias), text_at(w, C_mail_load_platform),
	    text_at(w, C_mail_load_entity), text_at(w, C_mail_load_action));
	for (const char *const *p = (const char *const[]){ about, total, currency, "" };
	    *p == NULL || **p != '\0'; p++)
		if (*p != NULL)
			buf_addf(&b, " %s", text_utf8_fit(w->a, *p, SUBJECT_MAX));
	text_utf8_cut(b.data, SUBJECT_MAX);
	return b.data;
}

/* The address as a header takes it, or NULL when the text is none, or several. */
static const char *
address_of(struct arena *a, const char *text)
{
	char address[MAIL_ADDRESS_SIZE];

	if (text == NULL || mail_address_ascii(text_trim(arena_strdup(a, text)), address) < 0)
		return NULL;
	return arena_strdup(a, address);
}

/* What the webhook says, when the tenant allows it. In a query Email is the recipient. */
static const char *
reply_to_of(const struct webhook *w, struct json_object *query)
{
	const char *address = NULL;

	if (rows_null(w->rows, w->row, C_mail_load_reply_to) ||
	    !rows_int(w->rows, w->row, C_mail_load_reply_to))
		return NULL;
	if (content_query_kept(&w->text) == NULL)
		address = address_of(w->a, mailer_view_member(w->said.json, "email"));
	if (address == NULL)
		address = address_of(w->a, mailer_view_member(query, "replyTo"));
	if (address == NULL)
		address = address_of(w->a, mailer_view_member(query, "mail"));
	return address;
}

/* Its message was deleted by hand: a mail that says so, instead of one that is tried for ever. */
static void
render_orphan(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct outgoing *o)
{
	struct mail_content c = { .subject = arena_printf(a, "[%s/%s] a webhook that was deleted",
				      rows_text(r, i, C_mail_load_customer),
				      rows_text(r, i, C_mail_load_alias)),
		.intro = "A webhook was to be sent to you; it was deleted before that." };

	mailer_compose(conf, a, r, i, &c, o);
}

/* The body unpacked or, when that cannot be, as it came; w->fault says why. */
static void
set_text(const struct conf *conf, struct webhook *w)
{
	const size_t n = rows_at(w->rows, w->row, C_mail_load_body)->n;
	const size_t most = (size_t)conf->body_max_bytes;
	const char *body = text_at(w, C_mail_load_body);
	struct err err = { 0 };

	w->fault = "";
	if (unpack_kept(w->a, w->text.headers, body, n, most, &w->text.body, &w->text.bytes,
	    &err) == 0)
		return;
	w->fault = arena_printf(w->a, " %s It is attached as it came.", err.detail);
	w->text.body = body;
	w->text.bytes = n;
	w->is_packed = 1;
}

/* ------------------------------------------------------------------ the attachment */

/* Types that are attached as what they are: nothing that a browser would run. */
static const struct { const char *type, *name; int is_text; } types[] = {
	{ "application/x-www-form-urlencoded", "webhook.txt", 0 },
	{ "text/plain", "webhook.txt", 1 }, { "text/csv", "webhook.csv", 1 },
	{ "text/xml", "webhook.xml", 1 }, { "application/xml", "webhook.xml", 0 },
};

/* 1 for text that a reader can open as such. */
static int
is_text(const struct content_text *t)
{
	if (!text_is_utf8(t->body, t->bytes))
		return 0;
	for (size_t i = 0; i < t->bytes; i++)
		if ((unsigned char)t->body[i] < 0x20 && strchr("\t\r\n\f", t->body[i]) == NULL)
			return 0;
	return 1;
}

static void
set_type(struct mail_content *c, const char *type, const char *name, const char *charset)
{
	c->payload_type = type;
	c->payload_name = name;
	c->payload_charset = charset;
}

/* A byte order mark in front of JSON is no part of it. */
static int
is_json(const struct content_text *t)
{
	size_t bom = json_bom(t->body, t->bytes);

	return t->bytes > bom && (t->body[bom] == '{' || t->body[bom] == '[');
}

/* A query or a form is a list of pairs, whatever it says. What the type promises must hold: text
 * that is none is bytes. A form in parts cannot be a part of a mail again. */
static void
attach(struct webhook *w, struct mail_content *c)
{
	const struct content_text *t = &w->text;
	const char *type = content_type_kept(w->a, t->headers, NULL);
	const char *query;
	size_t bom = json_bom(t->body, t->bytes);

	c->payload = t->body;
	c->payload_bytes = t->bytes;
	if ((query = content_query_kept(t)) != NULL) {
		c->payload = content_query_text(w->a, t->kind, query);
		c->payload_bytes = strlen(c->payload);
		set_type(c, types[0].type, types[0].name, NULL);
		return;
	}
	if (is_json(t) && !w->is_packed) {
		c->payload = t->body + bom;
		c->payload_bytes -= bom;
		set_type(c, "application/json", "webhook.json", NULL);
		return;
	}
	if (w->is_packed || !is_text(t)) {
		set_type(c, "application/octet-stream", "webhook.bin", NULL);
		return;
	}
	set_type(c, "text/plain", "webhook.txt", "utf-8");
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].type, type) == 0)
			set_type(
			    c, types[i].type, types[i].name, types[i].is_text ? "utf-8" : NULL);
}

/* ------------------------------------------------------------------ the text */

/* Any text that is neither JSON nor a form is shown as it is. */
static void
read_content(struct webhook *w)
{
	struct err err = { 0 };

	if (w->is_packed || body_read(w->a, &w->text, &w->said, &err) == 0)
		return;
	w->said = (struct body){ .json = NULL };
	if (content_query_kept(&w->text) == NULL && is_text(&w->text))
		w->said.json = json_object_new_string_len(w->text.body, (int)w->text.bytes);
}

/* Tables, what is left, parameters of the address beside a body, and what the delivery is. */
static size_t
add_sections(struct webhook *w, const struct mailer_view *view, struct json_object *query,
    struct mail_section *sections)
{
	struct mail_field *delivery = arena_new(w->a, struct mail_field, 2);
	struct mailer_view beside;
	size_t n = view->ntables;
	char when[32];

	if (n > 0)
		memcpy(sections, view->tables, n * sizeof *sections);
	if (view->nrest > 0)
		sections[n++] = (struct mail_section){ .title = "All other fields",
			.fields = view->rest, .nfields = view->nrest };
	if (content_query_kept(&w->text) == NULL && query != NULL &&
	    json_object_object_length(query) > 0) {
		mailer_view_make(w->a, query, 1, &beside);
		sections[n++] = (struct mail_section){ .title = "Parameters of the address",
			.fields = beside.fields, .nfields = beside.nfields, .note = beside.note };
	}
	clock_iso8601(rows_time(w->rows, w->row, C_mail_load_received_at), when);
	delivery[0] = (struct mail_field){ .name = "Receipt", .value = text_hex(w->a,
	    text_at(w, C_mail_load_receipt), rows_at(w->rows, w->row, C_mail_load_receipt)->n) };
	delivery[1] = (struct mail_field){ .name = "Received", .value = arena_strdup(w->a, when) };
	sections[n++] = (struct mail_section){ .title = "Delivery", .fields = delivery,
		.nfields = 2 };
	return n;
}

static const char *
note_of(const struct webhook *w, const struct mailer_view *view, const char *reply_to)
{
	struct buf b;

	buf_init(&b, w->a);
	buf_adds(&b, view->note == NULL ? "" : view->note);
	if (w->said.files > 0)
		buf_addf(&b, "%s%zu file%s of the form left out; the attachment has all.",
		    b.len > 0 ? " " : "", w->said.files, w->said.files == 1 ? "" : "s");
	if (reply_to != NULL)
		buf_addf(&b, "%sAn answer goes to %s, as the webhook says.",
		    b.len > 0 ? " " : "", reply_to);
	return b.len > 0 ? b.data : NULL;
}

static void
compose_text(struct webhook *w, struct mail_content *c)
{
	struct mail_section *sections = arena_new(w->a, struct mail_section, VIEW_TABLES_MAX + 3);
	struct json_object *query = NULL;
	struct mailer_view view = { .nfields = 0 };
	size_t repaired;

	if (content_query(w->a, w->text.kind, content_query_of(w->text.uri), &query, &repaired,
	    NULL) < 0)
		query = NULL;
	if (w->said.json != NULL)
		mailer_view_make(w->a, w->said.json, w->said.is_form, &view);
	c->reply_to = reply_to_of(w, query);
	c->subject = subject_of(w);
	c->fields = view.fields;
	c->nfields = view.nfields;
	c->sections = sections;
	c->nsections = add_sections(w, &view, query, sections);
	c->note = note_of(w, &view, c->reply_to);
	json_object_put(query);
}

void
mailer_render_webhook(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct outgoing *o)
{
	struct webhook w = { .a = a, .rows = r, .row = i };
	struct mail_content c = { .payload_max = (size_t)conf->mail_attach_max_bytes };

	if (rows_null(r, i, C_mail_load_receipt)) {
		render_orphan(conf, a, r, i, o);
		return;
	}
	w.text = (struct content_text){ .headers = rows_text(r, i, C_mail_load_headers),
		.uri = rows_text(r, i, C_mail_load_uri),
		.method = rows_text(r, i, C_mail_load_method),
		.kind = rows_int(r, i, C_mail_load_message_kind) == STORE_MESSAGE_EMAIL ?
		    CONTENT_EMAIL :
		    CONTENT_QUEUE };
	set_text(conf, &w);
	read_content(&w);
	compose_text(&w, &c);
	attach(&w, &c);
	c.intro = arena_printf(a, "%s sent %s %s to %s/%s.%s",
	    rows_text(r, i, C_mail_load_platform), rows_text(r, i, C_mail_load_entity),
	    rows_text(r, i, C_mail_load_action), rows_text(r, i, C_mail_load_customer),
	    rows_text(r, i, C_mail_load_alias), w.fault);
	json_object_put(w.said.json);
	mailer_compose(conf, a, r, i, &c, o);
}

void
mailer_render_text(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct outgoing *o)
{
	struct mail_content c = { .subject = rows_text(r, i, C_mail_load_subject),
		.intro = rows_text(r, i, C_mail_load_content) };

	mailer_compose(conf, a, r, i, &c, o);
}

void
mailer_compose(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct mail_content *c, struct outgoing *o)
{
	const char **to = arena_new(a, const char *, o->job.nrecipients);

	for (size_t k = 0; k < o->job.nrecipients; k++)
		to[k] = o->job.recipients[k].address;
	c->from = conf->smtp_from;
	c->message_id = rows_text(r, i, C_mail_load_header_id);
	c->to = to;
	c->nto = o->job.nrecipients;
	c->date = rows_time(r, i, C_mail_load_created_at);
	o->job.from = conf->smtp_from;
	o->job.message = mail_compose(a, c, &o->job.bytes);
}
