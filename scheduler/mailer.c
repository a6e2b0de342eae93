#include "config.h"

#include "scheduler/mailer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "net/mail.h"
#include "store/db.h"

enum { MAILS_MAX = 20, FIELDS_MAX = 24, LEASE_S = 900, LEASE_BYTES = 16, STATE_READY = 1, STATE_SENT = 3, STATE_DEAD = 4, RECIPIENT_SENT = 3,
	RECIPIENT_REFUSED = 4, VALUE_MAX = 200 };

struct outgoing {
	int64_t mail_id;
	int attempts;
	usec_t give_up_at;
	struct mail_job job;
};

/* ------------------------------------------------------------------ content */

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
	struct err ignored = { 0 };

	if (json_parse(body, bytes, &o, &ignored) < 0)
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
	buf_addf(&b, "[%s/%s] %s %s %s", rows_text(r, i, 5), rows_text(r, i, 6), rows_text(r, i, 8), rows_text(r, i, 9), rows_text(r, i, 10));
	for (size_t f = 0; f < c->nfields; f++)
		if (strcmp(c->fields[f].name, "name") == 0 || strcmp(c->fields[f].name, "title") == 0 || strcmp(c->fields[f].name, "total_price") == 0 ||
		    strcmp(c->fields[f].name, "currency") == 0)
			buf_addf(&b, " %s", c->fields[f].value);
	text_utf8_cut(b.data, VALUE_MAX);
	return b.data;
}

static int
compose(const struct conf *conf, struct arena *a, const struct rows *r, size_t i, struct outgoing *o, struct err *err)
{
	struct mail_field *fields = arena_new(a, struct mail_field, FIELDS_MAX);
	const char **to = arena_new(a, const char *, o->job.nrecipients);
	struct mail_content c = { .from = conf->smtp_from, .message_id = rows_text(r, i, 1), .to = to, .nto = o->job.nrecipients,
		.date = rows_time(r, i, 3), .fields = fields, .payload = rows_text(r, i, 11), .payload_bytes = rows_at(r, i, 11)->n,
		.payload_max = (size_t)conf->mail_attach_max_bytes };
	int json = c.payload_bytes > 0 && (((const char *)c.payload)[0] == '{' || ((const char *)c.payload)[0] == '[');
	char when[32];

	for (size_t k = 0; k < o->job.nrecipients; k++)
		to[k] = o->job.recipients[k].address;
	clock_iso8601(rows_time(r, i, 12), when);
	add_field(a, &c, fields, "Receipt", text_hex(a, rows_text(r, i, 7), rows_at(r, i, 7)->n));
	add_field(a, &c, fields, "Received", when);
	payload_fields(a, &c, fields, c.payload, c.payload_bytes);
	c.subject = subject_of(a, r, i, &c);
	c.intro = arena_printf(a, "%s sent %s %s to %s/%s.", rows_text(r, i, 8), rows_text(r, i, 9), rows_text(r, i, 10), rows_text(r, i, 5),
	    rows_text(r, i, 6));
	c.payload_name = json ? "webhook.json" : "webhook.bin";
	c.payload_type = json ? "application/json" : "application/octet-stream";
	o->job.from = conf->smtp_from;
	o->job.message = mail_compose(a, &c, &o->job.bytes, err);
	return o->job.message == NULL ? err->code : 0;
}

/* ------------------------------------------------------------------ claim, load */

static int
claim(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], size_t *n, struct err *err)
{
	struct rows due = { 0 };
	usec_t now;
	int rc;

	if ((rc = db_begin(m->registry, err)) < 0)
		return rc;
	if ((rc = db_now(m->registry, &now, err)) == 0)
		rc = db_query(m->registry, Q_mail_due, DB_ARGS(v_time(now), v_int(MAILS_MAX)), a, &due, err);
	for (size_t i = 0; i < due.n && rc == 0; i++)
		if (db_exec(m->registry, Q_mail_lease, DB_ARGS(v_bytes(lease, LEASE_BYTES), v_time(now + LEASE_S * USEC_SEC),
		    v_int(rows_int(&due, i, 0))), err) < 0)
			rc = err->code;
	if (rc == 0)
		rc = db_commit(m->registry, err);
	db_rollback(m->registry);
	*n = due.n;
	return rc;
}

static int
load_recipients(struct mailer *m, struct arena *a, struct outgoing *o, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_recipients, DB_ARGS(v_int(o->mail_id)), a, &r, err);

	o->job.nrecipients = r.n;
	o->job.recipients = arena_new(a, struct mail_recipient, r.n);
	for (size_t i = 0; i < r.n; i++)
		o->job.recipients[i].address = rows_text(&r, i, 0);
	return rc;
}

