#include "config.h"

#include "platform/shopify/merge.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "model/entity_owner.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"

#define KEPT "admin_graphql_api_customer_kept_id"
#define DELETED "admin_graphql_api_customer_deleted_id"

enum { KIND_TEXT_MAX = 40 };

static const struct platform_shopify_kind merge_kind = {
	.what = "a merge of two customers",
	.all = (const char *const[]){ KEPT, DELETED, "status", NULL },
};

/* A customer of the merge. */
struct side {
	struct contact_key key;
	struct known_contact is;
	const struct row *contact;	/* NULL: nobody knew the customer */
};

struct merge {
	struct side kept, deleted;
	usec_t at;
};

/* ------------------------------------------------------------------ reading */

/* "gid://shopify/Customer/5", or the number alone, as the number. */
static int
side_read(struct platform_context *ctx, const char *member, struct side *side, struct err *err)
{
	static const char gid[] = "gid://shopify/Customer/";
	const char *text = json_text(ctx->payload, member);
	const char *id = text != NULL && strncmp(text, gid, sizeof gid - 1) == 0 ?
		text + sizeof gid - 1 : text;

	if (!platform_shopify_is_number(id) || strspn(id, "0") == strlen(id))
		return err_set(err, ERR_PERMANENT, "\"%s\" is not the id of a customer "
		    "(gid://shopify/Customer/ and digits).", member);
	side->key = (struct contact_key){ .source_id = ctx->message->source_id,
		.identifier = arena_strdup(ctx->arena, id) };
	return 0;
}

/* The first kind of error that a failed merge has; the rest of it names persons. */
static const char *
error_of(struct platform_context *ctx)
{
	struct json_object *list = json_array(ctx->payload, "errors");
	const char *field = json_count(list) > 0 ?
		json_text(json_object_array_get_idx(list, 0), "field") : NULL;

	if (field == NULL || strlen(field) > KIND_TEXT_MAX || !text_is_name(field))
		return "";
	return arena_printf(ctx->arena, " (%s)", field);
}

/* 1 when the merge took place; else 0 and the reason. */
static int
has_succeeded(struct platform_context *ctx)
{
	static const char *const yes[] = { "success", "succeeded", "completed" };
	const char *status = json_text(ctx->payload, "status");

	for (size_t i = 0; status != NULL && i < sizeof yes / sizeof yes[0]; i++)
		if (text_ieq(status, yes[i]))
			return 1;
	if (status != NULL && text_ieq(status, "failed"))
		snprintf(ctx->reason, sizeof ctx->reason, "The merge failed%s, so nothing changes.",
		    error_of(ctx));
	else
		snprintf(ctx->reason, sizeof ctx->reason,
		    "The merge has not ended (its status is not "
		    "success), so nothing changes yet.");
	return 0;
}

/* ------------------------------------------------------------------ who they are */

/* The merge changes the identifier, so nobody else may share it: two would wait for each other. */
static void
lock_identifier(struct platform_context *ctx, const struct contact_key *key)
{
	known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { ContactIdentifier_Identifier, ContactIdentifier_SourceId },
		.is = { v_text(key->identifier), v_int(key->source_id) },
		.want = { ContactIdentifier_ContactId } },
	    NULL, NULL);
}

static int
know_side(struct platform_context *ctx, struct side *side, struct err *err)
{
	int rc;

	lock_identifier(ctx, &side->key);
	rc = known_contact(ctx->known, &side->key, &side->is, err);
	if (rc == 0 && side->is.contact_id != 0)
		side->contact = row_known(ctx->arena, E_Contact, v_int(side->is.contact_id));
	return rc;
}

/* Their rows are locked in one order, whichever of the two is kept. */
static int
know_both(struct platform_context *ctx, struct merge *m, struct err *err)
{
	const int kept_first = strcmp(m->kept.key.identifier, m->deleted.key.identifier) < 0;
	struct side *first = kept_first ? &m->kept : &m->deleted;
	struct side *second = kept_first ? &m->deleted : &m->kept;
	int rc = know_side(ctx, first, err), later = know_side(ctx, second, err);

	return rc < 0 ? rc : later;
}

/* Makes the kept customer's contact when it is unknown; the other's id leads there. */
static int
make_missing(struct platform_context *ctx, struct merge *m, struct err *err)
{
	struct platform_contact *made;
	int rc;

	if (m->kept.contact == NULL) {
		if ((rc = platform_contact(ctx, &m->kept.key, &made, err)) < 0)
			return rc;
		m->kept.contact = made->row;
	}
	if (m->deleted.contact != NULL)
		return 0;
	m->deleted.contact = m->kept.contact;
	platform_contact_identify(ctx, &m->deleted.key, m->kept.contact);
	return 0;
}

/* When it was: the shop's word, else the latest state of either that is stored, for the merge came
 * after it; else its arrival. */
