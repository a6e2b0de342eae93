#include "config.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/xml.h"
#include "platform/platform.h"
#include "platform/prestashop/prestashop.h"

/* What is never taken out of an answer. */
static const char *const secrets[] = { "passwd", "secure_key", "last_passwd_gen",
	"reset_password_token", "reset_password_validity", "ip_registration_newsletter" };

static int
is_secret(const char *name)
{
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		if (strcmp(name, secrets[i]) == 0)
			return 1;
	return 0;
}

static int
is_list(const struct xml_node *node)
{
	return xml_attribute(node, "nodeType") != NULL ||
	    (node->parent != NULL && strcmp(node->parent->name, "associations") == 0);
}

static struct json_object *value_of(const struct xml_node *node);

static struct json_object *
list_of(const struct xml_node *node)
{
	struct json_object *list = json_object_new_array();

	for (const struct xml_node *c = node->first; c != NULL; c = c->next)
		json_object_array_add(list, value_of(c));
	return list;
}

/* A language's texts have its id for a name. An element without text has its id alone. */
static struct json_object *
object_of(const struct xml_node *node)
{
	struct json_object *o = json_object_new_object();
	const char *id = xml_attribute(node, "id");

	if (id != NULL)
		json_object_object_add(o, "id", json_object_new_string(id));
	for (const struct xml_node *c = node->first; c != NULL; c = c->next) {
		const char *language = xml_attribute(c, "id");
		const int is_text = strcmp(c->name, "language") == 0 && language != NULL;

		if (!is_secret(c->name))
			json_object_object_add(o, is_text ? language : c->name,
			    is_text && c->text != NULL ? json_object_new_string(c->text) :
							 value_of(c));
	}
	return o;
}

static struct json_object *
value_of(const struct xml_node *node)
{
	if (is_list(node))
		return list_of(node);
	if (node->first != NULL)
		return object_of(node);
	if (xml_attribute(node, "id") != NULL && node->text[0] == '\0')
		return object_of(node);
	return json_object_new_string(node->text);
}

static int
own_errors(const struct xml_node *errors, struct err *err)
{
	const struct xml_node *first = xml_child(errors, "error");
	const struct xml_node *code = xml_child(first, "code"), *text = xml_child(first, "message");

	return err_set(err, ERR_PERMANENT, "The shop answers with error %.10s: %.300s",
	    code == NULL || code->text == NULL ? "(none)" : code->text,
	    text == NULL || text->text == NULL ? "(no message)" : text->text);
}

/* Customers paste control characters, the shop prints them, and XML has none: blanks instead. */
static const char *
without_controls(struct arena *a, const char *p, size_t n)
{
	char *copy = NULL;

	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];

		if (c >= ' ' || memchr("\t\n\r", c, 3) != NULL)
			continue;
		if (copy == NULL)
			copy = arena_strndup(a, p, n);
		copy[i] = ' ';
	}
	return copy == NULL ? p : copy;
}

int
prestashop_read(struct arena *a, const char *p, size_t n, const char *resource,
    struct json_object **records, struct err *err)
{
	const struct xml_node *list;
	struct xml_node *root;
	const char *text = n > XML_BYTES_MAX ? p : without_controls(a, p, n);
	int rc = xml_read(a, text, n, &root, err);

	*records = NULL;
	if (rc < 0)
		return rc;
	if (strcmp(root->name, "prestashop") != 0)
		return err_set(err, ERR_PERMANENT,
		    "The answer is no XML of the PrestaShop Webservice: it begins with <%.60s>.",
		    root->name);
	if (xml_child(root, "errors") != NULL)
		return own_errors(xml_child(root, "errors"), err);
	if ((list = xml_child(root, resource)) != NULL) {
		*records = list_of(list);
		return 0;
	}
	if (root->first == NULL || root->first->first == NULL)
		return err_set(err, ERR_PERMANENT, "The answer has no <%.60s>.", resource);
	*records = json_object_new_array();
	json_object_array_add(*records, object_of(root->first));
	return 0;
}

struct json_object *
prestashop_index(struct json_object *records)
{
	struct json_object *index = json_object_new_object();

	for (size_t i = 0; i < json_count(records); i++) {
		struct json_object *o = json_object_array_get_idx(records, i);
		const char *id = prestashop_id(o, "id");

		if (id != NULL)
			json_object_object_add(index, id, json_object_get(o));
	}
	return index;
}

/* ------------------------------------------------------------------ for the mappings */

int
prestashop_begin(struct platform_context *ctx)
{
	const struct prestashop_shop *shop = ctx->record;
	const char *of = prestashop_id(ctx->payload, "id_shop");

	ctx->in.lenient = 1;
	ctx->in.is_utc = 0;
	ctx->in.time_zone = shop->time_zone;
	if (shop->shop == NULL || of == NULL || strcmp(of, shop->shop) == 0)
		return 1;
	snprintf(ctx->reason, sizeof ctx->reason, "It is of shop %.20s, which is not taken.", of);
	return 0;
}

const char *
prestashop_id(struct json_object *o, const char *member)
{
	const char *id = json_text(o, member);

	return id == NULL || strcmp(id, "0") == 0 ? NULL : id;
}

const char *
prestashop_side(struct json_object *table, const char *id, const char *member)
{
	struct json_object *o;

	if (table == NULL || id == NULL || !json_object_object_get_ex(table, id, &o))
		return NULL;
	return json_text(o, member);
}

/* The language that is asked for, else the first that has a text. */
const char *
prestashop_text(const struct platform_context *ctx, struct json_object *o, const char *member)
{
	const struct prestashop_shop *shop = ctx->record;
	struct json_object *texts = json_at(o, member);
	const char *text;

	if (!json_object_is_type(texts, json_type_object))
		return json_text(o, member);
	if (shop->language != NULL && (text = json_text(texts, shop->language)) != NULL)
		return text;
	json_object_object_foreach (texts, language, value)
		if (value != NULL && (text = json_text(texts, language)) != NULL)
			return text;
	return NULL;
}

usec_t
prestashop_stamp(struct platform_context *ctx, struct json_object *o)
{
	const usec_t stamp = read_date(&ctx->in, o, "", "date_upd");

	return stamp != USEC_NONE ? stamp : read_date(&ctx->in, o, "", "date_add");
}
