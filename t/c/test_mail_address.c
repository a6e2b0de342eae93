/* lib/format/mail_address: what is an address, and how SMTP takes it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/format/mail_address.h"
#include "t/c/tap.h"

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *in, *out;	/* out NULL = refused */
} addresses[] = {
	{ "anna@example.org", "anna@example.org" },
	{ "Anna.B+c=d@Example.ORG", "Anna.B+c=d@Example.ORG" },
	{ "root@localhost", "root@localhost" },
	{ "o'neil@a-b.example", "o'neil@a-b.example" },
	{ "a@1.2.example", "a@1.2.example" },
	{ "a@b\xc3\xbc"
	  "cher.example",
	    "a@xn--bcher-kva.example" },
	{ "a@B\xc3\x9c"
	  "CHER.example",
	    "a@xn--bcher-kva.example" },
	{ "a@fa\xc3\x9f.de", "a@xn--fa-hia.de" },
	{ "a@bu\xcc\x88"
	  "cher.example",
	    "a@xn--bcher-kva.example" },
	{ SIXTY "aaaa@example.org", SIXTY "aaaa@example.org" },
	{ SIXTY "aaaaa@example.org", NULL },
	{ "a@" SIXTY "aaa.org", "a@" SIXTY "aaa.org" },
	{ "a@" SIXTY "aaaa.org", NULL },
	{ "a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaa",
	    "a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaa" },
	{ "a@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaaaaa", NULL },
	{ "", NULL },
	{ "@", NULL },
	{ "a@", NULL },
	{ "@b", NULL },
	{ "a", NULL },
	{ "a@b@c", NULL },
	{ "a b@c", NULL },
	{ "a@b c", NULL },
	{ "a@b.", NULL },
	{ "a@.b", NULL },
	{ "a@b..c", NULL },
	{ ".a@b", NULL },
	{ "a.@b", NULL },
	{ "a..b@c", NULL },
	{ "a@-b.c", NULL },
	{ "a@b-.c", NULL },
	{ "a@b_c.d", NULL },
	{ "a@[127.0.0.1]", NULL },
	{ "\"a\"@b", NULL },
	{ "a\n@b", NULL },
	{ "a@b\r\nRCPT TO:<c@d>", NULL },
	{ "a@b>", NULL },
	{ "<a@b>", NULL },
	{ "a,b@c", NULL },
	{ "\xc3\xa4@example.org", NULL },
	{ "a@\xff.example", NULL },
	{ "a@b\xc3", NULL },
	{ "a@\xe2\x80\x8b", NULL },
	{ "a@\xef\xbc\x8e.example", NULL },
};

int
main(void)
{
	char out[MAIL_ADDRESS_SIZE], name[32];

	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		int rc = mail_address_ascii(addresses[i].in, out);

		snprintf(name, sizeof name, "address %zu", i);
		if (addresses[i].out == NULL)
			ok(rc == -1, "refused:", name);
		else
			ok(rc == 0 && strcmp(out, addresses[i].out) == 0, addresses[i].out, name);
	}
	ok(mail_domain_ascii("b\xc3\xbc"
			     "cher.example",
	       out) == 0 &&
		strcmp(out, "xn--bcher-kva.example") == 0,
	    "a domain alone", "");
	ok(mail_domain_ascii("a@b", out) == -1, "is no address", "");
	ok(mail_host_is_local("localhost") && mail_host_is_local("127.0.0.1") &&
		mail_host_is_local("::1"),
	    "this machine", "");
	ok(!mail_host_is_local("localhost.example.org") && !mail_host_is_local(""),
	    "not this machine by name", "");
	ok(!mail_host_is_local("127.0.0.10") && !mail_host_is_local("127.1"),
	    "not this machine by address", "");
	return tap_end();
}
