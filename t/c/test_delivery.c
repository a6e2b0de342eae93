/* TAP: client addresses and lists, masking, password attempts, de-dup and ordering keys, kept
 * headers. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/attempts.h"
#include "fcgi/api/delivery.h"
#include "fcgi/masking.h"
#include "lib/arena.h"

static int number, failed;

static void
ok(int good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failed |= !good;
}

static void
test_address(struct arena *a)
{
	ok(address_listed("10.0.0.0/8, 192.0.2.7", "10.255.0.1"), "in a network");
	ok(!address_listed("10.0.0.0/8,192.0.2.7", "11.0.0.1"), "outside it");
	ok(address_listed("192.0.2.4/30", "192.0.2.7") &&
		!address_listed("192.0.2.4/30", "192.0.2.8"),
	    "a prefix inside a byte");
	ok(address_listed("192.0.2.7", "::ffff:192.0.2.7"), "IPv4 in IPv6 form");
	ok(address_listed("2001:db8::/32", "2001:db8:1::1") &&
		!address_listed("2001:db8::/32", "2001:db9::1"),
	    "IPv6");
	ok(address_listed("0.0.0.0/0", "1.2.3.4") && !address_listed("0.0.0.0/0", "2001:db8::1"),
	    "all of IPv4");
	ok(!address_listed("10.0.0.0/33, 10.0.0.0/x, nonsense", "10.0.0.0") &&
		!address_listed("10.0.0.1", "garbage"),
	    "nonsense matches nothing");
	ok(!address_listed("0.0.0.0/0", "unix:") && address_listed("unix:", "unix:"),
	    "a Unix socket");
	ok(strcmp(address_client(a, "9.9.9.9", "1.1.1.1", "127.0.0.1"), "9.9.9.9") == 0,
	    "X-Forwarded-For of a stranger is not believed");
	ok(strcmp(address_client(a, "127.0.0.1", "6.6.6.6, 1.1.1.1", "127.0.0.1"), "1.1.1.1") == 0,
	    "of a trusted proxy, its last hop is");
	ok(strcmp(
	       address_client(a, "127.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "127.0.0.1 10.0.0.0/8"),
	       "1.1.1.1") == 0,
	    "through two proxies");
	ok(strcmp(address_client(a, "127.0.0.1", "1.1.1.1, <script>", "127.0.0.1"), "127.0.0.1") ==
		0,
	    "rubbish is not");
	ok(strcmp(address_client(a, "127.0.0.1", NULL, "127.0.0.1"), "127.0.0.1") == 0,
	    "no header");
}

static void
test_masking(struct arena *a)
{
	ok(strcmp(masking_query_drop(a, "a=1&key=s&b=2&PassWord=s&login=s"), "a=1&b=2") == 0,
	    "secrets are dropped");
	ok(strcmp(masking_query_drop(a, "k%65y=s&%6Bey=s&keys=1&+key=s"), "keys=1") == 0,
	    "however the name is written");
	ok(strcmp(masking_query_drop(a, "key=s"), "") == 0 &&
		strcmp(masking_query_drop(a, NULL), "") == 0,
	    "nothing left");
	ok(strcmp(masking_uri(a, "/p", "key=s&a=%20&password"), "/p?key=***&a=%20&password=***") ==
		0,
	    "masked in a URI");
	ok(strcmp(masking_uri(a, "/p", ""), "/p") == 0, "no query");
	ok(strcmp(masking_uri(a, "/a/Insert;key=s/b", "x=1"), "/a/Insert;key=***/b?x=1") == 0,
	    "a secret in the path");
	ok(strcmp(masking_uri(a, "/a/Insert%23KEY=s", ""), "/a/Insert%23KEY=***") == 0,
	    "behind an encoded sign");
	ok(strcmp(masking_uri(a, "/a%20b/%3B%6Bey%3Ds%3Bx", ""), "/a%20b/;key=***;x") == 0,
	    "all of it encoded");
	ok(strcmp(masking_uri(a, "/a/%2523pass%2577ord%253Ds", ""), "/a/#password=***") == 0,
	    "more than once");
	ok(strcmp(masking_uri(a, "/a;key=s/%3Blogin%3Dt%2520x", ""), "/a;key=***/;login=***") == 0,
	    "two, of which one is encoded");
	ok(strcmp(masking_uri(a, "/a%2Fb%zz/", "a=%zz"), "/a%2Fb%zz/?a=%zz") == 0,
	    "what holds none stays as it is");
	ok(strcmp(masking_uri(a, "/p", "a=1;key=s&b=%3Bkey%3Ds"), "/p?a=1;key=***&b=;key=***") == 0,
	    "a secret in another's value");
	ok(strcmp(masking_uri(a, "/caf%C3%A9;key=s", ""), "/caf%C3%A9;key=***") == 0,
	    "written anew it is a URI");
	ok(strcmp(masking_text(a, "Insert?Login=s password=t/x"),
	       "Insert?Login=*** password=***/x") == 0,
	    "several in one text");
	ok(strcmp(masking_text(a, "keyed monkey"), "keyed monkey") == 0, "a name alone is none");
}

