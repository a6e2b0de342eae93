/*
 * ctl_rate - ProcessManagement/CurrencyRates: the tenant's currency rates, which ComputeRefAmounts
 * applies.
 */
#ifndef FCGI_API_CTL_RATE_H
#define FCGI_API_CTL_RATE_H

#include "fcgi/action.h"

extern const struct action ctl_rate_actions[];

#endif
