#include "config.h"

#include "t/fuzz/no_db_asked.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"

int
no_db_word(const char **p, char out[NO_DB_NAME_SIZE])
{
	size_t n;

	*p += strspn(*p, " ,`");
	n = strcspn(*p, " ,`(");
	if (n == 0 || n >= NO_DB_NAME_SIZE)
		return 0;
	memcpy(out, *p, n);
	out[n] = '\0';
	*p += n;
	return 1;
}

const struct entity *
no_db_entity(const char *sql, const char *before)
{
	const char *p = strstr(sql, before);
	char name[NO_DB_NAME_SIZE];
	const struct entity *e;

	p = p == NULL ? "" : p + strlen(before);
	e = no_db_word(&p, name) ? entity_find(name) : NULL;
	if (e == NULL)
		abort();
	return e;
}

/* Names in front of " = ", up to the end of text. */
static void
take_names(struct no_db_asked *q, const char *text, const char *end)
{
	for (const char *p = text; p != NULL && p < end; p = strstr(p, " AND ")) {
		p += p == text ? 0 : strlen(" AND ");
		if (q->width == ENTITY_NATURAL_MAX || !no_db_word(&p, q->names[q->width++]))
			abort();
	}
}

/* The elements of "[[1,\"a\"], …]". */
static struct val *
listed(struct no_db_asked *q, const struct val *list, struct arena *a)
{
	struct json_object *rows = NULL, *o;
	struct err err = { 0 };
	struct val *values;

	if (json_parse(list->s, list->n, &rows, &err) < 0)
		abort();
	q->n = json_object_array_length(rows);
	values = arena_new(a, struct val, q->n * q->width);
	for (size_t i = 0; i < q->n * q->width; i++) {
		o = json_object_array_get_idx(
		    json_object_array_get_idx(rows, i / q->width), i % q->width);
		values[i] = json_object_is_type(o, json_type_int) ?
		    v_int(json_object_get_int64(o)) :
		    v_text(arena_strdup(a, json_object_get_string(o)));
	}
	json_object_put(rows);
	return values;
}

struct no_db_asked
no_db_asked(const char *sql, const struct val *args, size_t nargs, struct arena *a)
{
	static const char join[] = "STRAIGHT_JOIN ";
	const char *where = strstr(sql, join);
	struct no_db_asked q = { .e = no_db_entity(sql, where != NULL ? join : " FROM ") };

	if (where != NULL) {
		where = strstr(where, " ON ") + strlen(" ON ");
		take_names(&q, where, where + strlen(where));
		q.values = listed(&q, args, a);
		return q;
	}
	where = strchr(strstr(sql, " WHERE "), '(') + 1;
	take_names(&q, where, strchr(where, ')'));
	q.values = args;
	q.n = nargs / q.width;
	return q;
}
