#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cmd.h"
#include "admin/contact_target.h"
#include "admin/context.h"
#include "admin/outlet.h"
#include "admin/person.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/state.h"
#include "privacy/person.h"
#include "privacy/person_export.h"
#include "privacy/person_rows.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/rows.h"
#include "store/registry/store_privacy.h"

enum { CONSENTS_SHOWN = 100, CONSENTS_MAX = 10000 };

/* ------------------------------------------------------------------ find */

static int
show_contacts(struct context *x, struct contact_target *t)
{
	static const struct output_column contacts[] = { { "ContactId", OUTPUT_INT },
		{ "Rows", OUTPUT_INT }, { NULL, OUTPUT_UNSET } };
	static const struct output_column identifiers[] = { { "ContactId", OUTPUT_INT },
		{ "SourceId", OUTPUT_INT }, { "Identifier", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET } };
	struct val *rows = arena_new(&x->arena, struct val, t->person.ncontacts * 2), *cells = NULL;
	size_t n = 0, cap = 0;
	int rc = 0;

	for (size_t i = 0; i < t->person.ncontacts && rc == 0; i++) {
		struct entity_rows all;
		struct rows r;

		entity_rows_init(&all, &x->arena);
		if ((rc = entity_rows_of_contact(
			 &all, t->command.job.tenant, t->person.contacts[i], 0, &x->err)) < 0 ||
		    (rc = db_query(t->command.job.tenant, Q_person_identifiers,
			 DB_ARGS(v_int(t->person.contacts[i])), &x->arena, &r, &x->err)) < 0)
			break;
		rows[i * 2] = v_int(t->person.contacts[i]);
		rows[i * 2 + 1] = v_int((int64_t)all.total);
		for (size_t k = 0; k < r.n; k++, n++) {
			if (n == cap) {
				struct val *more = arena_new(
				    &x->arena, struct val, (cap = cap * 2 + 16) * 3);

				if (n > 0)
					memcpy(more, cells, n * 3 * sizeof *more);
				cells = more;
			}
			cells[n * 3] = v_int(t->person.contacts[i]);
			cells[n * 3 + 1] = *rows_at(&r, k, C_person_identifiers_source_id);
			cells[n * 3 + 2] = *rows_at(&r, k, C_person_identifiers_identifier);
		}
	}
	if (rc < 0)
		return rc;
	output_table(&x->out, "Contacts", contacts, rows, t->person.ncontacts);
	output_gap(&x->out);
	output_table(&x->out, "Identifiers", identifiers, cells, n);
	return 0;
}

static int
contact_find_run(struct context *x)
{
	struct contact_target t;
	int rc = contact_target_open(x, &t, 0);

	if (rc == 0)
		rc = t.person.ncontacts == 0 ? contact_target_nobody(x) : show_contacts(x, &t);
	person_command_close(&t.command);
	return rc;
}

/* ------------------------------------------------------------------ consents */

static int
show_consents(struct context *x, struct contact_target *t)
{
	static const struct output_column columns[] = { { "ContactId", OUTPUT_INT },
		{ "SaidAt", OUTPUT_TIME }, { "Channel", OUTPUT_TEXT }, { "BrandId", OUTPUT_INT | OUTPUT_LATER },
		{ "AddressTypeId", OUTPUT_INT | OUTPUT_LATER }, { "Old", OUTPUT_FLAG }, { "New", OUTPUT_FLAG },
		{ "Statement", OUTPUT_TEXT }, { "SourceId", OUTPUT_INT | OUTPUT_LAST },
		    { "WrittenAt", OUTPUT_TIME | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET } };
	const int64_t limit = cmd_int(&x->line, "limit", CONSENTS_SHOWN);
	struct rows all = { 0 }, r;
	int rc = 0;

	for (size_t i = 0; i < t->person.ncontacts && rc == 0; i++) {
		struct val *more;

		if ((rc = db_query(t->command.job.tenant, Q_consent_list,
		    DB_ARGS(v_int(t->person.contacts[i]), v_int(limit)), &x->arena, &r,
		    &x->err)) < 0)
			break;
		more = arena_new(&x->arena, struct val, (all.n + r.n) * r.columns + 1);
		if (all.n > 0)
			memcpy(more, all.cells, all.n * r.columns * sizeof *more);
		if (r.n > 0)
			memcpy(more + all.n * r.columns, r.cells, r.n * r.columns * sizeof *more);
		all.cells = more;
		all.n += r.n;
	}
	if (rc == 0)
		output_table(&x->out, "Consents", columns, all.cells, all.n);
	return rc;
}

