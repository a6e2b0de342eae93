#include "config.h"

#include "store/db_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
db_made_keeps(const char *sql, size_t n)
{
	static const char *const words[] = { "SELECT ", "INSERT ", "UPDATE ", "DELETE " };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (n > strlen(words[i]) && memcmp(sql, words[i], strlen(words[i])) == 0)
			return n <= DB_MADE_BYTES / 4;
	return 0;
}

MYSQL_STMT *
db_made_find(struct db_made *m, const char *sql, size_t n)
{
	for (size_t i = 0; i < DB_MADE; i++)
		if (m->of[i].sql != NULL && m->of[i].n == n &&
		    memcmp(m->of[i].sql, sql, n) == 0) {
			m->of[i].used = ++m->uses;
			return m->of[i].stmt;
		}
	return NULL;
}

static void
let_go(struct db_made *m, size_t i)
{
	if (m->of[i].sql == NULL)
		return;
	mysql_stmt_close(m->of[i].stmt);
	free(m->of[i].sql);
	m->bytes -= m->of[i].n;
	memset(&m->of[i], 0, sizeof m->of[i]);
}

/* The place of the statement that was used longest ago. */
static size_t
oldest_of(const struct db_made *m)
{
	size_t oldest = SIZE_MAX;

	for (size_t i = 0; i < DB_MADE; i++)
		if (m->of[i].sql != NULL &&
		    (oldest == SIZE_MAX || m->of[i].used < m->of[oldest].used))
			oldest = i;
	return oldest;
}

static size_t
free_place(const struct db_made *m)
{
	size_t i = 0;

	while (i < DB_MADE && m->of[i].sql != NULL)
		i++;
	return i;
}

void
db_made_keep(struct db_made *m, const char *sql, size_t n, MYSQL_STMT *stmt)
{
	size_t i;

	while ((i = free_place(m)) == DB_MADE || m->bytes + n > DB_MADE_BYTES)
		let_go(m, oldest_of(m));
	m->of[i].sql = malloc(n + 1);
	if (m->of[i].sql == NULL) {
		fputs("customerapi: out of memory\n", stderr);
		abort();
	}
	memcpy(m->of[i].sql, sql, n);
	m->of[i].n = n;
	m->of[i].stmt = stmt;
	m->of[i].used = ++m->uses;
	m->bytes += n;
}

void
db_made_close(struct db_made *m)
{
	for (size_t i = 0; i < DB_MADE; i++)
		let_go(m, i);
}
