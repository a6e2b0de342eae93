#include "config.h"

#include "process/connector/magento1_api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "net/http.h"
#include "process/connection/connection_http.h"
#include "process/connector/shop_fetch.h"

enum { REPLY_MAX = 1 << 20, DATE_CHARS = 19, SAID_MAX = 300, FIRST_WAIT_S = 1, MOST_WAIT_S = 60 };

static const struct connection_magento1 *
args_of(const struct magento1_api *api)
{
	return api->connection->args;
}

/* ------------------------------------------------------------------ what the shop says */

/* The shop may repeat what it was sent. */
static const char *
without(struct arena *a, const char *text, const char *secret)
{
	const size_t n = secret == NULL ? 0 : strlen(secret);
	struct buf b;

	if (n == 0)
		return text;
	buf_init(&b, a);
	buf_adds(&b, "");
	while (*text != '\0') {
		const int is_it = strncmp(text, secret, n) == 0;

		buf_add(&b, is_it ? "***" : text, is_it ? 3 : 1);
		text += is_it ? n : 1;
	}
	return b.data;
}

static const char *
said(const struct magento1_api *api, struct arena *a, const char *text)
{
	text = without(a, text == NULL ? "" : text, args_of(api)->password.value);
	text = without(a, text, api->ftp.password);
	return text_utf8_fit(a, text_shown(a, text, 0), SAID_MAX);
}

static int
is_about_login(const char *text)
{
	return strcasestr(text, "login") != NULL || strcasestr(text, "passe") != NULL ||
	    strcasestr(text, "password") != NULL;
}

/* {"error":…} of a wrong parameter, {"response":{"error":true,"message":…}} of all else. */
static int
read_errors(struct magento1_api *api, struct arena *a, struct json_object *o, struct err *err)
{
	const char *text = json_text(o, "error");

	if (text != NULL)
		return err_set(err, ERR_PERMANENT, "The shop refuses the export: %s. Can it log in "
		    "to the FTP server %s by plain FTP?", said(api, a, text),
		    api->ftp.host == NULL ? "" : api->ftp.host);
	if (json_flag(o, "response.error") != 1)
		return 0;
	text = said(api, a, json_text(o, "response.message"));
	if (is_about_login(text))
		return err_set(err, ERR_FORBIDDEN,
		    "The shop does not take the login: %s. Correct "
		    "Login and Password: they are set in the shop, System > Configuration > "
		    "CRM360.",
		    text);
	return err_set(err, ERR_NOT_FOUND, "The shop says: %s", text);
}

/* ------------------------------------------------------------------ requests */

static void
add(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s=", b->len == 0 ? "" : "&", name);
	buf_add_url(b, value);
}

static int
send(struct magento1_api *api, struct arena *a, const char *url, struct http_reply *r,
    struct err *err)
{
	const struct http_request q = connection_http_request(api->connection, url, REPLY_MAX);

	if (api->fetch != NULL)
		return shop_fetch_get(api->fetch, a, url, NULL, 0, r, err);
	return connection_http_send(a, &q, r, err);
}

/* *answer is the caller's to free. */
static int
ask(struct magento1_api *api, struct arena *a, const char *action, struct buf *query,
    struct json_object **answer, usec_t *date, struct err *err)
{
	const char *path = arena_printf(a, "crm360/index/%s", action), *url;
	const char *shown = connection_http_url(a, api->connection, path);
	struct http_reply r;
	struct err why = { 0 };
	int rc;

	add(query, "login", args_of(api)->login.value);
	add(query, "password", args_of(api)->password.value);
	url = arena_printf(a, "%s?%s", shown, query->data);
	*answer = NULL;
	if ((rc = send(api, a, url, &r, err)) < 0)
		return rc;
	if (date != NULL)
		*date = r.date;
	rc = connection_http_judge(
	    a, &(struct http_request){ .url = url }, &r, CONNECTION_HTTP_WITH, err);
	if (rc < 0)
		return rc;
	if (json_parse(r.body, r.bytes, answer, &why) < 0)
		return err_set(err, ERR_PERMANENT, "%s answers with what is no JSON: %s. Is the "
		    "module followthesun_crm360 installed in the shop?", shown, why.detail);
	return read_errors(api, a, *answer, err);
}