static int
contact_consents(struct context *x)
{
	struct contact_target t;
	int rc = contact_target_open(x, &t, 0);

	if (rc == 0)
		rc = t.person.ncontacts == 0 ? contact_target_nobody(x) : show_consents(x, &t);
	person_command_close(&t.command);
	return rc;
}

/* ------------------------------------------------------------------ export */

static int
write_file(void *arg, const char *text, size_t n, struct err *err)
{
	return outlet_write(arg, text, n, err);
}

/* Only for its owner, from the first byte on. */
static int
open_output(struct context *x, FILE **out)
{
	const char *path = cmd_text(&x->line, "output");
	int fd;

	*out = stdout;
	if (path == NULL || strcmp(path, "-") == 0)
		return 0;
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_set(&x->err, ERR_IO, "%s cannot be made: %s.", path, strerror(errno));
	*out = fdopen(fd, "w");
	return *out != NULL ?
	    0 :
	    err_set(&x->err, ERR_IO, "%s cannot be opened: %s.", path, strerror(errno));
}

static int
close_output(struct context *x, FILE *out, int rc)
{
	const char *path = cmd_text(&x->line, "output");
	int bad = 0;

	if (out == NULL || out == stdout)
		return rc;
	bad = fflush(out) != 0 || fsync(fileno(out)) != 0;
	bad |= fclose(out) != 0;
	if (rc == 0 && bad)
		rc = err_set(&x->err, ERR_IO, "%s could not be written.", path);
	if (rc < 0)
		unlink(path);
	return rc;
}

/* Who a platform asked for. *request NULL when none was named. */
static int
open_request(struct context *x, struct contact_target *t, struct store_privacy **request)
{
	int64_t id = cmd_int(&x->line, "request", 0);
	int rc;

	*request = NULL;
	if (id == 0)
		return 0;
	if ((rc = store_privacy_find(
		 x->db, &x->arena, id, t->command.job.tenant_id, request, &x->err)) < 0)
		return rc;
	if (*request == NULL || (*request)->kind != REQUEST_DATA_REQUEST ||
	    (*request)->state != STATE_REQUEST_OPEN)
		return err_set(
		    &x->err, ERR_NOT_FOUND, "The tenant has no open data request %" PRId64 ".", id);
	if ((rc = person_open(&t->person, &x->box, t->command.job.tenant_id, (*request)->sealed,
		 (*request)->sealed_bytes, &x->err)) < 0)
		return rc;
	memcpy(t->hash, (*request)->subject_hash, sizeof t->hash);
	t->has_name = 1;
	return person_find_in_source(
	    &t->person, t->command.job.tenant, (*request)->source_id, &x->err);
}

static const char *
counts_json(struct arena *a, const struct person_export_counts *c)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_int(&w, "Rows", c->rows);
	writer_put_int(&w, "Messages", c->messages);
	writer_put_int(&w, "Mails", c->mails);
	writer_put_int(&w, "Runs", c->runs);
	writer_end(&w);
	return b.data;
}

/* The record that an export was made. */
static int
note_export(struct context *x, struct contact_target *t, const struct store_privacy *request,
    const struct person_export_counts *c)
{
	const char *counts = counts_json(&x->arena, c);
	struct store_privacy p = { .tenant_id = t->command.job.tenant_id,
		.kind = REQUEST_EXPORT,
		.state = STATE_REQUEST_DONE,
		.request = "",
		.subject_hash = t->hash,
		.requested_by = person_requested_by(x),
		.counts = counts };
	int64_t id;
	int rc;

	if ((rc = db_now(x->db, &p.requested_at, &x->err)) < 0)
		return rc;
	return request != NULL ?
	    store_privacy_done(x->db, request->privacy_id, p.requested_at, counts, &x->err) :
	    store_privacy_put(x->db, &p, &id, &x->err);
}

