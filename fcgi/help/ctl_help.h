/*
 * ctl_help - the help pages, signing in on them, and the OpenAPI description.
 */
#ifndef FCGI_HELP_CTL_HELP_H
#define FCGI_HELP_CTL_HELP_H

#include "fcgi/action.h"

extern const struct action ctl_help_actions[];

#endif
