#include "config.h"

#include "process/connector/magento_fault.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "net/http.h"
#include "platform/magento/rest/rest.h"
#include "process/connection/connection_http.h"

enum { SAID_MAX = 300 };

static int
has(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

static int
is_bearer(const struct connection *c)
{
	const struct connection_magento *m = c->args;

	return strcmp(m->auth.value, CONNECTION_AUTH_BEARER) == 0;
}

/* Faults of signing, by Magento's words. */
static const char *
mend_signature(const char *said)
{
	if (has(said, "timestamp"))
		return "The clocks of this machine and of the shop differ: mend the wrong one.";
	if (has(said, "nonce"))
		return "Its nonce came twice: try again.";
	if (has(said, "signature"))
		return "ConsumerSecret or TokenSecret is wrong, or a proxy changes the address: "
		       "give the integration's four keys anew, and let Address be the shop's own "
		       "base address.";
	if (has(said, "consumer key") || has(said, "token") || has(said, "oauth"))
		return "ConsumerKey or Token is wrong, or the integration is not active: give its "
		       "four keys anew.";
	return NULL;
}

static const char *
mend_right(const struct connection *c, const char *said)
{
	if (is_bearer(c))
		return "Since 2.4.4 a shop takes an access token alone only when it is told to: "
		       "run "
		       "\"bin/magento config:set oauth/consumer/enable_integration_as_bearer 1\" "
		       "in the shop, or set Auth to OAuth1 and give the integration's four keys. "
		       "If "
		       "that is done, the token is wrong, or the integration lacks the right: "
		       "System > Integrations > API.";
	if (has(said, "authorized to access"))
		return "Give the integration this resource: System > Integrations > API, and "
		       "activate it again.";
	return NULL;
}

static const char *
mend(const struct connection *c, int status, const char *said)
{
	const char *how = NULL;

	if (status == 401 || status == 403) {
		how = is_bearer(c) ? NULL : mend_signature(said);
		if (how == NULL || has(said, "authorized to access"))
			how = mend_right(c, said);
		return how != NULL ? how : "Give the integration's keys anew.";
	}
	if (status == 404 && has(said, "store"))
		return "Correct StoreCode: it is the code of a store view, or \"all\".";
	if (status == 404)
		return "Correct Address and StoreCode; is this a shop of Magento 2?";
	if (has(said, "pageSize") || has(said, "page size"))
		return "Lower PageSize.";
	return "";
}

static int
code_of(int status)
{
	if (status == 401 || status == 403)
		return ERR_FORBIDDEN;
	return status == 404 ? ERR_NOT_FOUND : ERR_PERMANENT;
}

int
magento_fault(struct arena *a, const struct connection *c, const char *url,
    const struct http_reply *r, struct err *err)
{
	const int shown = (int)strcspn(url, "?#");
	const struct http_request q = { .url = url };
	struct json_object *body = NULL;
	struct err ignored = { 0 };
	const char *said = NULL;
	int rc;

	if (json_parse(r->body, r->bytes, &body, &ignored) == 0)
		said = magento_rest_error(a, body);
	if (said != NULL)
		said = text_utf8_fit(a, said, SAID_MAX);
	json_object_put(body);
	if (said != NULL)
		return err_set(err, code_of(r->status), "%.*s answers %d: %s %s", shown, url,
		    r->status, said, mend(c, r->status, said));
	rc = connection_http_judge(a, &q, r, CONNECTION_HTTP_WITH, err);
	return rc < 0 ? rc :
			err_set(err, ERR_PERMANENT, "%.*s answers %d, and not as Magento does.",
			    shown, url, r->status);
}
