#include "config.h"

#include "fcgi/access/refused.h"

#include <pthread.h>
#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/auth.h"
#include "fcgi/access/explain.h"
#include "fcgi/access/refused_table.h"
#include "fcgi/action.h"
#include "fcgi/connections.h"
#include "fcgi/masking.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/transport/transport.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

/* BUDGET: how many refusals are looked up and how many signatures tried at once, and how many more
 * each second. */
enum { BUDGET = 32, BUDGET_A_SECOND = 4 };

static pthread_mutex_t budget_mutex = PTHREAD_MUTEX_INITIALIZER;

enum budget { BUDGET_LOOKUPS, BUDGET_TRIALS, BUDGETS };

/* 1 when the budget allows one more. */
static int
may(enum budget of)
{
	static struct { double used; usec_t since; } budgets[BUDGETS];
	usec_t now = clock_monotonic_us();
	double used;
	int is;

	pthread_mutex_lock(&budget_mutex);
	used = budgets[of].used -
	    (double)(now - budgets[of].since) / (double)USEC_SEC * BUDGET_A_SECOND;
	used = used < 0 ? 0 : used;
	is = used + 1 <= BUDGET;
	budgets[of].used = used + is;
	budgets[of].since = now;
	pthread_mutex_unlock(&budget_mutex);
	return is;
}

int
refused_may_try(void)
{
	return may(BUDGET_TRIALS);
}

static int
is_refusal(const struct request *r, const struct reply *reply)
{
	return r->action != NULL && (reply->status == 401 || reply->status == 403);
}

/* A webhook is shown with its whole path. Of any other path only the table's is shown, because its
 * holes may have a person's data or a receipt. */
static const char *
path_of(struct request *r)
{
	if (r->action->access != ACCESS_WEBHOOK)
		return arena_printf(&r->arena, "/%s", r->action->path);
	return masking_text(&r->arena,
	    arena_strndup(&r->arena, r->path, strcspn(r->path, "?&%;#=")));
}

static const char *
client_of(struct request *r)
{
	return address_client(&r->arena, r->peer, request_header_find(r, "x-forwarded-for"),
	    r->thread->conf->fcgi_trusted_proxies);
}

static struct store_refusal
refusal_now(struct request *r)
{
	const struct refused *f = &r->refused;
	const struct access *x = f->access != NULL ? f->access : r->access;
	const struct store_alias *alias = x == NULL ? NULL : x->alias;
	const struct store_source *source = x == NULL ? NULL : x->source;

	return (struct store_refusal){
		.alias_id = alias == NULL ? f->alias_id : alias->alias_id,
		.source_id = source == NULL ? f->known_source_id : source->source_id,
		.cause = f->cause, .client = client_of(r), .method = r->method_name,
		.path = path_of(r), .note = f->note == NULL ? "" : f->note,
		.request_id = r->request_id,
	};
}

static void
write_directly(struct request *r)
{
	struct store_refusal one = refusal_now(r);
	struct err ignored = { 0 };
	struct db *db;

	one.refusals = 1;
	if (request_db(r, &db, &ignored) < 0)
		return;
	store_refusal_put_sparingly(db, &one, &ignored);
}

/* Work for the admin before the reply opens no connection and waits for none, and does not extend
 * the time for which it is trusted. A look-up of the sender has used that connection already. */
static void
look_up(struct request *r)
{
	usec_t used;

	if (connections_try(r->thread) < 0)
		return;
	used = r->thread->own->db_used;
	explain_lookup(r);
	r->thread->own->db_used = used;
}

void
refused_explain(struct request *r, const struct reply *reply, const struct err *err,
    const struct transport *t)
{
	struct refused *f = &r->refused;

	if (!is_refusal(r, reply))
		return;
	if (f->cause == STORE_REFUSAL_UNSET) {
		f->cause = STORE_REFUSAL_NOT_ALLOWED;
		f->note = err->detail;
	}
	if (reply->status != 401 || f->told)
		return;
	if (may(BUDGET_LOOKUPS))
		look_up(r);
	if (f->cause != STORE_REFUSAL_SIGNATURE_WRONG || !refused_may_try())
		return;
	if (t->finish != NULL)
		t->finish(t);
	f->note = explain_signature(r);
}

void
refused_note(struct request *r, const struct reply *reply, const struct transport *t)
{
	struct store_refusal one;

	if (!is_refusal(r, reply) || refused_mode() == REFUSED_OFF)
		return;
	if (refused_mode() == REFUSED_THREAD) {
		one = refusal_now(r);
		refused_count(&one);
		return;
	}
	if (t->finish != NULL)
		t->finish(t);
	write_directly(r);
}
