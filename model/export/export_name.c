/*
 * The names of exported files.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "model/export/export_plan.h"

enum { DAY_S = 86400 };

static const char *
value_of(struct arena *a, const struct export_name *n, const char *word)
{
	const int64_t day = n->wall_s / DAY_S, s = n->wall_s % DAY_S;
	int year, month, of_month;

	clock_civil_from_days(day, &year, &month, &of_month);
	if (strcmp(word, "date") == 0)
		return arena_printf(a, "%04d-%02d-%02d", year, month, of_month);
	if (strcmp(word, "time") == 0)
		return arena_printf(a, "%02d%02d%02d", (int)(s / 3600), (int)(s / 60 % 60),
		    (int)(s % 60));
	if (strcmp(word, "run") == 0)
		return arena_printf(a, "%" PRId64, n->run_id);
	if (strcmp(word, "kind") == 0)
		return n->kind;
	if (strcmp(word, "customer") == 0)
		return n->customer;
	if (strcmp(word, "alias") == 0)
		return n->alias;
	return strcmp(word, "mode") == 0 ? n->mode : NULL;
}

/* The pattern filled, or NULL for one that says a word which there is not. */
static const char *
fill(struct arena *a, const char *pattern, const struct export_name *n)
{
	struct buf b;

	buf_init(&b, a);
	while (*pattern != '\0') {
		const size_t plain = strcspn(pattern, "{}");
		const char *end, *value;

		buf_add(&b, pattern, plain);
		pattern += plain;
		if (*pattern == '\0')
			break;
		end = *pattern == '{' ? strchr(pattern, '}') : NULL;
		value = end == NULL ? NULL : value_of(a, n,
		    arena_strndup(a, pattern + 1, (size_t)(end - pattern) - 1));
		if (value == NULL)
			return NULL;
		buf_adds(&b, value);
		pattern = end + 1;
	}
	return b.data;
}

const char *
export_name_fill(struct arena *a, const char *pattern, const struct export_name *n)
{
	return fill(a, pattern, n);
}

/* 1 when no part of it is empty, or leads up. */
static int
is_path(const char *name)
{
	if (name[0] == '/' || name[0] == '.' || name[strlen(name) - 1] == '/')
		return 0;
	if (strstr(name, "..") != NULL || strstr(name, "//") != NULL)
		return 0;
	return !text_has_control(name);
}

const char *
export_name_fault(const char *pattern)
{
	static const struct export_name sample = {
		.kind = "Contacts", .customer = "c", .alias = "a", .mode = "All"
	};
	struct arena a = { 0 };
	const char *name = fill(&a, pattern, &sample);
	const int is_known = name != NULL;
	const int is_good = is_known && is_path(name);

	arena_done(&a);
	if (!is_known)
		return "may have {kind}, {date}, {time}, {customer}, {alias}, {mode} and {run}, "
		    "and no other braces";
	return is_good ? NULL : "must be a file's name, in the connection's folder or in one below";
}
