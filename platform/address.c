#include "config.h"

#include "platform/address.h"

#include "platform/platform.h"
#include "model/change/consent.h"

/* An opt-in that is null says nothing, and neither does its date. */
static void
drop_unsaid(struct row *row, const struct consent_columns *c)
{
	const int optin = entity_column_find(row->entity, c->optin);

	if (row->said[optin] && row->values[optin].kind != VAL_NULL)
		return;
	row_unsay_at(row, optin);
	row_unsay_at(row, entity_column_find(row->entity, c->date));
}

struct row *
platform_address_of(
    struct arena *a, const struct row *contact, int32_t brand_id, int16_t type_id)
{
	struct row *row = row_new(a, E_Address, ROW_PUT);

	if (contact != NULL)
		row_refer(row, Address_ContactId, contact);
	row_int(row, Address_BrandId, brand_id);
	row_int(row, Address_ContactAddressTypeId, type_id);
	row_bool(row, Address_DeletionFlag, 0);
	return row;
}

int
platform_address_add(
    struct platform_context *ctx, struct row *row, const struct consent *consent, struct err *err)
{
	for (int channel = CONSENT_ADDRESS; channel < CONSENT_CHANNELS; channel++)
		drop_unsaid(row, &consent_columns[channel]);
	row->consent = consent;
	return platform_put(ctx, row, err);
}
