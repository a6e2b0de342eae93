/*
 * ctl_webhook - EmailProcess, QueueProcess and Receipt under ProcessManagement/Connector/Standard.
 */
#ifndef FCGI_API_CTL_WEBHOOK_H
#define FCGI_API_CTL_WEBHOOK_H

#include "fcgi/action.h"

extern const struct action ctl_webhook_actions[];

#endif
