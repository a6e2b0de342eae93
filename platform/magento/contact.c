#include "config.h"

#include "platform/magento/contact.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/label.h"
#include "platform/magento/member.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/property.h"
#include "model/change/consent.h"
#include "store/contact.h"
#include "store/db.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_PROSPECT = 2 };
enum { DAY_S = 86400 };

static const struct platform_property contact_properties[] = { { "FirstName", Contact_FirstName },
	{ "LastName", Contact_LastName }, { "DefaultGroup", Contact_FreeField1 },
	{ "BirthDate", Contact_BirthDate }, { "CreationDate", Contact_FreeFieldDateTime1 },
	{ "ZoneId", Contact_ZoneId }, { NULL, COLUMN_UNSET } };
static const struct platform_property newsletter_properties[] = { { "ZoneId", Contact_ZoneId },
	{ NULL, COLUMN_UNSET } };

static int
conclude(struct platform_context *ctx, const struct magento_person *p, const char *what)
{
	snprintf(ctx->reason, sizeof ctx->reason,
	    "%s of contact %lld written with %zu %s and %zu %s.", what, (long long)p->contact_id,
	    p->written_addresses,
	    text_form((int64_t)p->written_addresses, "address", "addresses"), p->written_stores,
	    text_form((int64_t)p->written_stores, "store", "stores"));
	if (p->refused > 0)
		snprintf(ctx->reason + strlen(ctx->reason),
		    sizeof ctx->reason - strlen(ctx->reason), " %d %s.", p->refused,
		    text_form(p->refused, "identifier belongs to another contact and stays with it",
			"identifiers belong to other contacts and stay with them"));
	return PLATFORM_DONE;
}

/* PLATFORM_SUPERSEDED when a newer state of the contact is stored, PLATFORM_DONE else, or a
 * negative code. */
static int
guard(struct platform_context *ctx, int64_t contact_id, struct err *err)
{
	usec_t stored;
	int r = platform_write_stored_stamp(
	    ctx, Q_platform_contact_stamp, DB_ARGS(v_int(contact_id)), &stored, err);

	if (r < 0)
		return r;
	if (stored == USEC_NONE || ctx->message->received_at >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof ctx->reason, "A newer state of contact %lld is stored.",
	    (long long)contact_id);
	return PLATFORM_SUPERSEDED;
}

/* ------------------------------------------------------------------ Contact */

/* The connector sends the gender's label in this member, other shops the civility's. */
static int
contact_civility(struct platform_context *ctx, struct row *row, struct err *err)
{
	struct val civility, gender;
	const char *label;
	int given, is_known, rc;

	read_member(&ctx->in, ctx->payload, "Civility", &given);
	label = read_word(&ctx->in, ctx->payload, "", "Civility", 200);
	given &= !ctx->in.is_left_out;
	if (!given || (rc = platform_label(ctx, "Civility", label, &civility, err)) < 0 ||
	    (rc = platform_label_gender(ctx, label, civility, &gender, err)) < 0)
		return given ? rc : 0;
	is_known = civility.kind != VAL_NULL || gender.kind != VAL_NULL;
	if (civility.kind != VAL_NULL || label == NULL)
		row_value(row, Contact_CivilityId, civility);
	if (gender.kind != VAL_NULL || label == NULL)
		row_value(row, Contact_GenderId, gender);
	row_value(row, Contact_FreeField2, is_known ? v_null() : v_text(label));
	if (!is_known && label != NULL)
		platform_label_unknown(ctx, "Civility", "Civility", label);
	return 0;
}

static void
contact_birth(struct row *row)
{
	const struct val *day = row_said(row, Contact_BirthDate);
	int64_t days;
	int y, m, d;

	if (day == NULL || day->kind != VAL_TIME)
		return;
	days = day->i / (DAY_S * USEC_SEC);
	clock_civil_from_days(
	    day->i < 0 && day->i % (DAY_S * USEC_SEC) != 0 ? days - 1 : days, &y, &m, &d);
	row_int(row, Contact_BirthYear, y);
	row_int(row, Contact_BirthMonth, m);
	row_int(row, Contact_BirthDay, d);
}

/* 0 and null mean no zone, and do not clear a stored one. */
static void
drop_no_zone(struct row *row)
{
	const struct val *zone = row_said(row, Contact_ZoneId);

	if (zone != NULL && zone->i == 0)
		row_unsay(row, Contact_ZoneId);
}

static int
contact_read(struct platform_context *ctx, struct row *row, struct err *err)
{
	usec_t since;
	int rc;

	platform_property_set(ctx, row, contact_properties, ctx->payload, "");
	contact_birth(row);
	ctx->in.is_utc = 1;
	since = read_date(&ctx->in, ctx->payload, "", "AdvertiserCreationDateUTC");
	ctx->in.is_utc = 0;
	if (since == USEC_NONE)
		since = read_date(&ctx->in, ctx->payload, "", "CreationDate");
	if (since != USEC_NONE)
		row_time(row, Contact_AdvertiserCreationDate, since);
	if ((rc = contact_civility(ctx, row, err)) < 0)
		return rc;
	drop_no_zone(row);
	return platform_property_refer(ctx, row, contact_properties, "", err);
}

