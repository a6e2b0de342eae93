/*
 * What GetContact and the actions that change a contact answer.
 */
#include "config.h"

#include "fcgi/api/club_contact.h"

#include "fcgi/api/club.h"
#include "fcgi/api/club_row.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "store/db.h"
#include "store/store_club.h"

void
club_contact_reply_with(
    const struct club *c, const struct store_club_contact *all, struct reply *reply)
{
	club_row_reply(c, all, reply);
	reply->etag = precondition_etag(&c->r->arena, reply->body.data, reply->body.len);
	reply->contact_id = rows_int(&all->contact, 0, C_club_person_contact_id);
}

int
club_contact_render(const struct club *c, int64_t contact_id, struct reply *reply, struct err *err)
{
	struct store_club_contact all;
	int rc = store_club_load(c->db, &c->r->arena, contact_id, &all, err);

	if (rc < 0)
		return rc;
	if (all.contact.n == 0)
		return club_no_contact(err);
	club_contact_reply_with(c, &all, reply);
	return 0;
}

int
club_contact_show(const struct club *c, const char *drupal_id, struct reply *reply, struct err *err)
{
	struct store_club_contact all;
	int rc = store_club_load_by_identifier(
	    c->db, &c->r->arena, drupal_id, c->source_id, &all, err);

	if (rc < 0)
		return rc;
	if (all.contact.n == 0 ||
	    !club_zone_allowed(c, rows_int(&all.contact, 0, C_club_person_zone_id)))
		return club_no_contact(err);
	club_contact_reply_with(c, &all, reply);
	return 0;
}

/* The stored state must be the one that the client knows. The new ModificationDate must be later
 * than the stored one, even if this transaction's time is not, because it waited for another or the
 * clock was set back. Otherwise the date would not change. */
int
club_check_state(struct club *c, const struct store_club_contact *all,
    const struct club_contact_args *in, struct err *err)
{
	struct reply now = { 0 };
	int has_offset, rc;
	usec_t known;

	if (all != NULL) {
		if (c->changed <= rows_time(&all->contact, 0, C_club_person_modified_at))
			c->changed = rows_time(&all->contact, 0, C_club_person_modified_at) + 1;
		buf_init(&now.body, &c->r->arena);
		club_contact_reply_with(c, all, &now);
	}
	if ((rc = precondition_check(c->r, now.etag, err)) < 0)
		return rc;
	if (in == NULL || in->modification_date.value == NULL ||
	    in->modification_date.value[0] == '\0')
		return 0;
	if (clock_parse(in->modification_date.value, &known, &has_offset) == 0 && all != NULL &&
	    rows_time(&all->contact, 0, C_club_person_modified_at) == known)
		return 0;
	return err_set(err, ERR_CONFLICT,
	    all == NULL ?
		"ModificationDate was given, but there is no such contact." :
		"The contact was changed since the ModificationDate that was given; get it again.");
}
