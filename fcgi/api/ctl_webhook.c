#include "config.h"

#include "fcgi/api/ctl_webhook.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/api/delivery.h"
#include "fcgi/masking.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/mail_address.h"
#include "lib/format/mail_normal.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/platform_body.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/registry/store_message.h"

enum { RECIPIENTS_MAX = 10, EMAIL_MAX = 2000, KEY_MAX = 256, INVISIBLE_MAX_S = 604800 };

#define RECEIPT "5b0c3f6a9d2e48719c04a7b1d8e6f235"

/* ------------------------------------------------------------------ parameters */

struct webhook_args {
	struct param_text customer, alias, platform, entity, action;
	struct param_int source_id, zone_id, brand_id, address_type_id, invisible_s;
	struct param_flag batch_mode;
	struct param_text email, key;
};

#define WEBHOOK(n, f) .name = n, PARAM_FIELD(struct webhook_args, f)
#define IN_PATH .in = PARAM_PATH, .required = 1, .max_length = 64
#define KEY_IN_QUERY .in = PARAM_QUERY, .max_length = KEY_MAX, .secret = 1, .auth = 1
#define TENANT_PARAMS(args) \
	{ .name = "CustomerName", PARAM_FIELD(args, customer), IN_PATH, .auth = 1, \
	  .sample = "Demo", .doc = "Name of the customer." }, \
	{ .name = "DatabaseAlias", PARAM_FIELD(args, alias), IN_PATH, .auth = 1, \
	  .sample = "Main", .doc = "Alias of the customer's database." }
#define LIMITED_DOC(what) \
	"The " what " of the data. 0 or no value stands for the tenant's default. For a sender " \
	"that is limited to other " what "s, it stands for the first of these."
#define ALLOWED_DOC "Each must be on the tenant's list of allowed recipients."
#define WEBHOOK_PARAMS \
	TENANT_PARAMS(struct webhook_args), \
	{ WEBHOOK("ExternalPlatform", platform), IN_PATH, .sample = "Shopify", \
	  .doc = "The platform that sends the webhook, for example Shopify." }, \
	{ WEBHOOK("ExternalEntity", entity), IN_PATH, .sample = "Customer", \
	  .doc = "The kind of object that the webhook is about, for example Order." }, \
	{ WEBHOOK("ExternalAction", action), IN_PATH, .sample = "Insert", \
	  .doc = "What happened to the object, for example Insert." }, \
	{ WEBHOOK("SourceId", source_id), .in = PARAM_QUERY, .required = 1, .min = 1, \
	  .max = INT16_MAX, .auth = 1, .sample = "1", \
	  .doc = "The Source that the webhook comes from." }, \
	{ WEBHOOK("ZoneId", zone_id), .in = PARAM_QUERY, .min = 0, .max = INT32_MAX, \
	  .doc = LIMITED_DOC("zone") }, \
	{ WEBHOOK("BrandId", brand_id), .in = PARAM_QUERY, .min = 0, .max = INT32_MAX, \
	  .doc = LIMITED_DOC("brand") }, \
	{ WEBHOOK("ContactAddressTypeId", address_type_id), .in = PARAM_QUERY, .min = 0, \
	  .max = INT16_MAX, \
	  .doc = "The address type of the data. 0 or no value stands for the tenant's default." }, \
	{ WEBHOOK("key", key), KEY_IN_QUERY, \
	  .doc = "The Source's key, for senders that can neither sign nor send headers." }

static const struct param queue_params[] = {
	WEBHOOK_PARAMS,
	{ WEBHOOK("BatchMode", batch_mode), .in = PARAM_QUERY, .def = "False",
	    .doc = "True for large loads of data. Such messages are processed in bulk, after the "
		   "others." },
	{ WEBHOOK("Email", email), .in = PARAM_QUERY, .max_length = EMAIL_MAX,
	    .doc = "Up to ten mail addresses, separated by commas, that also get the webhook's "
		   "content. " ALLOWED_DOC },
	{ WEBHOOK("secondsOfInvisibility", invisible_s), .in = PARAM_QUERY, .min = 0,
	    .max = INVISIBLE_MAX_S, .def = "0",
	    .doc = "How many seconds the message waits in the queue before it may be processed." },
	{ .name = NULL },
};

