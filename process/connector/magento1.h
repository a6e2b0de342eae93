/*
 * magento1 - imports the files of a Magento 1 shop: asks its module for them one after the other,
 * and takes each from the folder of the connection Drop, as ImportFtp does.
 */
#ifndef PROCESS_CONNECTOR_MAGENTO1_H
#define PROCESS_CONNECTOR_MAGENTO1_H

struct err;
struct param_list;
struct shop_run;

struct magento1_wish {
	const struct param_list *resources;	/* names; empty = all */
	int full;			/* all rows, whatever was asked for before */
	int wait_s;			/* how long an export may take */
	int rejected_percent;
};

/* s has begun, with a connection of the kind Magento1. */
int magento1_import(struct shop_run *s, const struct magento1_wish *wish, struct err *err);

#endif
