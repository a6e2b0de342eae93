#include "config.h"

#include "lib/format/name.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

const char *
name_part_fault(const char *s, size_t n)
{
	if (!text_is_utf8(s, n))
		return "a part that is not UTF-8 text, or has a NUL";
	if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return "a \".\" or \"..\" part";
	return text_has_control(s) ? "a control character" : NULL;
}

const char *
name_fault(const char *s)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.-";
	size_t n = strspn(s, allowed);
	int fits = n >= 1 && n <= NAME_CHARS_MAX;

	if (fits && s[n] == '\0' && name_part_fault(s, n) == NULL)
		return NULL;
	return "must be 1 to 64 letters, digits, \"_\", \".\" or \"-\", and not \".\" or \"..\"";
}

const char *
name_schedule_fault(const char *s)
{
	if (name_fault(s) == NULL && s[strspn(s, "0123456789")] != '\0')
		return NULL;
	return "must be 1 to 64 letters, digits, \"_\", \".\" or \"-\", not digits alone, "
	    "and not \".\" or \"..\"";
}

/* 1 when the name has invisible characters at its ends, or format characters anywhere. */
static int
has_unseen(const char *s)
{
	char copy[4 * NAME_LOGIN_CHARS_MAX + 1];

	snprintf(copy, sizeof copy, "%s", s);
	return strcmp(text_drop_format(text_trim_unseen(copy)), s) != 0;
}

const char *
name_login_fault(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || !text_is_utf8(s, n) || text_utf8_length(s) > NAME_LOGIN_CHARS_MAX)
		return "must be 1 to 128 characters of UTF-8";
	if (text_has_control(s) || has_unseen(s))
		return "must have no blanks at its ends, and no characters that nobody sees";
	return NULL;
}