static int
contact_write(struct platform_context *ctx, struct row *row, int64_t contact_id, struct err *err)
{
	int r;

	row_int(row, Contact_ContactId, contact_id);
	row_int(row, Contact_ContactTypeId, CONTACT_TYPE_CUSTOMER);
	row_bool(row, Contact_DeletionFlag, 0);
	row_time(row, Contact_SourceStamp, ctx->message->received_at);
	r = platform_write_row(ctx, row, err);
	return r < 0 ? r : 0;
}

/* Reads a body about a person, and the contact's own columns by own(). Reports all faults at
 * once. */
static int
person_read(struct magento_person *p, struct platform_context *ctx,
    const struct magento_model *model, struct row *row,
    int (*own)(struct platform_context *, struct row *, struct err *), struct err *err)
{
	int rc = platform_magento_person_read(p, ctx, err);

	if (rc == 0 && own != NULL)
		rc = own(ctx, row, err);
	if (rc < 0 || (rc = read_settle(&ctx->in, err)) < 0)
		return rc;
	platform_magento_members(ctx, model);
	return 0;
}

int
platform_magento_contact_save(struct platform_context *ctx, struct err *err)
{
	struct row *row = row_new(ctx->arena, E_Contact, ROW_PUT);
	struct magento_person p;
	int r;

	platform_any_case(ctx);
	r = person_read(&p, ctx, &magento_contact, row, contact_read, err);
	read_close(&ctx->in);
	if (r < 0 || (r = platform_magento_person_resolve(&p, err)) < 0 ||
	    (r = guard(ctx, p.contact_id, err)) != PLATFORM_DONE)
		return r;
	if ((r = contact_write(ctx, row, p.contact_id, err)) < 0 ||
	    (r = platform_magento_person_write(&p, NULL, err)) < 0)
		return r;
	return conclude(ctx, &p, "State");
}

/* ------------------------------------------------------------------ Newsletter */

static int
newsletter_read(struct platform_context *ctx, struct row *row, struct err *err)
{
	usec_t since = read_date(&ctx->in, ctx->payload, "", "CreationDate");

	platform_property_set(ctx, row, newsletter_properties, ctx->payload, "");
	drop_no_zone(row);
	row_time(row, Contact_AdvertiserCreationDate, since);
	return platform_property_refer(ctx, row, newsletter_properties, "", err);
}

/* A new subscriber becomes a prospect as of that date; a known contact keeps its type and creation
 * date. */
static int
newsletter_contact(
    struct platform_context *ctx, struct row *row, int64_t contact_id, int is_new, struct err *err)
{
	int r;

	if (is_new)
		row_int(row, Contact_ContactTypeId, CONTACT_TYPE_PROSPECT);
	else
		row_unsay(row, Contact_AdvertiserCreationDate);
	row_int(row, Contact_ContactId, contact_id);
	r = row_count(row) > 1 ? platform_write_row(ctx, row, err) : 0;
	return r < 0 ? r : 0;
}

int
platform_magento_contact_newsletter(struct platform_context *ctx, struct err *err)
{
	struct consent consent = *ctx->consent;
	struct row *row = row_new(ctx->arena, E_Contact, ROW_PUT);
	struct magento_person p;
	int r;

	consent.kind = CONSENT_STATEMENT;	/* a newsletter body is only about consent */
	platform_any_case(ctx);
	r = person_read(&p, ctx, &magento_newsletter, row, newsletter_read, err);
	read_close(&ctx->in);
	if (r < 0 || (r = platform_magento_person_resolve(&p, err)) < 0 ||
	    (r = newsletter_contact(ctx, row, p.contact_id, r == CONTACT_CREATED, err)) < 0)
		return r;
	if ((r = platform_magento_person_write(&p, &consent, err)) < 0)
		return r;
	return conclude(ctx, &p, "Newsletter");
}

/* ------------------------------------------------------------------ Connection */

int
platform_magento_contact_connection(struct platform_context *ctx, struct err *err)
{
	struct row *row = row_new(ctx->arena, E_Contact, ROW_PUT);
	struct magento_person p;
	usec_t stored;
	int r;

	platform_any_case(ctx);
	r = person_read(&p, ctx, &magento_connexion, NULL, NULL, err);
	read_close(&ctx->in);
	if (r < 0 || (r = platform_magento_person_resolve(&p, err)) < 0 ||
	    (r = platform_write_stored_stamp(
		 ctx, Q_platform_contact_login, DB_ARGS(v_int(p.contact_id)), &stored, err)) < 0)
		return r;
	if (stored != USEC_NONE && stored > ctx->message->received_at) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "A later login of contact %lld is stored.", (long long)p.contact_id);
		return PLATFORM_SUPERSEDED;
	}
	row_int(row, Contact_ContactId, p.contact_id);
	row_time(row, Contact_FreeFieldDateTime2, ctx->message->received_at);
	if ((r = platform_write_row(ctx, row, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof ctx->reason, "Login of contact %lld written.",
	    (long long)p.contact_id);
	return PLATFORM_DONE;
}
