#include "config.h"

#include "process/process.h"

#include "lib/text.h"
#include "process/decisional.h"
#include "process/earn_points.h"
#include "process/erase.h"
#include "process/expire_points.h"
#include "process/ref_amounts.h"
#ifdef CHECK_BUILD
#include "process/test.h"
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
