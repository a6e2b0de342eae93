/*
 * platform_adictiz_form - reads the values of a form as columns: dates, flags and names as people
 * type them.
 *
 * What is not understood (a day like "spring", a country nobody knows) stays in the participation's
 * Content and gives no column; what does not fit its column is a fault.
 */
#ifndef PLATFORM_ADICTIZ_FORM_H
#define PLATFORM_ADICTIZ_FORM_H

#include "platform/write.h"

struct err;
struct platform_context;
struct json_object;

/* Asks ahead what the words of a form mean. */
void platform_adictiz_form_ask(struct platform_context *ctx, struct json_object *data);

/* Sets the Contact's columns from data, without its key. 0, or the failure of an answer. */
int platform_adictiz_form_contact(
    struct platform_context *ctx, struct json_object *data, struct row *row, struct err *err);

/* Sets the Address's columns but for its opt-ins. 0, or the failure of an answer. */
int platform_adictiz_form_address(
    struct platform_context *ctx, struct json_object *data, struct row *row, struct err *err);

/* Which box is which opt-in. Ends with name NULL. */
struct platform_adictiz_optin {
	const char *name;
	enum column column;
};

/* Sets the opt-ins of the boxes that data has with a word for yes or no. 0, or the failure of an
 * answer. */
int platform_adictiz_form_optins(struct platform_context *ctx, struct json_object *data,
    const struct platform_adictiz_optin *list, struct row *row, struct err *err);

/* Adds to into the members of from that are not empty; members that into has are replaced when from
 * is newer. */
void platform_adictiz_form_merge(struct json_object *into, struct json_object *from, int newer);

#endif
