#include "config.h"

#include "platform/adictiz/participant.h"

#include "lib/arena.h"
#include "lib/format/json.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/write.h"

#define OWN "adictiz:"			/* prefix of the identifier of a participant who gave
					 * neither identifier nor mail address */

static const char *
own_identifier(struct participation *p)
{
	return arena_printf(p->ctx->arena, OWN "%s", p->key);
}

/* Copied, because the rows live longer than the forms. */
static const char *
copied(struct participation *p, const char *member)
{
	return arena_strdup(p->ctx->arena, json_text(p->merged, member));
}

void
platform_adictiz_participant_read(struct participation *p)
{
	p->who = (struct contact_key){ .source_id = p->ctx->message->source_id,
		.identifier = contact_identifier(p->ctx->arena, copied(p, "identifier")),
		.email = copied(p, "email") };
	if (p->contact_id == 0 && contact_key_identifier(p->ctx->arena, &p->who) == NULL)
		p->who.identifier = own_identifier(p);
}

/* 1 when the contact has nothing but the identifier that an earlier form without a name gave it. */
static int
is_nobody(struct participation *p, struct err *err)
{
	const struct contact_key own = { .source_id = p->ctx->message->source_id,
		.identifier = own_identifier(p) };
	struct known_contact is;
	int rc = known_contact(p->ctx->known, &own, &is, err);

	if (rc < 0 || is.found != CONTACT_KNOWN || is.contact_id != p->contact_id)
		return rc;
	return is.identifiers == 1;
}

/* Finds the contact that has the identifier. *known = 0: nobody. */
static int
find_named(struct participation *p, const char *named, int64_t *known, struct err *err)
{
	const struct known_rows_of identifier = { .hold = KNOWN_SHARED,
		.by = { ContactIdentifier_Identifier, ContactIdentifier_SourceId },
		.is = { v_text(named), v_int(p->who.source_id) },
		.want = { ContactIdentifier_ContactId } };
	struct known_rows rows;
	int rc = known_rows(p->ctx->known, &identifier, &rows, err);

	*known = rc == 0 && rows.n > 0 ? rows.values[0].i : 0;
	return rc;
}

/* Finds the only contact of the Source with the guest's mail address and gives it the guest's
 * identifier. */
static int
find_account(struct participation *p, int64_t *known, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct known_contact is;
	int rc;

	if (p->who.identifier != NULL || (rc = known_account(ctx->known, &p->who, &is, err)) < 0)
		return p->who.identifier != NULL ? 0 : rc;
	if (is.found == CONTACT_SEVERAL)
		platform_contact_several(ctx);
	if (is.found != CONTACT_KNOWN)
		return 0;
	*known = is.contact_id;
	platform_contact_identify(ctx, &p->who,
	    row_known(ctx->arena, E_Contact, v_int(is.contact_id)));
	return 0;
}

/* The participant is a contact that was known before; the one of earlier forms is deleted. */
static int
give_up(struct participation *p, int64_t known, struct err *err)
{
	struct row *nobody = row_new(p->ctx->arena, E_Contact, ROW_PUT);

	row_int(nobody, Contact_ContactId, p->contact_id);
	row_bool(nobody, Contact_DeletionFlag, 1);
	p->contact_id = known;
	p->is_other_contact = 1;
	return platform_put(p->ctx, nobody, err);
}

/* For a participant for whom an earlier form made a contact of its own, when this form says who it
 * is: uses the known contact, or gives this one the identifier. */
static int
recognise(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const char *named = contact_key_identifier(ctx->arena, &p->who);
	int64_t known;
	int rc;

	if (named == NULL || (rc = is_nobody(p, err)) <= 0)
		return named == NULL ? 0 : rc;
	if ((rc = find_named(p, named, &known, err)) < 0 ||
	    (known == 0 && (rc = find_account(p, &known, err)) < 0))
		return rc;
	if (known == 0)
		platform_contact_identify(ctx, &p->who,
		    row_known(ctx->arena, E_Contact, v_int(p->contact_id)));
	return known == 0 || known == p->contact_id ? 0 : give_up(p, known, err);
}

/* The contact of earlier forms, or who it turns out to be. */
static int
find_before(struct participation *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct known_rows rows;
	int rc = recognise(p, err);
	const struct known_rows_of contact = { .hold = KNOWN_LOCKED,
		.by = { Contact_ContactId },
		.is = { v_int(p->contact_id) },
		.want = { Contact_SourceStamp } };

	if (rc < 0 || (rc = known_rows(ctx->known, &contact, &rows, err)) < 0)
		return rc;
	if (rows.n > 0 && rows.values[0].kind == VAL_TIME)
		p->contact_stamp = rows.values[0].i;
	p->person = row_known(ctx->arena, E_Contact, v_int(p->contact_id));
	p->contact = row_new(ctx->arena, E_Contact, ROW_PUT);
	row_int(p->contact, Contact_ContactId, p->contact_id);
	return 0;
}

int
platform_adictiz_participant_find(struct participation *p, struct err *err)
{
	struct platform_contact *found;
	int rc;

	p->contact_stamp = USEC_NONE;
	if (p->contact_id != 0)
		return find_before(p, err);
	if ((rc = platform_contact(p->ctx, &p->who, &found, err)) < 0)
		return rc;
	p->is_new_contact = platform_contact_is_new(found);
	p->contact_stamp = found->is.stamp;
	p->person = found->row;
	p->contact = platform_contact_row(p->ctx, found, ROW_PUT);
	return 0;
}
