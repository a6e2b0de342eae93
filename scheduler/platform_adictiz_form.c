#include "config.h"

#include "scheduler/platform_adictiz_form.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/text.h"
#include "scheduler/platform.h"
#include "scheduler/platform_read.h"

enum { NAME = 200 };

static const struct platform_property contact_properties[] = { { "firstname", "FirstName" }, { "lastname", "LastName" }, { NULL, NULL } };
static const struct platform_property address_properties[] = {
	{ "email", "Email" }, { "address", "Address1" }, { "zipCode", "PostCode" }, { "city", "City" }, { "deskPhone", "HomePhoneNumber" }, { "mobilePhone", "MobilePhoneNumber" }, { NULL, NULL }
};

/* ------------------------------------------------------------------ words */

/* 1, 0, or -1 when it is neither. */
static int
form_flag(struct json_object *data, const char *name)
{
	static const char *const yes[] = { "1", "true", "yes", "y", "on", "oui", "o" }, *const no[] = { "0", "false", "no", "n", "off", "non" };
	const char *s = json_text(data, name);

	for (size_t i = 0; s != NULL && i < sizeof yes / sizeof yes[0]; i++)
		if (text_ieq(s, yes[i]))
			return 1;
	for (size_t i = 0; s != NULL && i < sizeof no / sizeof no[0]; i++)
		if (text_ieq(s, no[i]))
			return 0;
	return -1;
}

void
platform_adictiz_form_optins(struct json_object *data, const struct platform_adictiz_optin *list, struct platform_write_row *row)
{
	for (; list->name != NULL; list++) {
		int flag = form_flag(data, list->name);

		if (flag >= 0)
			platform_write_row_set(row, list->column, v_int(flag));
	}
}

/* "1980-12-31", "31/12/1980", "31-12-1980" or "31.12.1980" as the day's text by ISO 8601; NULL for anything else. */
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

static void
set_birthday(struct platform_reader *r, struct platform_write_row *row, struct json_object *data)
{
	const char *day = form_day(r->ctx->arena, json_text(data, "birthday"));
	int y, m, d, has_offset;
	usec_t t;

	if (day == NULL || sscanf(day, "%4d-%2d-%2d", &y, &m, &d) != 3 || y < 1000 || clock_parse(day, &t, &has_offset) < 0)
		return;
	platform_write_row_set(row, "BirthDate", v_time(t));
	platform_write_row_set(row, "BirthYear", v_int(y));
	platform_write_row_set(row, "BirthMonth", v_int(m));
	platform_write_row_set(row, "BirthDay", v_int(d));
}

static int
set_country(struct platform_reader *r, struct platform_write_row *row, struct json_object *data, struct err *err)
{
	const char *name = platform_value_word(r, data, "data.", "country", NAME);
	struct rows rows;
	char *upper;
	int rc;

	if (name == NULL)
		return 0;
	upper = text_trim(arena_strdup(r->ctx->arena, name));
	for (char *c = upper; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	if ((rc = db_query(r->ctx->db, Q_platform_country_named, DB_ARGS(v_text(upper), v_text(upper), v_text(name)), r->ctx->arena, &rows, err)) < 0)
		return rc;
	if (rows.n > 0)
		platform_write_row_set(row, "CountryId", v_text(rows_text(&rows, 0, 0)));
	return 0;
}

/* ------------------------------------------------------------------ rows */

int
platform_adictiz_form_contact(struct platform_reader *r, struct json_object *data, struct platform_write_row *row, struct err *err)
{
	const char *label = platform_value_word(r, data, "data.", "civility", NAME);
	struct val civility, language;
	int rc;

	platform_write_row_init(row, "Contact");
	platform_value_properties(r, row, contact_properties, data, "data.");
	set_birthday(r, row, data);
	if ((rc = platform_read_civility(r->ctx, label, &civility, err)) < 0 || (rc = platform_read_language(r->ctx, json_text(data, "language"), &language, err)) < 0)
		return rc;
	if (civility.kind != VAL_NULL)
		platform_write_row_set(row, "CivilityId", civility);
	if (language.kind != VAL_NULL)
		platform_write_row_set(row, "LanguageId", language);
	return 0;
}

int
platform_adictiz_form_address(struct platform_reader *r, struct json_object *data, struct platform_write_row *row, struct err *err)
{
	platform_value_properties(r, row, address_properties, data, "data.");
	return set_country(r, row, data, err);
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
	switch (json_object_get_type(v)) {
	case json_type_null:
		return 1;
	case json_type_string:
		return is_blank(v);
	case json_type_array:
		return json_object_array_length(v) == 0;
	case json_type_object:
		return json_object_object_length(v) == 0;
	default:
		return 0;
	}
}

void
platform_adictiz_form_merge(struct json_object *into, struct json_object *from, int newer)
{
	json_object_object_foreach(from, name, value)
		if (!is_empty(value) && (newer || !json_object_object_get_ex(into, name, NULL)))
			json_object_object_add(into, name, json_object_get(value));
}