static const struct param email_params[] = {
	WEBHOOK_PARAMS,
	{ WEBHOOK("Email", email), .in = PARAM_QUERY, .required = 1, .max_length = EMAIL_MAX,
	    .sample = "orders@demo.example",
	    .doc = "Up to ten mail addresses, separated by commas, that get the webhook's "
		   "content. " ALLOWED_DOC },
	{ .name = NULL },
};

struct receipt_args {
	struct param_text customer, alias, receipt, key;
};

static const struct param receipt_params[] = {
	TENANT_PARAMS(struct receipt_args),
	{ .name = "Receipt", PARAM_FIELD(struct receipt_args, receipt), IN_PATH,
	    .sample = RECEIPT, .doc = "The receipt of a delivery: 32 hex digits." },
	{ .name = "key", PARAM_FIELD(struct receipt_args, key), KEY_IN_QUERY,
	    .doc = "The key of the Source that sent the delivery. With it, the tenant's token or "
		   "a signature, the reply shows everything about the delivery." },
	{ .name = NULL },
};

/* ------------------------------------------------------------------ recipients */

/* *out: the address in the form that is compared with the list and sent to. */
static int
recipient_check(struct request *r, const char *text, const char **out, struct err *err)
{
	char address[MAIL_ADDRESS_SIZE];
	struct db *db;
	int rc, allowed;

	if (mail_address_ascii(text, address) < 0)
		return err_fault(err, &r->arena, "Email",
		    "\"%s\" is not a plain mail address like name@example.com", text);
	*out = arena_strdup(&r->arena, address);
	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_access_mail_allowed(
		 db, &r->arena, r->access->alias->alias_id, address, &allowed, err)) < 0)
		return rc;
	if (allowed)
		return 0;
	err_set(err, ERR_FORBIDDEN,
	    "Email holds an address that is not on the list of allowed recipients.");
	return err_fault(
	    err, &r->arena, "Email", "\"%s\" is not on the list of allowed recipients", text);
}

static char *
without_blanks(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	text = text_strip(text, &n);
	return arena_strndup(a, text, n);
}

/* 1 when the mailbox is among the n that are known; else it is added. */
static int
is_repeated(const char *seen[], size_t *n, const char *normal)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(seen[i], normal) == 0)
			return 1;
	seen[(*n)++] = normal;
	return 0;
}

/* *out: the addresses, comma separated without blanks, each mailbox once; "" for none. */
static int
recipients_check(struct request *r, const char *text, const char **out, struct err *err)
{
	char *rest = arena_strdup(&r->arena, text), *one;
	const char *address = NULL, *seen[RECIPIENTS_MAX];
	size_t nseen = 0;
	struct buf b;
	int rc, n = 0;

	buf_init(&b, &r->arena);
	buf_adds(&b, "");
	while ((one = strsep(&rest, ",")) != NULL) {
		one = without_blanks(&r->arena, one);
		if (n++ == RECIPIENTS_MAX)
			return err_fault(err, &r->arena, "Email", "has more than %d addresses",
			    RECIPIENTS_MAX);
		if ((rc = recipient_check(r, one, &address, err)) < 0)
			return rc;
		if (!is_repeated(seen, &nseen, mail_normal(&r->arena, address)))
			buf_addf(&b, "%s%s", nseen > 1 ? "," : "", address);
	}
	if (b.len > EMAIL_MAX)	/* internationalised domains grow */
		return err_fault(err, &r->arena, "Email",
		    "has addresses of %zu characters in all, in ASCII; at most %d are allowed",
		    b.len, EMAIL_MAX);
	*out = b.data;
	return 0;
}

/* ------------------------------------------------------------------ a delivery into the queue */

