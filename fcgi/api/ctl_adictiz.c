#include "config.h"

#include "fcgi/api/ctl_adictiz.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/api/delivery.h"
#include "fcgi/masking.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/platform_body.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/registry/store_message.h"

enum {
	PASSWORD_MAX = 256,
	LOGIN_MAX = 128,
	NAME_MAX = 64,
	ID_MAX = 120,
	EVENT_MAX = 64,
	LIST_MAX = 10000
};

/* ------------------------------------------------------------------ parameters */

struct login_args {
	struct param_text customer, alias, login, password;
};

struct add_args {
	struct login_args who;
	struct param_int source_id;
};

#define LOGIN_PARAMS(args, prefix) \
	{ .name = "customerName", PARAM_FIELD(args, prefix customer), .in = PARAM_QUERY, .max_length = NAME_MAX, .auth = 1, .sample = "Demo", \
	  .doc = "Name of the customer. Not needed with the token headers." }, \
	{ .name = "databaseAlias", PARAM_FIELD(args, prefix alias), .in = PARAM_QUERY, .max_length = NAME_MAX, .auth = 1, .sample = "Main", \
	  .doc = "Alias of the customer's database. Not needed with the token headers." }, \
	{ .name = "login", PARAM_FIELD(args, prefix login), .in = PARAM_QUERY, .max_length = LOGIN_MAX, .secret = 1, .auth = 1, .sample = "LOGIN", \
	  .doc = "Login of a user with the right webhook. Not needed with the token headers." }, \
	{ .name = "password", PARAM_FIELD(args, prefix password), .in = PARAM_QUERY, .max_length = PASSWORD_MAX, .secret = 1, .auth = 1, .sample = "PASSWORD", \
	  .doc = "The user's password. Not needed with the token headers." }

static const struct param list_params[] = { LOGIN_PARAMS(struct login_args, ), { .name = NULL } };

static const struct param add_params[] = {
	LOGIN_PARAMS(struct add_args, who.),
	{ .name = "adictizSourceId", PARAM_FIELD(struct add_args, source_id), .in = PARAM_QUERY, .required = 1, .min = 1, .max = INT16_MAX, .sample = "1",
	  .doc = "The Source of Adictiz Box." },
	{ .name = NULL },
};

/* ------------------------------------------------------------------ Add */

struct participation {
	const char *request_id, *event, *user_id, *operation_id;
	int64_t timestamp;		/* Unix seconds; 0 = none */
};

/* Text of a member, a number as its text too. NULL and a fault when it is missing or too long. */
static const char *
text_required(
    struct request *r, struct json_object *o, const char *path, size_t most, struct err *err)
{
	struct json_object *json = json_at(o, path);
	const char *text = json_text(o, path);

	if (json != NULL && !json_object_is_type(json, json_type_string) &&
	    !json_object_is_type(json, json_type_int))
		err_fault(err, &r->arena, path, "must be text");
	else if (text == NULL)
		err_fault(err, &r->arena, path, "is required");
	else if (text_utf8_length(text) > most)
		err_fault(err, &r->arena, path, "is longer than %zu characters", most);
	else
		return text;
	return NULL;
}

static void
timestamp_read(
    struct request *r, const struct store_source *source, struct participation *p, struct err *err)
{
	struct json_object *json = json_at(r->json, "timestamp");
	int64_t now = r->access->now / USEC_SEC;
	int found;

	p->timestamp = json_int(r->json, "timestamp", &found);
	if ((json != NULL && !found) || p->timestamp < 0)
		err_fault(
		    err, &r->arena, "timestamp", "must be Unix seconds, for example 1539704351");
	else if (source->timestamp_tolerance_s > 0 && !found)
		err_fault(err, &r->arena, "timestamp", "is required by this Source");
	else if (source->timestamp_tolerance_s > 0 &&
	    (p->timestamp < now - source->timestamp_tolerance_s ||
		p->timestamp > now + source->timestamp_tolerance_s))
		err_fault(err, &r->arena, "timestamp", "is more than %d s from now",
		    source->timestamp_tolerance_s);
}

/* Other events of Adictiz Box have other data. They are accepted and have no effect. */
static int
participation_read(
    struct request *r, const struct store_source *source, struct participation *p, struct err *err)
{
	struct err fault = { 0 };
	struct json_object *data;
	const char *text;
	size_t n;
	int rc;

	if ((rc = request_text(r, &text, &n, err)) < 0)
		return rc;
	if (json_parse_within(text, n, JSON_MEMORY_REQUEST, &r->json, &fault) < 0)
		return err_fault(err, &r->arena, "body", "is not JSON: %s", fault.detail);
	if (!json_object_is_type(r->json, json_type_object))
		return err_fault(err, &r->arena, "body", "must be a JSON object");
	timestamp_read(r, source, p, err);
	p->request_id = text_required(r, r->json, "request_id", ID_MAX, err);
	p->event = text_required(r, r->json, "event_type", EVENT_MAX, err);
	data = json_at(r->json, "data");
	if (!json_object_is_type(data, json_type_object))
		return err_fault(
		    err, &r->arena, "data", data == NULL ? "is required" : "must be an object");
	if (p->event != NULL && text_ieq(p->event, "FormSubscribe")) {
		p->operation_id = text_required(r, r->json, "data.operation_id", ID_MAX, err);
		p->user_id = text_required(r, r->json, "data.user_id", ID_MAX, err);
	}
	return err->code;
}

