#include "config.h"

#include "model/connection/connection_address.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { SCHEMES = 6, HOST_MAX = 255, PORT_MAX = 65535 };

/* A safer one comes behind its unsafe form. */
static const struct { const char *name; unsigned port; const char *safer[2]; } schemes[SCHEMES] = {
	{ "http", 80, { "https", NULL } }, { "https", 443, { NULL, NULL } },
	{ "ftp", 21, { "ftpes", "ftps" } }, { "ftpes", 21, { "ftps", NULL } },
	{ "ftps", 990, { "ftpes", NULL } }, { "sftp", 22, { NULL, NULL } },
};

static size_t
scheme_find(const char *name)
{
	size_t i = 0;

	while (i < SCHEMES && strcmp(schemes[i].name, name) != 0)
		i++;
	return i;
}

static int
is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p != NULL; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncmp(p, word, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return 1;
	}
	return 0;
}

/* Bytes that would end an address, or mean something else to somebody on the way. */
static int
has_foreign(const char *text)
{
	return text_has_control(text) || text[strcspn(text, " ?#\\<>\"")] != '\0';
}

/* The part of n bytes is "." or "..", however it is written. */
static int
is_dots(const char *part, size_t n)
{
	size_t dots = 0, i = 0;

	while (i < n && dots < 3) {
		if (part[i] == '.')
			i++;
		else if (strncasecmp(part + i, "%2e", 3) == 0)
			i += 3;
		else
			return 0;
		dots++;
	}
	return dots == 1 || dots == 2;
}

static int
has_dots(const char *path)
{
	for (const char *p = path; *p != '\0';) {
		size_t n = strcspn(p, "/");

		if (is_dots(p, n))
			return 1;
		p += n + (p[n] == '/');
	}
	return 0;
}

static const char *
read_folder(struct arena *a, const char *rest, struct connection_address *out)
{
	size_t n = strlen(rest);

	if (rest[0] == '/' || strstr(rest, "//") != NULL || has_dots(rest))
		return "must be file: and a folder below import_root, like file:Demo/Main/in, "
		       "without \".\" and \"..\"";
	out->host = "";
	out->path = arena_strndup(a, rest, n > 0 && rest[n - 1] == '/' ? n - 1 : n);
	return NULL;
}

static int
read_port(const char *text, unsigned *port)
{
	int64_t n;

	if (text[strspn(text, "0123456789")] != '\0' || text_int64(text, &n) < 0)
		return -1;
	if (n < 1 || n > PORT_MAX)
		return -1;
	*port = (unsigned)n;
	return 0;
}

/* [2001:db8::1] */
static int
read_v6(struct arena *a, char *text, struct connection_address *out)
{
	size_t n = strspn(text + 1, "0123456789abcdefABCDEF:.");

	if (n < 2 || text[1 + n] != ']')
		return -1;
	out->host = arena_strndup(a, text + 1, n);
	if (text[2 + n] == '\0')
		return 0;
	return text[2 + n] == ':' ? read_port(text + 3 + n, &out->port) : -1;
}

static int
read_server(struct arena *a, char *text, struct connection_address *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
	char *colon;

	if (text[0] == '[')
		return read_v6(a, text, out);
	if ((colon = strchr(text, ':')) != NULL) {
		*colon = '\0';
		if (read_port(colon + 1, &out->port) < 0)
			return -1;
	}
	out->host = text_lower(text);
	if (text[0] == '\0' || text[0] == '.' || strlen(text) > HOST_MAX)
		return -1;
	return text[strspn(text, allowed)] == '\0' ? 0 : -1;
}

const char *
connection_address_read(struct arena *a, const char *text, const char *allowed,
    struct connection_address *out)
{
	const char *colon = strchr(text, ':'), *server, *slash;
	size_t scheme;

	*out = (struct connection_address){ .path = "/" };
	out->scheme = colon == NULL ? "" :
	    text_lower(arena_strndup(a, text, (size_t)(colon - text)));
	if (!is_listed(allowed, out->scheme))
		return arena_printf(a, "must begin with %s", allowed);
	if (has_foreign(text))
		return "must not hold blanks, control characters, \"?\", \"#\" or \"\\\"";
	if ((scheme = scheme_find(out->scheme)) == SCHEMES)
		return read_folder(a, colon + 1, out);
	if (strncmp(colon, "://", 3) != 0)
		return arena_printf(a, "must go on with //: %s://host", out->scheme);
	server = colon + 3;
	slash = server + strcspn(server, "/");
	if (memchr(server, '@', (size_t)(slash - server)) != NULL)
		return "must not hold a user or a password; they are options of their own";
	out->port = schemes[scheme].port;
	if (read_server(a, arena_strndup(a, server, (size_t)(slash - server)), out) < 0)
		return "must have a host's name or address, and no other port than 1 to 65535";
	if (*slash != '\0')
		out->path = arena_strdup(a, slash);
	return has_dots(out->path) ? "must not hold \".\" or \"..\" parts" : NULL;
}

/* Another port is another server, unless both are the schemes' own. */
static int
same_port(const struct connection_address *now, size_t s, const struct connection_address *next,
    size_t t)
{
	if (now->port == next->port)
		return 1;
	return now->port == schemes[s].port && next->port == schemes[t].port;
}

int
connection_address_same_server(
    const struct connection_address *now, const struct connection_address *next)
{
	size_t s = scheme_find(now->scheme), t = scheme_find(next->scheme);

	if (s == SCHEMES || t == SCHEMES)
		return s == t;
	if (strcmp(now->host, next->host) != 0 || !same_port(now, s, next, t))
		return 0;
	if (s == t)
		return 1;
	for (size_t i = 0; i < 2; i++)
		if (schemes[s].safer[i] != NULL && strcmp(schemes[s].safer[i], next->scheme) == 0)
			return 1;
	return 0;
}
