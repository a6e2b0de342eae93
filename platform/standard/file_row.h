/*
 * platform_standard_file_row - which rows of a record say again what another one says.
 */
#ifndef PLATFORM_STANDARD_FILE_ROW_H
#define PLATFORM_STANDARD_FILE_ROW_H

#include <stddef.h>

struct file_record;
struct import_row;

/* 1 when row k is left out, by Once or Child of the map. */
int file_row_is_repeated(
    const struct file_record *record, const struct import_row *of, size_t k);

#endif
