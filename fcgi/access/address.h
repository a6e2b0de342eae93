/*
 * address - client addresses: which address a request comes from, and whether it is on a list.
 *
 * Lists are comma or blank separated IPv4 and IPv6 addresses, each optionally with a prefix length
 * ("10.0.0.0/8"). "unix:" in a list stands for a peer without an address (a Unix socket).
 */
#ifndef FCGI_ACCESS_ADDRESS_H
#define FCGI_ACCESS_ADDRESS_H

struct arena;

/* 1 when the address is on the list. An IPv4 address in IPv6 form counts as the IPv4 address. A
 * text that is no address is on no list. */
int address_listed(const char *list, const char *address);

/* The client's address. X-Forwarded-For is read from the right, as long as the sender is a trusted
 * proxy; else the client is peer. forwarded may be NULL. Never NULL. */
const char *address_client(
    struct arena *a, const char *peer, const char *forwarded, const char *trusted);

/* The network of an address: the /64 of an IPv6 address, because its owner has all of it; any other
 * address unchanged. In the arena, or address itself. */
const char *address_network(struct arena *a, const char *address);

#endif