static int
export_to(struct context *x, struct contact_target *t, struct person_export_counts *counts)
{
	struct outlet outlet = { .file = NULL };
	const struct person_export what = { .job = &t->command.job,
		.customer = t->tenant->customer,
		.alias = t->tenant->alias,
		.person = &t->person,
		.write = write_file,
		.arg = &outlet };
	FILE *out;
	int rc = open_output(x, &out);

	outlet.file = out;
	if (rc == 0 && (rc = person_export(&what, counts, &x->err)) == 0)
		rc = outlet_end(&outlet, &x->err);
	rc = close_output(x, out, rc);
	if (rc == 0 && out != stdout) {
		output_value(&x->out, "Held", OUTPUT_FLAG, v_int(person_export_held(counts)));
		output_value(&x->out, "Rows", OUTPUT_INT, v_int(counts->rows));
		output_value(&x->out, "Messages", OUTPUT_INT, v_int(counts->messages));
		output_value(&x->out, "Mails", OUTPUT_INT, v_int(counts->mails));
		output_value(&x->out, "Runs", OUTPUT_INT, v_int(counts->runs));
		output_remark(&x->out,
		    person_export_held(counts) ?
			"The file holds personal data; only you may read it." :
			"Nothing is held of this person: the file says so, and is the answer.");
	}
	if (rc == 0 && out == stdout && !person_export_held(counts))
		fprintf(stderr,
		    "Nothing is held of this person: the document says so, and is the answer.\n");
	return rc;
}

static int
contact_export(struct context *x)
{
	struct person_export_counts counts;
	struct store_privacy *request = NULL;
	struct contact_target t;
	int rc = contact_target_open(x, &t, 1);

	if (rc == 0 && (rc = open_request(x, &t, &request)) == 0 && request == NULL)
		rc = t.person.ncontacts == 0 ? contact_target_traces(x, &t) :
					       contact_target_several(x, &t);
	if (rc == 0 && (rc = export_to(x, &t, &counts)) == 0)
		rc = note_export(x, &t, request, &counts);
	person_command_close(&t.command);
	return rc;
}

/* ------------------------------------------------------------------ erase */

