#include "config.h"

#include "privacy/person_place.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_person.h"
#include "model/purchase_key.h"

enum { NAME_MAX_BYTES = 64 };

/* ------------------------------------------------------------------ names */

static int
same_plain(const char *plain, const char *name)
{
	return strcasecmp(plain, name) == 0;
}

static int
class_of(const char *plain)
{
	static const struct { const char *name; int class;
	} names[] = {
		{ "customer", PERSON_PLACE_PERSON },
		{ "contact", PERSON_PLACE_PERSON },
		{ "client", PERSON_PLACE_PERSON },
		{ "subscriber", PERSON_PLACE_PERSON },
		{ "drupal", PERSON_PLACE_PERSON },
		{ "contactidentifier", PERSON_PLACE_PERSON },
		{ "contactconnexion", PERSON_PLACE_PERSON },
		{ "newsletter", PERSON_PLACE_PERSON },
		/* or somebody of the shop: no sign that it is about another person */
		{ "user", PERSON_PLACE_VISITOR },
		{ "member", PERSON_PLACE_VISITOR },
		{ "participant", PERSON_PLACE_VISITOR },
		{ "order", PERSON_PLACE_PURCHASE },
		{ "purchase", PERSON_PLACE_PURCHASE },
		{ "purchaseheader", PERSON_PLACE_PURCHASE },
		{ "command", PERSON_PLACE_PURCHASE },
		{ "statuscommand", PERSON_PLACE_PURCHASE },
		{ "product", PERSON_PLACE_THING },
		{ "variant", PERSON_PLACE_THING },
		{ "item", PERSON_PLACE_THING },
		{ "lineitem", PERSON_PLACE_THING },
		{ "shop", PERSON_PLACE_THING },
		{ "location", PERSON_PLACE_THING },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(plain, names[i].name) == 0)
			return names[i].class;
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (same_plain(plain, e->name))
			return entity_is_personal(e) ? PERSON_PLACE_ROW + (int)(e - entities) :
						       PERSON_PLACE_THING;
	return PERSON_PLACE_NOBODY;
}

static void
cut_end(char *plain, const char *end)
{
	size_t n = strlen(plain), length = strlen(end);

	if (n >= length && strcmp(plain + n - length, end) == 0)
		plain[n - length] = '\0';
}