static int
load(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], struct outgoing **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_load, DB_ARGS(v_bytes(lease, LEASE_BYTES)), a, &r, err);

	*n = r.n;
	*out = arena_new(a, struct outgoing, r.n);
	for (size_t i = 0; i < r.n && rc == 0; i++) {
		struct outgoing *o = &(*out)[i];

		*o = (struct outgoing){ .mail_id = rows_int(&r, i, 0), .attempts = (int)rows_int(&r, i, 2), .give_up_at = rows_time(&r, i, 4) };
		if ((rc = load_recipients(m, a, o, err)) == 0)
			rc = compose(m->conf, a, &r, i, o, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ settle */

static usec_t
wait_after(const char *ladder, int attempt)
{
	long step = 60;
	char *end;

	for (int i = 0; i < attempt; i++, ladder = end) {
		long next = strtol(ladder, &end, 10);

		if (end == ladder)
			break;
		step = next;
	}
	return step * USEC_SEC;
}

static int
settle(struct mailer *m, const unsigned char lease[LEASE_BYTES], const struct outgoing *o, usec_t now, struct err *err)
{
	size_t sent = 0, later = 0;
	const char *words = "";
	int state;

	for (size_t i = 0; i < o->job.nrecipients; i++) {
		const struct mail_recipient *r = &o->job.recipients[i];
		int fate = r->fate == MAIL_SENT ? RECIPIENT_SENT : r->fate == MAIL_REFUSED ? RECIPIENT_REFUSED : STATE_READY;

		sent += r->fate == MAIL_SENT;
		later += r->fate == MAIL_LATER;
		if (r->fate != MAIL_SENT)
			words = r->reply;
		if (db_exec(m->registry, Q_mail_recipient_result, DB_ARGS(v_int(fate), v_int(r->code), v_text(r->reply), v_time(now), v_int(o->mail_id),
		    v_text(r->address)), err) < 0)
			return err->code;
	}
	state = later > 0 && now < o->give_up_at ? STATE_READY : later == 0 && (sent > 0 || o->job.nrecipients == 0) ? STATE_SENT : STATE_DEAD;
	if (db_exec(m->registry, Q_mail_settle, DB_ARGS(v_int(state), v_time(state == STATE_READY ? now + wait_after(m->conf->queue_ladder, o->attempts) : now),
	    v_time(sent > 0 ? now : USEC_NONE), v_text(words), v_int(o->mail_id), v_bytes(lease, LEASE_BYTES)), err) < 0)
		return err->code;
	return 0;
}

static int
settle_all(struct mailer *m, const unsigned char lease[LEASE_BYTES], const struct outgoing *o, size_t n, struct err *err)
{
	usec_t now;
	int rc;

	if ((rc = db_begin(m->registry, err)) < 0 || (rc = db_now(m->registry, &now, err)) < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = settle(m, lease, &o[i], now, err);
	if (rc == 0)
		rc = db_commit(m->registry, err);
	db_rollback(m->registry);
	return rc;
}

/* ------------------------------------------------------------------ step */

static struct mail_server
server_of(const struct conf *c)
{
	enum mail_tls tls = strcmp(c->smtp_tls, "none") == 0 ? MAIL_TLS_NONE : strcmp(c->smtp_tls, "starttls") == 0 ? MAIL_TLS_STARTTLS :
	    MAIL_TLS_IF_OFFERED;

	return (struct mail_server){ .host = c->smtp_host, .port = (unsigned)c->smtp_port, .tls = tls, .ca = c->smtp_tls_ca, .user = c->smtp_user,
		.password = c->smtp_password, .hello = c->smtp_hello, .timeout_s = c->smtp_timeout_s };
}

static int
send_leased(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], struct err *err)
{
	struct mail_server server = server_of(m->conf);
	struct outgoing *o;
	struct mail_job *jobs;
	size_t n;
	int rc;

	if ((rc = load(m, a, lease, &o, &n, err)) < 0 || n == 0)
		return rc;
	jobs = arena_new(a, struct mail_job, n);
	for (size_t i = 0; i < n; i++)
		jobs[i] = o[i].job;
	mail_send(&server, jobs, n);
	return settle_all(m, lease, o, n, err);
}

int
mailer_step(struct mailer *m, int *count, struct err *err)
{
	unsigned char lease[LEASE_BYTES];
	struct arena a = { 0 };
	size_t n = 0;
	int rc;

	*count = 0;
	if (m->registry != NULL && db_broken(m->registry))
		db_close(&m->registry);
	if (m->registry == NULL) {
		struct db_target target = db_target_registry(m->conf);

		if ((rc = db_open(&m->registry, &target, err)) < 0)
			return rc;
	}
	secret_random(lease, sizeof lease);
	rc = claim(m, &a, lease, &n, err);
	if (rc == 0 && n > 0)
		rc = send_leased(m, &a, lease, err);
	arena_done(&a);
	*count = (int)n;
	return rc == ERR_DB_RETRY ? 0 : rc;
}
