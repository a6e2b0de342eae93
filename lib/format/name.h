/*
 * name - checks names: of customers, aliases and schedules, which stand in paths, and of users.
 *
 * The same rules apply where a name is made, where it is looked up and where stored names are
 * checked.
 */
#ifndef LIB_FORMAT_NAME_H
#define LIB_FORMAT_NAME_H

#include <stddef.h>

enum { NAME_CHARS_MAX = 64, NAME_LOGIN_CHARS_MAX = 128 };

/* NULL, or what no part of a path may have ("a control character"). Clients and servers remove the
 * parts "." and ".." from paths (RFC 3986 §5.2.4) and refuse the rest. s: a decoded part of n
 * bytes, closed by a NUL. */
const char *name_part_fault(const char *s, size_t n);

/* NULL when s can be the name of a customer or an alias, else what it must be. Names are compared
 * without case, as the registry's column does. */
const char *name_fault(const char *s);

/* The same for a schedule's name, which must not look like a schedule's number. */
const char *name_schedule_fault(const char *s);

/* The same for a user's login, which never stands in a path. */
const char *name_login_fault(const char *s);

#endif
