/* TAP: the table of kinds of connections, their addresses, and binding their documents. */
#include "config.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/connection/connection_address.h"
#include "t/c/tap.h"

static struct arena arena;

/* ------------------------------------------------------------------ addresses */

static void
good(const char *text, const char *schemes, const char *host, unsigned port, const char *path)
{
	struct connection_address a;
	const char *fault = connection_address_read(&arena, text, schemes, &a);

	ok(fault == NULL, text, fault == NULL ? "" : fault);
	ok(strcmp(a.host, host) == 0 && a.port == port, host, text);
	ok(strcmp(a.path, path) == 0, path, text);
}

static void
bad(const char *text, const char *schemes, const char *words)
{
	struct connection_address a;
	const char *fault = connection_address_read(&arena, text, schemes, &a);

	ok(fault != NULL && strstr(fault, words) != NULL, text, fault == NULL ? "is taken" : fault);
}

static void
same(const char *x, const char *y, int want)
{
	struct connection_address a, b;

	connection_address_read(&arena, x, "http|https|sftp|ftps|ftpes|ftp|file", &a);
	connection_address_read(&arena, y, "http|https|sftp|ftps|ftpes|ftp|file", &b);
	ok(connection_address_same_server(&a, &b) == want, x, y);
}

static void
addresses(void)
{
	good("https://Shop.example", "https|http", "shop.example", 443, "/");
	good("HTTPS://shop.example:8443/sub/", "https|http", "shop.example", 8443, "/sub/");
	good("http://[2001:db8::1]:81/x", "https|http", "2001:db8::1", 81, "/x");
	good("sftp://files.example/out", "sftp|ftp", "files.example", 22, "/out");
	good("ftps://files.example", "ftps|ftp", "files.example", 990, "/");
	good("file:", "file", "", 0, "");
	good("file:Demo/Main/in/", "file", "", 0, "Demo/Main/in");
	good("file:a..b/c...d/.x", "file", "", 0, "a..b/c...d/.x");
	bad("", "https|http", "begin with");
	bad("shop.example", "https|http", "begin with");
	bad("ftp://shop.example", "https|http", "begin with");
	bad("ht://shop.example", "https|http", "begin with");
	bad("https:/shop.example", "https|http", "//");
	bad("https://", "https|http", "host");
	bad("https://:80", "https|http", "host");
	bad("https://user:pass@shop.example", "https|http", "user");
	bad("https://shop.example?key=1", "https|http", "blanks");
	bad("https://shop.example/a b", "https|http", "blanks");
	bad("https://shop.example/\n", "https|http", "control");
	bad("https://shop.example:0", "https|http", "port");
	bad("https://shop.example:65536", "https|http", "port");
	bad("https://shop.example:8o", "https|http", "port");
	bad("https://shop.example/../x", "https|http", "parts");
	bad("https://shop.example/%2E%2e/x", "https|http", "parts");
	bad("https://sh\xc3\xb6p.example", "https|http", "host");
	bad("https://[::1", "https|http", "host");
	bad("file:/etc", "file", "below import_root");
	bad("file://etc", "file", "below import_root");
	bad("file:a/../b", "file", "below import_root");
	bad("file:..", "file", "below import_root");
	bad("file:./a", "file", "below import_root");
	bad("file:a//b", "file", "below import_root");
	same("https://a.example/x", "https://a.example/y", 1);
	same("https://a.example", "https://a.example:443/", 1);
	same("http://a.example", "https://a.example", 1);
	same("https://a.example", "http://a.example", 0);
	same("https://a.example", "https://b.example", 0);
	same("https://a.example", "https://a.example:444", 0);
	same("http://a.example", "https://a.example:80", 1);
	same("ftp://a.example", "ftpes://a.example", 1);
	same("ftps://a.example", "ftp://a.example", 0);
	same("ftps://a.example", "sftp://a.example", 0);
	same("file:a", "file:b", 1);
	same("file:a", "sftp://a.example", 0);
}

/* ------------------------------------------------------------------ documents */

/* All faults as "Field message; …", "" = none. */
static const char *
faults_of(const char *kind, const char *json, void **args)
{
	struct json_object *o = json_tokener_parse(json);
	struct err err = { 0 };
	struct buf b;

	buf_init(&b, &arena);
	buf_adds(&b, "");
	connection_bind(&arena, connection_kind_find(kind), o, args, &err);
	for (const struct err_fault *f = err.faults; f != NULL; f = f->next)
		buf_addf(&b, "%s%s %s", b.len > 0 ? "; " : "", f->field, f->message);
	json_object_put(o);
	return b.data;
}

