#include "config.h"

#include "platform/contact.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/entity.h"
#include "platform/platform.h"

void
platform_contact_several(struct platform_context *ctx)
{
	platform_remark(ctx, "Several contacts of the Source have this mail address, so nobody can "
	    "tell which of them is meant: the guest is a contact of its own.");
}

/* Those that a mapping asked for, by the bytes of their keys. */
struct platform_contacts {
	struct set index;		/* of places in all */
	struct platform_contact **all;
	size_t n, cap;
};

static struct platform_contacts *
contacts_of(struct platform_context *ctx)
{
	if (ctx->contacts == NULL) {
		ctx->contacts = arena_new(ctx->arena, struct platform_contacts, 1);
		set_init(&ctx->contacts->index, ctx->arena);
	}
	return ctx->contacts;
}

static void
contacts_grow(struct arena *a, struct platform_contacts *of)
{
	struct platform_contact **all;

	of->cap = of->cap == 0 ? 4 : of->cap * 2;
	all = arena_new(a, struct platform_contact *, of->cap);
	if (of->n > 0)
		memcpy(all, of->all, of->n * sizeof(*all));
	of->all = all;
}

/* *is_new = 1 when the mapping asks for it for the first time. */
static struct platform_contact *
contact_of(struct platform_context *ctx, const struct contact_key *key, int *is_new)
{
	struct platform_contacts *of = contacts_of(ctx);
	const char *who = key->identifier == NULL ? "" : key->identifier;
	const size_t n = strlen(who);
	size_t at;
	struct buf b;

	buf_init(&b, ctx->arena);
	buf_add(&b, &key->source_id, sizeof key->source_id);
	buf_addc(&b, key->identifier != NULL);
	buf_add(&b, &n, sizeof n);
	buf_adds(&b, who);
	buf_adds(&b, key->email == NULL ? "" : key->email);
	if ((*is_new = set_add(&of->index, b.data, b.len, of->n, &at)) == 0)
		return of->all[at];
	if (of->n == of->cap)
		contacts_grow(ctx->arena, of);
	return of->all[of->n++] = arena_new(ctx->arena, struct platform_contact, 1);
}

void
platform_contact_identify(struct platform_context *ctx, const struct contact_key *key,
    const struct row *contact)
{
	const struct contact_key plain = contact_plain(ctx->arena, key);
	struct row *row = change_row(ctx->change, E_ContactIdentifier, ROW_ADD);

	row_text(row, ContactIdentifier_Identifier, contact_identifier(ctx->arena,
	    contact_key_identifier(ctx->arena, key)));
	row_int(row, ContactIdentifier_SourceId, key->source_id);
	row_refer(row, ContactIdentifier_ContactId, contact);
	if (plain.identifier == NULL)
		row->once_named = contact_guest_identifier_before(ctx->arena, plain.email);
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
		platform_contact_identify(ctx, &c->key, c->row);
}

int
platform_contact(struct platform_context *ctx, const struct contact_key *key,
    struct platform_contact **out, struct err *err)
{
	struct known_contact is;
	int rc = known_contact(ctx->known, key, &is, err), is_new;

	if (rc < 0)
		return rc;
	*out = contact_of(ctx, key, &is_new);
	if (is_new) {
		**out = (struct platform_contact){ .key = *key, .is = is };
		add(ctx, *out);
	}
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

	const size_t n = ctx->contacts == NULL ? 0 : ctx->contacts->n;

	if (row->rule != ROW_FILL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct platform_contact *c = ctx->contacts->all[i];

		if (platform_contact_is_new(c) && row->refers[key] == c->row) {
			fill(c->row, row, key);
			return 1;
		}
	}
	return 0;
}
