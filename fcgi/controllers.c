#include "config.h"

#include "fcgi/action.h"
#include "fcgi/ctl_adictiz.h"
#include "fcgi/ctl_club.h"
#include "fcgi/ctl_health.h"
#include "fcgi/ctl_help.h"
#include "fcgi/ctl_label.h"
#include "fcgi/ctl_rate.h"
#include "fcgi/ctl_reference.h"
#include "fcgi/ctl_schedule.h"
#include "fcgi/ctl_webhook.h"

const struct action *const controllers[] = {
	ctl_webhook_actions,
	ctl_adictiz_actions,
	ctl_schedule_actions,
	ctl_schedule_form_actions,
	ctl_rate_actions,
	ctl_label_actions,
	ctl_reference_actions,
	ctl_club_actions,
	ctl_health_actions,
	ctl_help_actions,
	NULL,
};