static void
test_attempts(void)
{
	ok(!attempts_remembered(1, "hash", "secret"), "not verified yet");
	attempts_remember(1, "hash", "secret");
	ok(attempts_remembered(1, "hash", "secret"), "remembered");
	ok(!attempts_remembered(1, "hash", "Secret") &&
		!attempts_remembered(1, "hash2", "secret") &&
		!attempts_remembered(2, "hash", "secret"),
	    "not for another password, hash or user");
	attempts_reset();
	ok(!attempts_remembered(1, "hash", "secret"), "forgotten");
}

static int
same_dedup(const struct delivery *x, const struct delivery *y)
{
	unsigned char k[STORE_HASH_BYTES], l[STORE_HASH_BYTES];

	return delivery_dedup_key(x, k) && delivery_dedup_key(y, l) && memcmp(k, l, sizeof k) == 0;
}

static const struct delivery_header shopify[] = {
	{ "x-shopify-webhook-id", "w" },
	{ "x-shopify-shop-domain", "a.example" },
	{ "x-shopify-topic", "orders/create" },
	{ "x-shopify-hmac-sha256", "SECRET" },
	{ "authorization", "SECRET" },
	{ "x-crm360api-token", "SECRET" },
	{ "x-crm360api-apikey", "SECRET" },
	{ "user-agent", "a\"b" },
};
static const struct delivery_header standard[] = { { "webhook-id", "w" },
	{ "x-shopify-webhook-id", "another" }, { "svix-id", "another" } };
static const struct delivery base = {
	.tenant_id = 1,
	.kind = STORE_MESSAGE_QUEUE,
	.source_id = 1,
	.platform = "Shopify",
	.entity = "Order",
	.action = "Insert",
	.scheme = "shopify",
	.method = "POST",
	.uri = "/x",
	.body = "{\"id\":7}",
	.body_bytes = 8,
	.headers = shopify,
	.nheaders = sizeof shopify / sizeof shopify[0],
	.now = 1000 * USEC_SEC,
};

static void
test_dedup(void)
{
	struct delivery d = base, plain = base;
	unsigned char k[STORE_HASH_BYTES];

	d.body = "other", d.body_bytes = 5, d.platform = "SHOPIFY", d.now += USEC_SEC * 99999;
	ok(same_dedup(&base, &d), "the same delivery id is the same delivery");
	d = base, d.tenant_id = 2;
	ok(!same_dedup(&base, &d), "not of another tenant");
	d = base, d.source_id = 2;
	ok(!same_dedup(&base, &d), "nor Source");
	d = base, d.kind = STORE_MESSAGE_EMAIL;
	ok(!same_dedup(&base, &d), "nor EmailProcess beside QueueProcess");
	d = base, d.platform = "ShopifyO", d.entity = "rder";
	ok(!same_dedup(&base, &d), "parts do not run into each other");
	d = base, d.scheme = "standard", d.headers = standard, d.nheaders = 1;
	plain = d, plain.nheaders = 3;
	ok(same_dedup(&d, &plain), "an id beside the one that was signed changes nothing");
	plain = base, plain.scheme = "none", plain.headers = standard + 1, plain.nheaders = 1;
	ok(delivery_dedup_key(&plain, k),
	    "a Source that checks no signature takes whatever id there is");
	plain = base;
	plain.nheaders = 0;
	ok(!delivery_dedup_key(&plain, k), "no id, no key");
	d = plain, d.request_id = "r1";
	ok(!delivery_dedup_key(&d, k), "a POST's request id says nothing");
	d.method = "GET";
	ok(same_dedup(&d, &d), "a GET's does");
	plain.content_dedup_s = 300;
	d = plain, d.now += 100 * USEC_SEC;
	ok(same_dedup(&plain, &d), "equal content within the window");
	d.now = plain.now + 300 * USEC_SEC;
	ok(!same_dedup(&plain, &d), "not in the next one");
	d = plain, d.body = "{\"id\":8}";
	ok(!same_dedup(&plain, &d), "nor other content");
}