static struct delivery
delivery_of(struct request *r, const struct webhook_args *in, enum store_message_kind kind)
{
	const struct access *x = r->access;
	const char *query = r->method == REQUEST_POST ? NULL :
	    masking_query_kept(&r->arena, r->query);
	struct delivery_header *headers = arena_new(&r->arena, struct delivery_header, r->nheaders);

	for (size_t i = 0; i < r->nheaders; i++)
		headers[i] = (struct delivery_header){ .name = r->headers[i].name,
			.value = r->headers[i].value };
	return (struct delivery){
		.tenant_id = x->alias->alias_id,
		.kind = kind,
		.source_id = x->source->source_id,
		.scheme = x->source->scheme,
		.is_signed = x->how == ACCESS_BY_SIGNATURE,
		.platform = masking_text(&r->arena, in->platform.value),
		.entity = masking_text(&r->arena, in->entity.value),
		.action = masking_text(&r->arena, in->action.value),
		.headers = headers,
		.nheaders = r->nheaders,
		.method = r->method_name,
		.uri = masking_uri(
		    &r->arena, *r->raw_uri_path != '\0' ? r->raw_uri_path : r->path, r->query),
		.body = query == NULL ? x->body : query,
		.body_bytes = query == NULL ? x->body_bytes : strlen(query),
		.coding = r->coding,
		.request_id = r->request_id_given ? r->request_id : NULL,
		.content_dedup_s = x->source->content_dedup_s,
		.now = x->now,
	};
}

static void
message_fill(struct request *r, const struct webhook_args *in, const struct delivery *d,
    const char *email, struct store_message *m)
{
	*m = (struct store_message){
		.tenant_id = d->tenant_id,
		.kind = d->kind,
		.auth = auth_noted(r->access),
		.batch_mode = in->batch_mode.value,
		.invisible_s = in->invisible_s.value,
		.source_id = d->source_id,
		.zone_id = (int32_t)in->zone_id.value,
		.brand_id = (int32_t)in->brand_id.value,
		.address_type_id = (int16_t)in->address_type_id.value,
		.platform = d->platform,
		.entity = d->entity,
		.action = d->action,
		.email = email,
		.event_id = delivery_event_id(d),
		.method = d->method,
		.uri = d->uri,
		.headers = delivery_headers_json(&r->arena, d),
		.body = d->body,
		.body_bytes = d->body_bytes,
	};
	secret_random(m->receipt, sizeof m->receipt);
	m->has_body_hash = r->access->how == ACCESS_BY_SIGNATURE;
	if (m->has_body_hash)
		secret_sha256(d->body, d->body_bytes, m->body_hash);
	m->has_dedup = delivery_dedup_key(d, m->dedup_key);
	m->has_ordering = delivery_ordering_key(&r->arena, d, m->ordering_key);
}

/* Adobe Commerce calls within the shopper's request and goes on with it only after 200 and this
 * word: https://developer.adobe.com/commerce/extensibility/webhooks/responses/ */
static int
is_adobe(const struct store_source *s)
{
	return strcmp(s->scheme, "adobe") == 0;
}

struct accepted {
	const char *op, *receipt;
	int duplicate;
	usec_t visible_at;
};

static const struct field accepted_reply[] = {
	FIELD(TEXT, "op",
	    "Only for Sources with Adobe Commerce's signature, with status 200: the shop then "
	    "goes on.",
	    FROM(struct accepted, op), .optional = 1, .choices = "success", .sample = ""),
	FIELD(TEXT, "Receipt", "Number of the delivery: 32 hex digits.",
	    FROM(struct accepted, receipt), .sample = RECEIPT),
	FIELD(FLAG, "Duplicate",
	    "True when this delivery came before. Receipt is then that of the first one.",
	    FROM(struct accepted, duplicate)),
	FIELD(TIME, "VisibleAt", "When the message may be processed.",
	    FROM(struct accepted, visible_at)),
	FIELD_END,
};

static int
webhook(struct request *r, const struct webhook_args *in, enum store_message_kind kind,
    struct err *err)
{
	struct delivery d = delivery_of(r, in, kind);
	struct store_message *m = arena_new(&r->arena, struct store_message, 1);
	struct limits limits;
	const char *email = "";
	int rc;

