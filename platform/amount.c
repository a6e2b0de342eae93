#include "config.h"

#include "platform/amount.h"

#include "lib/err.h"
#include "lib/format/json.h"
#include "model/read.h"

int
platform_amount_add(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_add(sum, d) < 0 ?
	    err_set(err, ERR_PERMANENT, "The amounts are too large to add up.") :
	    0;
}

int
platform_amount_subtract(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_subtract(sum, d) < 0 ?
	    err_set(err, ERR_PERMANENT, "The amounts are too large to subtract.") :
	    0;
}

int
platform_amount_sum(struct json_object *o, const char *path, const char *member,
    struct decimal *sum, struct err *err)
{
	struct json_object *list = json_array(o, path);
	struct decimal d;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_count(list); i++)
		if ((r = read_amount(
			 &read_exact, json_object_array_get_idx(list, i), member, &d, err)) > 0)
			r = platform_amount_add(sum, d, err);
	return r < 0 ? r : 0;
}
