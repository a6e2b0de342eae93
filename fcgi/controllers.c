#include "config.h"

#include "fcgi/action.h"
#include "fcgi/ctl_health.h"
#include "fcgi/ctl_webhook.h"

const struct action *const controllers[] = {
	ctl_health_actions,
	ctl_webhook_actions,
	NULL,
};
