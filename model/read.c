#include "config.h"

#include "model/read.h"

#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/format/json.h"
#include "lib/text.h"

enum { NAME = 128 };

/* ------------------------------------------------------------------ reader and faults */

const struct reader read_exact;

void
read_close(struct reader *r)
{
	calendar_zone_close(&r->zone);
}

void
read_fault(struct reader *r, const char *prefix, const char *field, const char *fmt, ...)
{
	struct arena *a = r->arena;
	char *text;
	va_list ap;

	if (r->nfaults++ >= READ_FAULTS_MAX)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	err_fault(&r->faults, a, arena_printf(a, "%s%.100s", prefix, field), "%s", text);
}

int
read_settle(const struct reader *r, struct err *err)
{
	enum { ROOM = sizeof err->detail - 40 };	/* reserved for the words after the
							 * faults */
	struct buf b;
	size_t said = 0;

	if (r->nfaults == 0)
		return 0;
	buf_init(&b, r->arena);
	for (const struct err_fault *f = r->faults.faults; f != NULL; f = f->next, said++) {
		if (b.len + strlen(f->field) + strlen(f->message) + 3 > ROOM)
			break;
		buf_addf(&b, "%s%s %s", said == 0 ? "" : "; ", f->field, f->message);
	}
	if (said == 0)
		buf_addf(&b, "%zu %s not valid", r->nfaults,
		    text_form((int64_t)r->nfaults, "value is", "values are"));
	else if (said < r->nfaults)
		buf_addf(&b, "; and %zu more", r->nfaults - said);
	return err_set(err, ERR_PERMANENT, "%s.", b.data);
}

/* ------------------------------------------------------------------ members */

/* Finds the member of an object by a name of n characters. 1 when it is there; *out is NULL for
 * null. */
static int
find(const struct reader *r, struct json_object *o, const char *name, size_t n,
    struct json_object **out)
{
	char exact[NAME];

	if (n >= sizeof exact || !json_object_is_type(o, json_type_object))
		return 0;
	memcpy(exact, name, n);
	exact[n] = '\0';
	if (json_object_object_get_ex(o, exact, out))
		return 1;
	if (!r->any_case)
		return 0;
	json_object_object_foreach(o, other, value) if (text_ieq(other, exact))
	{
		*out = value;
		return 1;
	}
	return 0;
}

struct json_object *
read_member(const struct reader *r, struct json_object *o, const char *path, int *given)
{
	int is_there = 1;

	for (;;) {
		const size_t n = strcspn(path, ".");
		struct json_object *value = NULL;

		is_there = find(r, o, path, n, &value);
		o = is_there ? value : NULL;
		if (!is_there || path[n] == '\0')
			break;
		path += n + 1;
	}
	if (given != NULL)
		*given = is_there;
	return o;
}

int
read_has(const struct reader *r, struct json_object *o, const char *path)
{
	int given;

	read_member(r, o, path, &given);
	return given;
}

struct json_object *
read_object(struct reader *r, struct json_object *o, const char *prefix, const char *path)
{
	struct json_object *v = read_member(r, o, path, NULL);

	if (v == NULL || json_object_is_type(v, json_type_object))
		return v;
	read_fault(r, prefix, path, "must be an object");
	return NULL;
}

struct json_object *
read_list(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, size_t most)
{
	struct json_object *v = read_member(r, o, path, NULL);

	if (v == NULL)
		return NULL;
	if (!json_object_is_type(v, json_type_array))
		read_fault(r, prefix, path, "must be a list");
	else if (json_count(v) > most)
		read_fault(r, prefix, path, "holds more than %zu elements", most);
	else
		return v;
	return NULL;
}

/* ------------------------------------------------------------------ as they are sent */

int
read_is_text(struct reader *r, struct json_object *o, const char *path)
{
	const enum json_type type = json_object_get_type(read_member(r, o, path, NULL));

	if (type != json_type_object && type != json_type_array)
		return 1;
	read_remark(r, "%s left out: it must be text.", path);
	return 0;
}

/* The text of a string, number or flag as sent. Returns 1, 0 for nothing, -1 for any other type. */
static int
sent_text(const struct reader *r, struct json_object *o, const char *path, const char **out)
{
	struct json_object *json = read_member(r, o, path, NULL);

	*out = NULL;
	if (json == NULL)
		return 0;
	if (json_object_is_type(json, json_type_object) ||
	    json_object_is_type(json, json_type_array))
		return -1;
	*out = json_object_get_string(json);
	return **out != '\0';
}

const char *
read_text(struct reader *r, struct json_object *o, const char *path)
{
	const char *text;

	if (!read_is_text(r, o, path))
		return NULL;
	return sent_text(r, o, path, &text) > 0 ? text : NULL;
}

int
read_time(
    const struct reader *r, struct json_object *o, const char *path, usec_t *t, struct err *err)
{
	const char *text;
	int has_offset;
	const int rc = sent_text(r, o, path, &text);

	*t = USEC_NONE;
	if (rc == 0)
		return 0;
	if (rc < 0 || clock_parse(text, t, &has_offset) < 0)
		return err_set(
		    err, ERR_PERMANENT, "\"%s\" is not a date and time by ISO 8601.", path);
	return 0;
}

int
read_amount(const struct reader *r, struct json_object *o, const char *path, struct decimal *out,
    struct err *err)
{
	const char *text;
	const int rc = sent_text(r, o, path, &text);

	*out = (struct decimal){ 0 };
	if (rc == 0)
		return 0;
	if (rc < 0 || decimal_parse(text, out) < 0)
		return err_set(err, ERR_PERMANENT,
		    "\"%s\" is not an amount (a decimal number like 19.99).", path);
	return 1;
}
