/*
 * export_args - the parameters of ExportFtp as plans (export_plan.h).
 */
#ifndef MODEL_EXPORT_EXPORT_ARGS_H
#define MODEL_EXPORT_EXPORT_ARGS_H

#include <stddef.h>

struct arena;
struct err;
struct export_plan;
struct process_export_ftp_args;

#define EXPORT_CHANGED "Changed"
#define EXPORT_MODES "All|" EXPORT_CHANGED

/* A plan per kind, in the arena. where: in front of names in faults. ERR_BAD_REQUEST. */
int export_args_plans(struct arena *a, const struct process_export_ftp_args *in, const char *where,
    struct export_plan **plans, size_t *n, struct err *err);

/* For struct process_kind.check. */
int export_args_check(struct arena *a, const void *args, struct err *err);

#endif
