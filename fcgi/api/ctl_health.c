#include "config.h"

#include "fcgi/api/ctl_health.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/connections.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_message.h"
#include "store/schedule/store_tick.h"

/* ------------------------------------------------------------------ health */

struct ready {
	int version;
	struct rows daemon;
};

static const struct field healthz_reply[] = {
	FIELD(TEXT, "Status", "Always Alive.", .choices = "Alive"), FIELD_END
};

static const struct field daemon_rows[] = {
	FIELD(TEXT, "Process", "Which process of the daemon.", FROM_CELL(C_ticks_kind),
	    .sample = "queue"),
	FIELD(TIME, "SeenAt", "When it last looked for work.", FROM_CELL(C_ticks_seen_at)),
	FIELD(INT, "AgeSeconds", "How long ago that was.", FROM_CELL(C_ticks_age_s)),
	FIELD_END,
};

static const struct field readyz_reply[] = {
	FIELD(TEXT, "Status", "Always Ready.", .choices = "Ready"),
	FIELD(INT, "SchemaVersion", "Version of the registry's schema.",
	    FROM(struct ready, version)),
	FIELD(OBJECT, "Daemon", "The daemon's processes.", FROM_ROWS(struct ready, daemon),
	    .rows = daemon_rows),
	FIELD_END,
};

static int
healthz(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)r;
	(void)args;
	(void)err;
	reply_row(reply, healthz_reply, &(struct ready){ 0 });
	return 0;
}

static int
readyz(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct ready ready;
	struct db *db;
	int rc, want = migrate_newest(MIGRATE_REGISTRY);

	(void)args;
	if ((rc = connections_take(r->thread, err)) < 0)
		return rc;
	/* A connection that died meanwhile says nothing of the database. */
	r->thread->own->db_used = 0;
	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = migrate_version(db, MIGRATE_REGISTRY, &ready.version, err)) < 0)
		return rc;
	if (ready.version < want)
		return err_set(err, ERR_UNAVAILABLE,
		    "The registry schema is at version %d, this program needs %d: run customerapi "
		    "migrate.",
		    ready.version, want);
	/* A database that answers may be read-only, or full. */
	if ((rc = store_message_try(db, err)) < 0 ||
	    (rc = store_ticks(db, &r->arena, &ready.daemon, err)) < 0)
		return rc;
	reply_row(reply, readyz_reply, &ready);
	return 0;
}

/* ------------------------------------------------------------------ metrics */

