/*
 * magento1_api - asks the CRM360 module of a Magento 1 shop (followthesun_crm360) for files, and
 * waits for them: the shop puts each on the FTP server that it is told.
 *
 * Login and passwords go in the query of addresses, as the module wants it. No error holds them.
 */
#ifndef PROCESS_CONNECTOR_MAGENTO1_API_H
#define PROCESS_CONNECTOR_MAGENTO1_API_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct connection;
struct err;
struct shop_fetch;

/* What the shop is told. */
struct magento1_ftp { const char *host, *user, *password, *path; };

struct magento1_api {
	/* In. */
	struct shop_fetch *fetch;	/* NULL = one try, for a test */
	const struct connection *connection;	/* of the kind Magento1 */
	struct magento1_ftp ftp;
	int wait_s;			/* how long an export may take */
	/* Hears that an export is still under way, after so many seconds. NULL = nobody does. */
	void (*waits)(void *arg, const char *type, int64_t seconds);
	void *arg;
};

/* Asks for a file of a type ("customers"), of rows that were changed from then on (USEC_NONE =
 * all). *id: its number. *date: by the shop's clock, or USEC_NONE. ERR_FORBIDDEN: the login is
 * wrong. */
int magento1_api_ask(struct magento1_api *api, struct arena *a, const char *type, usec_t from,
    int64_t *id, usec_t *date, struct err *err);

/* Waits until the file is there. ERR_TIMEOUT: it takes too long; ERR_PERMANENT: the shop failed. */
int magento1_api_wait(
    struct magento1_api *api, struct arena *a, const char *type, int64_t id, struct err *err);

/* Whether the shop takes the login. */
int magento1_api_test(struct magento1_api *api, struct arena *a, struct err *err);

#endif
