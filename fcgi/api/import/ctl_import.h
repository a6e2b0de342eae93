/*
 * ctl_import - ProcessManagement/Imports: the files that imports took, and what became of their
 * rows.
 */
#ifndef FCGI_API_IMPORT_CTL_IMPORT_H
#define FCGI_API_IMPORT_CTL_IMPORT_H

#include "fcgi/action.h"

extern const struct action ctl_import_actions[];

#endif
