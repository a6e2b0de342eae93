/*
 * connection_ftp - the files of a connection of the kind Ftp or Folder.
 */
#ifndef PROCESS_CONNECTION_CONNECTION_FTP_H
#define PROCESS_CONNECTION_CONNECTION_FTP_H

struct arena;
struct conf;
struct connection;
struct err;
struct transfer;

struct connection_files {
	struct transfer *transfer;
	int folder;			/* of the kind Folder, else -1 */
};

/* Makes it ready for net/transfer.h, whose errors those are, too; an address that leads nowhere is
 * found at the first use. a and the connection are borrowed until connection_files_close(). */
int connection_files_open(struct arena *a, const struct conf *conf, const struct connection *c,
    struct connection_files *out, struct err *err);
void connection_files_close(struct connection_files *f);

#endif
