#include "config.h"

#include "store/entity/faults.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

int
entity_faults_note(struct err **fault, const struct err *err, struct arena *a)
{
	if (*fault == NULL && !db_spoils(err->code)) {
		*fault = arena_new(a, struct err, 1);
		**fault = *err;
	}
	return err->code;
}

int
entity_faults_first(struct err *const *faults, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (faults[i] != NULL)
			return (*err = *faults[i]).code;
	return 0;
}
