/*
 * addresses - lists of IP addresses and networks given on the command line.
 */
#ifndef ADMIN_ADDRESSES_H
#define ADMIN_ADDRESSES_H

struct context;

enum { ADDRESSES_MAX = 1000 };	/* characters of a list */

/* All values of a repeated option, each an address, a network or a comma list of them, as one comma
 * list in the arena. "" with a fault when one is no address. */
const char *addresses_given(struct context *x, const char *option);

#endif