static int
confirm(struct context *x, const struct contact_target *t)
{
	char line[16];

	if (cmd_given(&x->line, "yes"))
		return 0;
	if (!isatty(STDIN_FILENO)) {
		err_fault(&x->err, &x->arena, "--yes", "is needed where nobody can be asked");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	fprintf(stderr, "Erase this person (%zu contact%s) of %s/%s for good? [y/N] ",
	    t->person.ncontacts, t->person.ncontacts == 1 ? "" : "s", t->tenant->customer,
	    t->tenant->alias);
	fflush(stderr);
	if (fgets(line, sizeof line, stdin) != NULL &&
	    (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0))
		return 0;
	return err_set(&x->err, ERR_CONFLICT, "Nothing was erased.");
}

/* An erasure that was begun is taken up again. */
static int
request_put(struct context *x, struct contact_target *t, int64_t *id)
{
	struct store_privacy p = { .tenant_id = t->command.job.tenant_id,
		.kind = REQUEST_ERASE,
		.state = STATE_REQUEST_OPEN,
		.request = "",
		.subject_hash = t->hash,
		.source_id = (int16_t)cmd_int(&x->line, "source-id", 0),
		.requested_by = person_requested_by(x) };
	int rc;

	if ((rc = person_seal(&t->person, &x->box, t->command.job.tenant_id, &p.sealed,
		 &p.sealed_bytes, &x->err)) < 0 ||
	    (rc = db_now(x->db, &p.requested_at, &x->err)) < 0)
		return rc;
	return store_privacy_put(x->db, &p, id, &x->err);
}

static int
erase_it(struct context *x, struct contact_target *t, int64_t id)
{
	struct person_erase_counts counts;
	int rc;

	if (id == 0 && (rc = request_put(x, t, &id)) < 0)
		return rc;
	if ((rc = person_erase(&t->command.job, id, &counts, &x->err)) < 0)
		return rc;
	output_value(&x->out, "RequestId", OUTPUT_INT, v_int(id));
	person_show_counts(x, &counts);
	output_remark(&x->out,
	    "Erased. Amounts are kept without the person; customerapi privacy list has the "
	    "record.");
	return 0;
}

static int
count_it(struct context *x, struct contact_target *t)
{
	struct person_erase_counts counts;
	int rc = person_erase_count(&t->command.job, &t->person, &counts, &x->err);

	if (rc < 0)
		return rc;
	person_show_counts(x, &counts);
	output_remark(&x->out, "This was a dry run: nothing has changed.");
	return 0;
}

static int
contact_erase(struct context *x)
{
	struct contact_target t;
	int64_t begun = 0;
	int rc = contact_target_open(x, &t, 0);

	if (rc == 0)
		rc = store_privacy_open_of(x->db, t.command.job.tenant_id, t.hash, &begun, &x->err);
	if (rc == 0 && begun == 0)
		rc = t.person.ncontacts == 0 ? contact_target_traces(x, &t) :
					       contact_target_several(x, &t);
	if (rc == 0 && cmd_given(&x->line, "dry-run"))
		rc = count_it(x, &t);
	else if (rc == 0 && (rc = confirm(x, &t)) == 0)
		rc = erase_it(x, &t, begun);
	person_command_close(&t.command);
	return rc;
}

/* ------------------------------------------------------------------ table */

#define WHO \
	{ .name = "identifier", .type = CMD_TEXT, .max = 255, \
	  .doc = "The person's identifier in a Source, for example a shop's customer number." }, \
	{ .name = "source-id", .type = CMD_INT, .min = 1, .max = INT16_MAX, \
	  .doc = "The Source of the identifier." }, \
	{ .name = "email", .type = CMD_TEXT, .max = 254, .value = "ADDRESS", \
	  .doc = "A mail address of the person in any spelling, in any Source, a guest's too." }, \
	{ .name = "contact-id", .type = CMD_INT, .min = 1, .max = INT32_MAX, \
	  .doc = "The ContactId in the tenant's database." }

#define ALL \
	{ .name = "all", .type = CMD_FLAG, \
	  .doc = "All contacts that have the address: they are one person." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param find_options[] = { WHO, { .name = NULL } };

static const struct cmd_param consents_options[] = {
	WHO,
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = CONSENTS_MAX,
	    .doc = "The newest so many of each contact; 100 unless given." },
	{ .name = NULL },
};

static const struct cmd_param export_options[] = {
	WHO,
	{ .name = "request",
	    .type = CMD_INT,
	    .min = 1,
	    .max = INT64_MAX,
	    .doc = "The number of a DataRequest in privacy list, in place of the person. The "
		   "request is then done." },
	ALL,
	{ .name = "output",
	    .type = CMD_FILE,
	    .doc = "A new file for the document, readable by you alone; standard output unless "
		   "given." },
	{ .name = NULL },
};

static const struct cmd_param erase_options[] = {
	WHO,
	ALL,
	{ .name = "yes", .type = CMD_FLAG, .doc = "Do not ask." },
	{ .name = "dry-run", .type = CMD_FLAG, .doc = "Only count; change nothing." },
	{ .name = NULL },
};

#define ROW(word, function, ...) \
	{ .group = "contact", .verb = word, .needs = CMD_NEEDS_REGISTRY, .run = function, \
	  .arguments = tenant_arguments, __VA_ARGS__ }

const struct cmd cmd_contact_rows[] = {
	ROW("find", contact_find_run, .options = find_options,
	    .example = "contact find Demo Main --email jon@example.com",
	    .doc = "Finds the contacts of a person, their identifiers, and how many rows belong to "
		   "each."),
	ROW("consents", contact_consents, .options = consents_options,
	    .example = "contact consents Demo Main --email jon@example.com",
	    .doc = "Lists the changes of a person's opt-ins, the newest first: the channel, brand "
		   "and address type, the old and new value, the source of the change (empty when "
		   "it is not known), and when it was made and stored. CONTACTS AND CONSENT says "
		   "what changes an opt-in."),
	ROW("export", contact_export, .options = export_options,
	    .example = "contact export Demo Main --identifier 115310627314723950 --source-id 1 "
		       "--output jon.json",
	    .doc =
		"Exports everything that is held of a person as one JSON document: all rows, "
		"messages with bodies, mails, logs of runs. PRIVACY says what is found, and how. "
		"When nothing is held: without --request exit code 3; with it the document says "
		"so, and is the answer."),
	ROW("erase", contact_erase, .options = erase_options,
	    .example = "contact erase Demo Main --contact-id 12 --dry-run",
	    .doc =
		"Erases a person everywhere. Amounts stay, without the person. It can be repeated, "
		"and continues an erasure that was interrupted. PRIVACY says what stays."),
	{ .group = NULL },
};
