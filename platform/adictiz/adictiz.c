#include "config.h"

#include "platform/adictiz/adictiz.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "model/change/known.h"
#include "platform/address.h"
#include "platform/adictiz/form.h"
#include "platform/adictiz/participant.h"
#include "platform/platform.h"

enum { CONTACT_TYPE_PROSPECT = 2 };	/* a row of sql/tenant/0002-reference.sql */
enum { CODE = 255, ID = 120, CONTENT_BYTES = 65535 };

static const struct platform_adictiz_optin contact_optins[] = {
	{ "optin_partner", Contact_GlobalPartnerOptin }, { NULL, COLUMN_UNSET }
};
static const struct platform_adictiz_optin address_optins[] = { { "newsletter",
								    Address_EmailOptin },
	{ "optin_mobile", Address_MobilePhoneOptin }, { NULL, COLUMN_UNSET } };

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

/* What earlier forms said; nothing as long as there is no answer. */
static const char *
ask_stored(struct participation *p, usec_t *stamp)
{
	enum { CONTACT, CONTENT, STAMP, TAKEN };
	const struct known_rows_of participant = { .hold = KNOWN_LOCKED,
		.by = { MarketingParticipant_Identifier, MarketingParticipant_SourceId },
		.is = { v_text(p->key), v_int(p->ctx->message->source_id) },
		.want = { MarketingParticipant_ContactId, MarketingParticipant_Content,
		    MarketingParticipant_SourceStamp, MarketingParticipant_ParticipationDate } };
	const struct val *stored;
	struct known_rows rows;

	known_rows(p->ctx->known, &participant, &rows, NULL);
	stored = known_first(&rows);
	p->is_known = stored != NULL;
	p->taken_at = *stamp = USEC_NONE;
	if (stored == NULL)
		return NULL;
	p->contact_id = stored[CONTACT].kind == VAL_INT ? stored[CONTACT].i : 0;
	if (stored[STAMP].kind == VAL_TIME)
		*stamp = stored[STAMP].i;
	if (stored[TAKEN].kind == VAL_TIME)
		p->taken_at = stored[TAKEN].i;
	return stored[CONTENT].kind == VAL_TEXT ? stored[CONTENT].s : NULL;
}

/* What earlier forms said, with this one added. */
static void
read_stored(struct participation *p)
{
	struct platform_context *ctx = p->ctx;
	usec_t stored;
	const char *content = ask_stored(p, &stored);

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
}

/* Asks all that a first form needs; a further one may have more questions. */
static int
ask(struct participation *p, struct err *err)
{
	if (p->contact_id == 0)
		known_contact(p->ctx->known, &p->who, NULL, NULL);
	platform_adictiz_form_ask(p->ctx, p->merged);
	return known_wait(p->ctx->known, err);
}

/* ------------------------------------------------------------------ the rows */

/* Where the opt-in boxes are read: in this form only, so that another form's tick does not get this
 * form's date; in all forms when the earlier forms went to another contact, which was given up. */
static struct json_object *
boxes(const struct participation *p)
{
	return p->is_other_contact ? p->merged : p->data;
}

static int
make_contact(struct participation *p, struct err *err)
{
	int rc = platform_adictiz_form_contact(p->ctx, p->merged, p->contact, err);

	row_time(p->contact, Contact_SourceStamp, p->stamp);
	row_bool(p->contact, Contact_DeletionFlag, 0);
	if (p->is_new_contact) {
		row_int(p->contact, Contact_ContactTypeId, CONTACT_TYPE_PROSPECT);
		row_time(p->contact, Contact_AdvertiserCreationDate, p->at);
	}
	return rc < 0 ?
	    rc :
	    platform_adictiz_form_optins(p->ctx, boxes(p), contact_optins, p->contact, err);
}

static struct row *
address_new(const struct participation *p)
{
	const struct platform_message *m = p->ctx->message;

	return platform_address_of(p->ctx->arena, p->person, m->brand_id, m->address_type_id);
}

/* 1 when a newer state of the contact is stored. */
static int
is_outdated(const struct participation *p)
{
	return p->contact_stamp != USEC_NONE && p->stamp < p->contact_stamp;
}

/* Where a newer state is stored, opt-ins alone are said, which have dates of their own. */
static int
make_address(struct participation *p, struct err *err)
{
	int rc;

	p->address = address_new(p);
	if ((rc = platform_adictiz_form_address(p->ctx, p->merged, p->address, err)) < 0)
		return rc;
	if (is_outdated(p))
		p->address = address_new(p);
	return platform_adictiz_form_optins(p->ctx, boxes(p), address_optins, p->address, err);
}

