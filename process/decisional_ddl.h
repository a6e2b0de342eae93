/*
 * decisional_ddl - changes decision tables while others may read them.
 */
#ifndef PROCESS_DECISIONAL_DDL_H
#define PROCESS_DECISIONAL_DDL_H

#include "process/run.h"
#include "store/db.h"

struct err;

/* Runs a statement that needs a table for itself. It waits for readers of the tables, half a second
 * at a time, so that the readers behind it do not wait long. ERR_TRANSIENT when one of them holds a
 * table for minutes. */
int decisional_ddl(struct run *run, enum query q, struct err *err);

#endif
