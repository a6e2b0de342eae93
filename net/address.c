#include "config.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int
is_public_v4(uint32_t a)
{
	static const struct { uint32_t net; int bits; } closed[] = {
		{ 0x00000000, 8 }, { 0x0a000000, 8 }, { 0x64400000, 10 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 },
		{ 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xe0000000, 3 },
	};

	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
		if ((a ^ closed[i].net) >> (32 - closed[i].bits) == 0)
			return 0;
	return 1;
}

/* Global unicast only. An IPv4 address inside an IPv6 address (mapped, 6to4, NAT64) is checked as
 * IPv4. */
static int
is_public_v6(const unsigned char *p)
{
	static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const unsigned char documentation[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)p) ||
	    memcmp(p, nat64, sizeof nat64) == 0)
		return is_public_v4(
		    (uint32_t)p[12] << 24 | (uint32_t)p[13] << 16 | (uint32_t)p[14] << 8 | p[15]);
	if (p[0] == 0x20 && p[1] == 0x02)
		return is_public_v4(
		    (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5]);
	return (p[0] & 0xe0) == 0x20 && memcmp(p, documentation, sizeof documentation) != 0;
}

int
address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_public_v4(
		    ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_public_v6(
		    ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return 0;
}
