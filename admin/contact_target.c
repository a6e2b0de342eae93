#include "config.h"

#include "admin/contact_target.h"

#include <inttypes.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/text.h"
#include "store/contact.h"
#include "store/db.h"

enum { SHOWN_MAX = 10 };

static int
selector_check(struct context *x, int takes_request)
{
	static const char *const names[] = { "identifier", "email", "contact-id", "request" };
	int n = 0;

	for (size_t i = 0; i < (takes_request ? 4 : 3); i++)
		n += cmd_given(&x->line, names[i]);
	if (n != 1)
		err_fault(&x->err, &x->arena, "--identifier, --email, --contact-id",
		    "one of them%s says who is meant", takes_request ? ", or --request," : "");
	if (cmd_given(&x->line, "identifier") != cmd_given(&x->line, "source-id"))
		err_fault(&x->err, &x->arena, "--source-id",
		    "goes with --identifier: an identifier is one of a Source");
	if (cmd_given(&x->line, "email") &&
	    contact_email(&x->arena, cmd_text(&x->line, "email")) == NULL)
		err_fault(&x->err, &x->arena, "--email", "is no mail address");
	return x->err.faults == NULL ? 0 :
				       err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
find_named(struct context *x, struct contact_target *t)
{
	const char *identifier = cmd_text(&x->line, "identifier"),
		   *email = contact_email(&x->arena, cmd_text(&x->line, "email"));
	int64_t source_id = cmd_int(&x->line, "source-id", 0),
		contact_id = cmd_int(&x->line, "contact-id", 0);

	t->has_name = identifier != NULL || email != NULL;
	if (identifier != NULL) {
		person_subject_hash(&t->command.job, "id",
		    arena_printf(&x->arena, "%" PRId64 "/%s", source_id, identifier), t->hash);
		return person_find_by_id(
		    &t->person, t->command.job.tenant, (int16_t)source_id, identifier, &x->err);
	}
	if (email != NULL) {
		person_subject_hash(&t->command.job, "email", email, t->hash);
		return person_find_by_email(&t->person, t->command.job.tenant, email, &x->err);
	}
	person_subject_hash(
	    &t->command.job, "contact", arena_printf(&x->arena, "%" PRId64, contact_id), t->hash);
	return person_find_by_contact(&t->person, t->command.job.tenant, contact_id, &x->err);
}

int
contact_target_open(struct context *x, struct contact_target *t, int takes_request)
{
	int rc;

	*t = (struct contact_target){ .has_name = 0 };
	person_init(&t->person, &x->arena);
	if ((rc = selector_check(x, takes_request)) < 0 ||
	    (rc = person_command_open(x, &t->command, &t->tenant)) < 0)
		return rc;
	return takes_request && cmd_given(&x->line, "request") ? 0 : find_named(x, t);
}

int
contact_target_nobody(struct context *x)
{
	return err_set(&x->err, ERR_NOT_FOUND,
	    "The tenant has nobody of that description: nothing is held of such a person.");
}

int
contact_target_several(struct context *x, const struct contact_target *t)
{
	size_t n = 0;
	struct rows r;
	struct buf b;
	int rc;

	buf_init(&b, &x->arena);
	for (size_t i = 0; i < t->person.ncontacts && !cmd_given(&x->line, "all"); i++) {
		if ((rc = db_query(t->command.job.tenant, Q_person_is_guest,
			 DB_ARGS(v_int(t->person.contacts[i])), &x->arena, &r, &x->err)) < 0)
			return rc;
		if (rows_int(&r, 0, C_person_is_guest_is_guest) != 0)
			continue;
		if (n++ < SHOWN_MAX)
			buf_addf(&b, "%s%" PRId64, n > 1 ? ", " : "", t->person.contacts[i]);
	}
	if (n <= 1)
		return 0;
	return err_set(&x->err, ERR_CONFLICT,
	    "%zu contacts have this address (ContactId %s%s): say which with --contact-id, or "
	    "--all if they are one person.",
	    n, b.data, n > SHOWN_MAX ? " ..." : "");
}

int
contact_target_traces(struct context *x, struct contact_target *t)
{
	struct person_erase_counts c;
	int rc;

	if (!t->has_name)
		return contact_target_nobody(x);
	if ((rc = person_erase_count(&t->command.job, &t->person, &c, &x->err)) < 0)
		return rc;
	return c.messages + c.mails + c.recipients + c.runs == 0 ? contact_target_nobody(x) : 0;
}
