#include "config.h"

#include "process/connector/magento1.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/connection/connection_address.h"
#include "model/import/import_files.h"
#include "model/import/import_preset.h"
#include "process/connection/connection_ftp.h"
#include "process/connector/magento1_api.h"
#include "process/connector/shop_run.h"
#include "process/import/import_look.h"
#include "process/import/import_take.h"
#include "store/connection/connection_ops.h"
#include "store/db.h"
#include "store/exchange/import_place.h"
#include "store/registry_db.h"

enum { FILE_BYTES_MAX = INT32_MAX };

struct importing {
	struct shop_run *s;
	const struct magento1_wish *wish;
	struct magento1_api api;
	struct connection drop;
	struct connection_files files;
	struct import_taking taking;
	int nbad;
	const char *first;		/* what is wrong with the first file that is bad */
};

/* In this order: what others refer to comes first. */
static const struct kind {
	const char *resource;		/* of the parameter Resources */
	const char *type;		/* as the module calls it */
	const char *preset, *name;	/* the mapping; how the files' names begin */
} kinds[] = {
	{ "Categories", "categories", "Magento1.PurchaseGoodCategory", "PurchaseGoodCategory" },
	{ "Products", "products", "Magento1.PurchaseGood", "PurchaseGood" },
	{ "Customers", "customers", "Magento1.Contact", "Contact" },
	{ "Orders", "orders", "Magento1.PurchaseHeader", "PurchaseHeader" },
	{ "Orders", "orderDetails", "Magento1.PurchaseDetail", "PurchaseDetail" },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int
is_wanted(const struct importing *m, const struct kind *k)
{
	const struct param_list *l = m->wish->resources;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->values[i], k->resource) == 0)
			return 1;
	return l->n == 0;
}

/* ------------------------------------------------------------------ where files go */

static const char *
first_of(const char *given, const char *other)
{
	return given != NULL ? given : other;
}

/* The server that the shop is told: as the connection says, else that of Drop. */
static int
find_server(const struct connection *c, const struct connection *drop, struct arena *a,
    struct magento1_ftp *out, struct err *err)
{
	static const struct connection_ftp none;
	const struct connection_magento1 *m = c->args;
	const int is_ftp = connection_is(drop, "Ftp");
	const struct connection_ftp *f = is_ftp ? drop->args : &none;
	struct connection_address address = { .host = "", .path = "" };

	if (is_ftp)
		connection_address_read(
		    a, drop->common->address.value, drop->kind->schemes, &address);
	*out = (struct magento1_ftp){ .host = first_of(m->ftp_host.value, address.host),
		.user = first_of(m->ftp_user.value, f->user.value),
		.password = first_of(m->ftp_password.value, f->password.value),
		.path = first_of(m->ftp_path.value, "") };
	if (m->ftp_path.value == NULL && strlen(address.path) > 1)
		out->path = arena_printf(a, "%s/", address.path);
	if (out->host[0] != '\0' && out->user != NULL && out->password != NULL)
		return 0;
	return err_set(err, ERR_PERMANENT, "The connection %s does not say on which FTP server the "
	    "shop puts its files: set FtpHost, FtpUser and FtpPassword.", c->name);
}

static int
open_drop(struct importing *m, struct err *err)
{
	const struct connection_magento1 *args = m->s->connection.args;
	struct run *run = m->s->run;
	struct db *registry = NULL;
	int rc = registry_db_open(&registry, run->conf, 0, err);

	if (rc == 0)
		rc = connection_ops_get(registry, &run->arena, run->conf->key_file, run->tenant_id,
		    args->drop.value, "Ftp|Folder", &m->drop, err);
	db_close(&registry);
	if (rc < 0 || (rc = find_server(&m->s->connection, &m->drop, &run->arena, &m->api.ftp,
			   err)) < 0)
		return rc;
	return connection_files_open(&run->arena, run->conf, &m->drop, &m->files, err);
}

/* ------------------------------------------------------------------ a file */

static void
begin_taking(struct importing *m, struct import_files *files)
{
	struct import_taking *t = &m->taking;

	t->run = m->s->run;
	t->connection = &m->drop;
	t->transfer = m->files.transfer;
	t->files = files;
	t->as = m->s->feed.seen;
	t->as.platform = t->as.entity = "File";
	t->as.action = "Insert";
	t->folder = "";
	t->done = "done";
	t->failed = "failed";
	t->max = FILE_BYTES_MAX;
	t->rejected_percent = m->wish->rejected_percent;
}

static void
add_counts(struct feed_counts *all, const struct feed_counts *c)
{
	all->read += c->read;
	all->taken += c->taken;
	all->ignored += c->ignored;
	all->superseded += c->superseded;
	all->refused += c->refused;
	all->remarks += c->remarks;
	for (size_t i = 0; i < sizeof all->of / sizeof all->of[0]; i++) {
		all->of[i].inserted += c->of[i].inserted;
		all->of[i].updated += c->of[i].updated;
		all->of[i].unchanged += c->of[i].unchanged;
		all->of[i].superseded += c->of[i].superseded;
	}
}

