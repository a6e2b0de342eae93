#include "config.h"

#include "store/registry/store_access.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

enum {
	ALL_RIGHTS = STORE_RIGHT_DATA | STORE_RIGHT_PROCESS | STORE_RIGHT_WEBHOOK |
	    STORE_RIGHT_CLUB | STORE_RIGHT_ADMIN
};

/* Name columns are ASCII. Another text cannot match, and would make the server convert the whole
 * column. */
static int
name_possible(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > STORE_ACCESS_NAME_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return 0;
	return 1;
}

static void
alias_read(struct store_alias *t, const struct rows *r)
{
	const struct val *password = rows_at(r, 0, C_alias_db_password_sealed);

	*t = (struct store_alias){
		.alias_id = rows_int(r, 0, C_alias_alias_id),
		.customer = rows_text(r, 0, C_alias_customer),
		.alias = rows_text(r, 0, C_alias_alias),
		.database_name = rows_text(r, 0, C_alias_database_name),
		.socket = rows_text(r, 0, C_alias_socket),
		.host = rows_text(r, 0, C_alias_host),
		.port = (unsigned)rows_int(r, 0, C_alias_port),
		.db_user = rows_text(r, 0, C_alias_db_user),
		.reference_currency = rows_text(r, 0, C_alias_reference_currency),
		.time_zone = rows_text(r, 0, C_alias_time_zone),
		.zone_id = (int32_t)rows_int(r, 0, C_alias_zone_id),
		.brand_id = (int32_t)rows_int(r, 0, C_alias_brand_id),
		.address_type_id = (int16_t)rows_int(r, 0, C_alias_address_type_id),
	};
	if (password->kind != VAL_NULL) {
		t->db_password_sealed = password->s;
		t->db_password_bytes = password->n;
	}
}

static int
alias_find(struct db *db, struct arena *a, enum query q, const char *customer, const char *alias,
    struct store_alias **out, struct err *err)
{
	struct rows r;
	int rc;

	*out = NULL;
	if (!name_possible(customer) || !name_possible(alias))
		return 0;
	if ((rc = db_query(db, q, DB_ARGS(v_text(customer), v_text(alias)), a, &r, err)) < 0)
		return rc;
	/* The column's comparison ignores trailing blanks; in a URL a name with a trailing blank is
	 * another name. */
	if (r.n == 0 || !text_ieq(rows_text(&r, 0, C_alias_customer), customer) ||
	    !text_ieq(rows_text(&r, 0, C_alias_alias), alias))
		return 0;
	*out = arena_new(a, struct store_alias, 1);
	alias_read(*out, &r);
	return 0;
}

int
store_access_alias_find(struct db *db, struct arena *a, const char *customer, const char *alias,
    struct store_alias **out, struct err *err)
{
	return alias_find(db, a, Q_access_alias, customer, alias, out, err);
}

int
store_access_alias_find_any(struct db *db, struct arena *a, const char *customer, const char *alias,
    struct store_alias **out, struct err *err)
{
	return alias_find(db, a, Q_access_alias_any, customer, alias, out, err);
}

int
store_access_token_find(struct db *db, struct arena *a,
    const unsigned char hash[SECRET_SHA256_BYTES], usec_t now, struct store_token **out,
    struct err *err)
{
	struct rows r;
	int rc;

	*out = NULL;
	rc = db_query(db, Q_access_token, DB_ARGS(v_bytes(hash, SECRET_SHA256_BYTES), v_time(now)),
	    a, &r, err);
	if (rc < 0 || r.n == 0)
		return rc < 0 ? rc : 0;
	*out = arena_new(a, struct store_token, 1);
	**out = (struct store_token){
		.token_id = rows_int(&r, 0, C_access_token_token_id),
		.alias_id = rows_int(&r, 0, C_access_token_alias_id),
		.user_id = rows_int(&r, 0, C_access_token_user_id),
		.rights = store_access_rights(rows_text(&r, 0, C_access_token_rights)),
	};
	if (!rows_null(&r, 0, C_access_token_user_rights))
		(*out)->rights &= store_access_rights(rows_text(&r, 0, C_access_token_user_rights));
	snprintf((*out)->customer, sizeof(*out)->customer, "%s",
	    rows_text(&r, 0, C_access_token_customer));
	snprintf((*out)->alias, sizeof (*out)->alias, "%s", rows_text(&r, 0, C_access_token_alias));
	return 0;
}

static void
source_read(struct store_source *s, const struct rows *r)
{
	const struct val *key = rows_at(r, 0, C_access_source_key_hash);

	*s = (struct store_source){
		.api_source_id = rows_int(r, 0, C_access_source_api_source_id),
		.source_id = (int16_t)rows_int(r, 0, C_access_source_source_id),
		.scheme = rows_text(r, 0, C_access_source_scheme),
		.sig_header = rows_text(r, 0, C_access_source_sig_header),
		.sig_hash = rows_text(r, 0, C_access_source_sig_hash),
		.sig_encoding = rows_text(r, 0, C_access_source_sig_encoding),
		.sig_prefix = rows_text(r, 0, C_access_source_sig_prefix),
		.sig_tolerance_s = (int)rows_int(r, 0, C_access_source_sig_tolerance_s),
		.shop_domain = rows_text(r, 0, C_access_source_shop_domain),
		.is_open = rows_int(r, 0, C_access_source_is_open) != 0,
		.open_ips = rows_text(r, 0, C_access_source_open_ips),
		.content_dedup_s = (int)rows_int(r, 0, C_access_source_content_dedup_s),
		.timestamp_tolerance_s = (int)rows_int(r, 0, C_access_source_timestamp_tolerance_s),
		.zones = rows_text(r, 0, C_access_source_zones),
		.brands = rows_text(r, 0, C_access_source_brands),
	};
	if (key->kind != VAL_NULL && key->n == SECRET_SHA256_BYTES) {
		s->has_key = 1;
		memcpy(s->key_hash, key->s, SECRET_SHA256_BYTES);
	}
}

