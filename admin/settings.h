/*
 * settings - the NAME=VALUE of repeated options as a JSON object: a schedule's fields, a process's
 * parameters.
 */
#ifndef ADMIN_SETTINGS_H
#define ADMIN_SETTINGS_H

struct context;
struct json_object;
struct param;

enum { SETTINGS_CHARS_MAX = 4000 };

/* All of an option's NAME=VALUE; names are taken as the rows (NULL = none) spell them. The caller
 * puts it. A text without "=" is a fault in x->err. */
struct json_object *settings_json(struct context *x, const char *option, const struct param *rows);

/* The option of a process's parameters. */
#define SETTINGS_PARAMETER { \
	.name = "parameter", .type = CMD_TEXT, .repeat = 1, .max = SETTINGS_CHARS_MAX, \
	.value = "NAME=VALUE", .doc = "A parameter of the process, for example DryRun=true." }

#endif
