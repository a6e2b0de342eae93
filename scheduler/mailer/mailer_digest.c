#include "config.h"

#include "scheduler/mailer/mailer_digest.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/db_list.h"

enum { GROUPS_MAX = 50, RECEIPTS_MAX = 5000, WINDOWS_MAX = 100, HASH_BYTES = 16 };

#define HOUR (3600 * USEC_SEC)

/* ------------------------------------------------------------------ quota */

int
mailer_quota_take(struct db *db, const struct conf *conf, struct arena *a,
    struct mailer_quota *quotas, int64_t tenant_id, usec_t now, struct err *err)
{
	struct mailer_quota *q = quotas;
	struct rows r;
	int rc;

	while (q->tenant_id != 0 && q->tenant_id != tenant_id)
		q++;
	if (q->tenant_id == 0) {
		if ((rc = db_query(db, Q_mail_flood_lock, DB_ARGS(v_int(tenant_id)), a, &r, err)) <
			0 ||
		    (rc = db_query(db, Q_mail_flood,
			 DB_ARGS(v_int(tenant_id), v_time(now - HOUR), v_time(now)), a, &r, err)) <
			0)
			return rc;
		*q = (struct mailer_quota){ .tenant_id = tenant_id,
			.left = conf->mail_per_hour - rows_int(&r, 0, C_mail_flood_mails) };
	}
	return q->left-- > 0;
}

/* ------------------------------------------------------------------ fold */

/* *out: the same text for the same set of recipients. They come in order. */
static int
recipients_key(struct db *db, struct arena *a, int64_t mail_id, const char **out, struct err *err)
{
	unsigned char hash[SECRET_SHA256_BYTES];
	struct rows r;
	struct buf b;
	int rc = db_query(db, Q_mail_recipients, DB_ARGS(db_list_ids(a, &mail_id, 1)), a, &r,
	    err);

	if (rc < 0)
		return rc;
	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; i < r.n; i++)
		buf_addf(&b, "%s\n", rows_text(&r, i, C_mail_recipients_address));
	secret_sha256(b.data, strlen(b.data), hash);
	*out = text_hex(a, hash, HASH_BYTES);
	return 0;
}

/* 1: the digest of the window that holds now, or of the next whose digest nobody has begun to send,
 * locked. 0: none, or no tenant. */
static int
digest_find(struct db *db, const struct conf *conf, struct arena *a, int64_t tenant_id,
    const char *key, usec_t now, int64_t *digest_id, struct err *err)
{
	usec_t window = conf->mail_digest_minutes * 60 * USEC_SEC,
	       end = (now / window + 1) * window;
	struct rows r;
	int rc;

	if ((rc = db_query(db, Q_mail_customer, DB_ARGS(v_int(tenant_id)), a, &r, err)) < 0)
		return rc;
	if (r.n == 0)
		return 0;
	for (int i = 0; i < WINDOWS_MAX; i++, end += window) {
		const char *header_id = arena_printf(a,
		    "digest.%" PRId64 ".%s.%" PRId64 "@customerapi.%s", tenant_id, key,
		    end / USEC_SEC, rows_text(&r, 0, C_mail_customer_customer));
		struct rows open;

		if (db_exec(db, Q_mail_digest_put,
			DB_ARGS(v_int(tenant_id), v_text(header_id), v_time(end), v_time(now),
			    v_time(end + conf->mail_give_up_days * 24 * HOUR)),
			err) < 0)
			return err->code;
		*digest_id = db_insert_id(db);
		if ((rc = db_query(
			 db, Q_mail_digest_open, DB_ARGS(v_int(*digest_id)), a, &open, err)) < 0)
			return rc;
		if (open.n == 1)
			return 1;
	}
	return 0;
}

int
mailer_digest_fold(struct db *db, const struct conf *conf, struct arena *a, int64_t tenant_id,
    int64_t mail_id, usec_t now, struct err *err)
{
	const char *key;
	int64_t digest_id = 0;
	int rc;

	if ((rc = recipients_key(db, a, mail_id, &key, err)) < 0 ||
	    (rc = digest_find(db, conf, a, tenant_id, key, now, &digest_id, err)) <= 0)
		return rc;
	if (db_exec(db, Q_mail_digest_recipients, DB_ARGS(v_int(digest_id), v_int(mail_id)), err) <
		0 ||
	    db_exec(db, Q_mail_fold, DB_ARGS(v_int(digest_id), v_time(now), v_int(mail_id)), err) <
		0)
		return err->code;
	return 1;
}

/* ------------------------------------------------------------------ render */