static int
source_get(struct request *r, int16_t source_id, struct store_source **out, struct err *err)
{
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_access_source_find(
		 db, &r->arena, r->access->alias->alias_id, source_id, out, err)) < 0)
		return rc;
	return *out != NULL ?
	    0 :
	    err_fault(err, &r->arena, "adictizSourceId", "names no Source that is known");
}

static int
message_fill(struct request *r, const struct store_source *source, const struct participation *p,
    struct store_message *m, struct err *err)
{
	struct delivery d = { .tenant_id = r->access->alias->alias_id,
		.kind = STORE_MESSAGE_QUEUE, .source_id = source->source_id, .platform = "Adictiz",
		.entity = "CampaignParticipation", .action = "Add", .method = r->method_name,
		.body = r->body, .body_bytes = r->body_bytes, .coding = r->coding };
	struct delivery_header *headers = arena_new(&r->arena, struct delivery_header, r->nheaders);
	struct limits limits;
	int rc = auth_limits(r, source, &limits, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->nheaders; i++)
		headers[i] = (struct delivery_header){ .name = r->headers[i].name,
			.value = r->headers[i].value };
	d.headers = headers;
	d.nheaders = r->nheaders;
	*m = (struct store_message){ .tenant_id = d.tenant_id,
		.kind = d.kind,
		.auth = auth_noted(r->access),
		.source_id = d.source_id,
		.limits = limits_stored(&r->arena, &limits),
		.platform = d.platform,
		.entity = d.entity,
		.action = d.action,
		.email = "",
		.method = d.method,
		.uri = masking_uri(
		    &r->arena, *r->raw_uri_path != '\0' ? r->raw_uri_path : r->path, r->query),
		.headers = delivery_headers_json(&r->arena, &d),
		.body = d.body,
		.body_bytes = d.body_bytes,
		.has_dedup = 1,
		.has_ordering = p->user_id != NULL };
	secret_random(m->receipt, sizeof m->receipt);
	delivery_dedup_key_of(&d, "adictiz", p->request_id, m->dedup_key);
	if (m->has_ordering)
		store_message_ordering_key(d.tenant_id, d.platform, d.entity,
		    arena_printf(&r->arena, "%s/%s", p->operation_id, p->user_id), m->ordering_key);
	return 0;
}

struct accepted { const char *receipt; int duplicate; usec_t visible_at; };

static const struct field accepted_reply[] = {
	FIELD(TEXT, "Receipt", "Number of the delivery: 32 hex digits.",
	    FROM(struct accepted, receipt), .sample = "5b0c6e1de5d04a2f9c3b7a1f0e9d8c7b"),
	FIELD(FLAG, "Duplicate",
	    "True when a request with this request_id came before; the receipt is then the first "
	    "one's.", FROM(struct accepted, duplicate)),
	FIELD(TIME, "VisibleAt", "When the participation may be processed.",
	    FROM(struct accepted, visible_at)),
	FIELD_END,
};

static int
add(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct add_args *in = args;
	struct participation p = { 0 };
	struct store_source *source;
	struct store_message *m = arena_new(&r->arena, struct store_message, 1);
	int rc;

	(void)reply;
	if ((rc = source_get(r, (int16_t)in->source_id.value, &source, err)) < 0 ||
	    (rc = quota_enter_source(r, source->source_id, err)) < 0)
		return rc;
	if ((rc = participation_read(r, source, &p, err)) < 0 ||
	    (rc = message_fill(r, source, &p, m, err)) < 0)
		return rc;
	r->message = m;
	return quota_room(r, err);
}

static void
added(struct request *r, struct reply *reply)
{
	const struct accepted accepted = {
		.receipt = text_hex(&r->arena, r->put.receipt, sizeof r->put.receipt),
		.duplicate = r->put.duplicate, .visible_at = r->put.visible_at };

	reply->status = 202;
	reply_row(reply, accepted_reply, &accepted);
}

/* ------------------------------------------------------------------ lists */

static int
list(struct request *r, enum query q, const struct limit *allowed, struct reply *reply,
    struct err *err)
{
	struct rows rows;
	struct db *db;
	int rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = db_query(db, q, DB_ARGS(v_int(LIST_MAX)), &r->arena, &rows, err)) < 0)
		return rc;
	auth_limits_keep(allowed, &rows);
	reply_rows(reply, r->action->reply, &rows);
	return 0;
}

static int
list_brand(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct limits l;
	int rc = auth_limits(r, NULL, &l, err);

	(void)args;
	return rc < 0 ? rc : list(r, Q_reference_brands, &l.brands, reply, err);
}

