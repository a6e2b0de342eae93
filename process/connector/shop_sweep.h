/*
 * shop_sweep - looks for what a shop has deleted: stored rows of its Source that are not among all
 * its ids are marked as deleted.
 *
 * A list that is empty, or so short that too much would be deleted, is not believed: nothing is
 * marked, and the run ends with a warning.
 */
#ifndef PROCESS_CONNECTOR_SHOP_SWEEP_H
#define PROCESS_CONNECTOR_SHOP_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "process/connector/shop_run.h"
#include "store/db.h"

enum {
	SHOP_SWEEP_FEW = 10,		/* so many are always believed, unless nothing is listed */
	SHOP_SWEEP_PERCENT = 20		/* of what is stored: more are not believed */
};

struct shop_sweep {
	/* In. */
	const char *resource;		/* "customers": in cursor, log and progress */
	const char *entity;		/* "Customer" */
	enum query stored;		/* (Source, before, after, limit): identifiers of rows that
					 * are not deleted, older than before, by identifier */
	feed_map_fn *map;		/* of platform/gone.h */
	int64_t days;			/* not before so many days after the last sweep */
	/* A page of records with their ids, as shop_pass.fetch. */
	int (*ids)(void *arg, struct shop_page *page, struct err *err);
	void *arg;

	/* Of the work. */
	struct arena arena;
	usec_t begun;			/* the list is younger than rows that were there then */
	int64_t *listed;		/* ids of the shop, ascending */
	size_t nlisted, cap;
	const char **missing;		/* identifiers that the shop does not list */
	size_t nmissing, missing_cap, nstored;
};

/* 0, also when it is not due, or not believed. */
int shop_sweep(struct shop_run *s, struct shop_sweep *w, struct err *err);

#endif
