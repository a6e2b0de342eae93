#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/person.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_privacy.h"

enum { LIST_MAX = 500, LIST_DEFAULT = 50, LIST_COLUMNS = 10 };

static int
privacy_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "RequestId", OUTPUT_INT },
		{ "Kind", OUTPUT_TEXT },
		{ "State", OUTPUT_TEXT },
		{ "SourceId", OUTPUT_INT | OUTPUT_LATER },
		{ "Request", OUTPUT_TEXT | OUTPUT_LATER },
		{ "RequestedBy", OUTPUT_TEXT | OUTPUT_LAST },
		{ "RequestedAt", OUTPUT_TIME },
		{ "DoneAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "SubjectHash", OUTPUT_TEXT | OUTPUT_LAST },
		{ "Counts", OUTPUT_TEXT | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	const char *name = cmd_text(&x->line, "state");
	int state = 0;			/* any */
	struct store_alias *tenant;
	struct val *cells, *c;
	struct rows r;
	int rc;

	if (name != NULL)
		state = strcmp(name, "Open") == 0 ? STATE_REQUEST_OPEN : STATE_REQUEST_DONE;
	if ((rc = context_tenant(x, &tenant)) < 0 ||
	    (rc = store_privacy_list(x->db, &x->arena, tenant->alias_id, state,
		 (int)cmd_int(&x->line, "limit", LIST_DEFAULT), &r, &x->err)) < 0)
		return rc;
	c = cells = arena_new(&x->arena, struct val, r.n * LIST_COLUMNS);
	for (size_t i = 0; i < r.n; i++) {
		*c++ = *rows_at(&r, i, C_privacy_list_privacy_id);
		*c++ = v_text(state_name(kinds_of_request, rows_int(&r, i, C_privacy_list_kind)));
		*c++ = v_text(state_name(states_of_request, rows_int(&r, i, C_privacy_list_state)));
		*c++ = *rows_at(&r, i, C_privacy_list_source_id);
		*c++ = *rows_at(&r, i, C_privacy_list_request);
		*c++ = *rows_at(&r, i, C_privacy_list_requested_by);
		*c++ = *rows_at(&r, i, C_privacy_list_requested_at);
		*c++ = *rows_at(&r, i, C_privacy_list_done_at);
		*c++ = rows_null(&r, i, C_privacy_list_subject_hash) ?
		    v_null() :
		    v_text(text_hex(&x->arena, rows_text(&r, i, C_privacy_list_subject_hash), 32));
		*c++ = *rows_at(&r, i, C_privacy_list_counts);
	}
	output_table(&x->out, "Requests", columns, cells, r.n);
	return 0;
}

static void
add_counts(struct person_erase_counts *sum, const struct person_erase_counts *c)
{
	sum->rows.deleted += c->rows.deleted;
	sum->rows.kept += c->rows.kept;
	sum->messages += c->messages;
	sum->cancelled += c->cancelled;
	sum->mails += c->mails;
	sum->recipients += c->recipients;
	sum->runs += c->runs;
	sum->left += c->left;
}

/* The request that is named, else all that are open. */
static int
requests_read(
    struct context *x, const struct person_job *j, struct person_erase_one **all, size_t *n)
{
	const int one = cmd_given(&x->line, "REQUESTID");
	struct rows open = { 0 };
	int rc = one ? 0 : store_privacy_open_all(x->db, &x->arena, j->tenant_id, &open, &x->err);

	*n = one ? 1 : open.n;
	*all = arena_new(&x->arena, struct person_erase_one, *n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		(*all)[i].privacy_id = one ? cmd_int(&x->line, "REQUESTID", 0) :
					     rows_int(&open, i, C_privacy_open_erasures_privacy_id);
	return rc;
}

static int
privacy_finish(struct context *x)
{
	struct person_erase_counts sum = { 0 };
	struct person_erase_one *all;
	struct store_alias *tenant;
	struct person_command c;
	size_t n = 0;
	int rc = person_command_open(x, &c, &tenant);

	if (rc == 0 && (rc = requests_read(x, &c.job, &all, &n)) == 0)
		rc = person_erase_all(&c.job, all, n, &x->err);
	person_command_close(&c);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		add_counts(&sum, &all[i].counts);
	output_value(&x->out, "Finished", OUTPUT_INT, v_int((int64_t)n));
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
	{ .name = "state", .type = CMD_CHOICE, .choices = STATE_WORDS(STATES_OF_REQUEST), .doc = "Only those in this state." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

const struct cmd cmd_privacy_rows[] = {
	{ .group = "privacy",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = privacy_list,
	    .arguments = tenant_arguments,
	    .options = list_options,
	    .example = "privacy list Demo Main --state Open",
	    .doc = "Lists what was asked and done about persons, the newest first: erasures, "
		   "exports, requests of platforms. It holds no personal data." },
	{ .group = "privacy",
	    .verb = "finish",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = privacy_finish,
	    .arguments = finish_arguments,
	    .example = "privacy finish Demo Main",
	    .doc = "Ends erasures that were begun or that a platform asked for, without waiting "
		   "for the daemon." },
	{ .group = NULL },
};
