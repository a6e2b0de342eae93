#include "config.h"

#include "fcgi/access/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { ADDRESS_BITS = 128, HOPS_MAX = 16 };

/* Sixteen bytes, IPv4 as ::ffff:a.b.c.d, so that one comparison does for both. 0, or -1. */
static int
address_parse(const char *s, unsigned char out[16], int *is_v4)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	*is_v4 = inet_pton(AF_INET, s, out + sizeof mapped) == 1;
	if (*is_v4) {
		memcpy(out, mapped, sizeof mapped);
		return 0;
	}
	return inet_pton(AF_INET6, s, out) == 1 ? 0 : -1;
}

static int
bits_equal(const unsigned char *x, const unsigned char *y, int64_t bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned mask = 0xff00U >> (bits % 8) & 0xffU;

	return memcmp(x, y, whole) == 0 && (bits % 8 == 0 || ((x[whole] ^ y[whole]) & mask) == 0);
}

static int
entry_matches(const char *entry, size_t n, const unsigned char address[16])
{
	char text[64], *slash;
	unsigned char net[16];
	int64_t bits = ADDRESS_BITS;
	int is_v4;

	if (n == 0 || n >= sizeof text)
		return 0;
	memcpy(text, entry, n);
	text[n] = '\0';
	if ((slash = strchr(text, '/')) != NULL)
		*slash = '\0';
	if (address_parse(text, net, &is_v4) < 0)
		return 0;
	if (slash != NULL) {
		if (text_int64(slash + 1, &bits) < 0 || bits < 0 ||
		    bits > (is_v4 ? 32 : ADDRESS_BITS))
			return 0;
		bits += is_v4 ? 96 : 0;
	}
	return bits_equal(net, address, bits);
}

int
address_listed(const char *list, const char *address)
{
	unsigned char bytes[16] = { 0 };
	int is_v4, is_unix = address[0] == '\0' || strncmp(address, "unix:", 5) == 0;

	if (!is_unix && address_parse(address, bytes, &is_v4) < 0)
		return 0;
	while (*list != '\0') {
		size_t n = strcspn(list, ", \t");

		if (is_unix ? n == 5 && memcmp(list, "unix:", 5) == 0 :
			      entry_matches(list, n, bytes))
			return 1;
		list += n;
		list += strspn(list, ", \t");
	}
	return 0;
}

const char *
address_client(struct arena *a, const char *peer, const char *forwarded, const char *trusted)
{
	const char *client = peer;
	char *hops = arena_strdup(a, forwarded), *comma;

	for (int i = 0; hops != NULL && i < HOPS_MAX && address_listed(trusted, client); i++) {
		unsigned char bytes[16];
		const char *hop;
		int is_v4;

		comma = strrchr(hops, ',');
		hop = text_trim(comma == NULL ? hops : comma + 1);
		if (address_parse(hop, bytes, &is_v4) < 0)
			break; /* a trusted proxy that sends rubbish: what is known stands */
		client = hop;
		if (comma == NULL)
			break;
		*comma = '\0';
	}
	return client;
}

const char *
address_network(struct arena *a, const char *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char bytes[16];
	int is_v4;

	if (address_parse(address, bytes, &is_v4) < 0 || is_v4 ||
	    memcmp(bytes, mapped, sizeof mapped) == 0)
		return address;
	return arena_printf(a, "%s/64", text_hex(a, bytes, sizeof bytes / 2));
}