	if ((rc = auth_limits(r, r->access->source, &limits, err)) < 0 ||
	    (rc = auth_limits_named(r, &limits, in->zone_id.value, in->brand_id.value, err)) < 0)
		return rc;
	if (in->email.value != NULL && (rc = recipients_check(r, in->email.value, &email, err)) < 0)
		return rc;
	message_fill(r, in, &d, email, m);
	m->limits = limits_stored(&r->arena, &limits);
	r->message = m;
	return quota_room(r, err);
}

static void
webhook_stored(struct request *r, struct reply *reply)
{
	const int adobe = is_adobe(r->access->source);
	const struct accepted accepted = { .op = adobe ? "success" : NULL,
		.receipt = text_hex(&r->arena, r->put.receipt, sizeof r->put.receipt),
		.duplicate = r->put.duplicate, .visible_at = r->put.visible_at };

	reply->status = adobe ? 200 : 202;
	reply_row(reply, accepted_reply, &accepted);
}

static int
queue_process(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)reply;
	return webhook(r, args, STORE_MESSAGE_QUEUE, err);
}

static int
email_process(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)reply;
	return webhook(r, args, STORE_MESSAGE_EMAIL, err);
}

/* ------------------------------------------------------------------ receipt */

/* 1 when the sender may see everything: with the tenant's token, or with the key of the message's
 * Source or its signature of the receipt's text. A wrong key or signature is refused. */
static int
receipt_full(struct request *r, const struct receipt_args *in,
    const struct store_receipt *receipt, struct err *err)
{
	if (r->access->how == ACCESS_BY_TOKEN || r->access->how == ACCESS_BY_SESSION)
		return 1;
	return auth_source_shown(r, receipt->source_id, in->key.value, in->receipt.value, err);
}

struct receipt_shown {
	const char *receipt;
	struct store_receipt is;
	int full;
};

#define OF(member) FROM(struct receipt_shown, member)
#define FULL WHEN(struct receipt_shown, full)
#define RECEIPT_STATES (&("" STATES_OF_MESSAGE(STATE_BAR_NAME) "|" STATE_DELAYED)[1])
static const struct field receipt_reply[] = {
	FIELD(TEXT, "Receipt", "Number of the delivery.", OF(receipt), .sample = RECEIPT),
	FIELD(TEXT, "State", "The state of the delivery's message.", OF(is.state), .choices = RECEIPT_STATES,
	    .sample = "Done"),
	FIELD(TIME, "ReceivedAt",
	    "When the delivery came. This member and those after it are shown only to the "
	    "tenant's token, the Source's key and its signature.",
	    OF(is.received_at), FULL),
	FIELD(TIME, "VisibleAt", "When it may be processed next.", OF(is.visible_at), FULL),
	FIELD(TIME, "SettledAt", "When its processing ended.", OF(is.settled_at), FULL,
	    .nullable = 1, .sample = "2026-11-24T08:09:11.234567Z"),
	FIELD(INT, "Attempts", "How often processing was tried.", OF(is.attempts), FULL),
	FIELD(TEXT, "Reason", "The reason that the last attempt gave.", OF(is.reason), FULL,
	    .sample = "Contact 1 written."),
	FIELD(TEXT, "Remarks", "One sentence for each value that was cut, left out or not "
			       "understood.",
	    OF(is.remarks), FULL, .list = 1, .sample = ""),
	FIELD_END,
};

static int
receipt_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct receipt_args *in = args;
	unsigned char receipt[STORE_RECEIPT_BYTES];
	struct store_receipt *found = NULL;
	struct receipt_shown shown;
	struct db *db;
	int rc, full;

	if (text_unhex(in->receipt.value, receipt, sizeof receipt) < 0)
		return err_fault(
		    err, &r->arena, "Receipt", "is not a receipt, which has 32 hex digits");
	if ((rc = request_db(r, &db, err)) < 0 ||
	    (r->access->alias != NULL &&
		(rc = store_message_receipt_find(
		     db, &r->arena, r->access->alias->alias_id, receipt, &found, err)) < 0))
		return rc;
	if (found == NULL)
		return err_set(err, ERR_NOT_FOUND, "There is no such receipt.");
	if ((full = receipt_full(r, in, found, err)) < 0)
		return full;
	shown = (struct receipt_shown){ .is = *found, .full = full,
		.receipt = text_hex(&r->arena, receipt, sizeof receipt) };
	reply_row(reply, receipt_reply, &shown);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define CUSTOMER_QUERY \
	"id=706405506930370084&first_name=Ada&last_name=Lovelace&" \
	"created_at=2026-11-24T09%3A00%3A00%2B01%3A00&updated_at=2026-11-24T09%3A00%3A00%2B01%3A00"
