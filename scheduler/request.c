#include "config.h"

#include "scheduler/request.h"

#include <inttypes.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "platform/platform.h"
#include "privacy/person.h"
#include "privacy/person_erase.h"
#include "scheduler/queue.h"
#include "store/db.h"
#include "store/registry/store_privacy.h"

/* No personal data goes by mail: what it says is where to look. */
static int
mail_admin(struct queue *q, struct db *db, const struct tenant *t, struct arena *a,
    const char *request, int64_t id, usec_t now, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_privacy_admin_email, DB_ARGS(v_int(t->tenant_id)), a, &r, err);
	int64_t mail_id;

	if (rc < 0 || r.n == 0 || rows_null(&r, 0, C_privacy_admin_email_admin_email) ||
	    rows_text(&r, 0, C_privacy_admin_email_admin_email)[0] == '\0')
		return rc;
	if (db_exec(db, Q_mail_put_text,
		DB_ARGS(v_int(t->tenant_id),
		    v_text(arena_printf(a, "privacy.%" PRId64 "@customerapi.%s", id, t->customer)),
		    v_text(arena_printf(a, "[%s/%s] A customer asks for the data held of him",
			t->customer, t->alias)),
		    v_text(arena_printf(a,
			"A shop passed on a customer's request for his data: request %" PRId64
			"%s%s%s. This command writes the data into a file, and marks the request "
			"as done:\n\n"
			"customerapi contact export %s %s --request %" PRId64
			" --output FILE\n\n\"customerapi privacy list %s %s --state Open\" shows "
			"all that is open.",
			id, *request == '\0' ? "" : " (the shop's number is ", request,
			*request == '\0' ? "" : ")", t->customer, t->alias, id, t->customer,
			t->alias)),
		    v_time(now), v_time(now),
		    v_time(now + q->conf->mail_give_up_days * 86400 * USEC_SEC)),
		err) < 0)
		return err->code;
	mail_id = db_insert_id(db);
	return db_exec(db, Q_mail_put_text_recipient,
		   DB_ARGS(v_int(mail_id),
		       v_text(rows_text(&r, 0, C_privacy_admin_email_admin_email)), v_time(now)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* The hash under which the request is known: of the customer's number, else of the address, else of
 * a purchase. */
static void
subject_hash(
    const struct person_job *j, const struct person *p, struct arena *a, unsigned char hash[32])
{
	const struct person_id *id = p->nids > 0 ? &p->ids[0] :
	    p->npurchases > 0                    ? &p->purchases[0] :
						   NULL;

	if (p->nids == 0 && p->nemails > 0)
		person_subject_hash(j, "email", p->emails[0], hash);
	else
		person_subject_hash(j, p->nids > 0 ? "id" : "purchase",
		    arena_printf(a, "%d/%s", id->source_id, id->text), hash);
}

int
request_note(struct queue *q, struct db *db, const struct tenant *tenant,
    const struct queue_message *m, const struct platform_request *asks, usec_t now, struct err *err)
{
	const struct person_job job = { .box = &q->tenants.box, .tenant_id = tenant->tenant_id };
	struct store_privacy p = { .tenant_id = tenant->tenant_id,
		.kind = (enum store_privacy_kind)asks->kind,
		.state = STATE_REQUEST_OPEN,
		.source_id = m->source_id,
		.request = asks->request,
		.receipt = m->receipt,
		.requested_by = asks->by,
		.requested_at = now };
	unsigned char hash[32];
	struct arena a = { 0 };
	int64_t id;
	int rc = tenants_box(&q->tenants, err);

	if (rc == 0 && asks->person != NULL) {
		subject_hash(&job, asks->person, &a, hash);
		p.subject_hash = hash;
		rc = person_seal(asks->person, &q->tenants.box, tenant->tenant_id, &p.sealed,
		    &p.sealed_bytes, err);
	}
	if (rc == 0 && (rc = store_privacy_put(db, &p, &id, err)) == 0)
		rc = asks->kind == STORE_PRIVACY_DATA_REQUEST ?
		    mail_admin(q, db, tenant, &a, asks->request, id, now, err) :
		    store_privacy_plan(db, tenant->tenant_id, now, now, err);
	arena_done(&a);
	return rc;
}