static void
add_server(const struct magento1_ftp *f, struct buf *b)
{
	add(b, "ftp_url", f->host);
	add(b, "ftp_login", f->user);
	add(b, "ftp_password", f->password);
	add(b, "ftp_path", f->path);
}

int
magento1_api_ask(struct magento1_api *api, struct arena *a, const char *type, usec_t from,
    int64_t *id, usec_t *date, struct err *err)
{
	struct json_object *answer;
	struct buf query;
	char text[32];
	int rc, found = 0;

	buf_init(&query, a);
	add(&query, "type", type);
	add_server(&api->ftp, &query);
	if (from != USEC_NONE) {
		clock_sql(from, text);
		text[DATE_CHARS] = '\0';
		add(&query, "timestamp", text);
	}
	*date = USEC_NONE;
	rc = ask(api, a, "export", &query, &answer, date, err);
	if (rc == 0)
		*id = json_int(answer, "response.id", &found);
	json_object_put(answer);
	if (rc == 0 && (!found || *id <= 0))
		return err_set(err, ERR_PERMANENT, "The shop's answer has no number of an export.");
	return rc;
}

/* ------------------------------------------------------------------ waiting */

enum progress { PENDING, ENDED };

/* The module's own words. */
static int
read_status(struct magento1_api *api, struct arena *a, const char *type, struct json_object *o,
    struct err *err)
{
	const char *status = json_text(o, "response.status");

	if (status == NULL)
		return err_set(
		    err, ERR_PERMANENT, "The shop's answer has no status of the export.");
	if (strcmp(status, "Terminé avec succès") == 0)
		return ENDED;
	if (strcmp(status, "En attente") == 0 || strcmp(status, "En cours de traitement") == 0)
		return PENDING;
	return err_set(err, ERR_PERMANENT, "The shop could not export %s (%s): %s", type,
	    said(api, a, status), said(api, a, json_text(o, "response.message")));
}

static int
ask_status(
    struct magento1_api *api, struct arena *a, const char *type, int64_t id, struct err *err)
{
	struct json_object *answer;
	struct buf query;
	int rc;

	buf_init(&query, a);
	add(&query, "id", arena_printf(a, "%" PRId64, id));
	rc = ask(api, a, "status", &query, &answer, NULL, err);
	if (rc == 0)
		rc = read_status(api, a, type, answer, err);
	json_object_put(answer);
	return rc;
}

int
magento1_api_wait(
    struct magento1_api *api, struct arena *a, const char *type, int64_t id, struct err *err)
{
	const usec_t begun = clock_monotonic_us();
	struct timespec pause = { .tv_sec = FIRST_WAIT_S };
	int64_t seconds = 0;
	int rc;

	while ((rc = ask_status(api, a, type, id, err)) == PENDING && seconds < api->wait_s) {
		if (api->waits != NULL)
			api->waits(api->arg, type, seconds);
		nanosleep(&pause, NULL);
		pause.tv_sec = pause.tv_sec * 2 > MOST_WAIT_S ? MOST_WAIT_S : pause.tv_sec * 2;
		seconds = (clock_monotonic_us() - begun) / USEC_SEC;
	}
	if (rc == PENDING)
		return err_set(err, ERR_TIMEOUT, "The shop has not ended the export of %s (number "
		    "%" PRId64 ") in %d minutes. Does the shop's server have the program wget, and "
		    "is its path set in the module?", type, id, api->wait_s / 60);
	return rc < 0 ? rc : 0;
}

/* There is no export of the number 0: whoever hears so may ask. */
int
magento1_api_test(struct magento1_api *api, struct arena *a, struct err *err)
{
	int rc = ask_status(api, a, "nothing", 0, err);

	if (rc != ERR_NOT_FOUND)
		return rc < 0 ? rc : 0;
	err_clear(err);
	return 0;
}
