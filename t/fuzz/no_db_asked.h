/*
 * no_db_asked - what a generated SELECT asks for (store/entity/sql.h), read from its text.
 */
#ifndef T_FUZZ_NO_DB_ASKED_H
#define T_FUZZ_NO_DB_ASKED_H

#include <stddef.h>

#include "model/entity.h"
#include "model/val.h"

struct arena;

enum { NO_DB_NAME_SIZE = 65 };

/* The entity, the names of columns, and of each row that is asked for as many values as names. */
struct no_db_asked {
	const struct entity *e;
	char names[ENTITY_NATURAL_MAX][NO_DB_NAME_SIZE];
	size_t width, n;
	const struct val *values;
};

/* Of "FROM A WHERE (a = ? AND b = ?) OR …", or "FROM JSON_TABLE(?, …) named STRAIGHT_JOIN A ON a =
 * is0 AND b = is1". */
struct no_db_asked no_db_asked(
    const char *sql, const struct val *args, size_t nargs, struct arena *a);

/* The next word of names like "`A`" or "A, B"; 0 at the end. */
int no_db_word(const char **p, char out[NO_DB_NAME_SIZE]);

/* The entity whose name stands behind the words before. */
const struct entity *no_db_entity(const char *sql, const char *before);

#endif
