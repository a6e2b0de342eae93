/*
 * import_role - what columns of foreign tables are usually called, in English, French and German.
 */
#ifndef MODEL_IMPORT_IMPORT_ROLE_H
#define MODEL_IMPORT_IMPORT_ROLE_H

struct arena;

enum import_role {
	ROLE_UNSET,
	/* of a person */
	ROLE_CUSTOMER, ROLE_EMAIL, ROLE_PHONE, ROLE_CIVILITY, ROLE_FIRST_NAME, ROLE_LAST_NAME,
	ROLE_COMPANY, ROLE_BIRTH, ROLE_STREET, ROLE_STREET_2, ROLE_POSTCODE, ROLE_CITY, ROLE_STATE,
	ROLE_COUNTRY, ROLE_OPTIN, ROLE_OPTIN_DATE,
	/* of a purchase */
	ROLE_ORDER, ROLE_ORDER_DATE, ROLE_STATUS, ROLE_CURRENCY, ROLE_TOTAL, ROLE_TOTAL_TAX_FREE,
	ROLE_ORDER_DISCOUNT, ROLE_PAYMENT, ROLE_STORE,
	/* of a line, or a good */
	ROLE_LINE, ROLE_SKU, ROLE_EAN, ROLE_LABEL, ROLE_CATEGORY, ROLE_PRICE, ROLE_QUANTITY,
	ROLE_AMOUNT, ROLE_TAX_FREE, ROLE_DISCOUNT,
	/* of whatever the table is about */
	ROLE_ID, ROLE_NAME, ROLE_DATE,
	ROLE_N
};

/* What a column of the name is; accents, case, blanks and marks do not count. UNSET: nobody knows.
 * The arena is for work. */
enum import_role import_role_of(struct arena *a, const char *name);

#endif
