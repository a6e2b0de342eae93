/*
 * conf_file - reads the configuration file; conf.c stores its values in the settings.
 */
#ifndef LIB_CONF_FILE_H
#define LIB_CONF_FILE_H

struct arena;
struct conf;
struct conf_row;
struct err;

enum { CONF_ROWS_MAX = 96 };

/* Sets what the file says. Its faults go to err. Not thread-safe: libConfuse has global state. */
void conf_file_read(struct conf *c, struct arena *a, const char *path, struct err *err);

/* In conf.c. Sets one setting from text; where says the origin ("file:3", a variable's name). */
void conf_set(struct conf *c, struct arena *a, const struct conf_row *r, const char *text,
    const char *where, struct err *err);

/* In conf.c. The row of a name, or NULL. */
const struct conf_row *conf_row_find(const char *name);

#endif
