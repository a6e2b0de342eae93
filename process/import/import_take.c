#include "config.h"

#include "process/import/import_take.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/import/import_files.h"
#include "process/import/import_away.h"
#include "process/import/import_look.h"
#include "process/import/import_stage.h"
#include "process/run.h"
#include "store/exchange/import_place.h"
#include "store/exchange/store_import.h"

struct taking {
	struct import_taking *t;
	const struct import_found *found;
	struct import_outcome *out;
	struct import_stage stage;
	struct import_job job;
};

/* ------------------------------------------------------------------ what is said meanwhile */

static void
on_progress(void *arg, int64_t bytes, int64_t of, const struct feed_counts *counts)
{
	struct taking *g = arg;
	const int64_t listed = g->found->bytes > 0 ? g->found->bytes : 0;

	(void)counts;
	/* of a packed file, as much of it as was read of what it unpacks to */
	run_progress(g->t->run, "bytes of files",
	    g->t->bytes + (of == 0 ? 0 : (int64_t)((double)listed * (double)bytes / (double)of)),
	    g->t->of);
}

static void
on_rejected(void *arg, int64_t line, const char *reason)
{
	struct taking *g = arg;

	if (g->out->nrejects < IMPORT_PREVIEW)
		g->out->rejects[g->out->nrejects++] = (struct import_reject){
			.line = line, .reason = arena_strdup(&g->t->scratch, reason)
		};
}

/* ------------------------------------------------------------------ the end of a file */

/* What could not be done leaves the file where it is; the next run does it. */
static void
trouble(struct import_outcome *out, struct arena *a, const struct err *why)
{
	out->trouble = arena_strdup(a, why->detail);
}

/* Result files first: who sees the file moved finds them. */
static int
put_away(struct import_taking *t, const struct import_found *f, struct import_outcome *out,
    int is_good, struct err *err)
{
	const char *folder = is_good ? t->done : t->failed;
	struct err why = { 0 };
	int moved = 0;

	if (t->run->dry_run)
		return 0;
	crash_point("import-read");
	if (import_away_results(t, f, out->import_id, out->counts.refused, &why) < 0 ||
	    import_away_move(t, f, folder, &moved, &why) < 0)
		trouble(out, &t->scratch, &why);
	if (!moved || out->import_id == 0)
		return 0;
	return store_import_moved(t->run->db, out->import_id, err);
}

static struct import_stage
stage_of(const struct import_taking *t)
{
	return (struct import_stage){ .conf = t->run->conf, .tenant_id = t->run->tenant_id,
		.connection_id = t->connection->connection_id, .transfer = t->transfer,
		.max = t->max, .unpack = t->unpack, .once = t->unreached > 0, .fd = -1,
		.packed_fd = -1 };
}

/* What is needed no more of a file that was read to its end. */
static void
forget(struct import_taking *t, const struct import_found *f, int64_t import_id)
{
	const struct import_stage stage = stage_of(t);

	import_stage_forget(&stage, &t->scratch, f);
	unlink(import_place_result(&t->scratch, t->run->conf, t->run->tenant_id, import_id,
	    IMPORT_NOT_REACHED));
}

/* One that an earlier run read to its end: 1 when that is so, and it is put away now. */
static int
is_left(struct import_taking *t, const struct import_found *f, struct import_outcome *out,
    struct err *err)
{
	const struct store_import file = { .connection = t->connection->name, .name = f->name,
		.modified_at = f->modified };
	struct store_import *left;
	int rc;

	if (f->modified == USEC_NONE || t->again)
		return 0;
	if ((rc = store_import_left(t->run->db, &t->scratch, &file, &left, err)) < 0)
		return rc;
	if (left == NULL || (left->bytes != f->bytes && !import_stage_is_packed(t->unpack, f->own)))
		return 0;
	out->how = IMPORT_TAKEN_BEFORE;
	out->import_id = left->import_id;
	out->bytes = left->bytes;
	out->counts.refused = left->rejected_bytes > left->header_bytes;
	if (!t->run->dry_run)
		forget(t, f, left->import_id);
	rc = put_away(t, f, out, left->state == STATE_IMPORT_DONE, err);
	return rc < 0 ? rc : 1;
}

/* ------------------------------------------------------------------ reading it */

/* The import has its number: so have its result files. What is not reached when the process is
 * ended can be read behind a name of the same kind. */
static int
on_begun(struct import_job *job, struct arena *a, void *arg, struct err *err)
{
	struct taking *g = arg;
	const struct run *run = g->t->run;
	const int64_t id = job->import.import_id;
	const char *rest =
	    import_place_result(a, run->conf, run->tenant_id, id, IMPORT_NOT_REACHED);

	job->accepted_path = import_place_result(a, run->conf, run->tenant_id, id, IMPORT_ACCEPTED);
	job->rejected_path = import_place_result(a, run->conf, run->tenant_id, id, IMPORT_REJECTED);
	job->reasons_path = import_place_result(a, run->conf, run->tenant_id, id, IMPORT_REASONS);
	unlink(rest);
	if (link(g->stage.path, rest) == 0)
		return 0;
	return err_set(err, ERR_IO, "The file %.200s cannot be kept below import_work: %s.",
	    job->name, strerror(errno));
}

