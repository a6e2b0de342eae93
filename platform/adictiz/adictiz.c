#include "config.h"

#include "platform/adictiz/adictiz.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/address.h"
#include "platform/adictiz/form.h"
#include "platform/contact.h"
#include "model/change/consent.h"
#include "store/db.h"

enum { CONTACT_TYPE_PROSPECT = 2 };	/* a row of sql/tenant/0002-reference.sql */
enum { CODE = 255, ID = 120, CONTENT_BYTES = 65535 };

#define OWN "adictiz:"			/* prefix of the identifier of a participant who gave
					 * neither identifier nor mail address */

static const struct platform_adictiz_optin contact_optins[] = {
	{ "optin_partner", Contact_GlobalPartnerOptin }, { NULL, COLUMN_UNSET }
};
static const struct platform_adictiz_optin address_optins[] = { { "newsletter",
								    Address_EmailOptin },
	{ "optin_mobile", Address_MobilePhoneOptin }, { NULL, COLUMN_UNSET } };

/* A participation on its way into the tables. */
struct participation {
	struct platform_context *ctx;
	struct json_object *data;	/* of this form */
	struct json_object *merged;	/* of all forms; ours */
	const char *operation, *user, *key, *content;
	usec_t at, stamp;		/* of this form; of the latest one */
	usec_t taken_at;		/* ParticipationDate that is stored, or USEC_NONE */
	int is_known, is_new_contact;
	int is_other_contact;		/* earlier forms were of a contact that is given up */
	int64_t contact_id;
	struct row *contact, *address;
};

/* ------------------------------------------------------------------ reading */

/* A timestamp in the future would make all forms until then count as older. */
static usec_t
form_at(struct participation *p)
{
	struct platform_context *ctx = p->ctx;
	struct json_object *json = json_at(ctx->payload, "timestamp");
	int64_t seconds;
	int found;

	seconds = json_int(ctx->payload, "timestamp", &found);
	if (json != NULL && (!found || seconds < 0))
		read_fault(
		    &p->ctx->in, "", "timestamp", "must be Unix seconds, for example 1539704351");
	if (!found || seconds < 0 || seconds > ctx->message->received_at / USEC_SEC)
		return ctx->message->received_at;
	return seconds * USEC_SEC;
}

static int
read_form(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;

	if (!json_object_is_type(ctx->payload, json_type_object))
		return err_set(err, ERR_PERMANENT, "The body must be an object.");
	p->at = form_at(p);
	p->data = read_object(&ctx->in, ctx->payload, "", "data");
	p->operation = read_code(&ctx->in, p->data, "data.", "operation_id", ID);
	p->user = read_code(&ctx->in, p->data, "data.", "user_id", ID);
	if (p->operation == NULL && ctx->in.nfaults == 0)
		read_fault(&ctx->in, "data.", "operation_id", "is required: it names the campaign");
	if (p->user == NULL && ctx->in.nfaults == 0)
		read_fault(&ctx->in, "data.", "user_id", "is required: it names the participant");
	p->key = arena_printf(ctx->arena, "%s/%s", p->operation == NULL ? "" : p->operation,
	    p->user == NULL ? "" : p->user);
	return read_settle(&ctx->in, err);
}

/* What earlier forms said, with this one added. */
static int
read_stored(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const char *content = NULL;
	usec_t stored = USEC_NONE;
	struct rows rows;
	int rc = db_query(ctx->db, Q_platform_participant,
	    DB_ARGS(v_text(p->key), v_int(ctx->message->source_id)), ctx->arena, &rows, err);

	if (rc < 0)
		return rc;
	p->taken_at = USEC_NONE;
	p->is_known = rows.n > 0;
	if (p->is_known) {
		p->contact_id = rows_int(&rows, 0, C_platform_participant_contact_id);
		content = rows_text(&rows, 0, C_platform_participant_content);
		stored = rows_time(&rows, 0, C_platform_participant_source_stamp);
		p->taken_at = rows_time(&rows, 0, C_platform_participant_participation_date);
	}
	if (content == NULL || json_parse(content, strlen(content), &p->merged, NULL) < 0 ||
	    !json_object_is_type(p->merged, json_type_object)) {
		json_object_put(p->merged);
		p->merged = json_object_new_object();
	}
	p->stamp = stored != USEC_NONE && stored > p->at ? stored : p->at;
	platform_adictiz_form_merge(p->merged, p->data, p->at == p->stamp);
	p->content = json_document(ctx->arena, p->merged);
	if (strlen(p->content) > CONTENT_BYTES)
		read_fault(&p->ctx->in, "", "data",
		    "holds more than %d bytes, with what the participant's other forms said",
		    CONTENT_BYTES);
	return 0;
}

