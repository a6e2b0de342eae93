/*
 * import_shown - the fields of an imported file (struct store_import) that the API and the command
 * line show.
 */
#ifndef STORE_EXCHANGE_IMPORT_SHOWN_H
#define STORE_EXCHANGE_IMPORT_SHOWN_H

#include "store/field.h"

/* import_shown_listed, for lists, leaves out the counts of rows. */
extern const struct field import_shown[], import_shown_listed[];

#endif