static void
make_job(struct taking *g)
{
	const struct import_taking *t = g->t;

	g->job = (struct import_job){ .db = t->run->db, .key_file = t->run->conf->key_file,
		.fd = g->stage.fd, .connection = t->connection->name, .name = g->found->name,
		.modified_at = g->found->modified, .run_id = t->run->run_id,
		.map = t->files->patterns[g->found->pattern].map, .as = t->as,
		.begun = on_begun, .begun_arg = g, .limits = t->limits,
		.rejected_percent = t->rejected_percent, .dry_run = t->run->dry_run,
		.again = t->again,
		.listener = { .progress = on_progress, .rejected = on_rejected, .arg = g } };
}

static void
note_outcome(struct taking *g)
{
	const struct import_job *job = &g->job;
	struct import_outcome *out = g->out;

	out->import_id = job->import.import_id;
	out->bytes = job->import.bytes;
	out->counts = job->counts;
	out->unused = job->unused;
	out->reason = arena_strdup(&g->t->scratch, job->import.reason);
	out->how = job->import.state == STATE_IMPORT_FAILED ? IMPORT_TAKEN_FAILED :
							      IMPORT_TAKEN_DONE;
	if (job->was_there)
		out->how = IMPORT_TAKEN_BEFORE;
}

/* It was read, now or before. */
static int
conclude(struct taking *g, struct err *err)
{
	struct import_taking *t = g->t;
	const struct run *run = t->run;
	const struct store_import *import = &g->job.import;

	note_outcome(g);
	if (run->dry_run)
		return 0;
	if (g->job.was_there)
		g->out->counts.refused = import->rejected_bytes > import->header_bytes;
	forget(t, g->found, import->import_id);
	import_stage_close(&g->stage);
	return put_away(t, g->found, g->out, import->state == STATE_IMPORT_DONE, err);
}

/* Why it cannot be read, as one text. */
static const char *
reason_of(struct taking *g, const struct err *why)
{
	struct arena *a = &g->t->scratch;
	struct buf b;

	if (why->faults == NULL)
		return arena_strdup(a, why->detail);
	buf_init(&b, a);
	for (const struct err_fault *f = why->faults; f != NULL; f = f->next)
		buf_addf(&b, "%s%s %s.", f == why->faults ? "" : " ", f->field, f->message);
	return b.data;
}

/* It was not read: because of what it is, or because it cannot be had now. */
static int
refuse(struct taking *g, int is_refused, struct err *err)
{
	g->out->how = is_refused ? IMPORT_TAKEN_REFUSED : IMPORT_TAKEN_LATER;
	if (is_refused || err->code == ERR_CONFLICT)
		g->out->reason = reason_of(g, err);
	else
		g->out->trouble = reason_of(g, err);
	g->out->import_id = g->job.import.import_id;
	err_clear(err);
	if (!is_refused)
		return 0;
	if (!g->t->run->dry_run)
		forget(g->t, g->found, g->out->import_id);
	return put_away(g->t, g->found, g->out, 0, err);
}

static int
is_of_way(int rc)
{
	return rc == ERR_TRANSIENT || rc == ERR_TIMEOUT || rc == ERR_PERMANENT;
}

static int
take(struct taking *g, struct err *err)
{
	struct import_taking *t = g->t;
	int rc = import_stage_open(&g->stage, &t->scratch, g->found, err);

	t->unreached = rc == ERR_TRANSIENT || rc == ERR_TIMEOUT ? t->unreached + 1 : 0;
	if (rc < 0) {
		if (g->stage.is_refused)
			return refuse(g, 1, err);
		return is_of_way(rc) || rc == ERR_NOT_FOUND || rc == ERR_CONFLICT ?
		    refuse(g, 0, err) : rc;
	}
	make_job(g);
	rc = import_file(&g->job, &t->scratch, err);
	if (rc == ERR_BAD_REQUEST)
		return refuse(g, 1, err);
	if (rc == ERR_CONFLICT)
		return refuse(g, 0, err);
	return rc < 0 ? rc : conclude(g, err);
}

int
import_take(struct import_taking *t, const struct import_found *f, struct import_outcome *out,
    struct err *err)
{
	struct taking *g;
	int rc;

	arena_reset(&t->scratch);
	*out = (struct import_outcome){ .reason = "", .trouble = "" };
	if ((rc = is_left(t, f, out, err)) != 0)
		return rc < 0 ? rc : 0;
	g = arena_new(&t->scratch, struct taking, 1);
	g->t = t;
	g->found = f;
	g->out = out;
	g->stage = stage_of(t);
	rc = take(g, err);
	import_stage_close(&g->stage);
	if (f->bytes > 0)
		t->bytes += f->bytes;
	return rc;
}

void
import_taking_done(struct import_taking *t)
{
	arena_done(&t->scratch);
	arena_done(&t->in_done.arena);
	arena_done(&t->in_failed.arena);
}
