#include "config.h"

#include "process/connector/magento_api.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "net/http.h"
#include "net/oauth1.h"
#include "platform/magento/rest/rest.h"
#include "process/connection/connection_http.h"
#include "process/connector/magento_fault.h"
#include "process/connector/shop_fetch.h"

enum { NONCE_BYTES = OAUTH1_NONCE_CHARS / 2, DATE_CHARS = 19 };

/* ------------------------------------------------------------------ who asks */

/* The shop takes a nonce once, so each try has its own. */
static int
authorize(void *arg, struct arena *a, const char *url, struct http_header *out, struct err *err)
{
	const struct magento_api *api = arg;
	const struct connection_magento *m = api->connection->args;
	const struct oauth1_keys keys = { m->consumer_key.value, m->consumer_secret.value,
		m->token.value, m->token_secret.value };
	const usec_t now = api->began_at + clock_monotonic_us() - api->begun;
	unsigned char nonce[NONCE_BYTES];

	out->name = "Authorization";
	if (strcmp(m->auth.value, CONNECTION_AUTH_OAUTH1) != 0) {
		out->value = arena_printf(a, "Bearer %s", m->token.value);
		return 0;
	}
	secret_random(nonce, sizeof nonce);
	out->value = oauth1_authorization(
	    a, &keys, "GET", url, text_hex(a, nonce, sizeof nonce), now / USEC_SEC, err);
	return out->value != NULL ? 0 : err->code;
}

/* ------------------------------------------------------------------ requests */

static const char *
url_of(const struct magento_api *api, struct arena *a, const char *path, const char *query)
{
	const struct connection_magento *m = api->connection->args;

	return connection_http_url(a, api->connection,
	    arena_printf(a, "rest/%s/V1/%s%s%s", m->store_code.value, path,
		query[0] == '\0' ? "" : "?", query));
}

int
magento_api_begin(struct magento_api *api, struct arena *a, struct err *err)
{
	const char *url = url_of(api, a, "store/storeViews", "");
	const struct http_request q =
	    connection_http_request(api->connection, url, SHOP_FETCH_REPLY_MAX);
	struct http_reply r;
	int rc = api->fetch == NULL ?
	    connection_http_send(a, &q, &r, err) :
	    shop_fetch_get(api->fetch, a, url, NULL, 0, &r, err);

	if (rc < 0)
		return rc;
	if (r.status >= 400 && r.status != 401 && r.status != 403)
		return magento_fault(a, api->connection, url, &r, err);
	if ((rc = connection_http_judge(a, &q, &r, CONNECTION_HTTP_WITHOUT, err)) < 0)
		return rc;
	if (r.date == USEC_NONE)
		return err_set(err, ERR_PERMANENT, "%s answers without the header Date: is this a "
		    "shop of Magento 2? Correct Address.", url);
	api->began_at = r.date;
	api->begun = clock_monotonic_us();
	if (api->fetch != NULL) {
		api->fetch->sign = authorize;
		api->fetch->signer = api;
	}
	return 0;
}

static int
send_once(struct magento_api *api, struct arena *a, const char *url,
    const struct http_header *accept, struct http_reply *out, struct err *err)
{
	struct http_request q = connection_http_request(api->connection, url, SHOP_FETCH_REPLY_MAX);
	struct http_header headers[2] = { *accept };
	int rc = authorize(api, a, url, &headers[1], err);

	q.headers = headers;
	q.nheaders = 2;
	q.packed = 1;
	if (rc < 0 || (rc = connection_http_send(a, &q, out, err)) < 0)
		return rc;
	if (out->status >= 400 && out->status < 500 && out->status != 429)
		return 0;
	return connection_http_judge(a, &q, out, CONNECTION_HTTP_WITH, err);
}

int
magento_api_get(struct magento_api *api, struct arena *a, const char *path, const char *query,
    struct json_object **answer, usec_t *date, struct err *err)
{
	static const struct http_header accept = { "Accept", "application/json" };
	const char *url = url_of(api, a, path, query);
	struct err why = { 0 };
	struct http_reply r;
	int rc;

