/*
 * ctl_connection - ProcessManagement/Connections: the foreign systems that data come from and go
 * to (store/connection/connection_ops.h).
 */
#ifndef FCGI_API_CTL_CONNECTION_H
#define FCGI_API_CTL_CONNECTION_H

#include "fcgi/action.h"

/* Made before main(): an action for each kind among them. */
extern struct action ctl_connection_actions[];

#endif
