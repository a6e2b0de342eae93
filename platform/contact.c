#include "config.h"

#include "platform/contact.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "model/entity.h"
#include "platform/platform.h"
#include "store/db.h"
#include "store/entity/limits.h"

void
platform_contact_several(struct platform_context *ctx)
{
	platform_remark(ctx, "Several contacts of the Source have this mail address, so nobody can "
	    "tell which of them is meant: the guest is a contact of its own.");
}

int
platform_contact_resolve(struct platform_context *ctx, const struct contact_key *key,
    int64_t *contact_id, struct err *err)
{
	int found = contact_resolve(ctx->db, key, ctx->message->zone_id, ctx->arena, ctx->now,
	    contact_id, err), rc = 0;
	const struct val id = v_int(found >= 0 ? *contact_id : 0);

	if (found >= 0)
		rc = entity_limits_rows(ctx->db, entity_find("Contact"), &id, 1, ctx->arena, err);
	if (rc < 0)
		return rc;
	if (found != CONTACT_CREATED_BESIDE)
		return found;
	platform_contact_several(ctx);
	return CONTACT_CREATED;
}

/* ------------------------------------------------------------------ into the change */

static int
is_same_text(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

static int
is_same_key(const struct contact_key *x, const struct contact_key *y)
{
	return x->source_id == y->source_id && is_same_text(x->identifier, y->identifier) &&
	    is_same_text(x->email, y->email);
}

static struct platform_contact *
find_same(const struct platform_context *ctx, const struct contact_key *key)
{
	struct platform_contact *c = ctx->contacts;

	while (c != NULL && !is_same_key(&c->key, key))
		c = c->next;
	return c;
}

void
platform_contact_identify(struct platform_context *ctx, const char *identifier,
    int16_t source_id, const struct row *contact)
{
	struct row *row = change_row(ctx->change, E_ContactIdentifier, ROW_ADD);

	row_text(row, ContactIdentifier_Identifier, contact_identifier(ctx->arena, identifier));
	row_int(row, ContactIdentifier_SourceId, source_id);
	row_refer(row, ContactIdentifier_ContactId, contact);
}

int
platform_contact_is_new(const struct platform_contact *c)
{
	return c->is.found == CONTACT_CREATED || c->is.found == CONTACT_CREATED_BESIDE;
}

static struct row *
new_row(struct platform_context *ctx)
{
	struct row *row = change_row(ctx->change, E_Contact, ROW_PUT);

	row_int(row, Contact_ZoneId, ctx->message->zone_id);
	row_bool(row, Contact_DeletionFlag, 0);
	return row;
}

static void
add(struct platform_context *ctx, struct platform_contact *c)
{
	if (c->is.found == CONTACT_CREATED_BESIDE)
		platform_contact_several(ctx);
	if (c->is.found == CONTACT_NONE)
		return;
	c->row = platform_contact_is_new(c) ?
	    new_row(ctx) :
	    row_known(ctx->arena, E_Contact, v_int(c->is.contact_id));
	change_person(ctx->change, c->row);
	if (c->is.found != CONTACT_KNOWN)
		platform_contact_identify(ctx, contact_key_identifier(ctx->arena, &c->key),
		    c->key.source_id, c->row);
}

int
platform_contact(struct platform_context *ctx, const struct contact_key *key,
    struct platform_contact **out, struct err *err)
{
	struct platform_contact *c = find_same(ctx, key);
	struct known_contact is;
	int rc = c != NULL ? 0 : known_contact(ctx->known, key, &is, err);

	*out = c;
	if (c != NULL || rc < 0)
		return rc;
	*out = c = arena_new(ctx->arena, struct platform_contact, 1);
	*c = (struct platform_contact){ .key = *key, .is = is, .next = ctx->contacts };
	ctx->contacts = c;
	add(ctx, c);
	return 0;
}

struct row *
platform_contact_row(
    struct platform_context *ctx, const struct platform_contact *c, enum row_rule rule)
{
	struct row *row;

	if (platform_contact_is_new(c) && rule != ROW_FILL)
		return c->row;
	row = row_new(ctx->arena, E_Contact, rule);
	if (platform_contact_is_new(c))
		row_refer(row, Contact_ContactId, c->row);
	else
		row_int(row, Contact_ContactId, c->is.contact_id);
	return row;
}

/* What it does not say of the column, or says to be empty. */
static int
is_open(const struct row *row, int i)
{
	const struct val *v = &row->values[i];

	if (!row->said[i])
		return 1;
	if (row->refers[i] != NULL)
		return 0;
	return v->kind == VAL_NULL || (v->kind == VAL_TEXT && v->n == 0);
}

static void
fill(struct row *added, const struct row *row, int key)
{
	for (int i = 0; row->entity->columns[i].name != NULL; i++)
		if (i != key && row->said[i] && is_open(added, i))
			row_value_at(added, i, row->values[i]);
}

int
platform_contact_filled(const struct platform_context *ctx, const struct row *row)
{
	const int key = entity_column_find(row->entity, row->entity->key);

	if (row->rule != ROW_FILL)
		return 0;
	for (const struct platform_contact *c = ctx->contacts; c != NULL; c = c->next)
		if (platform_contact_is_new(c) && row->refers[key] == c->row) {
			fill(c->row, row, key);
			return 1;
		}
	return 0;
}