#define WEBHOOK_REPLY \
	.status = 202, .status_too = 200, .reply_doc = ACCEPTED, .reply = accepted_reply, \
	.body_sample = SHOPIFY_CUSTOMER, .content_sample = CUSTOMER_QUERY, \
	ACTION_ERRORS(ERR_UNAVAILABLE)

#define STANDARD "ProcessManagement/Connector/Standard/"
#define ROUTE "/{CustomerName}/{DatabaseAlias}/{ExternalPlatform}/{ExternalEntity}/{ExternalAction}"
#define ACCEPTED \
	"202 with Receipt (32 hex digits), Duplicate and VisibleAt (UTC). Duplicate is true when " \
	"this delivery came before; Receipt is then that of the first one. For a Source with " \
	"Adobe Commerce's signature, the status is 200 and the reply also has op success."

#define CONTENT_DOC \
	"The content is the body: JSON or a form post. With GET or without a body, the content " \
	"is the query without the parameters below."
#define ROW(action) \
	.controller = "Webhook", .name = action, .tx = ACTION_TX_NONE, .area = "intake"
#define TAKES_WEBHOOK(action) \
	ROW(action), .methods = REQUEST_GET | REQUEST_POST, .path = STANDARD action ROUTE, \
	.access = ACCESS_WEBHOOK, .limits = ACTION_LIMITS_HELD, .takes_body = 1, \
	.keeps_body = 1, .body_max = ACTION_BODY_ANY, .args_bytes = sizeof(struct webhook_args)

const struct action ctl_webhook_actions[] = {
	{ TAKES_WEBHOOK("EmailProcess"),
	    .about = "Takes in deliveries of shops and other systems, and tells what became of "
		     "them.",
	    .content = CONTENT_EMAIL,
	    .doc = "Sends a mail with the webhook's content as a table and as an attachment. "
		   "It changes no other data. Any platform, entity and action is taken. The "
		   "delivery is stored before the reply; its content is not checked. " CONTENT_DOC
		   " The mail's subject ends with the content's subject, name or number. Replies "
		   "to the mail go to email of the body, else to replyTo or mail of the query, if "
		   "the tenant allows it (alias set --reply-to).",
	    .params = email_params, .run = email_process, .stored = webhook_stored, WEBHOOK_REPLY },
	{ TAKES_WEBHOOK("QueueProcess"),
	    .content = CONTENT_QUEUE,
	    .doc = "Puts the request (headers, URI, body) into the queue. The delivery is stored "
		   "before the reply. Its content is checked later, when the message is "
		   "processed. " CONTENT_DOC,
	    .params = queue_params, .run = queue_process, .stored = webhook_stored, WEBHOOK_REPLY },
	{ ROW("Receipt"),
	    .sample_delivers = 1, .methods = REQUEST_GET,
	    .path = STANDARD "Receipt/{CustomerName}/{DatabaseAlias}/{Receipt}",
	    .access = ACCESS_RECEIPT, .limits = ACTION_LIMITS_NONE,
	    .doc = "Tells what became of a delivery. Without a token, the Source's key or its "
		   "signature, the reply has only the state. The signature is made of the "
		   "receipt's text (the 32 digits as in the address), with the Source's secret "
		   "and in the header that the Source uses to sign bodies.",
	    .reply_doc = "200 with State. With a token, key or signature also ReceivedAt, "
			 "VisibleAt, SettledAt, Attempts, and Reason and Remarks of the last "
			 "attempt. 404 when there is no such receipt.",
	    .params = receipt_params, .args_bytes = sizeof(struct receipt_args),
	    .run = receipt_show, .status = 200, .reply = receipt_reply,
	    ACTION_ERRORS(ERR_NOT_FOUND) },
	{ .name = NULL },
};
