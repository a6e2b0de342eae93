/*
 * db_made - prepared statements of generated text (store/entity/): a connection keeps those that it
 * used last, for the same texts come again and again. Private to store/db*.c.
 */
#ifndef STORE_DB_MADE_H
#define STORE_DB_MADE_H

#include <stddef.h>
#include <stdint.h>

#include <mysql.h>

enum {
	DB_MADE = 64,			/* statements that a connection keeps */
	DB_MADE_BYTES = 256 << 10	/* of their texts in all, so that the server's memory for
					 * them is bounded too */
};

struct db_made {
	struct {
		char *sql;		/* on the heap; NULL = a free place */
		size_t n;
		MYSQL_STMT *stmt;
		uint64_t used;		/* the greater, the later */
	} of[DB_MADE];
	size_t bytes;
	uint64_t uses;
};

/* 1 for a text that may be kept: it reads or changes rows, and is not too long. */
int db_made_keeps(const char *sql, size_t n);

/* The statement of a text, or NULL. */
MYSQL_STMT *db_made_find(struct db_made *m, const char *sql, size_t n);

/* Keeps a statement, which belongs to m from then on; those that were used longest ago go. */
void db_made_keep(struct db_made *m, const char *sql, size_t n, MYSQL_STMT *stmt);

/* Closes all. */
void db_made_close(struct db_made *m);

#endif
