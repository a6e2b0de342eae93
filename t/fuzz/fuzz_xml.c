/* Fuzz door: the XML reader. Whatever was taken is text, and within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/xml.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
walk(const struct xml_node *node, int depth)
{
	if (depth > XML_DEPTH_MAX || (node->text == NULL) == (node->first == NULL))
		abort();
	if (node->text != NULL && !text_is_utf8(node->text, strlen(node->text)))
		abort();
	for (const struct xml_node *child = node->first; child != NULL; child = child->next)
		walk(child, depth + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct xml_node *root;

	if (xml_read(&a, (const char *)p, n, &root, &err) == 0)
		walk(root, 1);
	else if (err.detail[0] == '\0')
		abort();
	arena_done(&a);
	return 0;
}
