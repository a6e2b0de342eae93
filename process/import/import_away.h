/*
 * import_away - what is done with a file on its server once it was read: its result files are put
 * there, and it is moved.
 */
#ifndef PROCESS_IMPORT_IMPORT_AWAY_H
#define PROCESS_IMPORT_IMPORT_AWAY_H

#include <stdint.h>

struct err;
struct import_found;
struct import_taking;

/* Puts the result files of an import that this machine still has; when nothing was rejected, those
 * of rejected rows are left out. Nothing when t->results is NULL. Codes of transfer_put(). */
int import_away_results(struct import_taking *t, const struct import_found *f, int64_t import_id,
    int64_t rejected, struct err *err);

/* Moves the file into folder ("" = it stays) below t->folder; a name that is there gets a number.
 * Its marker is removed. *moved: it has left. Codes of transfer_rename(). */
int import_away_move(struct import_taking *t, const struct import_found *f, const char *folder,
    int *moved, struct err *err);

#endif
