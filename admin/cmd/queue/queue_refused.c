#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/when.h"
#include "store/db.h"
#include "store/registry/store_refusal.h"

enum { LIST_MAX = 1000, LIST_USUAL = 50 };

static int
refused_filter_read(struct context *x, struct store_refusal_filter *f)
{
	struct store_alias *t;
	usec_t now;
	int rc;

	*f = (struct store_refusal_filter){ .source_id = cmd_int(&x->line, "source", 0),
		.is_of_no_tenant = cmd_given(&x->line, "unknown") };
	if ((rc = context_tenant_option(x, &t)) < 0)
		return rc;
	if (t != NULL && f->is_of_no_tenant) {
		err_fault(
		    &x->err, &x->arena, "--unknown", "cannot be given together with --tenant");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	f->alias_id = t == NULL ? 0 : t->alias_id;
	if ((rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	return when_read_range(x, t, now, &f->from, &f->until);
}

/* What a newer program wrote is shown as its word. */
static const char *
reason(struct context *x, const struct rows *r, size_t row)
{
	const char *word = rows_text(r, row, C_refusal_list_cause),
		   *note = rows_text(r, row, C_refusal_list_note);
	const char *sentence = store_refusal_sentence(store_refusal_find(word));

	sentence = *sentence == '\0' ? word : sentence;
	return *note == '\0' ? sentence : arena_printf(&x->arena, "%s %s", sentence, note);
}

static struct val
source_of(const struct rows *r, size_t row)
{
	const int64_t id = rows_int(r, row, C_refusal_list_source_id);

	return v_int_or_null(id, id != 0);
}

static void
refused_list_json(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Customer", OUTPUT_TEXT }, { "Alias", OUTPUT_TEXT }, { "SourceId", OUTPUT_INT },
		{ "Cause", OUTPUT_TEXT }, { "Reason", OUTPUT_TEXT }, { "From", OUTPUT_TEXT },
		{ "Method", OUTPUT_TEXT }, { "Path", OUTPUT_TEXT }, { "Refusals", OUTPUT_INT },
		{ "FirstAt", OUTPUT_TIME }, { "LastAt", OUTPUT_TIME }, { "RequestId", OUTPUT_TEXT },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, r->n * 12 + 1), *c = cells;

	for (size_t i = 0; i < r->n; i++) {
		*c++ = *rows_at(r, i, C_refusal_list_customer);
		*c++ = *rows_at(r, i, C_refusal_list_alias);
		*c++ = source_of(r, i);
		*c++ = *rows_at(r, i, C_refusal_list_cause);
		*c++ = v_text(reason(x, r, i));
		*c++ = *rows_at(r, i, C_refusal_list_client);
		*c++ = *rows_at(r, i, C_refusal_list_method);
		*c++ = *rows_at(r, i, C_refusal_list_path);
		*c++ = *rows_at(r, i, C_refusal_list_refusals);
		*c++ = *rows_at(r, i, C_refusal_list_first_at);
		*c++ = *rows_at(r, i, C_refusal_list_last_at);
		*c++ = *rows_at(r, i, C_refusal_list_request_id);
	}
	output_table(&x->out, "Refused", columns, cells, r->n);
}

static struct val
tenant_of(struct context *x, const struct rows *r, size_t row)
{
	if (rows_null(r, row, C_refusal_list_customer))
		return v_text("(unknown)");
	return v_text(arena_printf(&x->arena, "%s/%s", rows_text(r, row, C_refusal_list_customer),
	    rows_text(r, row, C_refusal_list_alias)));
}

static void
refused_list_text(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Last", OUTPUT_TIME }, { "Tenant", OUTPUT_TEXT }, { "Source", OUTPUT_INT },
		{ "Times", OUTPUT_INT }, { "From", OUTPUT_TEXT }, { "Reason", OUTPUT_TEXT },
		{ "Request", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, r->n * 7 + 1), *c = cells;

	for (size_t i = 0; i < r->n; i++) {
		*c++ = *rows_at(r, i, C_refusal_list_last_at);
		*c++ = tenant_of(x, r, i);
		*c++ = source_of(r, i);
		*c++ = *rows_at(r, i, C_refusal_list_refusals);
		*c++ = *rows_at(r, i, C_refusal_list_client);
		*c++ = v_text(reason(x, r, i));
		*c++ = v_text(arena_printf(&x->arena, "%s %s",
		    rows_text(r, i, C_refusal_list_method), rows_text(r, i, C_refusal_list_path)));
	}
	output_table(&x->out, "Refused", columns, cells, r->n);
}

static int
queue_refused(struct context *x)
{
	const int64_t limit = cmd_int(&x->line, "limit", LIST_USUAL);
	struct store_refusal_filter f;
	struct rows r;
	size_t more;
	int rc;

	if ((rc = refused_filter_read(x, &f)) < 0 ||
	    (rc = store_refusal_list(x->db, &x->arena, &f, limit + 1, &r, &x->err)) < 0)
		return rc;
	more = r.n > (size_t)limit;
	r.n -= more;
	x->out.json ? refused_list_json(x, &r) : refused_list_text(x, &r);
	output_more(&x->out, more > 0, limit);
	return 0;
}

static const struct cmd_param refused_options[] = {
	{ .name = "tenant", .type = CMD_TENANT, .doc = "Only requests that named this tenant." },
	{ .name = "source", .type = CMD_INT, .min = 1, .max = INT16_MAX, .value = "SOURCEID",
	  .doc = "Only this Source's." },
	{ .name = "unknown", .type = CMD_FLAG,
	  .doc = "Only requests that named an unknown tenant, or none." },
	{ .name = "after", .type = CMD_WHEN, .doc = "Only refused then or later: an age such as "
	  "30m, 12h or 7d, or a date. " WHEN_ZONE_OF_ALL },
	{ .name = "before", .type = CMD_WHEN, .doc = "Only last refused before then: an age or a "
	  "date. " WHEN_ZONE_OF_ALL },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX,
	  .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

const struct cmd cmd_queue_refused_rows[] = {
	{ .group = "queue", .verb = "refused", .needs = CMD_NEEDS_REGISTRY, .run = queue_refused,
	  .options = refused_options, .example = "queue refused --tenant Demo/Main --after 1d",
	  .doc = "Lists requests that were refused with 401 or 403, and why, the last first: the "
	  "cause that callers are not told. Equal ones are counted in one row. A signature that "
	  "does not match is tried in other encodings, with the tenant's other secrets and with a "
	  "trimmed body; the row says what would match. For each tenant, Source and cause the "
	  "newest 20 rows are kept, for 30 days at most; bodies, headers and parameters are not. "
	  "They are written at most once a second, so that a flood of refusals costs nothing; what "
	  "could not be told apart is then one row from \"several\". Under plain CGI at most one "
	  "of a tenant, Source and cause is counted a second." },
	{ .group = NULL },
};
