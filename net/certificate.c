#include "config.h"

#include "net/certificate.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

/* "Feb  3 08:09:10 2027 GMT" is what OpenSSL prints; strptime would follow the locale. */
static usec_t
parse(const char *s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day, hour, minute, second, year;
	char month[4];
	const char *at;

	if (sscanf(s, "%3s %d %d:%d:%d %d GMT", month, &day, &hour, &minute, &second, &year) != 6 ||
	    (at = strstr(months, month)) == NULL)
		return USEC_NONE;
	return ((clock_days_from_civil(year, (int)(at - months) / 3 + 1, day) * 24 + hour) * 3600 +
		   minute * 60 + second) *
	    USEC_SEC;
}

usec_t
certificate_until(const struct curl_certinfo *chain)
{
	static const char name[] = "Expire date:";

	if (chain == NULL || chain->num_of_certs == 0)
		return USEC_NONE;
	for (const struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next)
		if (strncmp(line->data, name, sizeof name - 1) == 0)
			return parse(line->data + sizeof name - 1);
	return USEC_NONE;
}
