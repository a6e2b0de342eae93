#include "config.h"

#include "store/registry/store_message.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"

enum { COLUMNS = 25 };

static struct val
id_or_null(int64_t id)
{
	return v_int_or_null(id, id != 0);
}

static void
message_row(struct val row[COLUMNS], const struct store_message *m)
{
	const struct val values[COLUMNS] = {
		v_bytes(m->receipt, sizeof m->receipt),
		v_int(m->tenant_id),
		v_int(m->kind),
		v_int(m->auth),
		v_int(m->batch_mode != 0),
		v_int(clock_offset_us() + m->invisible_s * USEC_SEC),
		v_int(clock_offset_us()),
		v_int(m->source_id),
		id_or_null(m->zone_id),
		id_or_null(m->brand_id),
		id_or_null(m->address_type_id),
		v_text(m->limits),
		v_text(m->platform),
		v_text(m->entity),
		v_text(m->action),
		v_text(m->email),
		m->has_dedup ? v_bytes(m->dedup_key, sizeof m->dedup_key) : v_null(),
		m->has_body_hash ? v_bytes(m->body_hash, sizeof m->body_hash) : v_null(),
		m->has_ordering ? v_bytes(m->ordering_key, sizeof m->ordering_key) : v_null(),
		v_text(m->event_id),
		v_text(m->method),
		v_text(m->uri),
		v_text(m->headers),
		v_int((int64_t)m->body_bytes),
		v_bytes(m->body, m->body_bytes),
	};

	memcpy(row, values, sizeof values);
}

/* Fills what is stored for m from the returned row. A receipt other than m's own belongs to an
 * earlier row with the same de-dup key. */
static int
put_read(const struct store_message *m, const struct rows *r, size_t i, struct store_put *out,
    struct err *err)
{
	const struct val *receipt = rows_at(r, i, C_message_put_receipt);

	if (receipt->n != STORE_RECEIPT_BYTES)
		return err_set(err, ERR_INTERNAL, "a receipt of %zu bytes", receipt->n);
	memcpy(out->receipt, receipt->s, STORE_RECEIPT_BYTES);
	out->visible_at = rows_time(r, i, C_message_put_visible_at);
	out->duplicate = memcmp(out->receipt, m->receipt, STORE_RECEIPT_BYTES) != 0;
	if (out->duplicate && !m->has_dedup)
		return err_set(err, ERR_INTERNAL, "a message was put and is not there");
	return 0;
}

size_t
store_message_bytes(const struct store_message *m)
{
	return m->body_bytes + strlen(m->headers) + strlen(m->uri) + strlen(m->email);
}

size_t
store_message_group(size_t n)
{
	static const size_t sizes[] = { STORE_MESSAGE_GROUP_MAX, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2,
		1 };
	size_t i = 0;

	while (sizes[i] > n && sizes[i] > 1)
		i++;
	return sizes[i];
}

int
store_message_put(struct db *db, struct arena *a, const struct store_message *const *m, size_t n,
    struct store_put *out, struct err *err)
{
	struct val *args = arena_new(a, struct val, n * COLUMNS);
	struct rows r;
	int rc;

	if (n == 0 || n > STORE_MESSAGE_GROUP_MAX)
		return err_set(err, ERR_INTERNAL, "a group of %zu messages", n);
	for (size_t i = 0; i < n; i++)
		message_row(args + i * COLUMNS, m[i]);
	if ((rc = db_query_rows(db, Q_message_put, args, n, a, &r, err)) < 0)
		return rc;
	if (r.n != n)
		return err_set(err, ERR_INTERNAL, "%zu messages put, %zu told", n, r.n);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = put_read(m[i], &r, i, &out[i], err);
	return rc;
}

static int
try_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct store_message *m = arg;
	struct store_put put;

	return store_message_put(db, a, &m, 1, &put, err);
}

int
store_message_try(struct db *db, struct err *err)
{
	static const struct db_manner manner = { .undo = 1 };
	struct store_message m = { .kind = STORE_MESSAGE_QUEUE,
		.platform = "",
		.entity = "",
		.action = "",
		.email = "",
		.method = "",
		.uri = "",
		.headers = "{}",
		.body = "x",
		.body_bytes = 1 };

	secret_random(m.receipt, sizeof m.receipt);
	return db_transact_as(db, &manner, try_work, &m, err);
}

const char *
store_message_auth_name(int64_t auth)
{
	return auth == STORE_MESSAGE_AUTH_UNSET ? "Unknown" : state_name(auths_of_message, auth);
}

int
store_message_auth_is_tenants(int64_t auth)
{
	return auth == STORE_MESSAGE_AUTH_TOKEN || auth == STORE_MESSAGE_AUTH_LOGIN ||
	    auth == STORE_MESSAGE_AUTH_SESSION;
}

int
store_message_auth_is_proof(int64_t auth)
{
	return store_message_auth_is_tenants(auth) || auth == STORE_MESSAGE_AUTH_SIGNATURE ||
	    auth == STORE_MESSAGE_AUTH_KEY;
}

/* A ready message that may not be taken yet is called delayed. */
const char *
store_message_state_name(int64_t state, usec_t visible_at, usec_t now)
{
	return state == STATE_MESSAGE_READY && visible_at > now ? STATE_DELAYED :
	    state_name(states_of_message, state);
}

int
store_message_receipt_find(struct db *db, struct arena *a, int64_t tenant_id,
    const unsigned char receipt[STORE_RECEIPT_BYTES], struct store_receipt **out, struct err *err)
{
	struct rows r;
	usec_t now;
	int rc;

	*out = NULL;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	rc = db_query(db, Q_message_receipt,
	    DB_ARGS(v_bytes(receipt, STORE_RECEIPT_BYTES), v_int(tenant_id)), a, &r, err);
	if (rc < 0 || r.n == 0)
		return rc < 0 ? rc : 0;
	*out = arena_new(a, struct store_receipt, 1);
	**out = (struct store_receipt){
		.state = store_message_state_name(rows_int(&r, 0, C_message_receipt_state),
		    rows_time(&r, 0, C_message_receipt_visible_at), now),
		.received_at = rows_time(&r, 0, C_message_receipt_received_at),
		.visible_at = rows_time(&r, 0, C_message_receipt_visible_at),
		.settled_at = rows_time(&r, 0, C_message_receipt_settled_at),
		.attempts = rows_int(&r, 0, C_message_receipt_attempts),
		.source_id = (int16_t)rows_int(&r, 0, C_message_receipt_source_id),
		.reason = rows_text(&r, 0, C_message_receipt_reason),
		.remarks = rows_text(&r, 0, C_message_receipt_remarks),
	};
	return 0;
}

/* ------------------------------------------------------------------ ordering */

void
store_message_ordering_key(int64_t tenant_id, const char *platform, const char *entity,
    const char *id, unsigned char out[STORE_HASH_BYTES])
{
	struct arena a = { 0 };
	struct buf b;

	buf_init(&b, &a);
	buf_addf(&b, "order/%lld", (long long)tenant_id);
	buf_addc(&b, '\0');
	buf_adds(&b, text_lower(arena_strdup(&a, platform)));
	buf_addc(&b, '\0');
	buf_adds(&b, text_lower(arena_strdup(&a, entity)));
	buf_addc(&b, '\0');
	buf_add(&b, id, strlen(id) + 1);
	secret_sha256(b.data, b.len, out);
	arena_done(&a);
}
