/* Presets and proposals of mappings (model/import/). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/json.h"
#include "lib/sniff/sniff.h"
#include "model/import/import_map.h"
#include "model/import/import_preset.h"
#include "model/import/import_propose.h"
#include "model/import/import_role.h"
#include "t/c/tap.h"

static struct arena arena;

#define yes(good, ...) ok(good, arena_printf(&arena, __VA_ARGS__), "")

static struct import_proposal
propose(const char *text)
{
	struct byte_source_memory memory = { text, strlen(text) };
	struct byte_source source = byte_source_memory(&memory);
	struct import_proposal p = { .map = NULL };
	struct sniff s;
	struct err err = { 0 };

	yes(sniff_source(&source, &arena, &s, &err) == 0, "sniffed");
	yes(import_propose(&arena, &s, &p, &err) == 0, "proposed %s", err.detail);
	return p;
}

static int
has(const struct import_proposal *p, const char *words)
{
	return p->map != NULL && strstr(p->map, words) != NULL;
}

/* A list of two texts. */
static int
is_list(const char *const *list, const char *first, const char *second)
{
	if (list[0] == NULL || strcmp(list[0], first) != 0 || list[1] == NULL)
		return 0;
	return strcmp(list[1], second) == 0 && list[2] == NULL;
}

static void
is_proposed(const char *text, const char *words)
{
	const struct import_proposal p = propose(text);

	yes(has(&p, words), "it says %s", words);
	if (!has(&p, words))
		printf("# %s\n", p.map == NULL ? "nothing" : p.reason);
}

/* ------------------------------------------------------------------ presets */

static void
test_presets(void)
{
	for (const struct import_preset *p = import_presets; p->name != NULL; p++) {
		struct import_map map;
		struct err err = { 0 };

		yes(import_preset_read(&arena, p, &map, &err) == 0, "%s is a mapping", p->name);
		for (const struct err_fault *f = err.faults; f != NULL; f = f->next)
			printf("# %s %s\n", f->field, f->message);
		yes((p->shape == NULL) == (map.columns == NULL),
		    "%s has a shape when its files have no header", p->name);
		yes(map.columns == NULL || strlen(p->shape) == map.dialect.fields,
		    "with a letter for each column");
		yes(import_preset_find(p->name) == p, "it is found by its name");
		import_map_done(&map);
	}
	yes(import_preset_find("magento2.ORDER") == &import_presets[1], "in any case of letters");
	yes(import_preset_find("Magento2") == NULL && import_preset_find(NULL) == NULL,
	    "others are not found");
}

/* ------------------------------------------------------------------ maps that are refused */

static void
is_refused(const char *text, const char *field)
{
	struct json_object *json = NULL;
	struct import_map map;
	struct err err = { 0 };
	int found = 0, rc;

	yes(json_parse(text, strlen(text), &json, &err) == 0, "read");
	rc = import_map_read(&arena, "", json, &map, &err);
	for (const struct err_fault *f = err.faults; f != NULL; f = f->next)
		found |= strcmp(f->field, field) == 0;
	yes(rc < 0 && found, "%s is a fault", field);
	import_map_done(&map);
	json_object_put(json);
}

static void
test_faults(void)
{
#define BODY "{ \"Body\": \"Magento/Command/Update\", \"Members\": { \"Amount\": \"a\" } }"
#define ROWS(rows) "{ \"Rows\": [" rows "] }"
	is_refused(ROWS("{ \"Body\": \"Magento/Command\", \"Members\": { \"A\": \"a\" } }"),
	    "Rows[0].Body");
	is_refused(ROWS("{ \"Body\": \"Magento/Order/Update\", \"Members\": { \"A\": \"a\" } }"),
	    "Rows[0].Body");
	is_refused(ROWS("{ \"Body\": 7, \"Members\": { \"A\": \"a\" } }"), "Rows[0].Body");
	is_refused(ROWS("{ \"List\": \"Details\", \"Members\": { \"A\": \"a\" } }"),
	    "Rows[0].List");
	is_refused(ROWS(BODY ", " BODY), "Rows[1].Body");
	is_refused(ROWS(BODY ", { \"Entity\": \"Contact\", \"Members\": { \"City\": \"a\" } }"),
	    "Rows[1].Entity");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Body\": \"Magento/Contact/Insert\", "
	    "\"Members\": { \"A\": \"a\" } }"), "Rows[0].Entity");
	is_refused(ROWS("{ \"Members\": { \"A\": \"a\" } }"), "Rows[0].Entity");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Match\": \"Sku\", \"Members\": "
	    "{ \"FirstName\": \"a\" } }"), "Rows[0].Match");
	is_refused(ROWS("{ \"Entity\": \"PurchaseGood\", \"Match\": \"Ean\", \"Members\": "
	    "{ \"Sku\": \"a\" } }"), "Rows[0].Match");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Stamp\": \"a\", \"Members\": "
	    "{ \"FirstName\": \"a\" } }"), "Rows[0].Stamp");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Once\": [\"a\"], \"Members\": "
	    "{ \"FirstName\": \"a\" } }"), "Rows[0]");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Each\": true, \"Child\": [\"a\"], "
	    "\"Members\": { \"FirstName\": \"a\" } }"), "Rows[0].Child");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Members\": { \"FirstName\": { \"Column\": "
	    "\"a\", \"Split\": \"||\" } } }"), "Rows[0].Members.FirstName.Split");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Members\": { \"BirthDate\": { \"Column\": "
	    "\"a\", \"Zone\": \"Europe/Paris\" } } }"), "Rows[0].Members.BirthDate.Zone");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Members\": { \"FirstName\": { \"Column\": "
	    "\"a\", \"Decimal\": \"Dot\" } } }"), "Rows[0].Members.FirstName.Decimal");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Members\": { \"FirstName\": { \"Colum\": "
	    "\"a\" } } }"), "Rows[0].Members.FirstName.Colum");
	is_refused(ROWS("{ \"Entity\": \"Contact\", \"Members\": { \"FirstName\": { \"If\": "
	    "\"a\" } } }"), "Rows[0].Members.FirstName");
}

