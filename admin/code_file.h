/*
 * code_file - privilege codes from a CSV file (lib/format/csv_file.h), chunk by chunk; and codes
 * made up.
 *
 * A file has a code in the first column of each row; or a first row with the names of columns, of
 * which one is Code and the others may be ValidFrom, ValidTo (ISO 8601, of time_zone unless an
 * offset is given) and MaxUses.
 */
#ifndef ADMIN_CODE_FILE_H
#define ADMIN_CODE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "store/store_code.h"

struct err;

/* A full chunk, or the last. rows[i] came from line numbers[i] of the file. 0, or a negative code
 * that ends the reading. */
typedef int code_file_chunk(void *arg, const struct store_code_row *rows, const int64_t *numbers,
    size_t n, struct err *err);
/* A row that is no code, by the line where it begins. */
typedef void code_file_wrong(void *arg, int64_t line, const char *what);

/* Reads path ("-" = standard input). ERR_IO; ERR_USAGE for names of columns that nobody knows;
 * ERR_BAD_REQUEST with a fault, in a, for a quote that is not closed. */
int code_file_read(const char *path, const char *time_zone, code_file_chunk *chunk,
    code_file_wrong *wrong, void *arg, struct arena *a, struct err *err);

/* Lines of a file that can be read twice; 0 = unknown. */
int64_t code_file_count(const char *path);

/* prefix and length characters by chance, of 32 that are not mistaken for each other (no 0, O, 1,
 * I). */
char *code_file_random(struct arena *a, const char *prefix, size_t length);

#endif