/* Letters only, lower case: "Customer_ID" and "customerId" are one name. */
static void
plain_name(const char *name, char out[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (; *name != '\0' && n + 1 < NAME_MAX_BYTES; name++)
		if (isalpha((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

/* What an object of this name is, in another: "ContactExternalKey", "orders"; a bare "ExternalKey"
 * or "Identifiers" names what it stands in. */
static int
class_of_object(const char *name, int object)
{
	char plain[NAME_MAX_BYTES];
	int class;

	plain_name(name, plain);
	if (strcmp(plain, "identifiers") == 0)
		return object;
	cut_end(plain, "externalkey");
	if (*plain == '\0')
		return object;
	if ((class = class_of(plain)) != PERSON_PLACE_NOBODY)
		return class;
	cut_end(plain, "s");
	return class_of(plain);
}

/* The key of its rows is a number of their Source by a name of its own. */
static int
has_own_number(const struct entity *e)
{
	if (e->natural[0] == NULL || e->natural[1] == NULL)
		return 0;
	return strcmp(e->natural[1], "SourceId") == 0 && strcmp(e->natural[0], "Identifier") != 0;
}

/* A row's own columns: its key in the tenant's database, which only the platform Standard knows,
 * and the identifier that its Source gave it ("CardIdentifier"). */
static int
class_of_column(const char *plain, int knows_keys)
{
	for (const struct entity *e = entities; e->name != NULL; e++) {
		if (same_plain(plain, e->key))
			return knows_keys && entity_is_personal(e) ?
			    PERSON_PLACE_KEY + (int)(e - entities) :
			    PERSON_PLACE_NOBODY;
		if (has_own_number(e) && same_plain(plain, e->natural[0]))
			return entity_is_personal(e) ? PERSON_PLACE_ROW + (int)(e - entities) :
						       PERSON_PLACE_THING;
	}
	return PERSON_PLACE_NOBODY;
}

static int
class_of_name(char *plain, const char *end, int knows_keys)
{
	int column = class_of_column(plain, knows_keys), class;

	cut_end(plain, end);
	class = class_of(plain);
	if (class != PERSON_PLACE_NOBODY && class < PERSON_PLACE_ROW)
		return class;
	return column != PERSON_PLACE_NOBODY ? column : class;
}

/* Whose number a member of this name holds, in an object of this class. */
static int
class_of_number(const char *name, int object, int knows_keys)
{
	static const char *const ends[] = { "identifier", "ids", "id" };
	char plain[NAME_MAX_BYTES];

	plain_name(name, plain);
	if (knows_keys && strcmp(plain, "contactid") == 0)
		return PERSON_PLACE_CONTACT;
	if (strncmp(plain, "xshopify", 8) == 0)	/* a header */
		memmove(plain, plain + 8, strlen(plain + 8) + 1);
	if (strcmp(plain, "orderstoredact") == 0 || strcmp(plain, "ordersrequested") == 0)
		return PERSON_PLACE_PURCHASE;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t n = strlen(plain), end = strlen(ends[i]);

		if (n >= end && strcmp(plain + n - end, ends[i]) == 0)
			return n == end ? object : class_of_name(plain, ends[i], knows_keys);
	}
	return PERSON_PLACE_NOBODY;
}

/* ------------------------------------------------------------------ what stands there */

/* "gid://shopify/Customer/5" is a number with its class. */
static const char *
global_id(const char *text, int *class)
{
	const char *name, *end = NULL;
	char part[NAME_MAX_BYTES];

	if (strncmp(text, "gid://", 6) != 0)
		return text;
	if ((name = strchr(text + 6, '/')) != NULL)
		end = strchr(++name, '/');
	if (end == NULL || (size_t)(end - name) >= sizeof part)
		return text;
	memcpy(part, name, (size_t)(end - name));
	part[end - name] = '\0';
	*class = class_of_object(part, PERSON_PLACE_NOBODY);
	return end + 1;
}

static void
each(
    const struct person_places *w, int class, int16_t source_id, const char *name, const char *text)
{
	const struct person_place p = {
		.class = class, .source_id = source_id, .name = name, .text = text
	};

	w->each(w->arg, &p);
}

static void
walk_scalar(const struct person_places *w, struct json_object *o, const char *name, int class,
    int16_t source_id)
{
	const char *text = json_object_get_string(o);

	if (text == NULL || *text == '\0' || json_object_is_type(o, json_type_boolean))
		return;
	text = global_id(text, &class);
	each(w, class, source_id, name, text);
}

/* The member of this name, in any case, as text; NULL when there is none. */
static const char *
member(struct json_object *o, const char *name)
{
	json_object_object_foreach(o, key, value)
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(value);
	return NULL;
}

/* The Source that an object names; 0, or none, is the message's. */
static int16_t
source_of(const struct person_places *w, struct json_object *o)
{
	const char *text = member(o, "SourceId");
	int64_t id;

	if (text == NULL || text_int64(text, &id) < 0)
		return w->source_id;
	return id > 0 && id <= INT16_MAX ? (int16_t)id : w->source_id;
}

/* A purchase that is known by more than its number. */
static void
walk_purchase(const struct person_places *w, struct json_object *o, int16_t source_id)
{
	const char *number = member(o, "PurchaseIdentifier"),
		   *checkout = member(o, "CheckoutIdentifier"),
		   *store = member(o, "StoreIdentifier");
	struct arena a = { 0 };

	if (number != NULL && (checkout != NULL || store != NULL))
		each(w, PERSON_PLACE_PURCHASE, source_id, "PurchaseIdentifier",
		    purchase_key(&a, number, checkout, store));
	arena_done(&a);
}

static void
walk_value(const struct person_places *w, struct json_object *o, const char *name, int object,
    int16_t source_id)
{
	if (json_object_is_type(o, json_type_object)) {
		int inner = class_of_object(name, object);
		int16_t source = source_of(w, o);

		walk_purchase(w, o, source);
		json_object_object_foreach(o, key, value)
			walk_value(w, value, key, inner, source);
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk_value(w, json_object_array_get_idx(o, i), name, object, source_id);
	} else {
		walk_scalar(w, o, name, class_of_number(name, object, w->knows_keys), source_id);
	}
}

int
person_place_of(const char *name)
{
	return class_of_object(name, PERSON_PLACE_NOBODY);
}

void
person_places_walk(const struct person_places *w, struct json_object *o, const char *name)
{
	walk_value(w, o, name, PERSON_PLACE_NOBODY, w->source_id);
}
