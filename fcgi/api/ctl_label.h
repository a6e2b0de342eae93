/*
 * ctl_label - ProcessManagement/Labels: what the words of a Source's language mean
 * (store/store_label.h).
 */
#ifndef FCGI_API_CTL_LABEL_H
#define FCGI_API_CTL_LABEL_H

#include "fcgi/action.h"

extern const struct action ctl_label_actions[];

#endif
