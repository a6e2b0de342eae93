#include "lib/err.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/arena.h"

enum { MORE_BYTES = 40 };

static const struct err_row {
	int code, status;
	const char *slug, *sentence, *name;
} err_rows[] = {
#define X(n, value, http, slug_, sentence_) { .code = (value), .status = (http), .slug = (slug_), \
	.sentence = (sentence_), .name = #n },
	ERR_LIST(X)
#undef X
};

static const struct err_row *
err_row_get(int code)
{
	for (size_t i = 0; i < sizeof err_rows / sizeof err_rows[0]; i++)
		if (err_rows[i].code == code)
			return &err_rows[i];
	return &err_rows[0];
}

static void
without_controls(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	e->native = 0;
	e->inside[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(e->detail, sizeof e->detail, fmt, ap);
	va_end(ap);
	without_controls(e->detail);
	return code;
}

int
err_inside(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return ERR_INTERNAL;
	va_start(ap, fmt);
	vsnprintf(e->inside, sizeof e->inside, fmt, ap);
	va_end(ap);
	without_controls(e->inside);
	return e->code;
}

const char *
err_whole(struct arena *a, const struct err *e)
{
	return e->inside[0] == '\0' ? e->detail : arena_printf(a, "%s (%s)", e->detail, e->inside);
}

static void
fault_append(struct err *e, struct arena *a, const char *field, const char *message)
{
	struct err_fault *f = arena_new(a, struct err_fault, 1);

	*f = (struct err_fault){ .field = arena_strdup(a, field), .message = message };
	if (e->last == NULL)
		e->faults = f;
	else
		e->last->next = f;
	e->last = f;
}

static void
count_more(struct err *e)
{
	snprintf(e->more, MORE_BYTES, "and %zu more", e->nfaults - ERR_FAULTS_MAX);
}

int
err_fault_is_one_more(struct err *e, struct arena *a)
{
	if (e->nfaults < ERR_FAULTS_MAX)
		return 0;
	if (e->more == NULL)
		fault_append(e, a, "…", e->more = arena_alloc(a, MORE_BYTES));
	e->nfaults++;
	count_more(e);
	return 1;
}

int
err_fault(struct err *e, struct arena *a, const char *field, const char *fmt, ...)
{
	va_list ap;

	if (err_fault_is_one_more(e, a))
		return e->code;
	va_start(ap, fmt);
	fault_append(e, a, field, arena_vprintf(a, fmt, ap));
	va_end(ap);
	e->nfaults++;
	if (e->code == ERR_NONE) {
		e->code = ERR_BAD_REQUEST;
		snprintf(e->detail, sizeof e->detail, "%s", err_sentence(ERR_BAD_REQUEST));
	}
	return e->code;
}

void
err_back(struct err *e, const struct err *before)
{
	*e = *before;
	if (e->last != NULL)
		e->last->next = NULL;
	if (e->more != NULL)
		count_more(e);
}

void
err_clear(struct err *e)
{
	*e = (struct err){ 0 };
}

int
err_status(int code)
{
	return err_row_get(code)->status;
}

const char *
err_slug(int code)
{
	return err_row_get(code)->slug;
}

const char *
err_sentence(int code)
{
	return err_row_get(code)->sentence;
}

const char *
err_name(int code)
{
	return err_row_get(code)->name;
}

int
err_is_transient(int code)
{
	switch (code) {
	case ERR_UNAVAILABLE:
	case ERR_DB_GONE:
	case ERR_DB_RETRY:
	case ERR_DB_UNCERTAIN:
	case ERR_DB_CLOSED:
	case ERR_TRANSIENT:
	case ERR_TIMEOUT:
	case ERR_IO:
		return 1;
	default:
		return 0;
	}
}
