#include "config.h"

#include "platform/standard/file_cell.h"

#include <string.h>

#include <glib.h>
#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/format/cell.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/import/import_map.h"
#include "platform/standard/file.h"

enum { ISO_DAY = 10 };			/* "2026-11-24" */

/* ------------------------------------------------------------------ texts */

/* The last part of a list that is not empty; NULL: there is none. */
static const char *
last_part(struct arena *a, const char *text, size_t n, char mark)
{
	while (n > 0) {
		size_t begin = n, end = n;

		while (begin > 0 && text[begin - 1] != mark)
			begin--;
		while (begin < end && text[begin] == ' ')
			begin++;
		while (end > begin && text[end - 1] == ' ')
			end--;
		if (end > begin)
			return arena_strndup(a, text + begin, end - begin);
		while (n > 0 && text[n - 1] != mark)
			n--;
		n -= n > 0;
	}
	return NULL;
}

static const char *
cell_of(const struct file_cell_of *of, int at, char split)
{
	const char *text = of->row->cells[at];
	size_t n = strlen(text);
	const char *bare = cell_bare(text, &n);

	if (n == 0)
		return NULL;
	return split != '\0' ? last_part(of->arena, bare, n, split) :
			       arena_strndup(of->arena, bare, n);
}

/* The word that the map has for another; NULL: the cell counts as empty. */
static const char *
word_for(const struct import_value *v, const char *text)
{
	struct json_object *to;

	if (v->values == NULL || text == NULL)
		return text;
	if (json_object_object_get_ex(v->values, text, &to) ||
	    json_object_object_get_ex(v->values, "*", &to))
		return to == NULL ? NULL : json_object_get_string(to);
	return text;
}

const char *
file_cell_text(const struct file_cell_of *of, const struct import_value *v, int *is_there)
{
	const char *text = v->constant;

	if (v->only_with != NULL && cell_of(of, v->only_with_at, '\0') == NULL)
		return NULL;
	for (size_t i = 0; i < v->ncolumns && text == NULL; i++)
		text = cell_of(of, v->at[i], v->split);
	*is_there |= text != NULL && v->constant == NULL;
	return word_for(v, text);
}

/* ------------------------------------------------------------------ numbers */

/* What programs leave of a difference: 5.5511151231258E-17. */
static int
is_residue(const char *text)
{
	const char *digits = text + (*text == '-');
	const size_t n = strspn(digits, "0123456789.,"), power = n + 2;

	if (n == 0 || g_ascii_tolower(digits[n]) != 'e' || digits[n + 1] != '-')
		return 0;
	if (strspn(digits + power, "0123456789") != strlen(digits + power))
		return 0;
	/* Below a hundred thousandth. */
	return strlen(digits + power) == 2 || (digits[power] >= '5' && digits[power + 1] == '\0');
}

int
file_cell_is_nothing(const char *text)
{
	size_t n;
	const char *bare = cell_bare(text, &n);

	if (n == 0 || is_residue(bare))
		return 1;
	return strspn(bare, "0.,-") == n;
}

static const char *
take_number(const struct file_cell_of *of, const struct import_value *v, const char **text)
{
	const struct cell_number_form form = { .decimal = v->decimal };
	struct cell_number number;
	const char *wrong;

	if (is_residue(*text)) {
		*text = "0";
		return NULL;
	}
	if ((wrong = cell_number(*text, &form, &number)) == NULL)
		*text = arena_strdup(of->arena, number.text);
	return wrong;
}

/* ------------------------------------------------------------------ dates */

static const char *
read_time(const struct file_cell_of *of, const struct import_value *v, const char *text,
    struct cell_time *t)
{
	const char *wrong = cell_date(text, v->date == CELL_DATE_UNSET ? CELL_DATE_YMD : v->date,
	    v->is_utc ? NULL : of->zone, t);

	if (wrong == NULL && t->has_time && t->at == 0)
		t->none = 1;
	return wrong;
}

/* A day alone stays one: no zone moves it. */
static const char *
take_time(const struct file_cell_of *of, const struct import_value *v,
    const struct entity_column *c, const char **text)
{
	struct cell_time t;
	const char *wrong = read_time(of, v, *text, &t);
	int is_day;
	char iso[32];

	if (wrong != NULL)
		return wrong;
	*text = NULL;
	if (t.none)
		return NULL;
	is_day = c != NULL ? c->calendar : !t.has_time;
	clock_iso8601(is_day ? t.day * 86400 * USEC_SEC : t.at, iso);
	if (c == NULL && is_day)
		iso[ISO_DAY] = '\0';
	*text = arena_strdup(of->arena, iso);
	return NULL;
}

usec_t
file_cell_instant(const struct file_cell_of *of, const struct import_value *v)
{
	int is_there = 0;
	const char *text = file_cell_text(of, v, &is_there);
	struct cell_time t;

	if (text == NULL || read_time(of, v, text, &t) != NULL || t.none)
		return USEC_NONE;
	return t.at;
}

/* ------------------------------------------------------------------ by type */

static const char *
take_flag(const char **text)
{
	int yes = 0;
	const char *wrong = cell_flag(*text, &yes);

	*text = yes ? "1" : "0";
	return wrong;
}

static const char *
take_as_said(const struct file_cell_of *of, const struct import_value *v, const char **text)
{
	if (v->date != CELL_DATE_UNSET)
		return take_time(of, v, NULL, text);
	return v->is_number ? take_number(of, v, text) : cell_spoilt(*text);
}

const char *
file_cell_take(const struct file_cell_of *of, const struct import_value *v,
    const struct entity_column *c, const char **text)
{
	const char *wrong;

	if (c == NULL)
		return take_as_said(of, v, text);
	switch (c->type) {
	case ENTITY_DATETIME:
		return take_time(of, v, c, text);
	case ENTITY_BOOLEAN:
		return take_flag(text);
	case ENTITY_INT16:
	case ENTITY_INT32:
	case ENTITY_DECIMAL:
		return take_number(of, v, text);
	default:
		wrong = cell_spoilt(*text);
		return wrong != NULL && c->type != ENTITY_TEXT ? wrong : NULL;
	}
}

/* ------------------------------------------------------------------ other texts */

const char *
file_cell_phone(struct arena *a, const char *text)
{
	char *to = arena_alloc(a, strlen(text) + sizeof "phone:+"), *begin = to;
	size_t digits = 0;

	memcpy(to, "phone:", 6);
	to += 6;
	if (text[0] == '+')
		*to++ = '+';
	for (; *text != '\0'; text++)
		if (*text >= '0' && *text <= '9') {
			*to++ = *text;
			digits++;
		}
	return digits < 6 ? NULL : begin;
}

const char *
file_cell_columns(struct arena *a, const struct import_value *v)
{
	const char *names = "";

	for (size_t i = 0; i < v->ncolumns; i++)
		names = arena_join(a, names, i > 0 ? ", " : "", v->columns[i]);
	return names;
}