/* "2026-11-24 08:09 to 08:59 UTC". */
static const char *
span_text(struct arena *a, usec_t first, usec_t last)
{
	char from[32], to[32];
	int same_day;

	clock_sql(first, from);
	clock_sql(last, to);
	same_day = strncmp(from, to, 10) == 0;
	return arena_printf(
	    a, "%.16s to %.*s UTC", from, same_day ? 5 : 16, to + (same_day ? 11 : 0));
}

static int
groups_field(struct db *db, struct arena *a, int64_t id, struct mail_content *c, struct err *err)
{
	struct mail_field *fields = arena_new(a, struct mail_field, GROUPS_MAX + 1);
	struct rows r;
	int rc = db_query(
	    db, Q_mail_digest_groups, DB_ARGS(v_int(id), v_int(GROUPS_MAX + 1)), a, &r, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r.n && i < GROUPS_MAX; i++)
		fields[c->nfields++] =
		    (struct mail_field){ .name = arena_printf(a, "%s %s %s",
					     rows_text(&r, i, C_mail_digest_groups_platform),
					     rows_text(&r, i, C_mail_digest_groups_entity),
					     rows_text(&r, i, C_mail_digest_groups_action)),
			    .value = arena_printf(a, "%" PRId64 ", %s",
				rows_int(&r, i, C_mail_digest_groups_mails),
				span_text(a, rows_time(&r, i, C_mail_digest_groups_first),
				    rows_time(&r, i, C_mail_digest_groups_last))) };
	if (r.n > GROUPS_MAX)
		fields[c->nfields++] = (struct mail_field){ .name = "…", .value = "and others" };
	c->fields = fields;
	return 0;
}

static void
write_receipt(struct writer *w, struct arena *a, const struct rows *r, size_t i)
{
	const struct val *receipt = rows_at(r, i, C_mail_digest_receipts_receipt);

	writer_object_flat(w);
	writer_put_text(w, "Receipt", text_hex(a, receipt->s, receipt->n));
	writer_put_text(w, "Platform", rows_text(r, i, C_mail_digest_receipts_platform));
	writer_put_text(w, "Entity", rows_text(r, i, C_mail_digest_receipts_entity));
	writer_put_text(w, "Action", rows_text(r, i, C_mail_digest_receipts_action));
	writer_name(w, "ReceivedAt");
	writer_time(w, rows_time(r, i, C_mail_digest_receipts_received_at));
	writer_end(w);
}

static int
attach_receipts(struct db *db, struct arena *a, int64_t id, struct mail_content *c, struct err *err)
{
	struct writer w;
	struct buf b;
	struct rows r;
	int rc = db_query(
	    db, Q_mail_digest_receipts, DB_ARGS(v_int(id), v_int(RECEIPTS_MAX)), a, &r, err);

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_array_lines(&w);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		write_receipt(&w, a, &r, i);
	buf_addc(&b, '\n');
	writer_end(&w);
	buf_addc(&b, '\n');
	c->payload = b.data;
	c->payload_bytes = c->payload_max = strlen(b.data);
	c->payload_name = "receipts.json";
	c->payload_type = "application/json";
	return rc;
}

int
mailer_digest_render(struct db *db, const struct conf *conf, struct arena *a, const struct rows *r,
    size_t i, struct outgoing *o, struct err *err)
{
	const char *customer = rows_text(r, i, C_mail_load_customer),
		   *alias = rows_text(r, i, C_mail_load_alias), *span;
	int64_t id = rows_int(r, i, C_mail_load_mail_id), n;
	struct mail_content c = { .from = NULL };
	struct rows total;
	int rc;

	if ((rc = db_query(db, Q_mail_digest_span, DB_ARGS(v_int(id)), a, &total, err)) < 0 ||
	    (rc = groups_field(db, a, id, &c, err)) < 0 ||
	    (rc = attach_receipts(db, a, id, &c, err)) < 0)
		return rc;
	n = rows_int(&total, 0, C_mail_digest_span_mails);
	span = n == 0 ? "" :
			span_text(a, rows_time(&total, 0, C_mail_digest_span_first),
			    rows_time(&total, 0, C_mail_digest_span_last));
	c.subject = arena_printf(a, "[%s/%s] %" PRId64 " further %s, %s", customer, alias, n,
	    text_form(n, "webhook", "webhooks"), span);
	c.intro = arena_printf(a,
	    "%" PRId64 " %s for %s/%s came above the %ld %s an hour that %s sent one by one. "
		       "receipts.json names %s; "
	    "\"customerapi queue show RECEIPT\" shows one.",
	    n, text_form(n, "webhook", "webhooks"), customer, alias, conf->mail_per_hour,
	    text_form(conf->mail_per_hour, "mail", "mails"),
	    text_form(conf->mail_per_hour, "is", "are"),
	    n > RECEIPTS_MAX ? "the first 5000 of them" : text_form(n, "it", "all of them"));
	mailer_compose(conf, a, r, i, &c, o);
	return 0;
}
