/*
 * log - one JSON object a line on stderr (journald, a file, the test harness). Only the programs'
 * edges call it.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level {
	LOG_LEVEL_UNSET,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Name of the program in each line and the least important level that is written. Call once at
 * start. */
void log_setup(const char *program, enum log_level least);

/* Level by name (error, warning, info, debug), or LOG_LEVEL_UNSET. */
enum log_level log_level_find(const char *name);

/* Writes {"time":…,"level":…,"program":…,"pid":…,"event":event,"key":"value",…} by one write(2).
 * Keys and values are strings; a NULL value leaves its pair out; the list ends with NULL. Values
 * are escaped: no value can start a line of its own. Lines are cut at 8 KiB.
 *   log_event(LOG_LEVEL_INFO, "request", "path", path, "status", "202", NULL); */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* Logs a warning when the process runs as root, which no program here needs. Services call it when
 * they start. */
void log_warn_root(void);

#endif