static void
test_dedup_by_key(void)
{
	static const struct delivery_header key = { "idempotency-key", "k" },
					    other = { "idempotency-key", "l" };
	struct delivery d = base, plain = base;
	unsigned char k[STORE_HASH_BYTES];

	plain.headers = &key, plain.nheaders = 1;
	for (int i = 0; i < 3; i++) {
		plain.scheme = (const char *[]){ "shopify", "standard", "none" }[i];
		plain.is_signed = 0, d = plain;
		ok(same_dedup(&plain, &d),
		    "the same key and content, from whom a signature did not show");
		d.headers = &other;
		ok(!same_dedup(&plain, &d), "not under another key");
		d = plain, d.body = "{\"id\":8}";
		ok(!same_dedup(&plain, &d), "nor other content");
		plain.is_signed = 1;
		ok(delivery_dedup_key(&plain, k) == (i == 2),
		    "beside a signature only where the sender gives no ids");
	}
}

static void
test_ordering(struct arena *a)
{
	static const struct delivery_header product = { "x-shopify-order-id", "7" };
	unsigned char k[STORE_HASH_BYTES], l[STORE_HASH_BYTES];
	struct delivery d = base;

	d.headers = &product, d.nheaders = 1, d.body = "{}", d.body_bytes = 2, d.action = "Delete";
	ok(delivery_ordering_key(a, &base, k) && delivery_ordering_key(a, &d, l) &&
		memcmp(k, l, sizeof k) == 0,
	    "id of body and header, any action: one key");
	d.nheaders = 0;
	ok(!delivery_ordering_key(a, &d, l), "no id, no key");
	d.body = "garbage", d.body_bytes = 7;
	ok(!delivery_ordering_key(a, &d, l), "garbage has none");
	ok(strcmp(delivery_headers_json(a, &base),
	       "{\"x-shopify-webhook-id\":\"w\",\"x-shopify-shop-domain\":\"a.example\","
	       "\"x-shopify-topic\":\"orders/create\",\"user-agent\":\"a\\\"b\"}") == 0,
	    "kept headers");
}

/* {"id":7} as gzip makes it. */
static const char seven[] = "\x1f\x8b\10\0\0\0\0\0\2\3\xabV\xcaLQ\xb2" "2\xaf\5\0C_\7\22\10\0\0";

static void
test_packed(struct arena *a)
{
	unsigned char k[STORE_HASH_BYTES], l[STORE_HASH_BYTES];
	struct delivery d = base, plain = base;

	d.body = seven, d.body_bytes = 28, d.coding = UNPACK_GZIP;
	ok(delivery_ordering_key(a, &base, k) && delivery_ordering_key(a, &d, l), "keys");
	ok(memcmp(k, l, sizeof k) == 0, "packed or not: one ordering key");
	d.body_bytes = 20;
	ok(delivery_ordering_key(a, &d, l) && memcmp(k, l, sizeof k) == 0,
	    "of what is cut, too, as far as it goes");
	d.coding = UNPACK_DEFLATE;
	ok(!delivery_ordering_key(a, &d, l), "of what is not what it says there is none");
	d = plain, d.coding = UNPACK_GZIP;
	d.nheaders = plain.nheaders = 0, d.content_dedup_s = plain.content_dedup_s = 300;
	ok(!same_dedup(&plain, &d), "the same bytes in another coding are other content");
	ok(same_dedup(&d, &d), "in the same they are the same");
	plain.coding = UNPACK_NONE;
	ok(strcmp(delivery_headers_json(a, &plain), "{}") == 0, "no coding is none to keep");
	ok(strcmp(delivery_headers_json(a, &d), "{\"content-encoding\":\"gzip\"}") == 0,
	    "a coding is");
	d.headers = &shopify[sizeof shopify / sizeof shopify[0] - 1], d.nheaders = 1;
	ok(strcmp(delivery_headers_json(a, &d),
	       "{\"content-encoding\":\"gzip\",\"user-agent\":\"a\\\"b\"}") == 0,
	    "in front of all others");
}

int
main(void)
{
	struct arena a = { 0 };

	test_address(&a);
	test_masking(&a);
	test_attempts();
	test_dedup();
	test_dedup_by_key();
	test_ordering(&a);
	test_packed(&a);
	printf("1..%d\n", number);
	arena_done(&a);
	return failed;
}
