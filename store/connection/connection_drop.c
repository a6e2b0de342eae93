#include "config.h"

#include "store/connection/connection_drop.h"

#include <json-c/json.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "store/connection/connection_document.h"
#include "store/connection/connection_ops.h"

static int
same_member(struct json_object *x, struct json_object *y, const char *name)
{
	const char *a = json_text(x, name), *b = json_text(y, name);

	return a == NULL || b == NULL ? a == b : text_ieq(a, b);
}

/* A password for one server must not be told as that of another. */
static int
check_told(struct arena *a, const struct connection_setting *s,
    const struct store_connection *there, struct json_object *document, struct err *err)
{
	struct json_object *was;
	int rc;

	if (there == NULL || json_text(document, "FtpPassword") == NULL ||
	    connection_document_gives(s->given, "FtpPassword"))
		return 0;
	if ((rc = connection_document_read(s->kind, there, &was, err)) < 0)
		return rc;
	if (!same_member(was, document, "FtpHost") || !same_member(was, document, "Drop"))
		err_fault(err, a, "FtpPassword",
		    "must be given again, because FtpHost or Drop changes");
	json_object_put(was);
	return 0;
}

/* Whoever may set the shop's address must not be told the secrets of another connection. */
static void
check_inherited(struct arena *a, struct json_object *document,
    const struct store_connection *drop, struct err *err)
{
	static const char *const told[] = { "FtpHost", "FtpUser", "FtpPassword" };

	if (drop->secret_names[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		if (json_text(document, told[i]) == NULL)
			err_fault(err, a, told[i],
			    "is required by the API, because Drop has secrets");
}

int
connection_drop_check(struct db *db, struct arena *a, const struct connection_setting *s,
    const struct store_connection *there, struct json_object *document, struct err *err)
{
	const char *name = json_text(document, "Drop");
	struct store_connection *drop;
	int rc;

	if (name == NULL || param_find(s->kind->params, "Drop") == NULL)
		return 0;
	if ((rc = store_connection_find(db, a, s->tenant_id, name, &drop, err)) < 0)
		return rc;
	if (drop == NULL)
		return err_fault(err, a, "Drop", "is no connection of the tenant; add it first");
	if (s->check != NULL && (rc = s->check(drop, drop, s->arg, err)) < 0)
		return rc;
	if (!text_ieq(drop->kind, "Ftp") && !text_ieq(drop->kind, "Folder"))
		return err_fault(err, a, "Drop", "is a connection of the kind %s; it must be of "
		    "Ftp or Folder", drop->kind);
	if (s->by_api)
		check_inherited(a, document, drop, err);
	return check_told(a, s, there, document, err);
}
