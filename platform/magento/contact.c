#include "config.h"

#include "platform/magento/contact.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/consent.h"
#include "model/change/known.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/magento/member.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/property.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_PROSPECT = 2 };
enum { DAY_S = 86400 };

static const struct platform_property contact_properties[] = { { "FirstName", Contact_FirstName },
	{ "LastName", Contact_LastName }, { "CompanyName", Contact_CompanyName },
	{ "DefaultGroup", Contact_FreeField1 },
	{ "BirthDate", Contact_BirthDate }, { "CreationDate", Contact_FreeFieldDateTime1 },
	{ "ZoneId", Contact_ZoneId }, { NULL, COLUMN_UNSET } };
static const struct platform_property newsletter_properties[] = { { "ZoneId", Contact_ZoneId },
	{ NULL, COLUMN_UNSET } };

static int
conclude(struct platform_context *ctx, void *arg)
{
	const struct magento_person *p = arg;

	snprintf(ctx->reason, sizeof ctx->reason,
	    "%s of contact %lld written with %zu %s and %zu %s.", p->what,
	    (long long)p->contact->row->key.i, p->written_addresses,
	    text_form((int64_t)p->written_addresses, "address", "addresses"), p->written_stores,
	    text_form((int64_t)p->written_stores, "store", "stores"));
	if (p->refused > 0)
		snprintf(ctx->reason + strlen(ctx->reason),
		    sizeof ctx->reason - strlen(ctx->reason), " %d %s.", p->refused,
		    text_form(p->refused, "identifier belongs to another contact and stays with it",
			"identifiers belong to other contacts and stay with them"));
	return PLATFORM_DONE;
}

/* Says of a row all that another one says. */
static void
say_all(struct row *row, const struct row *other)
{
	for (int i = 0; other->entity->columns[i].name != NULL; i++)
		if (other->said[i])
			row_value_at(row, i, other->values[i]);
}

/* What is written is told by how when it is written. */
static int
done(struct magento_person *p, int (*how)(struct platform_context *, void *))
{
	p->ctx->conclude = how;
	p->ctx->concluding = p;
	return PLATFORM_DONE;
}

/* A body about a person, and where the contact's own columns go. */
struct person_body {
	const struct magento_model *model;
	int (*own)(struct platform_context *, struct row *, struct err *);	/* NULL = none */
	struct row *row;
};

static int
person_read_all(struct magento_person *p, struct platform_context *ctx,
    const struct person_body *b, struct err *err)
{
	int rc = platform_magento_person_read(p, ctx, err);

	if (rc == 0 && b->own != NULL)
		rc = b->own(ctx, b->row, err);
	return rc;
}

/* Reads the body, says all its faults at once, and adds the contact to the change. */
static int
person_read(struct magento_person *p, struct platform_context *ctx, const struct person_body *b,
    struct err *err)
{
	int rc;

	platform_any_case(ctx);
	rc = person_read_all(p, ctx, b, err);
	read_close(&ctx->in);
	if (rc == 0 && ctx->in.nfaults == 0)
		rc = platform_magento_person_ask(p, err);
	if (rc < 0 || (rc = known_wait(ctx->known, err)) < 0 ||
	    (rc = read_settle(&ctx->in, err)) < 0)
		return rc;
	platform_magento_members(ctx, b->model);
	return platform_magento_person_resolve(p, err);
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
	label = read_word(&ctx->in, ctx->payload, "", "Civility", MAGENTO_LABEL);
	if (!given || ctx->in.is_left_out)
		return 0;
	rc = platform_label(ctx, "Civility", label, &civility, err);
	if ((rc = platform_magento_go_on(rc, err)) < 0 ||
	    (rc = platform_label_gender(ctx, label, civility, &gender, err)) < 0)
		return platform_magento_go_on(rc, err);
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
	rc = platform_property_refer(ctx, row, contact_properties, "", err);
	return platform_magento_go_on(rc, err);
}

/* PLATFORM_SUPERSEDED when a newer state of the contact is stored, else PLATFORM_DONE. */
static int
guard(struct platform_context *ctx, const struct platform_contact *c)
{
	if (c->is.stamp == USEC_NONE || ctx->message->received_at >= c->is.stamp)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof ctx->reason, "A newer state of contact %lld is stored.",
	    (long long)c->is.contact_id);
	return PLATFORM_SUPERSEDED;
}

static int
contact_write(struct magento_person *p, const struct row *own, struct err *err)
{
	struct row *row = platform_contact_row(p->ctx, p->contact, ROW_PUT);

	say_all(row, own);
	row_int(row, Contact_ContactTypeId, CONTACT_TYPE_CUSTOMER);
	row_bool(row, Contact_DeletionFlag, 0);
	row_time(row, Contact_SourceStamp, p->ctx->message->received_at);
	return platform_put(p->ctx, row, err);
}

