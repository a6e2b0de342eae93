/*
 * platform_standard_file_repeat - which rows of a record say again what another one says: Once and
 * Child of a map (model/import/import_map.h).
 */
#ifndef PLATFORM_STANDARD_FILE_REPEAT_H
#define PLATFORM_STANDARD_FILE_REPEAT_H

#include <stddef.h>

struct file_record;
struct import_row;

/* 1 when row k of the record says what another one says: once for each, or as a part of it. */
int file_repeat_is(const struct file_record *record, const struct import_row *of, size_t k);

#endif