/* One metric in Prometheus' text format (version 0.0.4): its two comment lines. */
static void
metric(struct buf *b, const char *name, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
age(struct buf *b, const char *name, const char *help, usec_t since, usec_t now)
{
	metric(b, name, help);
	buf_addf(b, "%s %" PRId64 "\n", name,
	    since == USEC_NONE || since > now ? 0 : (now - since) / USEC_SEC);
}

static int
metrics(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct rows queue, mail, ticks;
	struct buf *b = &reply->body;
	struct db *db;
	usec_t now;
	int rc;

	(void)args;
	if ((rc = request_db(r, &db, err)) < 0 || (rc = db_now(db, &now, err)) < 0)
		return rc;
	if ((rc = store_admin_queue_health(db, &r->arena, now, &queue, err)) < 0 ||
	    (rc = store_admin_queue_mail_health(db, &r->arena, now, &mail, err)) < 0 ||
	    (rc = store_ticks(db, &r->arena, &ticks, err)) < 0)
		return rc;
	reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metric(b, "customerapi_build_info", "Version of the program.");
	buf_addf(b, "customerapi_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	metric(
	    b, "customerapi_messages", "Messages in the queue by state; due = may be worked now.");
	buf_addf(b,
	    "customerapi_messages{state=\"due\"} %" PRId64
	    "\ncustomerapi_messages{state=\"dead\"} %" PRId64 "\n"
	    "customerapi_messages{state=\"unrouted\"} %" PRId64 "\n",
	    rows_int(&queue, 0, C_admin_queue_health_due),
	    rows_int(&queue, 0, C_admin_queue_health_dead),
	    rows_int(&queue, 0, C_admin_queue_health_unrouted));
	age(b, "customerapi_message_oldest_due_seconds",
	    "How long the oldest due message has waited.",
	    rows_time(&queue, 0, C_admin_queue_health_oldest_due), now);
	metric(b, "customerapi_mails", "Mails by state.");
	buf_addf(b,
	    "customerapi_mails{state=\"due\"} %" PRId64
	    "\ncustomerapi_mails{state=\"dead\"} %" PRId64 "\n",
	    rows_int(&mail, 0, C_admin_mail_health_due),
	    rows_int(&mail, 0, C_admin_mail_health_dead));
	age(b, "customerapi_mail_oldest_due_seconds", "How long the oldest due mail has waited.",
	    rows_time(&mail, 0, C_admin_mail_health_oldest_due), now);
	metric(b, "customerapi_daemon_seen_seconds",
	    "Seconds since a process of the scheduler daemon last looked for work.");
	for (size_t i = 0; i < ticks.n; i++)
		buf_addf(b, "customerapi_daemon_seen_seconds{process=\"%s\"} %" PRId64 "\n",
		    rows_text(&ticks, i, C_ticks_kind), rows_int(&ticks, i, C_ticks_age_s));
	quota_metrics(b);
	return 0;
}

/* ------------------------------------------------------------------ probe */

struct probe_args { struct param_text mark; };

static const struct param probe_params[] = {
	{ .name = "Mark", PARAM_FIELD(struct probe_args, mark), .in = PARAM_PATH, .required = 1, .max_length = 64, .sample = "a/b",
	  .doc = "Any text with a slash, sent as %2F." },
	{ .name = NULL },
};

/* Lengths in bytes. */
struct probed {
	int has_slash;
	size_t mark, body, authorization, token, customer, alias, api_key, signature;
};

static const struct field probe_reply[] = {
	FIELD(FLAG, "RawPath",
	    "The path came as it was sent: the encoded slash of Mark is no separator.",
	    FROM(struct probed, has_slash)),
	FIELD(INT, "MarkBytes", "Length of Mark, decoded once.", FROM(struct probed, mark)),
	FIELD(INT, "BodyBytes", "Length of the body.", FROM(struct probed, body)),
	FIELD(INT, "AuthorizationBytes",
	    "Length of the header Authorization; 0 = it did not come.",
	    FROM(struct probed, authorization)),
	FIELD(INT, "TokenBytes", "Length of X-Crm360Api-Token.", FROM(struct probed, token)),
	FIELD(INT, "CustomerNameBytes", "Length of X-Crm360Api-CustomerName.",
	    FROM(struct probed, customer)),
	FIELD(INT, "DatabaseAliasBytes", "Length of X-Crm360Api-DatabaseAlias.",
	    FROM(struct probed, alias)),
	FIELD(INT, "ApiKeyBytes", "Length of X-Crm360Api-ApiKey.", FROM(struct probed, api_key)),
	FIELD(INT, "SignatureBytes", "Length of X-Shopify-Hmac-SHA256.",
	    FROM(struct probed, signature)),
	FIELD_END,
};

static size_t
header_bytes(const struct request *r, const char *name)
{
	const char *value = request_header_find(r, name);

	return value == NULL ? 0 : strlen(value);
}

/* Shows lengths, never text: somebody who makes another's client send the request must not learn
 * its credentials. Neither the database nor the disk is used. */
static int
probe(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct probe_args *in = args;
	const struct probed probed = { .has_slash = strchr(in->mark.value, '/') != NULL,
		.mark = strlen(in->mark.value),
		.body = r->body_bytes,
		.authorization = header_bytes(r, "authorization"),
		.token = header_bytes(r, "x-crm360api-token"),
		.customer = header_bytes(r, "x-crm360api-customername"),
		.alias = header_bytes(r, "x-crm360api-databasealias"),
		.api_key = header_bytes(r, "x-crm360api-apikey"),
		.signature = header_bytes(r, "x-shopify-hmac-sha256") };

	(void)err;
	reply_row(reply, probe_reply, &probed);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define ROW(action)                                                                                \
	.controller = "Health", .name = action, .methods = REQUEST_GET, .path = action,            \
	.access = ACCESS_PUBLIC, .tx = ACTION_TX_NONE, .area = "every", .status = 200

const struct action ctl_health_actions[] = {
	{ ROW("healthz"), .about = "Whether the service works; for supervisors and monitoring.",
	    .doc = "Says that the program is alive.", .reply_doc = "200 with Status Alive.",
	    .run = healthz, .reply = healthz_reply, ACTION_ERRORS(ERR_NONE) },
	{ ROW("readyz"),
	    .doc = "Says whether the program can work: whether the database answers, takes "
		   "changes and has the schema that this program needs. It also says when the "
		   "scheduler daemon last looked for work. A missing daemon is no failure here, "
		   "because webhooks are taken in without it.",
	    .reply_doc = "200 with Status Ready and the daemon's processes, or 503. The log says "
			 "under the request's id why the program is not ready.",
	    .run = readyz, .reply = readyz_reply, ACTION_ERRORS(ERR_UNAVAILABLE) },
	{ ROW("metrics"),
	    .doc = "Shows figures of the queue, the mails and the daemon in Prometheus' format. "
		   "The web server allows it only from this machine.",
	    .reply_doc = "200 with text in Prometheus' format 0.0.4.", .run = metrics,
	    .reply_type = "text/plain; version=0.0.4", ACTION_ERRORS(ERR_UNAVAILABLE) },
	{ .controller = "Health",
	    .name = "Probe",
	    .methods = REQUEST_POST,
	    .path = "Probe/{Mark}",
	    .access = ACCESS_PUBLIC,
	    .tx = ACTION_TX_NONE,
	    .area = "every",
	    .takes_body = 1,
	    .keeps_body = 1,
	    .body_max = ACTION_BODY_ANY,
	    .params = probe_params,
	    .args_bytes = sizeof(struct probe_args),
	    .run = probe,
	    .doc = "Says which parts of a request arrived here. With it, customerapi doctor "
		   "checks that the web server in front passes everything on. It stores nothing "
		   "and shows only lengths. The body may be anything.",
	    .reply_doc = "200 with what arrived.",
	    .reply = probe_reply,
	    .status = 200,
	    .body_sample = "anything",
	    ACTION_ERRORS(ERR_NONE) },
	{ .name = NULL },
};
