#include "config.h"

#include "platform/address.h"

#include "platform/platform.h"
#include "store/consent.h"

void
platform_address_begin(
    struct platform_write_row *row, int64_t contact_id, int32_t brand_id, int16_t type_id)
{
	platform_write_row_init(row, "Address");
	platform_write_row_set(row, "ContactId", v_int(contact_id));
	platform_write_row_set(row, "BrandId", v_int(brand_id));
	platform_write_row_set(row, "ContactAddressTypeId", v_int(type_id));
	platform_write_row_set(row, "DeletionFlag", v_int(0));
}

/* An opt-in that is null says nothing, and neither does its date. */
static void
platform_address_optin(struct platform_write_row *row, const struct consent_columns *c)
{
	const struct val *optin = platform_write_row_get(row, c->optin);

	if (optin != NULL && optin->kind != VAL_NULL)
		return;
	platform_write_row_unset(row, c->optin);
	platform_write_row_unset(row, c->date);
}

int
platform_address_put(struct platform_context *ctx, struct platform_write_row *row,
    const struct consent *consent, struct err *err)
{
	for (int channel = CONSENT_ADDRESS; channel < CONSENT_CHANNELS; channel++)
		platform_address_optin(row, &consent_columns[channel]);
	row->batch.consent = consent;
	return platform_write_row_put(ctx, row, NULL, err);
}
