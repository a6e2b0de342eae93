/*
 * store_rights - the rights that each program's database user needs. The GRANT lines (customerapi
 * config grants) and the check of rights (customerapi check) are both made from this list.
 */
#ifndef STORE_REGISTRY_STORE_RIGHTS_H
#define STORE_REGISTRY_STORE_RIGHTS_H

#include <stddef.h>

struct arena;

enum { STORE_RIGHTS_MAX = 8 };

struct store_rights {
	const char *program;				/* web, daemon, admin */
	const char *doc;				/* which program that is, and why */
	const char *registry[STORE_RIGHTS_MAX + 1];	/* in capitals; ends with NULL */
	const char *tenant[STORE_RIGHTS_MAX + 1];
};

#define STORE_RIGHTS_PROGRAMS "web|daemon|admin"

/* admin has all rights of the others. Ends with program NULL. */
extern const struct store_rights store_rights[];

/* By its program; NULL when there is none of this name. */
const struct store_rights *store_rights_find(const char *program);

/* 1 when every program of the list needs it in daily work. */
int store_rights_is_daily(const char *right);

/* "SELECT, INSERT". */
const char *store_rights_text(struct arena *a, const char *const *rights);

/* A database's name as a pattern for GRANT, in backticks, followed by more, which is a pattern
 * itself. */
const char *store_rights_pattern(struct arena *a, const char *database, const char *more);

#endif
