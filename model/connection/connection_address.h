/*
 * connection_address - the address of a connection, taken apart: "https://shop.example/sub",
 * "sftp://files.example:2222/out", "file:Demo/Main/in".
 */
#ifndef MODEL_CONNECTION_ADDRESS_H
#define MODEL_CONNECTION_ADDRESS_H

struct arena;

/* ftp: no TLS. ftps: TLS from the first byte (implicit). ftpes: TLS by AUTH TLS (explicit). file: a
 * folder below the setting import_root. */
struct connection_address {
	const char *scheme;		/* in lower case */
	const char *host;		/* "" for file; an IPv6 address without its brackets */
	unsigned port;			/* the scheme's own unless given; 0 for file */
	const char *path;		/* "/" in front; of file: relative, "" = import_root */
};

/* Reads it into a. schemes: those that are allowed, "https|http". NULL, or what it must be ("must
 * …"). It may hold no user, password, query, fragment, blank or "." and ".." parts. */
const char *connection_address_read(struct arena *a, const char *text, const char *schemes,
    struct connection_address *out);

/* 1 when both lead to the same server, by the same or a safer protocol in next: what was stored for
 * one may be sent to the other. */
int connection_address_same_server(
    const struct connection_address *now, const struct connection_address *next);

#endif
