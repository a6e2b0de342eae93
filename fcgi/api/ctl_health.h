/*
 * ctl_health - /healthz and /readyz, for load balancers and supervisors.
 */
#ifndef FCGI_API_CTL_HEALTH_H
#define FCGI_API_CTL_HEALTH_H

#include "fcgi/action.h"

extern const struct action ctl_health_actions[];

#endif
