#include "config.h"

#include "fcgi/api/precondition.h"

#include <string.h>

#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { ETAG_BYTES = 16 };

char *
precondition_etag(struct arena *a, const void *p, size_t n)
{
	unsigned char hash[SECRET_SHA256_BYTES];

	secret_sha256(p, n, hash);
	return arena_printf(a, "\"%s\"", text_hex(a, hash, ETAG_BYTES));
}

/* 1 when the list goes on with the entity tag etag of n bytes. */
static int
begins_with(const char *list, const char *etag, size_t n)
{
	/* strchr finds the closing NUL, too. */
	return strncmp(list, etag, n) == 0 && strchr(" \t,", list[n]) != NULL;
}

/* 1 when the list of entity tags names etag, or is "*" and there is an etag. A weak tag ("W/")
 * counts only where weak is set. */
static int
is_listed(const char *list, const char *etag, int weak)
{
	size_t n;

	if (etag == NULL)
		return 0;
	n = strlen(etag);
	list += strspn(list, " \t");
	if (list[0] == '*')
		return 1;
	for (const char *p = list; *p != '\0';) {
		int is_weak = strncmp(p, "W/", 2) == 0;

		if ((!is_weak || weak) && begins_with(p + (is_weak ? 2 : 0), etag, n))
			return 1;
		p += strcspn(p, ",");
		p += strspn(p, ", \t");
	}
	return 0;
}

int
precondition_check(const struct request *r, const char *etag, struct err *err)
{
	const char *match = request_header_find(r, "if-match"),
		   *none_match = request_header_find(r, "if-none-match");

	if (match != NULL && !is_listed(match, etag, 0))
		return err_set(err, ERR_PRECONDITION,
		    etag == NULL ? "If-Match was given, but there is nothing there yet." :
				   "If-Match does not name the ETag of what is there: it was "
				   "changed since; get it again.");
	if (none_match != NULL && is_listed(none_match, etag, 1))
		return err_set(err, ERR_PRECONDITION, "If-None-Match names what is there already.");
	return 0;
}

int
precondition_not_modified(const struct request *r, const char *etag)
{
	const char *none_match = request_header_find(r, "if-none-match");

	return none_match != NULL && is_listed(none_match, etag, 1);
}
