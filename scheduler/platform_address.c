#include "config.h"

#include "scheduler/platform_address.h"

#include "scheduler/platform.h"

void
platform_address_begin(struct platform_write_row *row, int64_t contact_id, int32_t brand_id, int16_t type_id)
{
	platform_write_row_init(row, "Address");
	platform_write_row_set(row, "ContactId", v_int(contact_id));
	platform_write_row_set(row, "BrandId", v_int(brand_id));
	platform_write_row_set(row, "ContactAddressTypeId", v_int(type_id));
	platform_write_row_set(row, "DeletionFlag", v_int(0));
}

/* One channel; stored: the columns of its opt-in and date in the first row. */
static void
platform_address_optin(struct platform_write_row *row, const char *optin, const char *date, const struct rows *stored, size_t column, usec_t at)
{
	const struct val *now = platform_write_row_get(row, optin), *since = platform_write_row_get(row, date);
	usec_t given = since != NULL && since->kind == VAL_TIME ? since->i : USEC_NONE, was = stored->n > 0 ? rows_time(stored, 0, column + 1) : USEC_NONE;

	if (now == NULL || now->kind == VAL_NULL) {
		platform_write_row_unset(row, optin);
		platform_write_row_unset(row, date);
	} else if (was != USEC_NONE && (given != USEC_NONE ? given : at) < was) {
		platform_write_row_unset(row, optin);
		platform_write_row_unset(row, date);
	} else if (given == USEC_NONE) {
		if (stored->n > 0 && was != USEC_NONE && rows_int(stored, 0, column) == now->i && !rows_null(stored, 0, column))
			platform_write_row_unset(row, date);
		else
			platform_write_row_set(row, date, v_time(at));
	}
}

int
platform_address_put(struct platform_context *ctx, struct platform_write_row *row, usec_t at, struct err *err)
{
	const struct val *contact = platform_write_row_get(row, "ContactId"), *brand = platform_write_row_get(row, "BrandId");
	const struct val *type = platform_write_row_get(row, "ContactAddressTypeId");
	struct rows stored;
	int r = db_query(ctx->db, Q_platform_optins, DB_ARGS(*contact, *brand, *type), ctx->arena, &stored, err);

	if (r < 0)
		return r;
	platform_address_optin(row, "AddressOptin", "AddressOptinDate", &stored, 0, at);
	platform_address_optin(row, "EmailOptin", "EmailOptinDate", &stored, 2, at);
	platform_address_optin(row, "MobilePhoneOptin", "MobilePhoneOptinDate", &stored, 4, at);
	return platform_write_row_put(ctx, row, NULL, err);
}