/* ------------------------------------------------------------------ names of columns */

static void
test_roles(void)
{
	static const struct { const char *name; enum import_role role; } cases[] = {
		{ "E-Mail", ROLE_EMAIL }, { "Courriel", ROLE_EMAIL }, { "e_mail address", ROLE_EMAIL },
		{ "Prénom", ROLE_FIRST_NAME }, { "VORNAME", ROLE_FIRST_NAME },
		{ "first name", ROLE_FIRST_NAME }, { "Nachname", ROLE_LAST_NAME },
		{ "Nom de famille", ROLE_LAST_NAME }, { "Straße", ROLE_STREET },
		{ "Téléphone", ROLE_PHONE }, { "Code postal", ROLE_POSTCODE }, { "PLZ", ROLE_POSTCODE },
		{ "Geburtsdatum", ROLE_BIRTH }, { "date de naissance", ROLE_BIRTH },
		{ "N° commande", ROLE_ORDER }, { "Bestell-Nr.", ROLE_ORDER },
		{ "order_id", ROLE_ORDER }, { "Artikelnummer", ROLE_SKU }, { "SKU", ROLE_SKU },
		{ "Quantité", ROLE_QUANTITY }, { "Menge", ROLE_QUANTITY }, { "qty", ROLE_QUANTITY },
		{ "Währung", ROLE_CURRENCY }, { "devise", ROLE_CURRENCY }, { "Montant", ROLE_AMOUNT },
		{ "Id", ROLE_ID }, { "nom", ROLE_NAME }, { "Datum", ROLE_DATE }, { "", ROLE_UNSET },
		{ "***", ROLE_UNSET }, { "m", ROLE_UNSET }, { "mai", ROLE_UNSET },
		{ "email mail", ROLE_UNSET }, { "couleur", ROLE_UNSET }, { "Имя", ROLE_UNSET } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		yes(import_role_of(&arena, cases[i].name) == cases[i].role, "%s", cases[i].name);
}

/* ------------------------------------------------------------------ proposals */

#define PERSONS ";Prénom;Nom;Né le;Montant\n7;ana@example.org;Ana;Ba;25/12/1990;1.234,50\n" \
	"8;bo@example.org;Bo;Li;24/12/1991;12,00\n"

static void
test_proposals(void)
{
	struct import_proposal p;

	is_proposed("Id;E-mail" PERSONS, "\"ExternalKey.Identifier\": \"Id\"");
	is_proposed("Id;E-mail" PERSONS, "\"ExternalKey.Email\": \"E-mail\"");
	is_proposed("Id;E-mail" PERSONS, "\"Delimiter\": \";\"");
	p = propose("Id;E-mail" PERSONS);
	yes(is_list(p.ignored, "Né le", "Montant"), "what it does not use is listed");
	yes(!has(&p, "PurchaseHeader"), "an amount makes no purchase");
	is_proposed("order;date;customer;total\n1;2026-01-02;7;12,50\n2;2026-01-03;8;1.000,00\n",
	    "\"Amount\": {\"Column\": \"total\", \"Decimal\": \"Comma\"}");
	p = propose("order;date;customer;total\n1;2026-01-02;7;12,50\n2;2026-01-03;8;1.000,00\n");
	yes(!has(&p, "GroupBy") && !has(&p, "PurchaseDetail"), "orders without lines");
	is_proposed("sku,name,price\nA,Mug,12.50\nB,Cap,3.00\n",
	    "\"Price\": {\"Column\": \"price\", \"Decimal\": \"Point\"}");
	is_proposed("ana@example.org;Paris\nbo@example.org;Nice\n",
	    "\"Columns\": [\"email\", \"column 2\"]");
	is_proposed("ana@example.org;Paris\nbo@example.org;Nice\n", "\"Email\": \"email\"");
	p = propose("x,y\n1,2\n3,4\n");
	yes(p.map == NULL && is_list(p.ignored, "x", "y"), "nothing is proposed for x, y");
	p = propose("");
	yes(p.map == NULL && p.ignored[0] == NULL, "nor for an empty file");
	p = propose("category_code;category_name;parent_category_code\n2;Root;1\n4;Mugs;2\n");
	yes(p.preset != NULL && strcmp(p.preset->name, "Magento2.ProductCategory") == 0,
	    "a file of the vendor is known that a spreadsheet saved anew");
	yes(has(&p, "\"Delimiter\": \";\""), "and the mapping says how it is written now");
	p = propose("1|0|Racine\n2|1|Boutique\n3|2|\"Mugs\"\n");
	yes(p.preset != NULL && strcmp(p.preset->name, "Magento1.PurchaseGoodCategory") == 0 &&
	    has(&p, "\"Quote\": \"\""), "one without a header by what its columns hold");
}

int
main(void)
{
	test_presets();
	test_faults();
	test_roles();
	test_proposals();
	arena_done(&arena);
	return tap_end();
}