static int
source_read_secrets(struct db *db, struct arena *a, struct store_source *s, struct err *err)
{
	struct store_sealed *sealed;
	struct rows r;
	int rc = db_query(
	    db, Q_access_source_secrets, DB_ARGS(v_int(s->api_source_id)), a, &r, err);

	if (rc < 0)
		return rc;
	sealed = arena_new(a, struct store_sealed, r.n);
	for (size_t i = 0; i < r.n; i++)
		sealed[i] =
		    (struct store_sealed){ .p = rows_at(&r, i, C_access_source_secrets_sealed)->s,
			    .n = rows_at(&r, i, C_access_source_secrets_sealed)->n };
	s->sealed = sealed;
	s->nsealed = r.n;
	return 0;
}

int
store_access_source_find(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct store_source **out, struct err *err)
{
	struct store_source *s;
	struct rows r;
	int rc;

	*out = NULL;
	rc = db_query(db, Q_access_source, DB_ARGS(v_int(alias_id), v_int(source_id)), a, &r, err);
	if (rc < 0 || r.n == 0)
		return rc < 0 ? rc : 0;
	s = arena_new(a, struct store_source, 1);
	source_read(s, &r);
	if ((rc = source_read_secrets(db, a, s, err)) < 0)
		return rc;
	*out = s;
	return 0;
}

int
store_access_user_find(struct db *db, struct arena *a, int64_t alias_id, const char *login,
    struct store_user **out, struct err *err)
{
	struct rows r;
	int rc;

	*out = NULL;
	rc = db_query(db, Q_access_user, DB_ARGS(v_int(alias_id), v_text(login)), a, &r, err);
	if (rc < 0 || r.n == 0)
		return rc < 0 ? rc : 0;
	*out = arena_new(a, struct store_user, 1);
	**out = (struct store_user){
		.user_id = rows_int(&r, 0, C_access_user_user_id),
		.password_hash = rows_text(&r, 0, C_access_user_password_hash),
		.rights = store_access_rights(rows_text(&r, 0, C_access_user_rights)),
		.allow_ips = rows_text(&r, 0, C_access_user_allow_ips),
		.login = rows_text(&r, 0, C_access_user_login),
	};
	return 0;
}

static int
ids_read(struct db *db, struct arena *a, enum query q, int64_t user_id, struct store_ids *out,
    struct err *err)
{
	struct rows r;
	int32_t *ids;
	int rc = db_query(db, q, DB_ARGS(v_int(user_id)), a, &r, err);

	if (rc < 0)
		return rc;
	ids = arena_new(a, int32_t, r.n);
	for (size_t i = 0; i < r.n; i++)
		ids[i] = (int32_t)rows_int(&r, i, ROWS_ONLY);
	*out = (struct store_ids){ .ids = ids, .n = r.n };
	return 0;
}

int
store_access_user_zones(
    struct db *db, struct arena *a, int64_t user_id, struct store_ids *out, struct err *err)
{
	return ids_read(db, a, Q_access_user_zones, user_id, out, err);
}

int
store_access_user_brands(
    struct db *db, struct arena *a, int64_t user_id, struct store_ids *out, struct err *err)
{
	return ids_read(db, a, Q_access_user_brands, user_id, out, err);
}

int
store_access_mail_allowed(struct db *db, struct arena *a, int64_t alias_id, const char *address,
    int *allowed, struct err *err)
{
	const char *domain = strrchr(address, '@');
	struct rows r;
	int rc;

	*allowed = 0;
	if (domain == NULL)
		return 0;
	rc = db_query(db, Q_access_mail_allow,
	    DB_ARGS(v_int(alias_id), v_text(address), v_text(domain)), a, &r, err);
	/* The column's collation also ignores accents and trailing blanks, which count in a mail
	 * address. */
	for (size_t i = 0; rc >= 0 && i < r.n; i++)
		*allowed |= text_ieq(rows_text(&r, i, C_access_mail_allow_pattern), address) ||
		    text_ieq(rows_text(&r, i, C_access_mail_allow_pattern), domain);
	return rc < 0 ? rc : 0;
}

static unsigned
right_bit(const char *word, size_t n)
{
	static const struct {
		const char *name;
		unsigned bits;
	} words[] = {
		{ "data", STORE_RIGHT_DATA }, { "process", STORE_RIGHT_PROCESS }, { "webhook", STORE_RIGHT_WEBHOOK }, { "club", STORE_RIGHT_CLUB },
		{ "admin", ALL_RIGHTS },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i].name) == n && memcmp(words[i].name, word, n) == 0)
			return words[i].bits;
	return 0;
}

unsigned
store_access_rights(const char *list)
{
	unsigned bits = 0;

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ", ");

		bits |= right_bit(list, n);
		list += n;
		list += strspn(list, ", ");
	}
	return bits;
}
