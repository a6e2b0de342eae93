#include "config.h"

#include "store/connection/connection_document.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "store/connection/store_connection.h"

/* ------------------------------------------------------------------ reading a row */

static void
add_text(struct json_object *o, const char *name, const char *text)
{
	if (text != NULL)
		json_object_object_add(o, name, json_object_new_string(text));
}

static void
add_id(struct json_object *o, const char *name, int64_t id)
{
	if (id != 0)
		json_object_object_add(o, name, json_object_new_int64(id));
}

int
connection_document_read(const struct connection_kind *kind,
    const struct store_connection *row, struct json_object **out, struct err *err)
{
	struct json_object *o;

	*out = NULL;
	if (json_parse(row->options, strlen(row->options), &o, err) < 0 ||
	    !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return err_set(err, ERR_PERMANENT,
		    "What is stored of the connection %s, of the kind %s, cannot be read.",
		    row->name, kind->name);
	}
	add_text(o, "Address", row->address);
	add_id(o, "SourceId", row->source_id);
	add_id(o, "ZoneId", row->zone_id);
	add_id(o, "BrandId", row->brand_id);
	add_id(o, "AddressTypeId", row->address_type_id);
	add_text(o, "TimeZone", row->time_zone);
	json_object_object_add(o, "Enabled", json_object_new_boolean(row->enabled));
	*out = o;
	return 0;
}

static const char *
context_of(struct arena *a, const struct store_connection *row)
{
	return arena_printf(a, "connection:%lld", (long long)row->connection_id);
}

static int
no_key(struct err *err)
{
	return err_set(err, ERR_CONFIG,
	    "The key that seals secrets is not loaded: see the setting key_file.");
}

int
connection_document_secrets(struct arena *a, const struct secret_box *box,
    const struct store_connection *row, struct json_object **out, struct err *err)
{
	size_t n;
	char *text;
	int rc = 0;

	*out = NULL;
	if (row->sealed == NULL) {
		*out = json_object_new_object();
		return 0;
	}
	if (!box->loaded)
		return no_key(err);
	text = secret_open(a, box, context_of(a, row), row->sealed, row->sealed_bytes, &n, err);
	if (text == NULL)
		return err_set(err, ERR_CONFIG,
		    "The secrets of the connection %s cannot be opened: they were sealed with "
		    "another key than that of the setting key_file. Give them again.", row->name);
	rc = json_parse(text, n, out, err);
	explicit_bzero(text, n);
	return rc;
}

/* ------------------------------------------------------------------ a change */

int
connection_document_gives(struct json_object *given, const char *member)
{
	json_object_object_foreach(given, name, value)
		if (value != NULL && text_ieq(name, member))
			return 1;
	return 0;
}

void
connection_document_merge(
    const struct connection_kind *kind, struct json_object *document, struct json_object *given)
{
	json_object_object_foreach(given, name, value) {
		const struct param *p = param_find(kind->params, name);

		if (value != NULL)
			json_object_object_add(document, p == NULL ? name : p->name,
			    json_object_get(value));
	}
}

/* ------------------------------------------------------------------ writing a row */

static void
write_list(struct writer *w, const struct param_list *list)
{
	int64_t n;

	writer_array(w);
	for (size_t i = 0; i < list->n; i++)
		if (text_int64(list->values[i], &n) == 0)
			writer_int(w, n);
		else
			writer_text(w, list->values[i]);
	writer_end(w);
}

static void
write_value(struct writer *w, const struct param *p, const void *args)
{
	const void *field = (const char *)args + p->offset;

	writer_name(w, p->name);
	switch (p->kind) {
	case PARAM_INT:
		writer_int(w, ((const struct param_int *)field)->value);
		break;
	case PARAM_FLAG:
		writer_flag(w, ((const struct param_flag *)field)->value);
		break;
	case PARAM_LIST:
		write_list(w, field);
		break;
	case PARAM_TEXT:
		writer_text(w, ((const struct param_text *)field)->value);
		break;
	case PARAM_UNSET:
	case PARAM_OBJECT:
	case PARAM_ROWS:
		writer_null(w);
		break;
	}
}

/* The document's secrets, or its other options, in the order of the rows. */
static const char *
members(struct arena *a, const struct connection_kind *kind, struct json_object *document,
    const void *args, int secret)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	for (const struct param *p = kind->params; p->name != NULL; p++)
		if (!connection_is_field(p) && (p->secret != 0) == secret &&
		    json_object_object_get(document, p->name) != NULL)
			write_value(&w, p, args);
	writer_end(&w);
	return b.data;
}

static const char *
names_of(struct arena *a, const struct connection_kind *kind, struct json_object *document)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (const struct param *p = kind->params; p->name != NULL; p++)
		if (p->secret && json_object_object_get(document, p->name) != NULL)
			buf_addf(&b, "%s%s", b.len > 0 ? "," : "", p->name);
	return b.data;
}

void
connection_document_write(struct arena *a, const struct connection_kind *kind,
    struct json_object *document, const void *args, struct store_connection *row,
    const char **secrets)
{
	const struct connection_common *c = args;

	row->kind = kind->name;
	row->address = c->address.value;
	row->source_id = c->source_id.value;
	row->zone_id = c->zone_id.value;
	row->brand_id = c->brand_id.value;
	row->address_type_id = c->address_type_id.value;
	row->time_zone = c->time_zone.value;
	row->enabled = c->enabled.value;
	row->options = members(a, kind, document, args, 0);
	row->secret_names = names_of(a, kind, document);
	*secrets = row->secret_names[0] == '\0' ? "" : members(a, kind, document, args, 1);
}

int
connection_document_seal(struct arena *a, const struct secret_box *box, const char *secrets,
    struct store_connection *row, struct err *err)
{
	size_t n = 0;

	row->sealed = NULL;
	row->sealed_bytes = 0;
	if (secrets[0] == '\0')
		return 0;
	if (!box->loaded)
		return no_key(err);
	row->sealed = secret_seal(a, box, context_of(a, row), secrets, strlen(secrets), &n, err);
	row->sealed_bytes = n;
	return row->sealed == NULL ? err->code : 0;
}
