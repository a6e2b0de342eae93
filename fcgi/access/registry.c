#include "config.h"

#include "fcgi/access/registry.h"

#include <pthread.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/secret.h"
#include "store/db.h"

enum { FACTS_SLOTS = 256, TOKEN_SLOTS = 1024 };

struct facts_slot {
	usec_t until;			/* monotonic; 0 = empty */
	usec_t read_at;			/* monotonic, when facts.now was true */
	char *key;
	struct registry_facts facts;
	struct arena arena;		/* holds key and facts */
};

struct token_slot {
	usec_t until;
	unsigned char hash[SECRET_SHA256_BYTES];
	struct store_token token;
};

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct facts_slot facts_slots[FACTS_SLOTS];
static struct token_slot token_slots[TOKEN_SLOTS];

/* FNV-1a. Only names and tokens that exist are kept, so nobody can make them meet in one slot. */
static size_t
slot_of(const void *p, size_t n, size_t slots)
{
	const unsigned char *bytes = p;
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * 16777619;
	return (hash ^ hash >> 16) % slots;
}

static struct store_alias *
alias_copy(struct arena *a, const struct store_alias *from)
{
	struct store_alias *t = arena_new(a, struct store_alias, 1);

	*t = *from;
	t->customer = arena_strdup(a, from->customer);
	t->alias = arena_strdup(a, from->alias);
	t->database_name = arena_strdup(a, from->database_name);
	t->socket = arena_strdup(a, from->socket);
	t->host = arena_strdup(a, from->host);
	t->db_user = arena_strdup(a, from->db_user);
	if (from->db_password_sealed != NULL)
		t->db_password_sealed = arena_strndup(
		    a, from->db_password_sealed, from->db_password_bytes);
	t->reference_currency = arena_strdup(a, from->reference_currency);
	t->time_zone = arena_strdup(a, from->time_zone);
	return t;
}

/* A copy without the sealed secrets, because the opened ones are kept next to it. */
static struct store_source *
source_copy(struct arena *a, const struct store_source *from)
{
	struct store_source *s = arena_new(a, struct store_source, 1);

	*s = *from;
	s->scheme = arena_strdup(a, from->scheme);
	s->sig_header = arena_strdup(a, from->sig_header);
	s->sig_hash = arena_strdup(a, from->sig_hash);
	s->sig_encoding = arena_strdup(a, from->sig_encoding);
	s->sig_prefix = arena_strdup(a, from->sig_prefix);
	s->shop_domain = arena_strdup(a, from->shop_domain);
	s->open_ips = arena_strdup(a, from->open_ips);
	s->zones = arena_strdup(a, from->zones);
	s->brands = arena_strdup(a, from->brands);
	s->sealed = NULL;
	s->nsealed = 0;
	return s;
}

static void
facts_copy(struct arena *a, const struct registry_facts *from, struct registry_facts *to)
{
	*to = (struct registry_facts){ .nsecrets = from->nsecrets, .nunopened = from->nunopened,
	    .now = from->now };
	to->alias = alias_copy(a, from->alias);
	if (from->source == NULL)
		return;
	to->source = source_copy(a, from->source);
	to->secrets = arena_new(a, struct signature_secret, from->nsecrets);
	for (size_t i = 0; i < from->nsecrets; i++)
		to->secrets[i] = (struct signature_secret){
			.s = arena_strndup(a, from->secrets[i].s, from->secrets[i].n),
			.n = from->secrets[i].n
		};
}

static int
facts_recall(struct arena *a, const char *key, struct registry_facts *out)
{
	struct facts_slot *slot = &facts_slots[slot_of(key, strlen(key), FACTS_SLOTS)];
	usec_t now = clock_monotonic_us();
	int hit;

	pthread_mutex_lock(&registry_mutex);
	hit = slot->until > now && strcmp(slot->key, key) == 0;
	if (hit) {
		facts_copy(a, &slot->facts, out);
		out->now += now - slot->read_at;
	}
	pthread_mutex_unlock(&registry_mutex);
	return hit;
}

static void
facts_remember(const char *key, const struct registry_facts *facts)
{
	struct facts_slot *slot = &facts_slots[slot_of(key, strlen(key), FACTS_SLOTS)];

	pthread_mutex_lock(&registry_mutex);
	arena_reset(&slot->arena);
	slot->read_at = clock_monotonic_us();
	slot->until = slot->read_at + REGISTRY_KEEP_MS * INT64_C(1000);
	slot->key = arena_strdup(&slot->arena, key);
	facts_copy(&slot->arena, facts, &slot->facts);
	pthread_mutex_unlock(&registry_mutex);
}