static void
read_merged_at(struct platform_context *ctx, struct merge *m)
{
	const usec_t stored[] = { m->kept.is.stamp, m->deleted.is.stamp };

	if (read_time(
		&read_exact, ctx->message->headers, "x-shopify-triggered-at", &m->at, NULL) < 0)
		m->at = USEC_NONE;
	for (size_t i = 0, is_said = m->at != USEC_NONE; !is_said && i < 2; i++)
		if (stored[i] != USEC_NONE && stored[i] > m->at)
			m->at = stored[i];
	if (m->at == USEC_NONE || m->at > ctx->message->received_at)
		m->at = ctx->message->received_at;
}

/* ------------------------------------------------------------------ the merge */

/* *shared = 1 when other Sources know the side's contact, too. One that is new nobody knows. */
static int
is_shared(struct platform_context *ctx, const struct side *side, int *shared, struct err *err)
{
	*shared = 0;
	if (side->is.contact_id == 0)
		return 0;
	return known_elsewhere(
	    ctx->known, side->is.contact_id, ctx->message->source_id, shared, err);
}

/* Whose contact stays, and what moves. */
static int
plan(struct platform_context *ctx, const struct merge *m, struct change_merge *plan,
    struct err *err)
{
	int kept_shared, deleted_shared, rc, later;

	*plan = (struct change_merge){ .kept = m->kept.contact, .merged = m->deleted.contact,
		.source_id = ctx->message->source_id, .by = "Shopify customers/merge",
		.at = m->at };
	if (ctx->message->reach == ENTITY_REACH_ALL)
		return 0;
	rc = is_shared(ctx, &m->kept, &kept_shared, err);
	later = is_shared(ctx, &m->deleted, &deleted_shared, err);
	if (rc < 0 || later < 0)
		return rc < 0 ? rc : later;
	if (deleted_shared && kept_shared) {
		plan->only_source = ctx->message->source_id;
	} else if (deleted_shared) {
		plan->kept = m->deleted.contact;
		plan->merged = m->kept.contact;
	}
	return 0;
}

static void
end_deleted(struct platform_context *ctx, const struct merge *m, const struct row *contact)
{
	const struct contact_key *k = &m->kept.key, *d = &m->deleted.key;

	change_end_identifier(ctx->change,
	    &(struct change_end){ .identifier = d->identifier, .source_id = d->source_id,
		.contact = contact, .at = m->at });
	change_end_identifier(ctx->change,
	    &(struct change_end){
		.identifier = k->identifier, .source_id = k->source_id, .at = m->at });
}

static int
merged(struct platform_context *ctx, void *arg)
{
	const struct change_merge *p = arg;
	const int64_t n = p->moved + p->filled;

	snprintf(ctx->reason, sizeof ctx->reason, p->only_source != 0 ?
	    "The rows of this Source moved from contact %lld, which other Sources know too, to "
	    "contact %lld: %lld %s." : "Contact %lld was merged into contact %lld: %lld %s.",
	    (long long)p->merged->key.i, (long long)p->kept->key.i, (long long)n,
	    text_form(n, "row", "rows"));
	return PLATFORM_DONE;
}

static int
merge(struct platform_context *ctx, const struct merge *m, struct err *err)
{
	struct change_merge *p = arena_new(ctx->arena, struct change_merge, 1);
	int rc = plan(ctx, m, p, err);

	if (rc < 0)
		return rc;
	ctx->change->merge = p;
	end_deleted(ctx, m, p->kept);
	ctx->conclude = merged;
	ctx->concluding = p;
	return PLATFORM_DONE;
}

int
platform_shopify_customer_merge(struct platform_context *ctx, struct err *err)
{
	struct merge m = { 0 };
	int rc;

	if ((rc = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (rc = platform_shopify_body_check(ctx->arena, ctx->payload, &merge_kind, err)) < 0 ||
	    (rc = side_read(ctx, KEPT, &m.kept, err)) < 0)
		return rc;
	if ((rc = side_read(ctx, DELETED, &m.deleted, err)) < 0)
		return rc;
	if (!has_succeeded(ctx))
		return PLATFORM_IGNORED;
	if (strcmp(m.kept.key.identifier, m.deleted.key.identifier) == 0) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "Both are the same customer, so nothing changes.");
		return PLATFORM_IGNORED;
	}
	if ((rc = know_both(ctx, &m, err)) < 0 || (rc = make_missing(ctx, &m, err)) < 0)
		return rc;
	read_merged_at(ctx, &m);
	if (m.kept.contact != m.deleted.contact && m.kept.is.contact_id != m.deleted.is.contact_id)
		return merge(ctx, &m, err);
	end_deleted(ctx, &m, m.kept.contact);
	return platform_shopify_say(ctx, "Both customers are contact ", m.kept.contact, ".");
}