/* ------------------------------------------------------------------ who it is */

static const char *
own_identifier(struct participation *p)
{
	return arena_printf(p->ctx->arena, OWN "%s", p->key);
}

/* Gives the contact an identifier that no contact has. */
static int
identify(struct participation *p, const char *identifier, struct err *err)
{
	struct row *row;
	int rc;

	row = row_new(p->ctx->arena, E_ContactIdentifier, ROW_PUT);
	row_text(row, ContactIdentifier_Identifier, identifier);
	row_int(row, ContactIdentifier_SourceId, p->ctx->message->source_id);
	row_int(row, ContactIdentifier_ContactId, p->contact_id);
	rc = platform_write_row(p->ctx, row, err);
	if (rc >= 0 && rc != ENTITY_INSERTED)
		return err_set(err, ERR_DB_RETRY,
		    "Another delivery gave this identifier to a contact at the same time.");
	return rc < 0 ? rc : 0;
}

/* 1 when the contact has nothing but the identifier that an earlier form without a name gave it. */
static int
is_nobody(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct contact_key own = { .source_id = ctx->message->source_id,
		.identifier = own_identifier(p) };
	struct rows rows;
	int64_t id;
	int rc = contact_find(ctx->db, &own, ctx->arena, &id, err);

	if (rc < 0 || id != p->contact_id)
		return rc < 0 ? rc : 0;
	if ((rc = db_query(ctx->db, Q_platform_contact_identifiers, DB_ARGS(v_int(id)), ctx->arena,
		 &rows, err)) < 0)
		return rc;
	return rows_int(&rows, 0, C_platform_contact_identifiers_identifiers) == 1;
}

static int
delete_contact(struct platform_context *ctx, int64_t contact_id, struct err *err)
{
	struct row *row;
	int rc;

	row = row_new(ctx->arena, E_Contact, ROW_PUT);
	row_int(row, Contact_ContactId, contact_id);
	row_bool(row, Contact_DeletionFlag, 1);
	rc = platform_write_row(ctx, row, err);
	return rc < 0 ? rc : 0;
}

/* Finds the only contact of the Source with the guest's mail address and gives it the guest's
 * identifier. */
static int
find_account(struct participation *p, const struct contact_key *key, const char *named,
    int64_t *known, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	int rc;

	if (key->identifier != NULL)
		return 0;
	if ((rc = contact_find_by_address(ctx->db, key->source_id, key->email, ctx->arena, known,
	    err)) == CONTACT_SEVERAL)
		platform_contact_several(ctx);
	return rc != CONTACT_KNOWN ? rc : contact_identify(ctx->db, named, key->source_id, *known,
	    ctx->arena, ctx->now, err);
}

/* For a participant for whom an earlier form made a contact of its own, when this form says who it
 * is: uses the known contact, or gives this one the identifier. */
static int
recognise(struct participation *p, const struct contact_key *key, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const char *named = key->identifier != NULL ?
	    key->identifier :
	    contact_guest_identifier(ctx->arena, key->email);
	int64_t known;
	int rc;

	if (named == NULL || (rc = is_nobody(p, err)) <= 0)
		return named == NULL ? 0 : rc;
	if ((rc = contact_find(ctx->db, key, ctx->arena, &known, err)) < 0 ||
	    (known == 0 && (rc = find_account(p, key, named, &known, err)) < 0))
		return rc;
	if (known == 0)
		return identify(p, named, err);
	if (known == p->contact_id)
		return 0;
	if ((rc = delete_contact(ctx, p->contact_id, err)) < 0)
		return rc;
	p->contact_id = known;
	p->is_other_contact = 1;
	return 0;
}

static int
find_contact(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = json_text(p->merged, "identifier"),
		.email = json_text(p->merged, "email") };
	int rc;

	key.identifier = contact_identifier(ctx->arena, key.identifier);
	if (p->contact_id != 0)
		return recognise(p, &key, err);
	if (key.identifier == NULL && contact_email(ctx->arena, key.email) == NULL)
		key.identifier = own_identifier(p);
	rc = platform_contact_resolve(ctx, &key, &p->contact_id, err);
	p->is_new_contact = rc == CONTACT_CREATED;
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ writing */