int
platform_magento_contact_save(struct platform_context *ctx, struct err *err)
{
	struct magento_person *p = arena_new(ctx->arena, struct magento_person, 1);
	const struct person_body body = { &magento_contact, contact_read,
		row_new(ctx->arena, E_Contact, ROW_PUT) };
	int r;

	if ((r = person_read(p, ctx, &body, err)) < 0 ||
	    (r = guard(ctx, p->contact)) != PLATFORM_DONE)
		return r;
	if ((r = contact_write(p, body.row, err)) < 0 ||
	    (r = platform_magento_person_write(p, ctx->consent, err)) < 0)
		return r;
	p->what = "State";
	return done(p, conclude);
}

/* ------------------------------------------------------------------ Newsletter */

static int
newsletter_read(struct platform_context *ctx, struct row *row, struct err *err)
{
	usec_t since = read_date(&ctx->in, ctx->payload, "", "CreationDate");
	int rc;

	platform_property_set(ctx, row, newsletter_properties, ctx->payload, "");
	drop_no_zone(row);
	row_time(row, Contact_AdvertiserCreationDate, since);
	rc = platform_property_refer(ctx, row, newsletter_properties, "", err);
	return platform_magento_go_on(rc, err);
}

/* A new subscriber becomes a prospect as of that date; a known contact keeps its type and creation
 * date. */
static int
newsletter_contact(struct magento_person *p, struct row *own, struct err *err)
{
	const int is_new = platform_contact_is_new(p->contact);
	struct row *row = platform_contact_row(p->ctx, p->contact, ROW_PUT);

	if (is_new)
		row_int(own, Contact_ContactTypeId, CONTACT_TYPE_PROSPECT);
	else
		row_unsay(own, Contact_AdvertiserCreationDate);
	say_all(row, own);
	return row_count(own) > 0 ? platform_put(p->ctx, row, err) : 0;
}

int
platform_magento_contact_newsletter(struct platform_context *ctx, struct err *err)
{
	struct magento_person *p = arena_new(ctx->arena, struct magento_person, 1);
	struct consent *consent = arena_new(ctx->arena, struct consent, 1);
	const struct person_body body = { &magento_newsletter, newsletter_read,
		row_new(ctx->arena, E_Contact, ROW_PUT) };
	int r;

	*consent = *ctx->consent;
	consent->kind = CONSENT_STATEMENT;	/* a newsletter body is only about consent */
	if ((r = person_read(p, ctx, &body, err)) < 0 ||
	    (r = newsletter_contact(p, body.row, err)) < 0 ||
	    (r = platform_magento_person_write(p, consent, err)) < 0)
		return r;
	p->what = "Newsletter";
	return done(p, conclude);
}

/* ------------------------------------------------------------------ Connection */

static int
conclude_login(struct platform_context *ctx, void *arg)
{
	const struct magento_person *p = arg;

	snprintf(ctx->reason, sizeof ctx->reason, "Login of contact %lld written.",
	    (long long)p->contact->row->key.i);
	return PLATFORM_DONE;
}

/* When the contact was last there; USEC_NONE: never. */
static int
last_login(struct platform_context *ctx, const struct platform_contact *c, usec_t *at,
    struct err *err)
{
	struct known_rows found;
	int rc;

	*at = USEC_NONE;
	if (platform_contact_is_new(c))
		return 0;
	rc = known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { Contact_ContactId },
		.is = { v_int(c->is.contact_id) },
		.want = { Contact_FreeFieldDateTime2 } },
	    &found, err);
	if (rc == 0 && found.n > 0 && found.values[0].kind == VAL_TIME)
		*at = found.values[0].i;
	return rc;
}

int
platform_magento_contact_connection(struct platform_context *ctx, struct err *err)
{
	struct magento_person *p = arena_new(ctx->arena, struct magento_person, 1);
	const struct person_body body = { .model = &magento_connexion };
	struct row *row;
	usec_t stored;
	int r;

	if ((r = person_read(p, ctx, &body, err)) < 0 ||
	    (r = last_login(ctx, p->contact, &stored, err)) < 0)
		return r;
	if (stored != USEC_NONE && stored > ctx->message->received_at) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "A later login of contact %lld is stored.",
		    (long long)p->contact->is.contact_id);
		return PLATFORM_SUPERSEDED;
	}
	row = platform_contact_row(ctx, p->contact, ROW_PUT);
	row_time(row, Contact_FreeFieldDateTime2, ctx->message->received_at);
	if ((r = platform_put(ctx, row, err)) < 0)
		return r;
	return done(p, conclude_login);
}