static void
binds(const char *kind, const char *json, const char *words)
{
	void *args;
	const char *got = faults_of(kind, json, &args);

	ok(*words == '\0' ? *got == '\0' : strstr(got, words) != NULL, json, got);
}

static void
documents(void)
{
	const struct connection_prestashop *p;
	void *args;

	faults_of("prestashop", "{\"Address\":\"https://a.example\",\"Languages\":[2,1],"
	    "\"Key\":\"0123456789abcdefghijklmnopqrstuv\"}", &args);
	p = args;
	ok(strcmp(p->key_by.value, CONNECTION_KEY_BASIC) == 0, "a default word", "");
	ok(p->common.page_size.value == 100, "a default number", "");
	ok(p->common.enabled.value == 1 && !p->common.allow_private.value, "default flags", "");
	ok(p->languages.n == 2 && strcmp(p->languages.values[0], "2") == 0, "a list", "");
	binds("Folder", "{\"Address\":\"file:a\"}", "");
	binds("Folder", "{}", "Address is required");
	binds("Folder", "{\"Address\":\"file:a\",\"Key\":\"x\"}",
	    "Key is no option of Folder; connections of the kind Prestashop have it");
	binds("Folder", "{\"Address\":\"file:a\",\"Zoneid2\":1}", "did you mean ZoneId?");
	binds("Folder", "{\"Address\":\"file:a\",\"TimeZone\":\"Europe/Pari\"}", "IANA name");
	binds("Folder", "{\"Address\":\"file:a\",\"TimeZone\":\"\"}", "must not be empty");
	binds("Folder", "{\"Address\":\"file:a\",\"ZoneId\":0}", "must be from 1");
	binds("Prestashop", "{\"Address\":\"https://a.example\",\"Key\":\"short\"}",
	    "shorter than 32");
	binds("Magento", "{\"Address\":\"https://a.example\",\"Auth\":\"oauth1\",\"Token\":\"t\"}",
	    "ConsumerKey is required with Auth OAuth1");
	binds("Magento", "{\"Address\":\"https://a.example\",\"Auth\":\"Bearer\",\"Token\":\"t\"}",
	    "");
	binds("Magento", "{\"Address\":\"https://a.example\",\"Auth\":\"Bearer\",\"Token\":\"t\","
	    "\"StoreCode\":\"a/b\"}", "letters, digits");
	binds("Ftp", "{\"Address\":\"ftps://a.example\",\"User\":\"u\"}", "Password is required");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\"}", "or PrivateKey");
	binds("Ftp", "{\"Address\":\"ftps://a.example\",\"User\":\"u\",\"Password\":\"p\\u0001\"}",
	    "control characters");
	binds("Ftp", "{\"Address\":\"ftps://a.example\",\"User\":\"u\",\"Password\":\"p\","
	    "\"HostKey\":"
	    "\"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}", "HostKey is for");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\",\"Password\":\"p\","
	    "\"HostKey\":"
	    "\"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}", "");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\",\"Password\":\"p\","
	    "\"HostKey\":"
	    "\"MD5:00\"}", "must be SHA256:");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\",\"PrivateKey\":"
	    "\"-----BEGIN OPENSSH PRIVATE KEY-----\\nAA==\\n-----END OPENSSH PRIVATE KEY-----\"}",
	    "");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\",\"PrivateKey\":\"AA\"}",
	    "PEM");
	binds("Ftp", "{\"Address\":\"sftp://a.example\",\"User\":\"u\",\"Password\":\"p\","
	    "\"Passphrase\":\"p\"}", "belongs to a PrivateKey");
	binds("Magento1", "{\"Address\":\"https://a.example\",\"Login\":\"l\",\"Password\":\"p\","
	    "\"Drop\":\"d\",\"FtpHost\":\"u@h\"}", "without user and path");
}

int
main(void)
{
	const char *fault = connection_lint();

	ok(fault == NULL, "the table", fault == NULL ? "" : fault);
	ok(connection_kind_find("ftp") == connection_kind_find("Ftp") &&
		connection_kind_find("Sftp") == NULL, "kinds are found in any case", "");
	addresses();
	documents();
	arena_done(&arena);
	return tap_end();
}