/* Faults of the values, before anything is written. */
static int
check_values(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	int rc;

	read_code(&p->ctx->in, p->merged, "data.", "identifier", CODE);
	p->contact = row_new(ctx->arena, E_Contact, ROW_PUT);
	p->address = platform_address_new(
	    ctx->arena, 0, ctx->message->brand_id, ctx->message->address_type_id);
	if ((rc = platform_adictiz_form_contact(p->ctx, p->merged, p->contact, err)) < 0 ||
	    (rc = platform_adictiz_form_address(p->ctx, p->merged, p->address, err)) < 0)
		return rc;
	return read_settle(&p->ctx->in, err);
}

/* Where the opt-in boxes are read: in this form only, so that another form's tick does not get this
 * form's date; in all forms when the earlier forms went to another contact, which was given up. */
static struct json_object *
boxes(const struct participation *p)
{
	return p->is_other_contact ? p->merged : p->data;
}

/* 1 when the form was written to the contact, 0 when something newer is stored. */
static int
write_contact(struct participation *p, struct err *err)
{
	int rc;

	row_int(p->contact, Contact_ContactId, p->contact_id);
	row_time(p->contact, Contact_SourceStamp, p->stamp);
	row_bool(p->contact, Contact_DeletionFlag, 0);
	if ((rc = platform_adictiz_form_optins(p->ctx, boxes(p), contact_optins, p->contact, err)) <
	    0)
		return rc;
	if (p->is_new_contact) {
		row_int(p->contact, Contact_ContactTypeId, CONTACT_TYPE_PROSPECT);
		row_time(p->contact, Contact_AdvertiserCreationDate, p->at);
	}
	rc = platform_write_row(p->ctx, p->contact, err);
	return rc < 0 ? rc : rc != ENTITY_SUPERSEDED;
}

static int
write_address(struct participation *p, int whole, struct err *err)
{
	const struct platform_message *m = p->ctx->message;
	struct consent consent = *p->ctx->consent;
	int rc;

	consent.kind = CONSENT_MENTION;
	consent.at = p->at;
	p->address = platform_address_new(
	    p->ctx->arena, p->contact_id, m->brand_id, m->address_type_id);
	if ((rc = platform_adictiz_form_optins(p->ctx, boxes(p), address_optins, p->address, err)) <
	    0)
		return rc;
	if (!whole && row_said(p->address, Address_EmailOptin) == NULL &&
	    row_said(p->address, Address_MobilePhoneOptin) == NULL)
		return 0;
	if (whole && (rc = platform_adictiz_form_address(p->ctx, p->merged, p->address, err)) < 0)
		return rc;
	rc = platform_address_put(p->ctx, p->address, &consent, err);
	return rc < 0 ? rc : 0;
}

static int
write_campaign(struct participation *p, struct row *action, struct row *execution, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const char *label = read_text(&ctx->in, p->merged, "operation_name");
	int rc;

	row_text(action, MarketingAction_Identifier, p->operation);
	row_int(action, MarketingAction_SourceId, ctx->message->source_id);
	if (label != NULL)
		row_text(action, MarketingAction_Label, label);
	row_int(action, MarketingAction_ZoneId, ctx->message->zone_id);
	if ((rc = platform_write_row(ctx, action, err)) < 0)
		return rc;
	row_text(execution, MarketingExecution_Identifier,
	    arena_printf(ctx->arena, "%s/%d", p->operation, (int)ctx->message->brand_id));
	row_int(execution, MarketingExecution_SourceId, ctx->message->source_id);
	row_refer(execution, MarketingExecution_MarketingActionId, action);
	if (label != NULL)
		row_text(execution, MarketingExecution_Label, label);
	row_int(execution, MarketingExecution_BrandId, ctx->message->brand_id);
	rc = platform_write_row(ctx, execution, err);
	return rc < 0 ? rc : 0;
}

/* The date of participation: the form's date_operation, in the tenant's zone; the earliest of all
 * forms. */
