#include "config.h"

#include "admin/person.h"

#include <pwd.h>
#include <unistd.h>

#include "admin/context.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/migrate.h"

enum { WAIT_MORE_S = 60 };

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	struct person_command *c = arg;

	if (c->phase != phase) {
		if (c->phase != NULL)
			progress_end(&c->progress);
		progress_start(&c->progress, &c->x->out, phase, total);
		c->phase = phase;
	}
	progress_add(&c->progress, done - c->progress.done);
}

int
person_command_open(struct context *x, struct person_command *c, struct store_alias **tenant)
{
	struct person_job *j = &c->job;
	int rc, have;

	*c = (struct person_command){ .x = x };
	*j = (struct person_job){ .registry = x->db,
		.box = &x->box,
		.wait_s = x->conf.queue_lease_s + WAIT_MORE_S,
		.progress = on_progress,
		.arg = c };
	if ((rc = context_tenant(x, tenant)) < 0 || (rc = context_box(x)) < 0 ||
	    (rc = context_tenant_open(x, *tenant, &j->tenant, &x->err)) < 0)
		return rc;
	j->tenant_id = (*tenant)->alias_id;
	if ((rc = migrate_version(j->tenant, MIGRATE_TENANT, &have, &x->err)) < 0)
		return rc;
	if (have < migrate_newest(MIGRATE_TENANT))
		return err_set(&x->err, ERR_CONFIG,
		    "The tenant's schema is at version %d, this program needs %d: run customerapi "
		    "migrate.",
		    have, migrate_newest(MIGRATE_TENANT));
	return 0;
}

void
person_command_close(struct person_command *c)
{
	if (c->phase != NULL)
		progress_end(&c->progress);
	c->phase = NULL;
	db_close(&c->job.tenant);
}

const char *
person_requested_by(struct context *x)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw == NULL ? arena_printf(&x->arena, "command line (user %ld)", (long)getuid()) :
			    arena_printf(&x->arena, "command line (%.100s)", pw->pw_name);
}

void
person_show_counts(struct context *x, const struct person_erase_counts *c)
{
	output_value(&x->out, "RowsDeleted", OUTPUT_INT, v_int(c->rows.deleted));
	output_value(&x->out, "RowsKept", OUTPUT_INT, v_int(c->rows.kept));
	output_value(&x->out, "Messages", OUTPUT_INT, v_int(c->messages));
	output_value(&x->out, "MessagesCancelled", OUTPUT_INT, v_int(c->cancelled));
	output_value(&x->out, "Mails", OUTPUT_INT, v_int(c->mails));
	output_value(&x->out, "Recipients", OUTPUT_INT, v_int(c->recipients));
	output_value(&x->out, "Runs", OUTPUT_INT, v_int(c->runs));
	output_value(&x->out, "MessagesLeft", OUTPUT_INT, v_int(c->left));
	if (c->left > 0)
		output_remark(&x->out, "%lld %s about others that %s the person, or may be tried "
		    "again; erase again when none is left.", (long long)c->left,
		    text_form(c->left, "message waits", "messages wait"),
		    text_form(c->left, "mentions", "mention"));
}
