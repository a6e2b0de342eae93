/*
 * import_row - the fields of an imported file (struct store_import) that the API and the command
 * line show.
 */
#ifndef STORE_EXCHANGE_IMPORT_ROW_H
#define STORE_EXCHANGE_IMPORT_ROW_H

#include "store/field.h"

/* import_row_listed, for lists, leaves out the counts of rows. */
extern const struct field import_row[], import_row_listed[];

#endif
