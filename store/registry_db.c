#include "config.h"

#include "store/registry_db.h"

#include "lib/conf.h"
#include "store/db.h"

enum { TRUST_S = 5 };

struct db_target
registry_db_target(const struct conf *c, const char *database, unsigned timeout_s)
{
	return (struct db_target){ .socket = c->db_socket,
		.host = c->db_host,
		.port = (unsigned)c->db_port,
		.user = c->db_user,
		.password = c->db_password,
		.database = database,
		.registry = c->db_registry,
		.tls_ca = c->db_tls_ca,
		.timeout_s = timeout_s };
}

int
registry_db_open(struct db **db, const struct conf *c, unsigned timeout_s, struct err *err)
{
	const struct db_target target = registry_db_target(c, c->db_registry, timeout_s);

	if (*db != NULL && db_broken(*db))
		db_close(db);
	return *db != NULL ? 0 : db_open(db, &target, err);
}

int
registry_db_trust(struct db **db, usec_t *used, const struct conf *c, struct err *err)
{
	if (*db != NULL)
		db_prove(*db, used, TRUST_S * USEC_SEC);
	*used = clock_monotonic_us();
	return registry_db_open(db, c, 0, err);
}

int
registry_db_server(struct db **out, const struct conf *c, struct err *err)
{
	const struct db_target target = registry_db_target(c, NULL, 0);

	return db_open(out, &target, err);
}