static usec_t
taken_at(struct participation *p)
{
	usec_t now = read_date(&p->ctx->in, p->data, "data.", "date_operation");

	if (now == USEC_NONE)
		now = p->at;
	return p->taken_at != USEC_NONE && p->taken_at < now ? p->taken_at : now;
}

static int
write_participant(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct row *action = row_new(ctx->arena, E_MarketingAction, ROW_PUT);
	struct row *execution = row_new(ctx->arena, E_MarketingExecution, ROW_PUT);
	struct row *row = row_new(ctx->arena, E_MarketingParticipant, ROW_PUT);
	int rc;

	if ((rc = write_campaign(p, action, execution, err)) < 0)
		return rc;
	row_text(row, MarketingParticipant_Identifier, p->key);
	row_int(row, MarketingParticipant_SourceId, ctx->message->source_id);
	row_int(row, MarketingParticipant_ContactId, p->contact_id);
	row_refer(row, MarketingParticipant_MarketingActionId, action);
	row_refer(row, MarketingParticipant_MarketingExecutionId, execution);
	row_time(row, MarketingParticipant_ParticipationDate, taken_at(p));
	row_text(row, MarketingParticipant_Content, p->content);
	row_bool(row, MarketingParticipant_DeletionFlag, 0);
	row_time(row, MarketingParticipant_SourceStamp, p->stamp);
	rc = platform_write_row(ctx, row, err);
	/* Two first forms of one participant came at once: try again, and the second finds the
	 * first. */
	if (rc == ENTITY_SUPERSEDED || (rc > ENTITY_INSERTED && !p->is_known))
		return err_set(err, ERR_DB_RETRY,
		    "Another form of this participant was written at the same time.");
	return rc < 0 ? rc : 0;
}

static int
write_all(struct participation *p, struct err *err)
{
	int rc;

	if ((rc = find_contact(p, err)) < 0 || (rc = write_contact(p, err)) < 0 ||
	    (rc = write_address(p, rc, err)) < 0)
		return rc;
	return write_participant(p, err);
}

static int
adictiz_add(struct platform_context *ctx, struct err *err)
{
	const char *event = json_text(ctx->payload, "event_type");
	struct participation p = { .ctx = ctx };
	int rc;

	if (event != NULL && !text_ieq(event, "FormSubscribe")) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "The event %.60s has no effect; FormSubscribe has.", event);
		return PLATFORM_IGNORED;
	}
	platform_any_case(ctx);
	if ((rc = read_form(&p, err)) == 0 && (rc = read_stored(&p, err)) == 0 &&
	    (rc = check_values(&p, err)) == 0)
		rc = write_all(&p, err);
	read_close(&ctx->in);
	json_object_put(p.merged);
	if (rc < 0)
		return rc;
	snprintf(ctx->reason, sizeof ctx->reason, "Participation of contact %lld written; %s form.",
	    (long long)p.contact_id, p.is_known ? "a further" : "its first");
	return PLATFORM_DONE;
}

const struct platform_row platform_adictiz_rows[] = {
#define ADICTIZ_FORM \
	"{\n  \"timestamp\": 1539704351,\n  \"request_id\": \"5bc6061f4be94b5c8a0b2f91\",\n" \
	"  \"event_type\": \"FormSubscribe\",\n  \"data\": {\n" \
	"    \"user_id\": \"5bc60613\", \"operation_id\": \"5bc605e34be94bb251285bb7\", " \
	"\"operation_name\": \"Summer game\",\n" \
	"    \"civility\": \"Mme\", \"lastname\": \"Lovelace\", \"firstname\": \"Ada\", " \
	"\"email\": \"ada@demo.example\",\n" \
	"    \"zipCode\": \"69001\", \"city\": \"Lyon\", \"country\": \"FR\", " \
	"\"birthday\": \"1980-12-10\", \"newsletter\": \"1\", \"custom_1\": \"blue\"\n  }\n}"
	PLATFORM("Adictiz", .stamp_seconds = "timestamp")
	PLATFORM_ROW("Adictiz", "CampaignParticipation", "Add", adictiz_add,
	    ADICTIZ_FORM,
	    "Takes the FormSubscribe event of Adictiz Box, as AdictizCampaignParticipation/Add "
	    "puts it into the queue. Writes the campaign, the participation with all that its "
	    "forms said, and the contact with address and opt-ins. Several forms of one "
	    "participant add up. A box that is not ticked withdraws no opt-in.")
	{ .platform = NULL },
};
