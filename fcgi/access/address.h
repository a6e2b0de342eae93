/*
 * address - client addresses: who really asks, and is that address on a list?
 *
 * Lists are comma or blank separated IPv4 and IPv6 addresses, each optionally with a prefix length
 * ("10.0.0.0/8"). "unix:" in a list stands for a peer without an address (a Unix socket).
 */
#ifndef FCGI_ACCESS_ADDRESS_H
#define FCGI_ACCESS_ADDRESS_H

struct arena;

/* 1 when the address is on the list. An IPv4 address in IPv6 form counts as the IPv4 address. What
 * is no address is on no list. */
int address_listed(const char *list, const char *address);

/* The client: peer, or, while the one who speaks is a trusted proxy, what it says in
 * X-Forwarded-For (read from the right). forwarded may be NULL. Never NULL. */
const char *address_client(
    struct arena *a, const char *peer, const char *forwarded, const char *trusted);

/* Who has one address of a network has all of them: the /64 of an IPv6 address, any other as it is.
 * In the arena, or address itself. */
const char *address_network(struct arena *a, const char *address);

#endif