/* A secret that does not open (another key file, a damaged row) is left out. The others still
 * verify. */
static void
secrets_open(const struct secret_box *box, struct arena *a, struct registry_facts *f)
{
	const struct store_source *s = f->source;
	char *context = arena_printf(a, "source:%lld", (long long)s->api_source_id);

	f->secrets = arena_new(a, struct signature_secret, s->nsealed);
	for (size_t i = 0; i < s->nsealed; i++) {
		struct signature_secret one;
		struct err ignored = { 0 };

		one.s = secret_open(
		    a, box, context, s->sealed[i].p, s->sealed[i].n, &one.n, &ignored);
		if (one.s != NULL)
			f->secrets[f->nsecrets++] = one;
	}
	f->nunopened = s->nsealed - f->nsecrets;
}

static int
facts_read(const struct registry_reader *r, struct arena *a, const char *customer,
    const char *alias, int with_source, int16_t source_id, struct registry_facts *f,
    struct err *err)
{
	struct db *db;
	int rc;

	if ((rc = r->connection(r->arg, &db, err)) < 0 || (rc = db_now(db, &f->now, err)) < 0 ||
	    (rc = store_access_alias_find(db, a, customer, alias, &f->alias, err)) < 0)
		return rc;
	if (f->alias == NULL || !with_source)
		return 0;
	if ((rc = store_access_source_find(db, a, f->alias->alias_id, source_id, &f->source, err)) <
	    0)
		return rc;
	if (f->source != NULL)
		secrets_open(r->box, a, f);
	return 0;
}

int
registry_facts_find(const struct registry_reader *r, struct arena *a, const char *customer,
    const char *alias, int with_source, int16_t source_id, struct registry_facts *out,
    struct err *err)
{
	char *key = with_source ? arena_printf(a, "%s/%s/%d", customer, alias, source_id) :
				  arena_printf(a, "%s/%s", customer, alias);
	int rc;

	*out = (struct registry_facts){ 0 };
	/* With "/" the key would be another tenant's; to the database a blank at the end is none.
	 */
	if (name_fault(customer) != NULL || name_fault(alias) != NULL)
		return 0;
	if (facts_recall(a, key, out))
		return 0;
	rc = facts_read(r, a, customer, alias, with_source, source_id, out, err);
	if (rc < 0 || out->alias == NULL)
		return rc;
	if (!with_source || out->source != NULL)
		facts_remember(key, out);
	return rc;
}

static int
token_recall(const unsigned char hash[SECRET_SHA256_BYTES], struct store_token *out)
{
	const struct token_slot *slot =
	    &token_slots[slot_of(hash, SECRET_SHA256_BYTES, TOKEN_SLOTS)];
	int hit;

	pthread_mutex_lock(&registry_mutex);
	hit = slot->until > clock_monotonic_us() &&
	    secret_equal(slot->hash, hash, SECRET_SHA256_BYTES);
	if (hit)
		*out = slot->token;
	pthread_mutex_unlock(&registry_mutex);
	return hit;
}

static void
token_remember(const unsigned char hash[SECRET_SHA256_BYTES], const struct store_token *token)
{
	struct token_slot *slot = &token_slots[slot_of(hash, SECRET_SHA256_BYTES, TOKEN_SLOTS)];

	pthread_mutex_lock(&registry_mutex);
	memcpy(slot->hash, hash, SECRET_SHA256_BYTES);
	slot->token = *token;
	slot->until = clock_monotonic_us() + REGISTRY_KEEP_MS * INT64_C(1000);
	pthread_mutex_unlock(&registry_mutex);
}

int
registry_token_find(const struct registry_reader *r, struct arena *a, const char *token,
    struct store_token *out, int *found, struct err *err)
{
	unsigned char hash[SECRET_SHA256_BYTES];
	struct store_token *read;
	struct db *db;
	usec_t now;
	int rc;

	secret_sha256(token, strlen(token), hash);
	if ((*found = token_recall(hash, out)))
		return 0;
	if ((rc = r->connection(r->arg, &db, err)) < 0 || (rc = db_now(db, &now, err)) < 0 ||
	    (rc = store_access_token_find(db, a, hash, now, &read, err)) < 0)
		return rc;
	if (read != NULL) {
		*found = 1;
		*out = *read;
		token_remember(hash, read);
	}
	return 0;
}
