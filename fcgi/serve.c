#include "config.h"

#include "fcgi/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/auth.h"
#include "fcgi/access/refused.h"
#include "fcgi/action.h"
#include "fcgi/bind.h"
#include "fcgi/connections.h"
#include "fcgi/gate.h"
#include "fcgi/idempotency.h"
#include "fcgi/intake.h"
#include "fcgi/record.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/seen.h"
#include "fcgi/tenant_db.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "store/db.h"
#include "store/store_club.h"

enum { GATE_BODY_BYTES = 64 << 10 };

static int
transaction_db(struct request *r, const struct action *action, struct db **out, struct err *err)
{
	return action->tx == ACTION_TX_TENANT ? tenant_db_get(r, out, err) :
						request_db(r, out, err);
}

struct call {
	struct request *r;
	const struct action *action;
	const void *args;
	struct reply *reply;
};

/* Runs the function between begin and commit. If the Idempotency-Key was used before, its reply is
 * taken instead. If the contact was erased in the meantime, the changes are not committed. */
static int
run_once(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct call *c = arg;
	struct idempotency key;
	int rc;

	(void)a;
	if ((rc = idempotency_begin(&key, c->r, db, c->reply, err)) != 0)
		return rc < 0 ? rc : 0;
	if ((rc = c->action->run(c->r, c->args, c->reply, err)) < 0)
		return rc;
	if (c->reply->contact_id != 0 &&
	    (rc = store_club_there(db, c->reply->contact_id, err)) < 0)
		return rc;
	return idempotency_end(&key, db, c->reply, err);
}

/* Another try begins with an empty reply. */
static void
forget_reply(void *arg)
{
	const struct call *c = arg;

	reply_init(c->reply, c->r);
}

/* Runs the function, in a transaction if the row says so. */
static int
run(struct request *r, const struct action *action, const void *args, struct reply *reply,
    struct err *err)
{
	static const struct db_manner manner = { .reset = forget_reply };
	struct call call = { .r = r, .action = action, .args = args, .reply = reply };
	struct db *db = NULL;
	int rc;

	if (action->tx == ACTION_TX_NONE)
		return (rc = idempotency_check_untaken(r, err)) < 0 ?
		    rc :
		    action->run(r, args, reply, err);
	reply_init(reply, r);
	if ((rc = transaction_db(r, action, &db, err)) < 0)
		return rc;
	return db_transact_as(db, &manner, run_once, &call, err);
}

/* An unknown coding is refused, after access is checked. Every other body is decompressed here,
 * unless the action keeps it as it came. */
static int
unpack_body(struct request *r, struct err *err)
{
	const struct action *a = r->action;
	int rc;

	if ((r->method & REQUEST_WITH_BODY) == 0 || (!a->takes_body && !action_has_body_params(a)))
		return 0;
	if (r->coding == UNPACK_UNKNOWN)
		return err_set(err, ERR_ENCODING, ACTION_BODY_CODINGS);
	if (a->keeps_body)
		return 0;
	if ((rc = request_text(r, &r->body, &r->body_bytes, err)) == 0)
		r->coding = UNPACK_NONE;
	return rc;
}

/* Only an intake's own steps are so short that no other thread need look after the loop. */
static void
leave_gate(const struct request *r)
{
	if (r->action->stored == NULL || r->body_bytes > GATE_BODY_BYTES)
		gate_leave();
}

/* The sender is known, so its quotas apply. */
static int
take_seat(struct request *r, const struct conf *conf, struct err *err)
{
	const struct access *x = r->access;
	struct quota_who who = { .source_id = 0 };

	if (x == NULL || x->alias == NULL || x->how == ACCESS_BY_NOTHING)
		return 0;
	who = (struct quota_who){ .alias_id = x->alias->alias_id,
		.customer = x->alias->customer,
		.alias = x->alias->alias,
		.is_stranger = x->how == ACCESS_BY_OPEN,
		.source_id = x->source == NULL ? 0 : x->source->source_id };
	quota_read_own(r);
	return quota_enter(&r->seat, conf, &who, clock_monotonic_us(), err);
}

static int
answer(struct request *r, const struct transport *t, struct request_thread *thread,
    struct reply *reply, struct err *err)
{
	const char *allow;
	void *args;
	int rc;

	rc = request_read(r, t, thread, err);
	reply_init(reply, r);
	if (rc < 0)
		return rc;
	rc = action_find(r, &r->action, &allow, err);
	reply->allow = allow;
	if (rc < 0)
		return rc;
	if (r->action == NULL) {	/* OPTIONS */
		reply->status = 204;
		return 0;
	}
	if ((rc = request_read_body(r, t, action_body_max(r->action, thread->conf), err)) < 0)
		return rc;
	leave_gate(r);
	args = bind_args_new(r, r->action);
	if ((rc = bind_args(r, r->action, 1, args, err)) < 0)
		return rc;
	if (r->action->access != ACCESS_PUBLIC && (rc = auth_check(r, r->action, args, err)) < 0)
		return rc;
	if ((rc = take_seat(r, thread->conf, err)) < 0)
		return rc;
	if ((rc = unpack_body(r, err)) < 0 || (rc = bind_args(r, r->action, 0, args, err)) < 0)
		return rc;
	if (r->method == REQUEST_HEAD)	/* says that the address is right; nothing runs */
		return 0;
	return run(r, r->action, args, reply, err);
}

static const char *
tenant_name(struct request *r)
{
	const struct store_alias *alias = r->access == NULL ? NULL : r->access->alias;

	return alias == NULL ? NULL :
			       arena_printf(&r->arena, "%s/%s", alias->customer, alias->alias);
}

