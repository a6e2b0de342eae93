#include "config.h"

#include "admin/value.h"

#include <stdint.h>
#include <string.h>

#include "admin/cmd.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/text.h"

enum { AGE_MAX_DAYS = 36500 };

int
value_tenant(struct arena *a, const char *text, const char **customer, const char **alias)
{
	const char *slash = strchr(text, '/');

	if (slash == NULL)
		return -1;
	*customer = arena_strndup(a, text, (size_t)(slash - text));
	*alias = slash + 1;
	return name_fault(*customer) == NULL && name_fault(*alias) == NULL ? 0 : -1;
}

const char *
value_part(struct arena *a, const char **p)
{
	const char *part;
	size_t n;

	if (*p == NULL)
		return NULL;
	n = strcspn(*p, ",");
	part = text_trim(arena_strndup(a, *p, n));
	*p = (*p)[n] == ',' ? *p + n + 1 : NULL;
	return part;
}

static int
has_word(const char *list, char separator, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; ; p++) {
		const char *end = strchr(p, separator);
		size_t len = end == NULL ? strlen(p) : (size_t)(end - p);

		if (len == n && strncmp(p, word, n) == 0)
			return 1;
		if (end == NULL)
			return 0;
		p = end;
	}
}

int
value_in_list(const char *list, const char *word)
{
	return has_word(list, ',', word);
}

static char *
choices_words(struct arena *a, const char *choices)
{
	struct buf b;

	buf_init(&b, a);
	for (; *choices != '\0'; choices++)
		*choices == '|' ? buf_adds(&b, ", ") : buf_addc(&b, *choices);
	return b.data;
}

static int
check_text(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err)
{
	size_t n = strlen(text);
	int control = 0, is_text;

	for (size_t i = 0; i < n; i++)
		control |= (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
	is_text = n > 0 && !control && text_is_utf8(text, n);
	if (is_text && text_utf8_length(text) <= (size_t)p->max)
		return 0;
	err_fault(err, a, shown, "must be 1 to %lld characters of UTF-8 without control characters",
	    (long long)p->max);
	return -1;
}

static int
check_int(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err)
{
	int64_t n;

	if (text_int64(text, &n) == 0 && n >= p->min && n <= p->max)
		return 0;
	err_fault(err, a, shown, "must be a whole number from %lld to %lld", (long long)p->min,
	    (long long)p->max);
	return -1;
}

static int
check_choice(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err)
{
	if (*text != '\0' && has_word(p->choices, '|', text))
		return 0;
	err_fault(err, a, shown, "must be %s %s",
	    p->type == CMD_CHOICES ? "a comma list of" : "one of", choices_words(a, p->choices));
	return -1;
}

static int
check_list(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err)
{
	const char *part;

	while ((part = value_part(a, &text)) != NULL)
		if ((p->type == CMD_INTS ? check_int(a, p, shown, part, err) :
					   check_choice(a, p, shown, part, err)) != 0)
			return -1;
	return 0;
}

int
value_age(const char *text, int64_t *us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0;

	if (digits == 0 || digits > 10)
		return -1;
	if (text[digits] == '\0' || text[digits + 1] != '\0')
		return -1;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (text[i] - '0');
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (units[i].unit == text[digits] &&
		    n <= (int64_t)AGE_MAX_DAYS * 86400 / units[i].seconds) {
			*us = n * units[i].seconds * USEC_SEC;
			return 0;
		}
	return -1;
}

static int
check_when(struct arena *a, const char *shown, const char *text, struct err *err)
{
	int has_offset;
	usec_t t;

	if (value_age(text, &t) == 0 || clock_parse(text, &t, &has_offset) == 0)
		return 0;
	err_fault(err, a, shown, "must be an age like 30m, 12h or 7d, or a date like 2026-11-24, "
	    "2026-11-24T08:30 (of the tenant's time zone) or 2026-11-24T08:30:00Z");
	return -1;
}

static int
check_by(struct arena *a, const char *shown, const char *fault, struct err *err)
{
	if (fault == NULL)
		return 0;
	err_fault(err, a, shown, "%s", fault);
	return -1;
}

int
value_check(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err)
{
	const char *customer, *alias;

	switch (p->type) {
	case CMD_TEXT:
		return check_text(a, p, shown, text, err);
	case CMD_INT:
		return check_int(a, p, shown, text, err);
	case CMD_CHOICE:
		return check_choice(a, p, shown, text, err);
	case CMD_CHOICES:
	case CMD_INTS:
		return check_list(a, p, shown, text, err);
	case CMD_WHEN:
		return check_when(a, shown, text, err);
	case CMD_NAME:
		return check_by(a, shown, name_fault(text), err);
	case CMD_LOGIN:
		return check_by(a, shown, name_login_fault(text), err);
	case CMD_TENANT:
		if (value_tenant(a, text, &customer, &alias) == 0)
			return 0;
		err_fault(err, a, shown,
		    "must be a customer and an alias with \"/\" between, for example Demo/Main");
		return -1;
	case CMD_FILE:
		if (*text != '\0')
			return 0;
		err_fault(err, a, shown, "must be the path of a file");
		return -1;
	case CMD_FLAG:
	case CMD_UNSET:
		break;
	}
	return 0;
}

const char *
value_word(struct arena *a, const struct cmd_param *p)
{
	if (p->value != NULL)
		return p->value;
	switch (p->type) {
	case CMD_INT:
		return "NUMBER";
	case CMD_INTS:
		return "NUMBER,...";
	case CMD_CHOICE:
		return p->choices;
	case CMD_CHOICES:
		return arena_printf(a, "%s,...", p->choices);
	case CMD_FILE:
		return "FILE";
	case CMD_WHEN:
		return "WHEN";
	case CMD_NAME:
		return "NAME";
	case CMD_LOGIN:
		return "LOGIN";
	case CMD_TENANT:
		return "CUSTOMER/ALIAS";
	case CMD_TEXT:
		return "TEXT";
	case CMD_FLAG:
	case CMD_UNSET:
		break;
	}
	return "";
}
