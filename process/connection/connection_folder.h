/*
 * connection_folder - the folder of this machine that a connection of the kind Folder names.
 */
#ifndef PROCESS_CONNECTION_CONNECTION_FOLDER_H
#define PROCESS_CONNECTION_CONNECTION_FOLDER_H

struct arena;
struct conf;
struct connection;
struct err;

/* Opens it for reading its names. *fd is the caller's to close. Each part of the way below the
 * setting import_root is opened by itself and must be a folder, no symbolic link: so the way never
 * leaves import_root, and never leads into another tenant's folder, whoever may make links there.
 * ERR_CONFIG: import_root is not set, or cannot be opened; ERR_PERMANENT: the folder is not there,
 * is no folder, a link is on the way, or it may not be read. The sentence says how to mend it. */
int connection_folder_open(struct arena *a, const struct conf *conf, const struct connection *c,
    int *fd, struct err *err);

#endif
