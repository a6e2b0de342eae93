#include "config.h"

#include "platform/adictiz/form.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/property.h"

enum { NAME = 200 };

static const struct platform_property contact_properties[] = { { "firstname", Contact_FirstName },
	{ "lastname", Contact_LastName }, { NULL, COLUMN_UNSET } };
static const struct platform_property address_properties[] = { { "email", Address_Email },
	{ "address", Address_Address1 }, { "zipCode", Address_PostCode }, { "city", Address_City },
	{ "deskPhone", Address_HomePhoneNumber }, { "mobilePhone", Address_MobilePhoneNumber },
	{ NULL, COLUMN_UNSET } };

/* ------------------------------------------------------------------ words */

/* Sets the column by a member that says yes or no; anything else leaves it out. */
static int
set_flag(struct platform_context *ctx, struct row *row, enum column column,
    struct json_object *data, const char *name, struct err *err)
{
	return platform_label_set(ctx, "Flag", arena_printf(ctx->arena, "data.%s", name),
	    read_text(&ctx->in, data, name), row, column, err);
}

int
platform_adictiz_form_optins(struct platform_context *ctx, struct json_object *data,
    const struct platform_adictiz_optin *list, struct row *row, struct err *err)
{
	int rc = 0;

	for (; list->name != NULL && rc >= 0; list++)
		rc = set_flag(ctx, row, list->column, data, list->name, err);
	return rc < 0 ? rc : 0;
}

/* "1980-12-31", "31/12/1980", "31-12-1980" or "31.12.1980" as the day's text by ISO 8601; NULL for
 * anything else. */
static const char *
form_day(struct arena *a, const char *s)
{
	unsigned d, m, y;
	int end = 0, has_offset;
	usec_t t;

	if (s == NULL)
		return NULL;
	if (clock_parse(s, &t, &has_offset) == 0)
		return arena_strndup(a, s, 10);
	if (sscanf(s, "%2u%*1[-/.]%2u%*1[-/.]%4u%n", &d, &m, &y, &end) != 3 || s[end] != '\0')
		return NULL;
	s = arena_printf(a, "%04u-%02u-%02u", y, m, d);
	return clock_parse(s, &t, &has_offset) == 0 ? s : NULL;
}

/* Year, month and day of a text like 1980-12-31, and its instant. 0, or -1 when it is none. */
static int
day_parse(const char *day, int *y, int *m, int *d, usec_t *t)
{
	int has_offset;

	if (sscanf(day, "%4d-%2d-%2d", y, m, d) != 3 || *y < 1000)
		return -1;
	return clock_parse(day, t, &has_offset);
}

static void
set_birthday(struct platform_context *ctx, struct row *row, struct json_object *data)
{
	const char *text = read_word(&ctx->in, data, "data.", "birthday", NAME);
	const char *day = form_day(ctx->arena, text);
	int y, m, d;
	usec_t t;

	if (text == NULL)
		return;
	if (day == NULL || day_parse(day, &y, &m, &d, &t) < 0) {
		platform_remark(ctx, "data.birthday left out: it must be a day like 1980-12-31.");
		return;
	}
	row_time(row, Contact_BirthDate, t);
	row_int(row, Contact_BirthYear, y);
	row_int(row, Contact_BirthMonth, m);
	row_int(row, Contact_BirthDay, d);
}

/* ------------------------------------------------------------------ rows */

/* CivilityId and GenderId by the one word. */
static int
set_civility(
    struct platform_context *ctx, struct row *row, struct json_object *data, struct err *err)
{
	const char *label = read_word(&ctx->in, data, "data.", "civility", NAME);
	struct val civility, gender;
	int rc;

	if ((rc = platform_label(ctx, "Civility", label, &civility, err)) < 0 ||
	    (rc = platform_label_gender(ctx, label, civility, &gender, err)) < 0)
		return rc;
	if (civility.kind != VAL_NULL)
		row_value(row, Contact_CivilityId, civility);
	if (gender.kind != VAL_NULL)
		row_value(row, Contact_GenderId, gender);
	if (label != NULL && civility.kind == VAL_NULL && gender.kind == VAL_NULL)
		platform_label_unknown(ctx, "Civility", "data.civility", label);
	return 0;
}

int
platform_adictiz_form_contact(
    struct platform_context *ctx, struct json_object *data, struct row *row, struct err *err)
{
	const char *locale = read_word(&ctx->in, data, "data.", "language", NAME);
	struct val language;
	int rc;

	platform_property_set(ctx, row, contact_properties, data, "data.");
	set_birthday(ctx, row, data);
	if ((rc = set_civility(ctx, row, data, err)) < 0 ||
	    (rc = platform_label_language(ctx, locale, &language, err)) < 0)
		return rc;
	if (language.kind != VAL_NULL)
		row_value(row, Contact_LanguageId, language);
	return 0;
}

int
platform_adictiz_form_address(
    struct platform_context *ctx, struct json_object *data, struct row *row, struct err *err)
{
	int rc;

	platform_property_set(ctx, row, address_properties, data, "data.");
	rc = platform_label_set(ctx, "Country", "data.country",
	    read_word(&ctx->in, data, "data.", "country", NAME), row, Address_CountryId, err);
	return rc < 0 ? rc : 0;
}

void
platform_adictiz_form_ask(struct platform_context *ctx, struct json_object *data)
{
	static const char *const words[][2] = {
		{ "Civility", "civility" }, { "Gender", "civility" },
		{ "Country", "country" }, { "Flag", "newsletter" }, { "Flag", "optin_mobile" },
		{ "Flag", "optin_partner" } };
	struct val ahead;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		platform_label(ctx, words[i][0], json_text(data, words[i][1]), &ahead, NULL);
	platform_label_language(ctx, json_text(data, "language"), &ahead, NULL);
}

/* ------------------------------------------------------------------ several forms */

static int
is_blank(struct json_object *v)
{
	size_t n = (size_t)json_object_get_string_len(v);

	text_strip(json_object_get_string(v), &n);
	return n == 0;
}

static int
is_empty(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) ? is_blank(v) : json_is_empty(v);
}

void
platform_adictiz_form_merge(struct json_object *into, struct json_object *from, int newer)
{
	json_object_object_foreach(from, name, value)
		if (!is_empty(value) && (newer || !json_object_object_get_ex(into, name, NULL)))
			json_object_object_add(into, name, json_object_get(value));
}