static void
tell(struct importing *m, const struct import_found *f, const struct import_outcome *o)
{
	const char *why = o->trouble[0] != '\0' ? o->trouble : o->reason;
	const int is_bad = o->how == IMPORT_TAKEN_FAILED || o->how == IMPORT_TAKEN_REFUSED ||
	    o->trouble[0] != '\0';

	run_log(m->s->run, "%s: %" PRId64 " read.%s%s", f->name, o->counts.read,
	    why[0] != '\0' ? " " : "", why);
	add_counts(&m->s->feed.counts, &o->counts);
	if (is_bad && m->nbad++ == 0)
		m->first = arena_printf(&m->s->run->arena, "%s: %s", f->name, why);
}

static int
take_found(struct importing *m, const struct import_look *look, struct err *err)
{
	struct import_outcome o;
	int rc = 0;

	for (size_t i = 0; i < look->n && rc == 0; i++)
		if ((rc = import_take(&m->taking, &look->found[i], &o, err)) == 0)
			tell(m, &look->found[i], &o);
	return rc;
}

/* The name ends in the export's number, whatever the day is at the shop. */
static int
take(struct importing *m, const struct kind *k, int64_t id, struct err *err)
{
	struct arena *a = &m->s->run->arena;
	struct import_files *files = arena_new(a, struct import_files, 1);
	struct import_look look = { .transfer = m->files.transfer, .folder = "", .files = files };
	const char *glob = arena_printf(a, "%s-*-%" PRId64 ".csv", k->name, id);
	int rc = import_preset_read(a, import_preset_find(k->preset), &files->maps[0], err);

	files->n = files->nmaps = 1;
	files->patterns[0] = (struct import_pattern){ .glob = glob, .map = &files->maps[0] };
	if (rc == 0)
		rc = import_look(&look, a, err);
	if (rc == 0 && look.n == 0)
		rc = err_set(err, ERR_PERMANENT, "The shop has ended the export, but no file %s is "
		    "in %s: correct Drop or FtpPath of the connection %s.", glob,
		    m->drop.common->address.value, m->s->connection.name);
	begin_taking(m, files);
	if (rc == 0)
		rc = take_found(m, &look, err);
	import_files_done(files);
	return rc;
}

/* ------------------------------------------------------------------ a type */

static void
waits(void *arg, const char *type, int64_t seconds)
{
	run_progress(arg, type, seconds, 0);
}

/* What is asked for next time begins a little before the shop was asked now. */
static int
run_kind(struct importing *m, const struct kind *k, struct err *err)
{
	struct shop_run *s = m->s;
	struct arena *a = &s->run->arena;
	struct store_cursor at = { .connection = s->connection.name, .resource = k->type,
		.scope = "" };
	usec_t asked;
	int64_t id;
	int rc = store_cursor_get(s->run->db, &at, err);
	usec_t from = at.seen_at;

	if (rc < 0)
		return rc;
	from = m->wish->full || from == USEC_NONE ? USEC_NONE :
						    from - SHOP_RUN_OVERLAP_S * USEC_SEC;
	run_progress(s->run, k->type, 0, 0);
	if ((rc = magento1_api_ask(&m->api, a, k->type, from, &id, &asked, err)) < 0 ||
	    (rc = magento1_api_wait(&m->api, a, k->type, id, err)) < 0 ||
	    (rc = take(m, k, id, err)) < 0)
		return rc;
	at.seen_at = asked != USEC_NONE && asked < s->now ? asked : s->now;
	return m->nbad > 0 ? 0 : shop_run_note(s, &at, err);
}

static int
import(struct importing *m, struct err *err)
{
	struct run *run = m->s->run;
	int rc;

	if ((rc = import_place_make(&run->arena, run->conf, run->tenant_id, err)) < 0 ||
	    (rc = open_drop(m, err)) < 0)
		return rc;
	for (size_t i = 0; i < KINDS && rc == 0; i++)
		if (is_wanted(m, &kinds[i]))
			rc = run_kind(m, &kinds[i], err);
	if (rc < 0 || m->nbad == 0)
		return rc;
	return err_set(err, ERR_PERMANENT, "%d %s trouble. %s", m->nbad,
	    text_form(m->nbad, "file has", "files have"), m->first);
}

int
magento1_import(struct shop_run *s, const struct magento1_wish *wish, struct err *err)
{
	struct importing *m = arena_new(&s->run->arena, struct importing, 1);
	int rc;

	m->s = s;
	m->wish = wish;
	m->files.folder = -1;
	m->api = (struct magento1_api){ .fetch = &s->fetch, .connection = &s->connection,
		.wait_s = wish->wait_s, .waits = waits, .arg = s->run };
	rc = import(m, err);
	connection_files_close(&m->files);
	import_taking_done(&m->taking);
	return rc;
}
