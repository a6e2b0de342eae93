/* magento1_probe - the test of a connection to a Magento 1 shop: whether it takes the login. */
#include "config.h"

#include <strings.h>

#include "model/connection/connection.h"
#include "process/connection/connection_probe.h"
#include "process/connector/magento1_api.h"

static int
magento1_probe(struct connection_probe *p, struct err *err)
{
	const struct connection *c = p->connection;
	struct magento1_api api = { .connection = c };
	int rc = magento1_api_test(&api, p->arena, err);

	if (rc < 0)
		return rc;
	connection_probe_step(p, "Server", "The shop answers and takes the login.");
	if (strncasecmp(c->common->address.value, "https:", 6) != 0)
		connection_probe_remark(p, "TLS", "The address begins with http://, so everybody "
		    "on the way can read the passwords: use https://.");
	connection_probe_remark(p, "Files",
	    "Whether the shop reaches the FTP server is seen by the "
	    "first run only; test the connection Drop, too.");
	return 0;
}

const struct connection_probe_row magento1_probe_rows[] = {
	{ .kind = "Magento1", .run = magento1_probe },
	{ .kind = NULL },
};
