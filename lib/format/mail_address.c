#include "config.h"

#include "lib/format/mail_address.h"

#include <string.h>

#include <idn2.h>

#include "lib/text.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static int
labels_are_plain(const char *domain)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

	for (const char *label = domain;;) {
		size_t n = strspn(label, letters);

		if (n == 0 || n > LABEL_MAX)
			return 0;
		if (label[0] == '-' || label[n - 1] == '-')
			return 0;
		if (label[n] == '\0')
			return 1;
		if (label[n] != '.')
			return 0;
		label += n + 1;
	}
}

/* Into out, which takes size bytes. */
static int
domain_ascii(const char *domain, char *out, size_t size)
{
	char *converted = NULL;
	int rc = -1;

	if (strlen(domain) > MAIL_ADDRESS_MAX)
		return -1;
	if (!text_is_ascii(domain)) {
		if (!text_is_utf8(domain, strlen(domain)) ||
		    idn2_to_ascii_8z(domain, &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) !=
			IDN2_OK)
			return -1;
		domain = converted;
	}
	if (strlen(domain) < size && labels_are_plain(domain)) {
		strcpy(out, domain);
		rc = 0;
	}
	if (converted != NULL)
		idn2_free(converted);
	return rc;
}

int
mail_domain_ascii(const char *domain, char out[MAIL_ADDRESS_SIZE])
{
	return domain_ascii(domain, out, MAIL_ADDRESS_SIZE);
}

int
mail_address_ascii(const char *address, char out[MAIL_ADDRESS_SIZE])
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~.-";
	size_t n = strspn(address, letters);

	if (n == 0 || n > LOCAL_MAX || address[n] != '@')
		return -1;
	if (address[0] == '.' || address[n - 1] == '.')
		return -1;
	memcpy(out, address, n);
	out[n] = '\0';
	if (strstr(out, "..") != NULL)
		return -1;
	out[n] = '@';
	return domain_ascii(address + n + 1, out + n + 1, MAIL_ADDRESS_SIZE - n - 1);
}

int
mail_host_is_local(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
	    strcmp(host, "::1") == 0;
}
