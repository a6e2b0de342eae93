/*
 * OAuth 1.0a: the signature of a vector that was computed elsewhere, and of requests with odd
 * characters, whose values a few lines of Perl gave (Digest::SHA).
 */
#include "config.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/oauth1.h"
#include "t/c/tap.h"

static struct arena a;
static const struct oauth1_keys keys = { "ck", "cs", "at", "ats" };

/* The signature of the header, decoded from its percent-encoding. */
static const char *
signature(const struct oauth1_keys *k, const char *url)
{
	struct err err = { 0 };
	const char *header = oauth1_authorization(&a, k, "GET", url, "abc123", 1700000000, &err);
	const char *at = header == NULL ? NULL : strstr(header, "oauth_signature=\"");
	size_t n;

	if (at == NULL)
		return err.detail[0] == '\0' ? "no signature" : arena_strdup(&a, err.detail);
	at += strlen("oauth_signature=\"");
	return text_url_decode(&a, at, strcspn(at, "\""), 0, &n);
}

int
main(void)
{
	const struct oauth1_keys odd = { "ck", "c&s=%", "at", "é +/" };
	const char *vector = "BR/sOUM9HJC5lsmQRoqOCVMg0csovO91kdthA9MM+eo=";

	ok_text(signature(&keys,
		    "https://example.com/rest/V1/orders?searchCriteria%5BpageSize%5D=1&"
		    "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D="
		    "2024-01-01%2000%3A00%3A00"),
	    vector, "the vector");
	ok_text(
	    signature(&keys,
		"HTTPS://Example.com:443/rest/V1/orders?searchCriteria[filter_groups][0][filters]"
		"[0][value]=2024-01-01+00:00:00&&searchCriteria[pageSize]=1#part"),
	    vector, "the same, written otherwise");
	ok_text(signature(&keys,
		    "http://shop.example:8080/rest/V1/products/a%2Fb?x=%26%3D%25+%C3%A9"
		    "&x=1&x&%E2%82%AC=~"),
	    "UjN5jYoSzqINZqUoWcFWmeq1gGt4AlaFrk3uuo7M8zc=",
	    "odd parameters, a name that comes three times");
	ok_text(signature(&odd, "http://shop.example:80?a=b"),
	    "mH0KPclNXb3Jicz5+fGkjjKaJR6OQUgPxZQclohRmls=",
	    "odd secrets; no path; the scheme's own port");
	ok_text(signature(&keys, "shop.example/rest"),
	    "The address of the request cannot be signed.", "no scheme");
	ok_text(signature(&keys, "https://shop.example/?a=%zz"),
	    "The address of the request cannot be signed.", "a query that cannot be decoded");
	arena_done(&a);
	return tap_end();
}
