#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/person.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/store_privacy.h"

enum { LIST_MAX = 500, LIST_DEFAULT = 50, LIST_COLUMNS = 10 };

static int
list_run(struct context *x)
{
	static const struct output_column columns[] = {
		{ "RequestId", OUTPUT_INT }, { "Kind", OUTPUT_TEXT }, { "State", OUTPUT_TEXT }, { "SourceId", OUTPUT_INT | OUTPUT_LATER }, { "Request", OUTPUT_TEXT | OUTPUT_LATER }, { "RequestedBy", OUTPUT_TEXT | OUTPUT_LAST },
		{ "RequestedAt", OUTPUT_TIME }, { "DoneAt", OUTPUT_TIME | OUTPUT_LATER }, { "SubjectHash", OUTPUT_TEXT | OUTPUT_LAST }, { "Counts", OUTPUT_TEXT | OUTPUT_LAST }, { NULL, OUTPUT_UNSET },
	};
	const char *state = cmd_text(&x->line, "state");
	struct store_alias *tenant;
	struct val *cells, *c;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &tenant)) < 0 || (rc = store_privacy_list(x->db, &x->arena, tenant->alias_id, state == NULL ? 0 : strcmp(state, "Open") == 0 ? STORE_PRIVACY_OPEN :
	    STORE_PRIVACY_DONE, (int)cmd_int(&x->line, "limit", LIST_DEFAULT), &r, &x->err)) < 0)
		return rc;
	c = cells = arena_new(&x->arena, struct val, r.n * LIST_COLUMNS);
	for (size_t i = 0; i < r.n; i++) {
		*c++ = *rows_at(&r, i, 0);
		*c++ = v_text(store_privacy_kind_name(rows_int(&r, i, 1)));
		*c++ = v_text(store_privacy_state_name(rows_int(&r, i, 2)));
		*c++ = *rows_at(&r, i, 3);
		*c++ = *rows_at(&r, i, 4);
		*c++ = *rows_at(&r, i, 6);
		*c++ = *rows_at(&r, i, 7);
		*c++ = *rows_at(&r, i, 8);
		*c++ = rows_null(&r, i, 5) ? v_null() : v_text(text_hex(&x->arena, rows_text(&r, i, 5), 32));
		*c++ = *rows_at(&r, i, 9);
	}
	output_table(&x->out, "Requests", columns, cells, r.n);
	return 0;
}

static int
finish_one(struct context *x, const struct person_job *j, int64_t id, struct person_erase_counts *sum)
{
	struct person_erase_counts c;
	int rc = person_erase(j, id, &c, &x->err);

	if (rc < 0)
		return rc;
	sum->rows.deleted += c.rows.deleted;
	sum->rows.kept += c.rows.kept;
	sum->messages += c.messages;
	sum->cancelled += c.cancelled;
	sum->mails += c.mails;
	sum->recipients += c.recipients;
	sum->runs += c.runs;
	sum->left += c.left;
	return 0;
}

static int
finish_run(struct context *x)
{
	struct person_erase_counts sum = { 0 };
	struct store_alias *tenant;
	struct person_command c;
	int64_t id = 0, done = 0;
	int rc = person_command_open(x, &c, &tenant);

	if (rc == 0 && cmd_given(&x->line, "REQUESTID")) {
		rc = finish_one(x, &c.job, cmd_int(&x->line, "REQUESTID", 0), &sum);
		done = 1;
	} else {
		while (rc == 0 && (rc = store_privacy_open_next(x->db, c.job.tenant_id, id, &id, &x->err)) == 0 && id != 0) {
			rc = finish_one(x, &c.job, id, &sum);
			done++;
		}
	}
	person_command_close(&c);
	if (rc < 0)
		return rc;
	output_value(&x->out, "Finished", OUTPUT_INT, v_int(done));
	person_show_counts(x, &sum);
	return 0;
}

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param finish_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "REQUESTID", .type = CMD_INT, .min = 1, .max = INT64_MAX, .doc = "Only this one, a number as in privacy list." },
	{ .name = NULL },
};

static const struct cmd_param list_options[] = {
	{ .name = "state", .type = CMD_CHOICE, .choices = "Open|Done", .doc = "Only those in this state." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

const struct cmd cmd_privacy_rows[] = {
	{ .group = "privacy", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = list_run, .arguments = tenant_arguments, .options = list_options,
	  .example = "privacy list Demo Main --state Open", .doc = "Lists what was asked and done about persons, the newest first: erasures, exports, requests of platforms. It holds no personal data."},
	{ .group = "privacy", .verb = "finish", .needs = CMD_NEEDS_REGISTRY, .run = finish_run, .arguments = finish_arguments, .example = "privacy finish Demo Main",
	  .doc = "Ends erasures that were begun or that a platform asked for, without waiting for the daemon." },
	{ .group = NULL },
};