	*answer = NULL;
	rc = api->fetch == NULL ? send_once(api, a, url, &accept, &r, err) :
				  shop_fetch_get(api->fetch, a, url, &accept, 1, &r, err);
	if (rc < 0)
		return rc;
	if (date != NULL)
		*date = r.date;
	if (r.status != 200)
		return magento_fault(a, api->connection, url, &r, err);
	if (json_parse(r.body, r.bytes, answer, &why) == 0)
		return 0;
	return err_set(err, ERR_PERMANENT,
	    "%.*s answers with what is no JSON: %s. Is there another "
	    "program in front of the shop, or a fault of PHP in the answer?",
	    (int)strcspn(url, "?"), url, why.detail);
}

/* ------------------------------------------------------------------ lists */

static void
add(struct buf *b, const char *name, const char *value)
{
	buf_adds(b, b->len == 0 ? "" : "&");
	buf_add_url(b, name);
	buf_addc(b, '=');
	buf_add_url(b, value);
}

/* Groups of filters all hold. */
static void
add_filter(struct arena *a, struct buf *b, int *n, const char *field, const char *is,
    const char *value)
{
	const char *group = arena_printf(
	    a, "searchCriteria[filter_groups][%d][filters][0]", (*n)++);

	add(b, arena_printf(a, "%s[field]", group), field);
	add(b, arena_printf(a, "%s[condition_type]", group), is);
	add(b, arena_printf(a, "%s[value]", group), value);
}

/* "2026-11-28 10:00:00": whole seconds, in UTC. */
static const char *
date_of(struct arena *a, usec_t t)
{
	char text[32];

	clock_sql(t, text);
	return arena_strndup(a, text, DATE_CHARS);
}

static const char *
joined(struct arena *a, const struct param_list *list)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < list->n; i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : ",", list->values[i]);
	return b.data;
}

/* In filters and sorts a record's id is entity_id, whatever its member is called. */
static const char *
query_of(struct arena *a, const struct magento_list *l)
{
	struct buf b;
	int n = 0;

	buf_init(&b, a);
	if (l->after_id > 0)
		add_filter(a, &b, &n, "entity_id", "gt", arena_printf(a, "%" PRId64, l->after_id));
	if (l->from != USEC_NONE)
		add_filter(a, &b, &n, "updated_at", "gteq", date_of(a, l->from));
	if (l->of != NULL && l->any->n > 0)
		add_filter(a, &b, &n, l->of, "in", joined(a, l->any));
	add(&b, "searchCriteria[sortOrders][0][field]", "entity_id");
	add(&b, "searchCriteria[sortOrders][0][direction]", l->last_first ? "DESC" : "ASC");
	add(&b, "searchCriteria[pageSize]", arena_printf(a, "%" PRId64, l->limit));
	add(&b, "searchCriteria[currentPage]", "1");
	add(&b, "fields", arena_printf(a, "items[%s],total_count", l->fields));
	return b.data;
}

/* A shop that does not sort as it was asked would lose records between pages. */
static int
check_order(const struct magento_list *l, struct magento_records *out, struct err *err)
{
	out->last_id = l->after_id;
	for (size_t i = 0; i < out->n; i++) {
		struct json_object *record = json_object_array_get_idx(out->list, i);
		int found;
		const int64_t id = json_int(record, l->id, &found);

		if (!found || id < 0)
			return err_set(err, ERR_PERMANENT, "A record of %s has no \"%s\".", l->path,
			    l->id);
		if (id <= out->last_id && !l->last_first)
			return err_set(err, ERR_PERMANENT, "The shop lists %s with the id %" PRId64
			    " behind %" PRId64 ", though ascending ids were asked for. Another "
			    "module of the shop changes its lists.", l->path, id, out->last_id);
		out->last_id = id;
	}
	return 0;
}

int
magento_api_list(struct magento_api *api, struct arena *a, const struct magento_list *l,
    struct magento_records *out, struct err *err)
{
	int64_t total;
	int has_total;
	int rc = magento_api_get(api, a, l->path, query_of(a, l), &out->answer, &out->date, err);

	if (rc < 0)
		return rc;
	out->list = json_object_is_type(out->answer, json_type_object) ?
	    json_array(out->answer, "items") :
	    NULL;
	total = json_int(out->answer, "total_count", &has_total);
	if (out->list == NULL && (!has_total || total > 0))
		return err_set(err, ERR_PERMANENT, "The shop's answer about %s has no \"items\".",
		    l->path);
	out->n = json_count(out->list);
	out->is_last = out->n == 0 ||
	    (has_total ? total <= (int64_t)out->n : (int64_t)out->n < l->limit);
	return check_order(l, out, err);
}
