/*
 * platform_standard_file_show - an object of JSON as a list of its values, for people.
 */
#ifndef PLATFORM_STANDARD_FILE_SHOW_H
#define PLATFORM_STANDARD_FILE_SHOW_H

#include <stddef.h>

struct arena;
struct file_shown;
struct json_object;

struct file_show_list {
	struct arena *arena;
	struct file_shown *shown;
	size_t n, room;
};

/* Adds all values in o, each with its path behind the name: "Command.Details[0].Amount". */
void file_show_add(struct file_show_list *s, const char *name, struct json_object *o);

#endif
