/*
 * no_db - a database that is none, for fuzz doors above the store. Link with -Wl,--wrap= of
 * db_query, db_exec, db_query_sql, db_exec_sql, db_now and db_guard.
 *
 * It keeps nothing. It ends the process when a statement and its values do not fit, or text is not
 * UTF-8.
 */
#ifndef T_FUZZ_NO_DB_H
#define T_FUZZ_NO_DB_H

/* What it answers to whoever looks a row up: there is none; there is one, older than what comes;
 * there is one, newer than that; there was one, and it was erased. */
enum no_db_state { NO_DB_EMPTY, NO_DB_OLDER, NO_DB_NEWER, NO_DB_ERASED, NO_DB_STATES };

/* From here on it answers so, and counts its keys anew. */
void no_db_begin(enum no_db_state is);

#endif
