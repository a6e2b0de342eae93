/*
 * address - which addresses belong to the public Internet.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

struct sockaddr;

/* 0 for loopback, private, link-local, multicast and documentation addresses, and for families
 * other than IPv4 and IPv6. */
int address_is_public(const struct sockaddr *address);

#endif
