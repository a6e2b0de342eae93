#include "config.h"

#include "model/val.h"

#include <string.h>

struct val
v_null(void)
{
	return (struct val){ .kind = VAL_NULL };
}

struct val
v_int(int64_t i)
{
	return (struct val){ .kind = VAL_INT, .i = i };
}

struct val
v_int_or_null(int64_t i, int present)
{
	return present ? v_int(i) : v_null();
}

struct val
v_text(const char *s)
{
	return s == NULL ? v_null() : v_textn(s, strlen(s));
}

struct val
v_textn(const char *s, size_t n)
{
	return (struct val){ .kind = VAL_TEXT, .s = s, .n = n };
}

struct val
v_bytes(const void *p, size_t n)
{
	return p == NULL ? v_null() : (struct val){ .kind = VAL_BYTES, .s = p, .n = n };
}

struct val
v_time(usec_t t)
{
	return t == USEC_NONE ? v_null() : (struct val){ .kind = VAL_TIME, .i = t };
}
