#include "config.h"

#include "scheduler/process.h"

#include "lib/text.h"
#include "scheduler/process_decisional.h"
#include "scheduler/process_earn_points.h"
#include "scheduler/process_erase.h"
#include "scheduler/process_expire_points.h"
#include "scheduler/process_ref_amounts.h"
#ifdef CHECK_BUILD
#include "scheduler/process_test.h"
#endif

const struct process_work process_works[] = {
#ifdef CHECK_BUILD
	{ "Test", process_test_run },
#endif
	{ "RefreshDecisionalData", process_decisional_run },
	{ "ComputeRefAmounts", process_ref_amounts_run },
	{ "EarnPoints", process_earn_points_run },
	{ "ExpirePoints", process_expire_points_run },
	{ "Erase", process_erase_run },
	{ NULL, NULL },
};

const struct process_work *
process_work_find(const char *name)
{
	for (const struct process_work *p = process_works; p->name != NULL; p++)
		if (text_ieq(p->name, name))
			return p;
	return NULL;
}