/* All faults of the values at once. */
static int
make_rows(struct participation *p, struct err *err)
{
	int rc;

	read_code(&p->ctx->in, p->merged, "data.", "identifier", CODE);
	if ((rc = make_contact(p, err)) < 0 || (rc = make_address(p, err)) < 0)
		return rc;
	return read_settle(&p->ctx->in, err);
}

static int
put_person(struct participation *p, struct err *err)
{
	struct consent *consent = arena_new(p->ctx->arena, struct consent, 1);
	int rc = platform_put(p->ctx, p->contact, err);

	if (rc < 0)
		return rc;
	if (is_outdated(p) && row_said(p->address, Address_EmailOptin) == NULL &&
	    row_said(p->address, Address_MobilePhoneOptin) == NULL)
		return 0;
	*consent = *p->ctx->consent;
	consent->kind = CONSENT_MENTION;
	consent->at = p->at;
	return platform_address_add(p->ctx, p->address, consent, err);
}

static int
put_campaign(struct participation *p, struct row *action, struct row *execution, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const char *label =
	    arena_strdup(ctx->arena, read_text(&ctx->in, p->merged, "operation_name"));
	int rc;

	row_text(action, MarketingAction_Identifier, p->operation);
	row_int(action, MarketingAction_SourceId, ctx->message->source_id);
	if (label != NULL)
		row_text(action, MarketingAction_Label, label);
	row_int(action, MarketingAction_ZoneId, ctx->message->zone_id);
	if ((rc = platform_put(ctx, action, err)) < 0)
		return rc;
	row_text(execution, MarketingExecution_Identifier,
	    arena_printf(ctx->arena, "%s/%d", p->operation, (int)ctx->message->brand_id));
	row_int(execution, MarketingExecution_SourceId, ctx->message->source_id);
	row_refer(execution, MarketingExecution_MarketingActionId, action);
	if (label != NULL)
		row_text(execution, MarketingExecution_Label, label);
	row_int(execution, MarketingExecution_BrandId, ctx->message->brand_id);
	return platform_put(ctx, execution, err);
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

/* When two first forms of one participant come at once, the second begins anew and finds the
 * first. */
static int
put_participant(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct row *action = row_new(ctx->arena, E_MarketingAction, ROW_PUT);
	struct row *execution = row_new(ctx->arena, E_MarketingExecution, ROW_PUT);
	struct row *row =
	    row_new(ctx->arena, E_MarketingParticipant, p->is_known ? ROW_PUT : ROW_ADD);
	int rc;

	if ((rc = put_campaign(p, action, execution, err)) < 0)
		return rc;
	row_text(row, MarketingParticipant_Identifier, p->key);
	row_int(row, MarketingParticipant_SourceId, ctx->message->source_id);
	row_refer(row, MarketingParticipant_ContactId, p->person);
	row_refer(row, MarketingParticipant_MarketingActionId, action);
	row_refer(row, MarketingParticipant_MarketingExecutionId, execution);
	row_time(row, MarketingParticipant_ParticipationDate, taken_at(p));
	row_text(row, MarketingParticipant_Content, p->content);
	row_bool(row, MarketingParticipant_DeletionFlag, 0);
	row_time(row, MarketingParticipant_SourceStamp, p->stamp);
	return platform_put(ctx, row, err);
}

static int
map(struct participation *p, struct err *err)
{
	int rc = read_form(p, err);

	if (rc < 0)
		return rc;
	read_stored(p);
	platform_adictiz_participant_read(p);
	if ((rc = ask(p, err)) < 0 ||
	    (rc = platform_adictiz_participant_find(p, err)) < 0 || (rc = make_rows(p, err)) < 0)
		return rc;
	rc = put_person(p, err);
	return rc < 0 ? rc : put_participant(p, err);
}

static int
conclude(struct platform_context *ctx, void *arg)
{
	const struct participation *p = arg;

	snprintf(ctx->reason, sizeof ctx->reason, "Participation of contact %lld written; %s form.",
	    (long long)p->person->key.i, p->is_known ? "a further" : "its first");
	return PLATFORM_DONE;
}

static int
adictiz_add(struct platform_context *ctx, struct err *err)
{
	const char *event = json_text(ctx->payload, "event_type");
	struct participation *p = arena_new(ctx->arena, struct participation, 1);
	int rc;

	if (event != NULL && !text_ieq(event, "FormSubscribe")) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "The event %.60s has no effect; FormSubscribe has.", event);
		return PLATFORM_IGNORED;
	}
	p->ctx = ctx;
	ctx->conclude = conclude;
	ctx->concluding = p;
	platform_any_case(ctx);
	rc = map(p, err);
	read_close(&ctx->in);
	json_object_put(p->merged);
	return rc < 0 ? rc : PLATFORM_DONE;
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
