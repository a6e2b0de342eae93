#include "config.h"

#include "process/process.h"

#include "lib/text.h"

const struct process_row *
process_work_find(const char *name)
{
	for (size_t t = 0; process_tables[t] != NULL; t++)
		for (const struct process_row *p = process_tables[t]; p->name != NULL; p++)
			if (text_ieq(p->name, name))
				return p;
	return NULL;
}
