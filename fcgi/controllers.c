#include "config.h"

#include "fcgi/action.h"
#include "fcgi/api/ctl_adictiz.h"
#include "fcgi/api/ctl_club.h"
#include "fcgi/api/ctl_health.h"
#include "fcgi/api/ctl_label.h"
#include "fcgi/api/ctl_rate.h"
#include "fcgi/api/ctl_reference.h"
#include "fcgi/api/ctl_schedule.h"
#include "fcgi/api/ctl_webhook.h"
#include "fcgi/help/ctl_help.h"

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
