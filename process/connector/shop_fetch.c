#include "config.h"

#include "process/connector/shop_fetch.h"

#include <stdlib.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "model/connection/connection.h"
#include "process/connection/connection_http.h"

enum { FIRST_WAIT_MS = 500, MS = 1000, NAP_MS = 100 };

static void
nap_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / MS, .tv_nsec = ms % MS * 1000000 };

	while (nanosleep(&t, &t) < 0)
		continue;
}

static void
pause_ms(struct shop_fetch *f, int64_t ms)
{
	for (; ms > 0 && !atomic_load(&f->stops); ms -= NAP_MS)
		nap_ms(ms < NAP_MS ? ms : NAP_MS);
}

/* So many requests a minute, evenly. */
static void
wait_turn(struct shop_fetch *f)
{
	const usec_t now = clock_monotonic_us();
	const int64_t per_minute = f->connection->common->per_minute.value;

	if (f->next > now)
		pause_ms(f, (f->next - now) / MS);
	f->next = (f->next > now ? f->next : now) + 60 * USEC_SEC / per_minute;
}

/* Tests of check builds do not wait long. */
static int64_t
first_wait_ms(void)
{
#ifdef CHECK_BUILD
	const char *ms = getenv("CUSTOMERAPI_TEST_PAUSE_MS");

	if (ms != NULL)
		return atoi(ms);
#endif
	return FIRST_WAIT_MS;
}

/* By chance up to twice as long, so that several do not come together again. */
static int64_t
wait_before(int tried, long retry_after_s)
{
	const int64_t least = first_wait_ms() << tried;
	uint32_t chance;
	int64_t ms;

	secret_random(&chance, sizeof chance);
	ms = least + chance % least;
	if (ms < retry_after_s * (int64_t)MS)
		ms = retry_after_s * (int64_t)MS;
	return ms > SHOP_FETCH_WAIT_MAX_S * MS ? SHOP_FETCH_WAIT_MAX_S * (int64_t)MS : ms;
}

/* A wrong certificate, name or address stays wrong. */
static int
passes(const struct http_reply *r)
{
	return r->failure == HTTP_SILENT || r->failure == HTTP_NO_CONNECTION ||
	    r->failure == HTTP_OTHER;
}

/* The caller reads it: the API's own refusals, and all that is neither a page nor a redirect. */
static int
is_callers(const struct shop_fetch *f, const struct http_reply *r)
{
	if (r->status >= 400 && r->status < 500 && r->status != 429)
		return 1;
	return r->status != 200 && f->is_final != NULL && f->is_final(r);
}

/* q with the header of this try. */
static int
sign(const struct shop_fetch *f, struct arena *a, struct http_request *q, struct err *err)
{
	struct http_header *headers;

	if (f->sign == NULL)
		return 0;
	headers = arena_new(a, struct http_header, q->nheaders + 1);
	for (size_t i = 0; i < q->nheaders; i++)
		headers[i] = q->headers[i];
	q->headers = headers;
	return f->sign(f->signer, a, q->url, &headers[q->nheaders++], err);
}

/* One try. *again: another one may go well. */
static int
try_once(struct shop_fetch *f, struct arena *a, const struct http_request *q,
    struct http_reply *out, int *again, struct err *err)
{
	struct http_request signed_one = *q;
	int rc;

	*again = 0;
	if ((rc = sign(f, a, &signed_one, err)) < 0)
		return rc;
	wait_turn(f);
	f->requests++;
	rc = connection_http_send(a, &signed_one, out, err);
	*again = rc < 0 && rc != ERR_BAD_REQUEST && passes(out);
	if (rc < 0)
		return rc;
	f->bytes += (int64_t)out->bytes;
	if (is_callers(f, out))
		return 0;
	rc = connection_http_judge(a, q, out, CONNECTION_HTTP_WITH, err);
	*again = rc == ERR_TRANSIENT;
	return rc;
}

int
shop_fetch_get(struct shop_fetch *f, struct arena *a, const char *url,
    const struct http_header *headers, size_t nheaders, struct http_reply *out, struct err *err)
{
	struct http_request q = connection_http_request(f->connection, url,
	    f->reply_max > 0 ? f->reply_max : SHOP_FETCH_REPLY_MAX);
	const int most = f->tries > 0 ? f->tries : SHOP_FETCH_TRIES;
	int again = 1, rc = 0;

	q.headers = headers;
	q.nheaders = nheaders;
	q.packed = 1;
	q.session = &f->session;
	for (int tried = 0; again; tried++) {
		int64_t ms;

		err_clear(err);
		rc = try_once(f, a, &q, out, &again, err);
		if (!again || tried + 1 == most || atomic_load(&f->stops))
			break;
		ms = wait_before(tried, out->retry_after_s);
		f->again++;
		if (f->waits != NULL)
			f->waits(f->arg, err->detail, ms);
		pause_ms(f, ms);
	}
	return rc;
}

void
shop_fetch_stop(struct shop_fetch *f)
{
	atomic_store(&f->stops, 1);
}

void
shop_fetch_done(struct shop_fetch *f)
{
	http_session_close(&f->session);
}
