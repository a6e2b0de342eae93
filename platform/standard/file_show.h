/*
 * platform_standard_file_show - what rows of files become, as a list of values for people.
 */
#ifndef PLATFORM_STANDARD_FILE_SHOW_H
#define PLATFORM_STANDARD_FILE_SHOW_H

#include <stddef.h>

struct arena;
struct file_shown;
struct json_object;
struct standard_body;

struct file_show_list {
	struct arena *arena;
	struct file_shown *shown;
	size_t n, room;
};

/* Adds all values in o, each with its path behind the name: "Command.Details[0].Amount". */
void file_show_json(struct file_show_list *s, const char *name, struct json_object *o);

/* Adds the values of a row, the nth of its entity in the record: "PurchaseDetail[1].Amount". */
void file_show_body(struct file_show_list *s, const struct standard_body *body, size_t nth);

#endif
