#include "config.h"

#include "store/entity/value.h"

#include <string.h>

#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

static int
misfit(const struct entity *e, const struct entity_column *c, const char *what, struct err *err)
{
	return err_set(err, ERR_DB_VALUE, "%s.%s %s", e->name, c->name, what);
}

static int
check_text(
    const struct entity *e, const struct entity_column *c, const struct val *v, struct err *err)
{
	if (v->kind != VAL_TEXT || !text_is_utf8(v->s, v->n))
		return misfit(e, c, "takes UTF-8 text.", err);
	if (c->type == ENTITY_TEXT ? v->n > 65535 : text_utf8_length(v->s) > (size_t)c->length)
		return err_set(err, ERR_DB_VALUE, "%s.%s is longer than its %d characters.",
		    e->name, c->name, c->type == ENTITY_TEXT ? 65535 : c->length);
	return 0;
}

static int
check_decimal(
    const struct entity *e, const struct entity_column *c, const struct val *v, struct err *err)
{
	const char *p = v->s;
	size_t whole;

	if (v->kind != VAL_TEXT)
		return misfit(e, c, "takes a decimal as text.", err);
	p += *p == '-';
	whole = strspn(p, "0123456789");
	p += whole;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	return whole > 0 && whole <= (size_t)(19 - c->length) && *p == '\0' ?
	    0 :
	    misfit(e, c, "is no decimal number that fits.", err);
}

int
entity_value_check(
    const struct entity *e, const struct entity_column *c, const struct val *v, struct err *err)
{
	if (v->kind == VAL_NULL)
		return c->required && strcmp(c->name, e->key) != 0 ?
		    misfit(e, c, "must have a value.", err) :
		    0;
	switch (c->type) {
	case ENTITY_INT16:
		return v->kind == VAL_INT && v->i >= INT16_MIN && v->i <= INT16_MAX ?
		    0 :
		    misfit(e, c, "is no 16-bit integer.", err);
	case ENTITY_INT32:
		return v->kind == VAL_INT && v->i >= INT32_MIN && v->i <= INT32_MAX ?
		    0 :
		    misfit(e, c, "is no 32-bit integer.", err);
	case ENTITY_BOOLEAN:
		return v->kind == VAL_INT && (v->i == 0 || v->i == 1) ?
		    0 :
		    misfit(e, c, "is neither true nor false.", err);
	case ENTITY_DATETIME:
		return v->kind == VAL_TIME ? 0 : misfit(e, c, "is no date.", err);
	case ENTITY_DECIMAL:
		return check_decimal(e, c, v, err);
	default:
		return check_text(e, c, v, err);
	}
}

/* "12.3400" and "12.34" and "-0" and "0": the length that matters, and the sign. */
static size_t
significant(const char *s)
{
	size_t n = strlen(s);

	if (strchr(s, '.') == NULL)
		return n;
	while (n > 0 && s[n - 1] == '0')
		n--;
	return n > 0 && s[n - 1] == '.' ? n - 1 : n;
}

static int
decimal_same(const char *s, const char *t)
{
	size_t n = significant(s);

	return n == significant(t) && strncmp(s, t, n) == 0;
}

int
entity_value_same(enum entity_type type, const struct val *x, const struct val *y)
{
	if (x->kind == VAL_NULL || y->kind == VAL_NULL)
		return x->kind == y->kind;
	if (x->kind == VAL_INT || x->kind == VAL_TIME)
		return x->kind == y->kind && x->i == y->i;
	if (y->kind == VAL_INT || y->kind == VAL_TIME)
		return 0;
	return type == ENTITY_DECIMAL ? decimal_same(x->s, y->s) :
					x->n == y->n && memcmp(x->s, y->s, x->n) == 0;
}

void
entity_value_key(struct buf *b, enum entity_type type, const struct val *v)
{
	const int is_number = v->kind == VAL_INT || v->kind == VAL_TIME,
		  is_text = v->kind == VAL_TEXT || v->kind == VAL_BYTES;
	size_t n = is_number ? sizeof v->i : 0;

	if (is_text)
		n = type == ENTITY_DECIMAL ? significant(v->s) : v->n;
	buf_addc(b, (char)(is_text ? VAL_TEXT : v->kind));
	buf_add(b, &n, sizeof n);
	buf_add(b, is_number ? (const void *)&v->i : v->s, n);
}
