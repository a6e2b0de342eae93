#include "config.h"

#include "platform/magento/rest/address.h"

#include "lib/format/json.h"
#include "model/row.h"
#include "platform/label.h"
#include "platform/magento/person.h"
#include "platform/platform.h"

enum { STREET_LINES = 4 };

static void
set_street(struct row *row, struct json_object *street)
{
	static const enum column lines[STREET_LINES] = { Address_Address1, Address_Address2,
		Address_Address3, Address_Address4 };

	for (size_t i = 0; i < STREET_LINES; i++) {
		struct json_object *line = i < json_count(street) ?
		    json_object_array_get_idx(street, i) :
		    NULL;

		row_text(row, lines[i],
		    json_object_is_type(line, json_type_string) ? json_object_get_string(line) :
								  NULL);
	}
}

static void
set_country(struct row *row, const struct val *country)
{
	row_value(row, Address_CountryId, *country);
	row_value(row, Address_MobilePhoneCountryId, *country);
}

int
magento_rest_address(
    struct platform_context *ctx, struct row *row, struct json_object *o, struct err *err)
{
	const char *code = json_text(o, "country_id");
	struct val country;
	int rc;

	if (o == NULL)
		return 0;
	rc = platform_magento_go_on(platform_label(ctx, "Country", code, &country, err), err);
	if (rc < 0 || row == NULL)
		return rc;
	if (country.kind != VAL_NULL)
		set_country(row, &country);
	else if (code != NULL)
		platform_label_unknown(ctx, "Country", "country_id", code);
	set_street(row, json_array(o, "street"));
	row_text(row, Address_PostCode, json_text(o, "postcode"));
	row_text(row, Address_City, json_text(o, "city"));
	row_text(row, Address_MobilePhoneNumber, json_text(o, "telephone"));
	return 0;
}
