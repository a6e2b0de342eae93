/*
 * value - the text of an option or argument: is it one of its type, and what would be right.
 */
#ifndef ADMIN_VALUE_H
#define ADMIN_VALUE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct cmd_param;
struct err;

/* 0, or -1 with a fault about shown ("--port") in err. Values never appear in faults: they may be
 * secrets in the wrong place. */
int value_check(struct arena *a, const struct cmd_param *p, const char *shown, const char *text,
    struct err *err);

/* What stands for the value in usage texts: "NAME", "1…65535", "a|b". */
const char *value_word(struct arena *a, const struct cmd_param *p);

/* The next part of a comma list, trimmed; NULL at the end. *p moves on. */
const char *value_part(struct arena *a, const char **p);

/* 1 when the comma list has the word. */
int value_in_list(const char *list, const char *word);

/* Reads an age: a number and s, m, h or d, at most 36500 days. *us gets microseconds. 0, or -1 when
 * it is not that. */
int value_age(const char *text, int64_t *us);

/* Splits Customer/Alias. 0, or -1 when it is not that. */
int value_tenant(struct arena *a, const char *text, const char **customer, const char **alias);

#endif