static int
list_zone(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct limits l;
	int rc = auth_limits(r, NULL, &l, err);

	(void)args;
	return rc < 0 ? rc : list(r, Q_reference_zones, &l.zones, reply, err);
}

static int
list_address_type(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	static const struct limit all = { 0 };

	(void)args;
	return list(r, Q_reference_address_types, &all, reply, err);
}

/* ------------------------------------------------------------------ the table */

#define ID_AND_LABEL(what, id, label)                                                              \
	FIELD(INT, "Id", "Key of the " what ".", FROM_CELL(id)),                                   \
	    FIELD(TEXT, "Label", "Name of the " what ".", FROM_CELL(label), .nullable = 1,         \
		.sample = "Main")
#define HIERARCHY(what, level, path)                                                               \
	FIELD(INT, "Level", "Its level in the hierarchy, from 1.", FROM_CELL(level),               \
	    .nullable = 1),                                                                        \
	    FIELD(TEXT, "Path", "Names from the top of the hierarchy to this " what ".",           \
		FROM_CELL(path), .nullable = 1, .sample = "Main")
static const struct field brand_reply[] = {
	ID_AND_LABEL("brand", C_reference_brands_brand_id, C_reference_brands_label),
	HIERARCHY("brand", C_reference_brands_hierarchy_level, C_reference_brands_path),
	FIELD_END,
};
static const struct field zone_reply[] = {
	ID_AND_LABEL("zone", C_reference_zones_zone_id, C_reference_zones_label),
	HIERARCHY("zone", C_reference_zones_hierarchy_level, C_reference_zones_path),
	FIELD_END,
};
static const struct field address_type_reply[] = {
	ID_AND_LABEL("address type", C_reference_address_types_contact_address_type_id,
	    C_reference_address_types_label),
	FIELD_END,
};

#define ADICTIZ "ProcessManagement/Connector/Adictiz/"
#define LIST_ROW(name_, doc_, reply_doc_, fields_, run_)                                           \
	.controller = "AdictizCampaignRefData", .name = name_, .methods = REQUEST_GET,             \
	.path = ADICTIZ "AdictizCampaignRefData/" name_, .access = ACCESS_LOGIN,                   \
	.tx = ACTION_TX_NONE, .limits = ACTION_LIMITS_HELD, .area = "intake", .doc = doc_,         \
	.reply_doc = reply_doc_, .params = list_params, .args_bytes = sizeof(struct login_args),   \
	.run = run_, .status = 200, .reply = fields_, .reply_list = 1,                             \
	ACTION_ERRORS(ERR_UNAVAILABLE)
#define LIST(...) { LIST_ROW(__VA_ARGS__) }
#define REF_DATA_ABOUT "Brands, zones and address types that a user of Adictiz Box may use."

const struct action ctl_adictiz_actions[] = {
	{ .controller = "AdictizCampaignParticipation",
	    .about = "Takes in participations in campaigns of Adictiz Box.",
	    .name = "Add",
	    .methods = REQUEST_POST,
	    .path = ADICTIZ "AdictizCampaignParticipation/Add",
	    .access = ACCESS_LOGIN,
	    .tx = ACTION_TX_NONE,
	    .limits = ACTION_LIMITS_HELD,
	    .takes_body = 1,
	    .keeps_body = 1,
	    .area = "intake",
	    .doc = "Adds a campaign participation from Adictiz Box. The body is that of Adictiz's "
		   "webhook: timestamp (Unix seconds), request_id, event_type and data. data has "
		   "operation_id, user_id and the form's values; each id has up to 120 "
		   "characters. Only the event_type FormSubscribe has an effect. The "
		   "participation is stored before the reply and processed a moment later. The "
		   "request_id makes it safe to send again; an Idempotency-Key is refused. "
		   "Several forms of one participant are merged: a later value replaces an "
		   "earlier one unless it is empty. Unknown keys and custom_1, custom_2, … are "
		   "kept with the participation. The contact gets the tenant's default zone, "
		   "brand and address type. Where the user or the Source may not use the default "
		   "zone or brand, the contact gets the first one that they may use.",
	    .reply_doc = "202 with Receipt (32 hex digits), Duplicate and VisibleAt (UTC). "
			 "Duplicate is true when a request with this request_id came before; "
			 "Receipt is then that of the first one.",
	    .params = add_params,
	    .args_bytes = sizeof(struct add_args),
	    .run = add,
	    .stored = added,
	    .status = 202,
	    .reply = accepted_reply,
	    .body_sample = ADICTIZ_FORM,
	    ACTION_ERRORS(ERR_UNAVAILABLE) },
	{ LIST_ROW("ListBrand", "Lists the brands that the user may use.",
	      "200 with the brands in the order of their Id.", brand_reply, list_brand),
	    .about = REF_DATA_ABOUT },
	LIST("ListZone", "Lists the zones that the user may use.",
	    "200 with the zones in the order of their Id.", zone_reply, list_zone),
	LIST("ListAddressType", "Lists the types of addresses.",
	    "200 with the address types in the order of their Id.", address_type_reply,
	    list_address_type),
	{ .name = NULL },
};
