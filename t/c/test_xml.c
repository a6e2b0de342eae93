/* lib/format/xml: what is read, and what is refused where. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/xml.h"
#include "lib/text.h"
#include "t/c/tap.h"

static struct arena a;
static struct err err;

static struct xml_node *
root_of(const char *text)
{
	struct xml_node *root;

	err_clear(&err);
	return xml_read(&a, text, strlen(text), &root, &err) == 0 ? root : NULL;
}

static void
test_tree(void)
{
	const struct xml_node *root = root_of(
	    "<?xml version=\"1.0\"?>\n<p xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
	    "<o id=\"7\" xlink:href=\"http://x/7\"/><n>\n <![CDATA[ A & <b>B</b> ]]>\n</n>"
	    "<e></e><m>&amp;&#233;</m></p>");
	const struct xml_node *o = xml_child(root, "o");

	ok(root != NULL && root->nchildren == 4, "four children", err.detail);
	ok(strcmp(xml_attribute(o, "id"), "7") == 0, "an attribute", "");
	ok(strcmp(xml_attribute(o, "xlink:href"), "http://x/7") == 0, "one with a prefix", "");
	ok(strcmp(xml_child(root, "n")->text, "A & <b>B</b>") == 0, "CDATA, blanks off", "");
	ok(strcmp(xml_child(root, "e")->text, "") == 0, "an empty element", "");
	ok(strcmp(xml_child(root, "m")->text, "&\xc3\xa9") == 0, "entities of XML", "");
	ok(root->text == NULL && xml_child(root, "x") == NULL, "and nothing else", "");
}

static void
test_refused(void)
{
	static const char *const cases[][2] = {
		{ "", "column" },
		{ "{\"orders\": []}", "line 1" },
		{ "<a>\n <b>\n</a>", "line 3" },
		{ "<a><b></b>", "line 1" },
		{ "<a>&x;</a>", "line 1" },
		{ "<a>\xff</a>", "line 1" },
		{ "\n<!DOCTYPE html>\n<html></html>", "document type" },
		{ "<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
		    "document type" },
		{ "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		    "document type" },
		{ "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>", "document type" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ok(root_of(cases[i][0]) == NULL, "refused", err.detail);
		ok(strstr(err.detail, cases[i][1]) != NULL, "and says why", cases[i][1]);
	}
}

static void
test_bounds(void)
{
	struct buf b;

	buf_init(&b, &a);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		buf_adds(&b, "<a>");
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		buf_adds(&b, "</a>");
	ok(root_of(b.data) != NULL, "the greatest depth", err.detail);
	ok(root_of(arena_printf(&a, "<a>%s</a>", b.data)) == NULL, "one more", err.detail);
	ok(strstr(err.detail, "deeply") != NULL, "says why", "");
	buf_init(&b, &a);
	buf_adds(&b, "<a>");
	for (int i = 0; i < XML_NODES_MAX; i++)
		buf_adds(&b, "<b/>");
	buf_adds(&b, "</a>");
	ok(root_of(b.data) == NULL && strstr(err.detail, "too many") != NULL, "too many elements",
	    err.detail);
}

int
main(void)
{
	test_tree();
	test_refused();
	test_bounds();
	arena_done(&a);
	return tap_end();
}
