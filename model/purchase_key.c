#include "config.h"

#include "model/purchase_key.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

char *
purchase_key(struct arena *a, const char *number, const char *checkout, const char *store)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s", number);
	if (checkout != NULL && strcmp(checkout, "-") != 0)
		buf_addf(&b, "/%s", checkout);
	if (store != NULL)
		buf_addf(&b, "@%s", store);
	return b.data;
}
