#include "config.h"

#include "platform/shopify/merge.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity_owner.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/write.h"
#include "privacy/person_rows.h"
#include "store/contact_merge.h"
#include "store/db.h"

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
	int64_t contact_id;		/* 0: nobody knew it */
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

static int
find_side(struct platform_context *ctx, struct side *side, struct err *err)
{
	struct rows r;
	int rc = db_query(ctx->db, Q_contact_by_identifier_lock,
	    DB_ARGS(v_text(side->key.identifier), v_int(side->key.source_id)), ctx->arena, &r, err);

	side->contact_id = rc == 0 && r.n > 0 ?
	    rows_int(&r, 0, C_contact_by_identifier_lock_contact_id) :
	    0;
	return rc;
}

/* In one order, whichever of the two is kept. */
static int
find_both(struct platform_context *ctx, struct merge *m, struct err *err)
{
	const int kept_first = strcmp(m->kept.key.identifier, m->deleted.key.identifier) < 0;
	int rc = find_side(ctx, kept_first ? &m->kept : &m->deleted, err);

	return rc < 0 ? rc : find_side(ctx, kept_first ? &m->deleted : &m->kept, err);
}

/* Makes the kept customer's contact when it is unknown; the other's id leads there. */
static int
know_both(struct platform_context *ctx, struct merge *m, struct err *err)
{
	int rc;

	if (m->kept.contact_id == 0 &&
	    (rc = platform_contact_resolve(ctx, &m->kept.key, &m->kept.contact_id, err)) < 0)
		return rc;
	if (m->deleted.contact_id != 0)
		return 0;
	m->deleted.contact_id = m->kept.contact_id;
	return contact_identify(ctx->db, m->deleted.key.identifier, m->deleted.key.source_id,
	    m->kept.contact_id, ctx->arena, ctx->now, err);
}

/* When it was: the shop's word, else the latest state of either that is stored, for the merge came
 * after it; else its arrival. */
static int
read_merged_at(struct platform_context *ctx, struct merge *m, struct err *err)
{
	const int64_t ids[] = { m->kept.contact_id, m->deleted.contact_id };
	usec_t stamp;
	int rc;

	if (read_time(
		&read_exact, ctx->message->headers, "x-shopify-triggered-at", &m->at, NULL) < 0)
		m->at = USEC_NONE;
	for (size_t i = 0, said = m->at != USEC_NONE; !said && i < 2; i++) {
		if ((rc = platform_write_stored_stamp(
			 ctx, Q_contact_stamp, DB_ARGS(v_int(ids[i])), &stamp, err)) < 0)
			return rc;
		if (stamp != USEC_NONE && stamp > m->at)
			m->at = stamp;
	}
	if (m->at == USEC_NONE || m->at > ctx->message->received_at)
		m->at = ctx->message->received_at;
	return 0;
}

/* ------------------------------------------------------------------ the merge */

/* Whose contact stays, and what moves. */
static int
plan(struct platform_context *ctx, const struct merge *m, struct contact_merge *plan,
    struct err *err)
{
	const int16_t source_id = ctx->message->source_id;
	int kept_shared = 0, deleted_shared = 0, rc;

	*plan = (struct contact_merge){ .kept_id = m->kept.contact_id,
		.merged_id = m->deleted.contact_id, .source_id = source_id,
		.by = "Shopify customers/merge", .at = m->at };
	if (ctx->message->reach == ENTITY_REACH_ALL)
		return 0;
	if ((rc = person_is_shared(ctx->db, plan->kept_id, source_id, &kept_shared, err)) < 0 ||
	    (rc = person_is_shared(ctx->db, plan->merged_id, source_id, &deleted_shared, err)) < 0)
		return rc;
	if (deleted_shared && kept_shared)
		plan->only_source = source_id;
	else if (deleted_shared) {
		plan->kept_id = m->deleted.contact_id;
		plan->merged_id = m->kept.contact_id;
	}
	return 0;
}

static int
end_deleted(struct platform_context *ctx, const struct merge *m, int64_t contact_id,
    struct err *err)
{
	const struct contact_key *k = &m->kept.key, *d = &m->deleted.key;

	if (db_exec(ctx->db, Q_contact_identifier_end, DB_ARGS(v_text(d->identifier),
	    v_int(d->source_id), v_int(contact_id), v_time(m->at)), err) < 0 ||
	    db_exec(ctx->db, Q_contact_identifier_revive_before, DB_ARGS(v_text(k->identifier),
	    v_int(k->source_id), v_time(m->at)), err) < 0)
		return err->code;
	return 0;
}

static void
conclude(struct platform_context *ctx, const struct contact_merge *p,
    const struct entity_merge_counts *n)
{
	snprintf(ctx->reason, sizeof ctx->reason, p->only_source != 0 ?
	    "The rows of this Source moved from contact %lld, which other Sources know too, to "
	    "contact %lld: %lld %s." : "Contact %lld was merged into contact %lld: %lld %s.",
	    (long long)p->merged_id, (long long)p->kept_id, (long long)(n->moved + n->filled),
	    text_form(n->moved + n->filled, "row", "rows"));
}

static int
merge(struct platform_context *ctx, struct merge *m, struct err *err)
{
	struct entity_merge_counts counts;
	struct contact_merge p;
	int rc;

	if ((rc = plan(ctx, m, &p, err)) < 0 ||
	    (rc = contact_merge(ctx->db, &p, ctx->arena, ctx->now, &counts, err)) < 0 ||
	    (rc = end_deleted(ctx, m, p.kept_id, err)) < 0)
		return rc;
	conclude(ctx, &p, &counts);
	return PLATFORM_DONE;
}

int
platform_shopify_customer_merge(struct platform_context *ctx, struct err *err)
{
	struct merge m;
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
	if ((rc = find_both(ctx, &m, err)) < 0 || (rc = know_both(ctx, &m, err)) < 0 ||
	    (rc = read_merged_at(ctx, &m, err)) < 0)
		return rc;
	if (m.kept.contact_id != m.deleted.contact_id)
		return merge(ctx, &m, err);
	if ((rc = end_deleted(ctx, &m, m.kept.contact_id, err)) < 0)
		return rc;
	snprintf(ctx->reason, sizeof ctx->reason, "Both customers are contact %lld.",
	    (long long)m.kept.contact_id);
	return PLATFORM_DONE;
}