/* A client's parameter name may be a secret that lost its name. So only names of the table are
 * logged; of a nested one, the outermost. */
static const char *
logged_field(struct request *r, const struct err *err)
{
	const char *name = err->faults == NULL ? NULL : err->faults->field;
	const struct param *p;

	if (name == NULL || strcmp(name, "body") == 0)
		return name;
	p = r->action == NULL ?
	    NULL :
	    param_find(r->action->params, arena_strndup(&r->arena, name, strcspn(name, ".[")));
	return p == NULL ? "(unknown)" : p->name;
}

/* The path up to a character that may begin a query or a value, even if it was percent-encoded once
 * or twice: what follows may be a secret. */
static const char *
logged_path(struct request *r)
{
	return arena_strndup(&r->arena, r->path, strcspn(r->path, "?&%;#="));
}

/* Logs why the request was refused. Only the admin may know it. */
static const char *
why(struct request *r)
{
	const enum store_refusal_cause cause = r->refused.cause;
	const char *note = r->refused.note;

	if (cause == STORE_REFUSAL_UNSET)
		return NULL;
	if (note == NULL || *note == '\0')
		return store_refusal_sentence(cause);
	return arena_printf(&r->arena, "%s %s", store_refusal_sentence(cause), note);
}

static void
log_request(struct request *r, const struct reply *reply, const struct err *err, int sent)
{
	const enum store_refusal_cause cause = r->refused.cause;
	/* A refused request has no r->access, and its address matters most. */
	const char *remote = address_client(&r->arena, r->peer,
	    request_header_find(r, "x-forwarded-for"), r->thread->conf->fcgi_trusted_proxies);
	char status[16], ms[32];

	snprintf(status, sizeof status, "%d", reply->status);
	snprintf(ms, sizeof ms, "%.1f", (double)(clock_monotonic_us() - r->started) / 1000.0);
	log_event(reply->status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "request", "method",
	    r->method_name, "path", logged_path(r), "action",
	    r->action == NULL ? NULL : r->action->name, "status", status, "ms", ms, "requestId",
	    r->request_id, "remote", remote, "tenant", tenant_name(r), "error",
	    err->code < 0 ? err_slug(err->code) : NULL, "detail",
	    err->code < 0 ? err->detail : NULL, "inside",
	    err->code < 0 && err->inside[0] != '\0' ? err->inside : NULL, "field",
	    logged_field(r, err), "cause",
	    cause == STORE_REFUSAL_UNSET ? NULL : store_refusal_word(cause), "why", why(r), "sent",
	    sent == 0 ? NULL : "no", NULL);
}

/* ------------------------------------------------------------------ from beginning to end */

/* A request on its way. */
struct serving {
	struct intake_item item;	/* first: the message on its way into the queue */
	struct request r;
	struct reply reply;
	struct err err;
	struct serve_later *later;
	struct request_thread thread;	/* for a committing thread that has none */
};

static void
message_stored(struct serving *s)
{
	struct request *r = &s->r;

	if (!r->put.duplicate)
		quota_put(r, r->message->body_bytes);
	r->action->stored(r, &s->reply);
}

static int
message_put(struct serving *s)
{
	struct request *r = &s->r;
	int rc = intake_put(intake_shared(r->thread->conf), r->message, &r->put, &s->err);

	if (rc == 0)
		message_stored(s);
	return rc;
}

static void
conclude(struct serving *s, const struct transport *t, int rc)
{
	int sent;

	if (rc < 0)
		reply_problem(&s->reply, &s->r, &s->err);
	sent = reply_send(&s->reply, &s->r, t);
	refused_explain(&s->r, &s->reply, &s->err, t);
	log_request(&s->r, &s->reply, &s->err, sent);
	refused_note(&s->r, &s->reply, t);
	record_reply(&s->r, &s->reply);
	seen_note(&s->r, &s->reply, &s->err);
	request_done(&s->r);
}

void
serve_inside(
    const struct transport *t, struct request_thread *thread, const struct store_session *session)
{
	struct serving s = { .r = { .session = session } };
	int rc = answer(&s.r, t, thread, &s.reply, &s.err);

	if (rc == 0 && s.r.message != NULL)
		rc = message_put(&s);
	conclude(&s, t, rc);
}

void
serve(const struct transport *t, struct request_thread *thread)
{
	serve_inside(t, thread, NULL);
	connections_give_back(thread);
}

static void
settled(struct intake_item *item, void *by)
{
	struct serving *s = (struct serving *)item;
	struct serve_later *later = s->later;
	int rc = item->rc;

	s->r.thread = by == NULL ? &s->thread : by;
	s->r.put = item->put;
	if (rc < 0)
		s->err = item->err;
	else
		message_stored(s);
	conclude(s, &later->transport, rc);
	connections_give_back(s->r.thread);
	free(s);
	later->over(later, by);
}

int
serve_or_wait(struct serve_later *later, struct request_thread *thread)
{
	struct serving *s = calloc(1, sizeof *s);
	int rc;

	if (s == NULL)
		abort();
	rc = answer(&s->r, &later->transport, thread, &s->reply, &s->err);
	if (rc == 0 && s->r.message != NULL) {
		connections_give_back(thread);
		s->later = later;
		s->thread = (struct request_thread){ .conf = thread->conf, .box = thread->box };
		s->item = (struct intake_item){ .message = s->r.message, .settled = settled };
		intake_give(intake_shared(thread->conf), &s->item, thread);
		return 1;
	}
	conclude(s, &later->transport, rc);
	connections_give_back(thread);
	free(s);
	return 0;
}

int
serve_commit(struct request_thread *thread)
{
	return intake_lead(intake_shared(thread->conf), thread);
}
