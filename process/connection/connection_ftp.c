#include "config.h"

#include "process/connection/connection_ftp.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/connection/connection_address.h"
#include "net/transfer.h"
#include "process/connection/connection_folder.h"
#include "process/connection/connection_probe.h"

/* ------------------------------------------------------------------ opening it */

static enum transfer_protocol
protocol_of(const char *scheme)
{
	static const struct { const char *scheme; enum transfer_protocol protocol; } known[] = {
		{ "ftp", TRANSFER_FTP }, { "ftpes", TRANSFER_FTPES }, { "ftps", TRANSFER_FTPS },
		{ "sftp", TRANSFER_SFTP },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].scheme, scheme) == 0)
			return known[i].protocol;
	return TRANSFER_FOLDER;
}

static void
set_server(struct transfer_server *s, const struct connection *c,
    const struct connection_address *address)
{
	const struct connection_ftp *f = c->args;

	s->host = address->host;
	s->port = address->port;
	s->path = address->path;
	s->user = f->user.value;
	s->password = f->password.value;
	s->private_key = f->private_key.value;
	s->passphrase = f->passphrase.value;
	s->host_key = f->host_key.value;
	s->ca_pem = f->common.ca.value;
	s->passive = f->passive.value;
	s->allow_private = f->common.allow_private.value;
	s->connect_s = (long)f->common.connect_s.value;
	s->silence_s = (long)f->common.total_s.value;
}

int
connection_files_open(struct arena *a, const struct conf *conf, const struct connection *c,
    struct connection_files *out, struct err *err)
{
	struct transfer_server *s = arena_new(a, struct transfer_server, 1);
	struct connection_address address;
	const char *text = c->common->address.value;
	int rc = 0;

	*out = (struct connection_files){ .folder = -1 };
	if (connection_address_read(a, text, c->kind->schemes, &address) != NULL)
		return err_set(err, ERR_PERMANENT, "%.160s is no address of files.", text);
	s->shown = text;
	s->protocol = protocol_of(address.scheme);
	if (s->protocol != TRANSFER_FOLDER)
		set_server(s, c, &address);
	else
		rc = connection_folder_open(a, conf, c, &out->folder, err);
	s->folder = out->folder;
	if (rc == 0)
		rc = transfer_open(&out->transfer, s, err);
	if (rc < 0)
		connection_files_close(out);
	return rc;
}

void
connection_files_close(struct connection_files *f)
{
	transfer_close(&f->transfer);
	if (f->folder >= 0)
		close(f->folder);
	f->folder = -1;
}

/* ------------------------------------------------------------------ the test */

static void
found(struct connection_probe *p, const struct transfer_list *list)
{
	const char *address = p->connection->common->address.value;

	connection_probe_step(p, "Server", "%s answers and takes the login.", address);
	connection_probe_step(p, "Folder", "It holds %zu %s.", list->n,
	    text_form((int64_t)list->n, "file or folder", "files and folders"));
	if (list->strange > 0)
		connection_probe_remark(p, "Names", "%zu names are left out: links, or names that "
		    "are no UTF-8 or hold control characters.", list->strange);
	if (strncmp(address, "ftp:", 4) == 0)
		connection_probe_remark(p, "TLS", "The address begins with ftp://, so everybody on "
		    "the way can read the password and the files: use ftpes://, ftps:// or "
		    "sftp://.");
}

static int
ftp_probe(struct connection_probe *p, struct err *err)
{
	struct connection_files files;
	struct transfer_list list;
	int rc = connection_files_open(p->arena, p->conf, p->connection, &files, err);

	if (rc == 0 && (rc = transfer_list(files.transfer, p->arena, "", &list, err)) == 0)
		found(p, &list);
	connection_files_close(&files);
	return rc;
}

const struct connection_probe_row connection_ftp_probe_rows[] = {
	{ .kind = "Ftp", .run = ftp_probe },
	{ .kind = NULL },
};
