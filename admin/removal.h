/*
 * removal - what the commands that remove something share: they refuse while something depends on
 * it and say what, look first with --dry-run, and tell what was removed.
 */
#ifndef ADMIN_REMOVAL_H
#define ADMIN_REMOVAL_H

struct context;
struct rows;

#define REMOVAL_DRY_RUN { .name = "dry-run", .type = CMD_FLAG, \
	.doc = "Only say what would be removed, or what keeps it from that; change nothing." }

/* A fault for each row of store_removal.h, behind one that says what cannot be done ("alias
 * Demo/Main", "cannot be removed"). */
void removal_depends(struct context *x, const char *subject, const char *what,
    const struct rows *r);

/* A fault of another kind, likewise. */
void removal_fault(struct context *x, const char *subject, const char *what, const char *field,
    const char *message);

/* 0, or ERR_CONFLICT when there are faults. */
int removal_allowed(struct context *x);

/* ERR_CONFLICT when rows depend on the subject, which is to be removed. */
int removal_refuse(struct context *x, const char *subject, const struct rows *r);

/* Prints that it was removed, or with --dry-run that it would be. */
void removal_tell(struct context *x, const char *subject);

#endif
