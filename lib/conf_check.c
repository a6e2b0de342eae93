#include "config.h"

#include "lib/conf_check.h"

#include <string.h>

/* Seconds separated by blanks, at least one. */
const char *
conf_check_ladder(const char *text)
{
	size_t steps = 0;

	for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " "), steps++) {
		size_t digits = strspn(p, "0123456789");

		if (digits == 0 || digits > 8 || strchr(" ", p[digits]) == NULL)
			return "is not a list of seconds separated by blanks";
		p += digits;
	}
	return steps > 0 ? NULL : "is not a list of seconds separated by blanks";
}

const char *
conf_check_mode(const char *text)
{
	size_t n = strspn(text, "01234567");

	if (text[n] != '\0' || (n == 4 && text[0] != '0'))
		n = 0;
	return n == 3 || n == 4 ? NULL : "is not an octal mode such as 0660";
}

const char *
conf_check_base_path(const char *text)
{
	size_t n = strlen(text);

	return n == 0 || (text[0] == '/' && text[n - 1] != '/') ?
	    NULL :
	    "does not start with / or ends with /";
}

const char *
conf_check_base_url(const char *text)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	const char *host = text;

	if (*text == '\0')
		return NULL;
	if (strncmp(text, "https://", 8) == 0)
		host += 8;
	else if (strncmp(text, "http://", 7) == 0)
		host += 7;
	if (host != text && *host != '\0' && strspn(host, allowed) == strlen(host))
		return NULL;
	return "is not http:// or https:// and a host, without a path";
}
