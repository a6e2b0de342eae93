#include "config.h"

#include "process/connector/prestashop_fault.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/xml.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "net/http.h"
#include "process/connection/connection_http.h"

enum { ERROR_BYTES_MAX = 64 << 10, MESSAGE_CHARS_MAX = 200 };

#define SETTINGS "in the shop, under Advanced parameters, Webservice,"

/* Codes of classes/webservice/WebserviceRequest.php. */
static const struct { int code; const char *sentence; } known[] = {
	{ 16, "got no key: the web server may take the header Authorization away. Set KeyBy to Query, "
	    "or give Apache CGIPassAuth On." },
	{ 17, "got an empty key: the web server may take the header Authorization away. Set KeyBy to "
	    "Query, or give Apache CGIPassAuth On." },
	{ 18, "says that the key is not of 32 characters. Give Key anew." },
	{ 20, "does not know the key, or it is not enabled: enable it " SETTINGS " or give Key anew." },
	{ 21, "says that the key has no rights at all: give it the right View (GET) " SETTINGS
	    " to the resources that are read." },
	{ PRESTASHOP_FAULT_DISABLED, "says that the Webservice is disabled: enable it " SETTINGS
	    " \"Enable PrestaShop's webservice\"." },
	{ 25, "does not let the key read this resource: give it the right View (GET) " SETTINGS
	    " for this key." },
	{ PRESTASHOP_FAULT_NO_RIGHT, "does not let the key read this resource: give it the right View "
	    "(GET) " SETTINGS " for this key." },
	{ 27, "does not have this resource: the shop may be older than PrestaShop 1.6, or Address does "
	    "not lead to its Webservice." },
	{ 28, "does not know schema=synopsis: the shop is older than PrestaShop 1.6." },
	{ 29, "does not know a field that is filtered by: the shop is of a version that this connector "
	    "does not know." },
	{ 30, "does not know a field that is filtered by: the shop is of a version that this connector "
	    "does not know." },
	{ 31, "does not know a field that is filtered by: the shop is of a version that this connector "
	    "does not know." },
	{ 32, "does not know a field that is filtered by: a module of the shop may change its "
	    "Webservice." },
	{ 33, "does not understand a filter: something on the way changes addresses, a firewall "
	    "perhaps." },
	{ 34, "cannot filter by a field: a module of the shop may change its Webservice." },
	{ 35, "does not have a field that its own synopsis names: a module of the shop may change its "
	    "Webservice." },
	{ 36, "does not understand which fields are asked for: something on the way changes addresses, "
	    "a firewall perhaps." },
	{ 37, "does not understand the order that is asked for: something on the way changes addresses, "
	    "a firewall perhaps." },
	{ 38, "cannot sort by the id: a module of the shop may change its Webservice." },
	{ 39, "does not understand how many records are asked for: something on the way changes "
	    "addresses, a firewall perhaps." },
	{ 87, "does not have the record any more." },
	{ 101, "does not let anybody read this resource." },
	{ 131, "does not have the record in this shop." },
	{ 132, "does not let the key see this shop: associate the key with it " SETTINGS
	    " or name the shops that it may see in Shops." },
	{ 999, "does not have a shop of that id: correct Shops." },
};

/* The first error, as a tree; NULL = there is none. */
static const struct xml_node *
first_error(struct arena *a, const struct http_reply *r)
{
	struct err ignored = { 0 };
	struct xml_node *root;

	if (r->bytes == 0 || r->bytes > ERROR_BYTES_MAX || strstr(r->body, "<error") == NULL)
		return NULL;
	if (xml_read(a, r->body, r->bytes, &root, &ignored) < 0)
		return NULL;
	return xml_child(xml_child(root, "errors"), "error");
}

static int
code_of(const struct xml_node *error)
{
	const struct xml_node *code = xml_child(error, "code");

	return code == NULL || code->text == NULL ? -1 : atoi(code->text);
}

int
prestashop_fault_code(const struct http_reply *r)
{
	struct arena a = { 0 };
	const struct xml_node *error = first_error(&a, r);
	const int code = error == NULL ? 0 : code_of(error);

	arena_done(&a);
	return code;
}

const char *
prestashop_fault_place(struct arena *a, const struct connection *c, const char *resource)
{
	return connection_http_url(a, c, arena_printf(a, "api/%s", resource));
}

/* Its own words, of which none may be the key. */
static const char *
message_of(struct arena *a, const struct connection *c, const struct xml_node *error)
{
	const struct connection_prestashop *args = c->args;
	const struct xml_node *text = xml_child(error, "message");

	if (text == NULL || text->text == NULL || strstr(text->text, args->key.value) != NULL)
		return "";
	return arena_printf(a, " (\"%s\")", text_utf8_fit(a, text->text, MESSAGE_CHARS_MAX));
}

static int
own_error(struct arena *a, const struct connection *c, const char *where,
    const struct xml_node *error, struct err *err)
{
	const int code = code_of(error);
	const char *sentence = "reports an error that this connector does not know.";
	const int rc = code == PRESTASHOP_FAULT_NO_RIGHT || code == 25 ? ERR_FORBIDDEN :
	    ERR_PERMANENT;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].code == code)
			sentence = known[i].sentence;
	return err_set(err, rc, "%s %s Error %d of the Webservice%s.", where, sentence, code,
	    message_of(a, c, error));
}

/* The Webservice asks for a key in plain text when none came. */
static int
no_key(const struct connection *c, const char *where, struct err *err)
{
	const struct connection_prestashop *args = c->args;

	if (strcmp(args->key_by.value, CONNECTION_KEY_QUERY) == 0)
		return err_set(err, ERR_PERMANENT, "%s answers 401, though the key is sent in the "
		    "address: something before the shop asks for a password of its own.", where);
	return err_set(err, ERR_PERMANENT, "%s answers 401: the key did not arrive. Apache takes "
	    "the header Authorization away unless it has CGIPassAuth On: mend that, or set KeyBy "
	    "to Query.", where);
}

int
prestashop_fault_judge(struct arena *a, const struct connection *c, const char *resource,
    const struct http_reply *r, struct err *err)
{
	const struct xml_node *error = first_error(a, r);
	const char *where = prestashop_fault_place(a, c, resource);
	const struct http_request q = { .url = where };
	int rc;

	if (error != NULL)
		return own_error(a, c, where, error, err);
	if (r->status == 401)
		return no_key(c, where, err);
	if ((rc = connection_http_judge(a, &q, r, CONNECTION_HTTP_WITH, err)) < 0)
		return rc;
	if (r->status != 200)
		return err_set(err, ERR_PERMANENT, "%s answers %d, which its Webservice never "
		    "does: correct Address.", where, r->status);
	return 0;
}
