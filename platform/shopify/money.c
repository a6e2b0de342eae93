#include "config.h"

#include "platform/shopify/money.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/read.h"
#include "platform/amount.h"

enum { PATH = 64, NUMBER = 64 };

/* A shop computes in doubles: 0.30000000000000004 is 0.3. */
static int
money_number(struct json_object *o, const char *name, struct decimal *out, struct err *err)
{
	const char *text = json_decimal(o, name), *point = text == NULL ? NULL : strchr(text, '.');
	char cut[NUMBER];

	if (point == NULL || !json_object_is_type(json_at(o, name), json_type_double) ||
	    strlen(point) <= DECIMAL_PLACES + 1)
		return read_amount(&read_exact, o, name, out, err);
	if ((size_t)(point - text) + DECIMAL_PLACES + 1 >= sizeof cut)
		return read_amount(&read_exact, o, name, out, err);
	snprintf(cut, sizeof cut, "%.*s", (int)(point - text) + DECIMAL_PLACES + 1, text);
	return decimal_parse(cut, out) < 0 ? read_amount(&read_exact, o, name, out, err) : 1;
}

int
platform_shopify_money_set(
    struct json_object *o, const char *set, struct decimal *out, struct err *err)
{
	char path[PATH + 20];

	snprintf(path, sizeof path, "%s.shop_money.amount", set);
	return money_number(o, path, out, err);
}

int
platform_shopify_money(
    struct json_object *o, const char *name, struct decimal *out, struct err *err)
{
	char set[PATH];
	int r;

	snprintf(set, sizeof set, "%s_set", name);
	r = platform_shopify_money_set(o, set, out, err);
	return r != 0 ? r : money_number(o, name, out, err);
}

int
platform_shopify_money_sum(
    struct json_object *o, const char *path, const char *set, struct decimal *sum, struct err *err)
{
	struct json_object *list = json_array(o, path);
	struct decimal d;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_count(list); i++)
		if ((r = platform_shopify_money_set(
		         json_object_array_get_idx(list, i), set, &d, err)) > 0)
			r = platform_amount_add(sum, d, err);
	return r < 0 ? r : 0;
}

int
platform_shopify_money_share(
    struct decimal *d, struct decimal part, struct decimal whole, int places, struct err *err)
{
	if (platform_shopify_is_zero(whole)) {
		*d = (struct decimal){ 0 };
		return 0;
	}
	return decimal_share(d, part, whole, places) < 0 ?
	    err_set(err, ERR_PERMANENT, "The amounts are too large to be shared out.") :
	    0;
}

int
platform_shopify_worth_add(
    struct platform_shopify_worth *w, const struct platform_shopify_worth *d, struct err *err)
{
	int r;

	if ((r = platform_amount_add(&w->quantity, d->quantity, err)) < 0 ||
	    (r = platform_amount_add(&w->amount, d->amount, err)) < 0 ||
	    (r = platform_amount_add(&w->tax, d->tax, err)) < 0)
		return r;
	return platform_amount_add(&w->discount, d->discount, err);
}

struct decimal
platform_shopify_count(int64_t n)
{
	struct decimal d;

	decimal_parse("1", &d);
	d.units *= n;
	return d;
}

int
platform_shopify_is_zero(struct decimal d)
{
	return d.units == 0;
}

int
platform_shopify_places(const char *currency)
{
	static const char none[] =
	    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
	static const char three[] = "BHD IQD JOD KWD LYD OMR TND";

	if (currency == NULL || strlen(currency) != 3)
		return 2;
	if (strstr(none, currency) != NULL)
		return 0;
	return strstr(three, currency) != NULL ? 3 : 2;
}

int
platform_shopify_element_fault(struct err *err, const char *list, size_t i)
{
	char said[sizeof(err->detail)];

	memcpy(said, err->detail, sizeof(said));
	return err_set(err, ERR_PERMANENT, "In %s[%zu]: %.400s", list, i, said);
}
