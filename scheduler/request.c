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
#include "scheduler/notice.h"
#include "scheduler/queue.h"
#include "store/db.h"
#include "store/registry/store_privacy.h"

/* No personal data goes by mail: the mail says where to look. */
static int
mail_admin(struct queue *q, struct db *db, const struct tenant *t, struct arena *a,
    const char *request, int64_t id, usec_t now, struct err *err)
{
	struct notice mail = { .tenant_id = t->tenant_id,
		.subject = arena_printf(
		    a, "[%s/%s] A customer asks for the data held on them", t->customer, t->alias),
		.give_up_days = q->conf->mail_give_up_days };
	struct rows r;
	int rc = db_query(db, Q_privacy_admin_email, DB_ARGS(v_int(t->tenant_id)), a, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	if (!rows_null(&r, 0, C_privacy_admin_email_admin_email))
		mail.to = rows_text(&r, 0, C_privacy_admin_email_admin_email);
	mail.message_id = arena_printf(a, "privacy.%" PRId64 "@customerapi.%s", id, t->customer);
	mail.text = arena_printf(a,
	    "A shop passed on a customer's request for their data: request %" PRId64
	    "%s%s%s. This command writes the data into a file and marks the request as done:\n\n"
	    "customerapi contact export %s %s --request %" PRId64
	    " --output FILE\n\n\"customerapi privacy list %s %s --state Open\" lists all open "
	    "requests.",
	    id, *request == '\0' ? "" : " (the shop's number is ", request,
	    *request == '\0' ? "" : ")", t->customer, t->alias, id, t->customer, t->alias);
	return notice_put(db, &mail, now, err);
}

static const char *
id_text(struct arena *a, const struct person_id *id)
{
	return arena_printf(a, "%d/%s", id->source_id, id->text);
}

/* The hash under which the request is known: of the customer's number, else of the address, else of
 * a purchase. */
static void
subject_hash(
    const struct person_job *j, const struct person *p, struct arena *a, unsigned char hash[32])
{
	if (p->nids > 0)
		person_subject_hash(j, "id", id_text(a, &p->ids[0]), hash);
	else if (p->nemails > 0)
		person_subject_hash(j, "email", p->emails[0], hash);
	else
		person_subject_hash(j, "purchase", id_text(a, &p->purchases[0]), hash);
}

static void
read_person(
    struct person *p, int16_t source_id, const struct platform_request *asks, struct arena *a)
{
	person_init(p, a);
	if (asks->customer != NULL)
		person_add_id(p, source_id, asks->customer);
	if (asks->email != NULL)
		person_add_email(p, asks->email);
	for (size_t i = 0; i < asks->npurchases; i++)
		person_add_purchase(p, source_id, asks->purchases[i]);
}

int
request_note(struct queue *q, struct db *db, const struct tenant *tenant,
    const struct queue_message *m, const struct platform_request *asks, usec_t now, struct err *err)
{
	const struct person_job job = { .box = &q->tenants.box, .tenant_id = tenant->tenant_id };
	struct store_privacy p = { .tenant_id = tenant->tenant_id,
		.kind = asks->kind,
		.state = STATE_REQUEST_OPEN,
		.source_id = m->source_id,
		.request = asks->request,
		.receipt = m->receipt,
		.requested_by = asks->by,
		.requested_at = now };
	unsigned char hash[32];
	struct arena a = { 0 };
	struct person person;
	int64_t id;
	int rc = tenants_box(&q->tenants, err);

	if (rc == 0 && asks->kind != REQUEST_SHOP_REDACT) {
		read_person(&person, m->source_id, asks, &a);
		subject_hash(&job, &person, &a, hash);
		p.subject_hash = hash;
		rc = person_seal(&person, &q->tenants.box, tenant->tenant_id, &p.sealed,
		    &p.sealed_bytes, err);
	}
	if (rc == 0 && (rc = store_privacy_put(db, &p, &id, err)) == 0)
		rc = asks->kind == REQUEST_DATA_REQUEST ?
		    mail_admin(q, db, tenant, &a, asks->request, id, now, err) :
		    store_privacy_plan(db, tenant->tenant_id, now, now, err);
	arena_done(&a);
	return rc;
}
