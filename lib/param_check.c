#include "config.h"

#include "lib/param_check.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/format/mail_address.h"
#include "lib/text.h"

enum { DATE_BYTES = 10, ADDRESS_BYTES = 4 * MAIL_ADDRESS_SIZE };

const char *
param_check_date(const char *text)
{
	int has_offset;
	usec_t t;

	return strlen(text) == DATE_BYTES && text[0] != '0' &&
		clock_parse(text, &t, &has_offset) == 0 ?
	    NULL :
	    "must be a date like 1990-12-31";
}

const char *
param_check_instant(const char *text)
{
	int has_offset;
	usec_t t;

	return clock_parse(text, &t, &has_offset) == 0 ?
	    NULL :
	    "must be a date and time like 2026-11-24T08:09:10Z";
}

const char *
param_check_email(const char *text)
{
	char ascii[MAIL_ADDRESS_SIZE], address[ADDRESS_BYTES] = "";
	size_t n = strlen(text);

	text = text_strip(text, &n);
	if (n == 0)
		return NULL;
	if (n < sizeof address)
		memcpy(address, text, n);
	if (mail_address_ascii(address, ascii) == 0)
		return NULL;
	return "must be a mail address like name@example.org";
}
