#include "config.h"

#include "admin/addresses.h"

#include <arpa/inet.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/value.h"
#include "lib/text.h"

static int
is_address(struct arena *a, const char *text)
{
	char *address = arena_strdup(a, text), *slash = strchr(address, '/');
	unsigned char raw[16];
	int64_t bits, most;

	if (strcmp(text, "unix:") == 0)
		return 1;
	if (slash != NULL)
		*slash++ = '\0';
	if (inet_pton(AF_INET, address, raw) == 1)
		most = 32;
	else if (inet_pton(AF_INET6, address, raw) == 1)
		most = 128;
	else
		return 0;
	if (slash == NULL)
		return 1;
	return text_int64(slash, &bits) == 0 && bits >= 0 && bits <= most;
}

const char *
addresses_given(struct context *x, const char *option)
{
	const char *shown = arena_printf(&x->arena, "--%s", option);
	struct buf b;

	buf_init(&b, &x->arena);
	buf_adds(&b, "");
	for (size_t i = 0; i < cmd_count(&x->line, option); i++)
		for (const char *p = cmd_nth(&x->line, option, i), *part;
		     (part = value_part(&x->arena, &p)) != NULL;) {
			if (!is_address(&x->arena, part)) {
				err_fault(&x->err, &x->arena, shown,
				    "must be IP addresses, optionally with a prefix length: "
				    "192.0.2.0/24");
				return "";
			}
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ",", part);
		}
	if (b.len > ADDRESSES_MAX)
		err_fault(&x->err, &x->arena, shown, "may be %d characters in all", ADDRESSES_MAX);
	return b.data;
}
