#include "config.h"

#include "scheduler/mailer_content.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/unpack.h"
#include "store/db.h"

enum { FIELDS_MAX = 24, VALUE_MAX = 200 };

/* The fields of a payload that a reader wants first; others follow as far as there is room. */
static const char *const first_fields[] = { "id", "name", "order_number", "title", "email", "total_price", "currency", "financial_status",
	"fulfillment_status", "first_name", "last_name", "phone", "vendor", "product_type", "status", "created_at", "updated_at", NULL };

static void
add_field(struct arena *a, struct mail_content *c, struct mail_field *fields, const char *name, const char *value)
{
	char *copy;

	if (value == NULL || c->nfields == FIELDS_MAX)
		return;
	copy = arena_strdup(a, value);
	if (text_utf8_cut(copy, VALUE_MAX))
		copy = arena_printf(a, "%s …", copy);
	fields[c->nfields++] = (struct mail_field){ .name = name, .value = copy };
}

/* From a body that is a JSON object; any other body gives none. */
static void
payload_fields(struct arena *a, struct mail_content *c, struct mail_field *fields, const char *body, size_t bytes)
{
	struct json_object *o;
	size_t repaired;

	if (json_parse_repaired(a, body, bytes, &o, &repaired, NULL) < 0)
		return;
	for (size_t i = 0; first_fields[i] != NULL; i++)
		add_field(a, c, fields, first_fields[i], json_text(o, first_fields[i]));
	json_object_put(o);
}

static const char *
subject_of(struct arena *a, const struct rows *r, size_t i, const struct mail_content *c)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "[%s/%s] %s %s %s", rows_text(r, i, MAIL_CUSTOMER), rows_text(r, i, MAIL_ALIAS),
	    rows_text(r, i, MAIL_PLATFORM), rows_text(r, i, MAIL_ENTITY), rows_text(r, i, MAIL_ACTION));
	for (size_t f = 0; f < c->nfields; f++)
		if (strcmp(c->fields[f].name, "name") == 0 || strcmp(c->fields[f].name, "title") == 0 || strcmp(c->fields[f].name, "total_price") == 0 ||
		    strcmp(c->fields[f].name, "currency") == 0)
			buf_addf(&b, " %s", c->fields[f].value);
	text_utf8_cut(b.data, VALUE_MAX);
	return b.data;
}

/* Its message was deleted by hand: a mail that says so, instead of one that is tried for ever. */
static int
render_orphan(const struct conf *conf, struct arena *a, const struct rows *r, size_t i, struct outgoing *o, struct err *err)
{
	struct mail_content c = { .subject = arena_printf(a, "[%s/%s] a webhook that was deleted", rows_text(r, i, MAIL_CUSTOMER), rows_text(r, i, MAIL_ALIAS)),
		.intro = "A webhook was to be sent to you; it was deleted before that." };

	return mailer_compose(conf, a, r, i, &c, o, err);
}

/* What is attached: the body unpacked or, when that cannot be, as it came. Returns the sentences
 * that say why, or "". */
static const char *
set_payload(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct mail_content *c)
{
	const char *headers = rows_text(r, i, MAIL_HEADERS), *body = rows_text(r, i, MAIL_BODY), *text;
	size_t n = rows_at(r, i, MAIL_BODY)->n, most = (size_t)conf->body_max_bytes, bytes;
	struct err err = { 0 };

	c->payload = body;
	c->payload_bytes = n;
	if (unpack_kept(a, headers, body, n, most, &text, &bytes, &err) < 0)
		return arena_printf(a, " %s It is attached as it came.", err.detail);
	c->payload = text;
	c->payload_bytes = bytes;
	return "";
}

/* A byte order mark in front of JSON is no part of it. */
static int
is_json(struct mail_content *c)
{
	const char *text = c->payload;
	size_t bom = json_bom(text, c->payload_bytes);

	if (c->payload_bytes == bom || (text[bom] != '{' && text[bom] != '['))
		return 0;
	c->payload = text + bom;
	c->payload_bytes -= bom;
	return 1;
}

int
mailer_render_webhook(const struct conf *conf, struct arena *a, const struct rows *r, size_t i, struct outgoing *o, struct err *err)
{
	struct mail_field *fields = arena_new(a, struct mail_field, FIELDS_MAX);
	struct mail_content c = { .fields = fields, .payload_max = (size_t)conf->mail_attach_max_bytes };
	const char *fault;
	char when[32];
	int json;

	if (rows_null(r, i, MAIL_RECEIPT))
		return render_orphan(conf, a, r, i, o, err);
	fault = set_payload(conf, a, r, i, &c);
	json = is_json(&c);
	clock_iso8601(rows_time(r, i, MAIL_RECEIVED_AT), when);
	add_field(a, &c, fields, "Receipt", text_hex(a, rows_text(r, i, MAIL_RECEIPT), rows_at(r, i, MAIL_RECEIPT)->n));
	add_field(a, &c, fields, "Received", when);
	payload_fields(a, &c, fields, c.payload, c.payload_bytes);
	c.subject = subject_of(a, r, i, &c);
	c.intro = arena_printf(a, "%s sent %s %s to %s/%s.%s", rows_text(r, i, MAIL_PLATFORM), rows_text(r, i, MAIL_ENTITY), rows_text(r, i, MAIL_ACTION),
	    rows_text(r, i, MAIL_CUSTOMER), rows_text(r, i, MAIL_ALIAS), fault);
	c.payload_name = json ? "webhook.json" : "webhook.bin";
	c.payload_type = json ? "application/json" : "application/octet-stream";
	return mailer_compose(conf, a, r, i, &c, o, err);
}

int
mailer_render_text(const struct conf *conf, struct arena *a, const struct rows *r, size_t i, struct outgoing *o, struct err *err)
{
	struct mail_content c = { .subject = rows_text(r, i, MAIL_SUBJECT), .intro = rows_text(r, i, MAIL_CONTENT) };

	return mailer_compose(conf, a, r, i, &c, o, err);
}

int
mailer_compose(const struct conf *conf, struct arena *a, const struct rows *r, size_t i, struct mail_content *c, struct outgoing *o, struct err *err)
{
	const char **to = arena_new(a, const char *, o->job.nrecipients);

	for (size_t k = 0; k < o->job.nrecipients; k++)
		to[k] = o->job.recipients[k].address;
	c->from = conf->smtp_from;
	c->message_id = rows_text(r, i, MAIL_HEADER_ID);
	c->to = to;
	c->nto = o->job.nrecipients;
	c->date = rows_time(r, i, MAIL_CREATED_AT);
	o->job.from = conf->smtp_from;
	o->job.message = mail_compose(a, c, &o->job.bytes, err);
	return o->job.message == NULL ? err->code : 0;
}
