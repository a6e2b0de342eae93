/*
 * name - what can be a name: of a customer or an alias, which stand in paths; of a user.
 *
 * The same for who makes a name, who asks by it and who examines what is there.
 */
#ifndef LIB_FORMAT_NAME_H
#define LIB_FORMAT_NAME_H

#include <stddef.h>

enum { NAME_CHARS_MAX = 64, NAME_LOGIN_CHARS_MAX = 128 };

/* NULL, or what no path can have ("a control character"): clients and servers take the parts "."
 * and ".." out of it (RFC 3986 §5.2.4) and refuse the rest. s: a part, n bytes, decoded; a NUL. */
const char *name_part_fault(const char *s, size_t n);

/* NULL when s can be the name of a customer or an alias, else what it must be. Names are compared
 * without case, as the registry's column does. */
const char *name_fault(const char *s);

/* The same for a schedule's: it is never its number. */
const char *name_schedule_fault(const char *s);

/* The same for a user's login, which never stands in a path. */
const char *name_login_fault(const char *s);

#endif
