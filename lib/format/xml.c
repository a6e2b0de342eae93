#include "config.h"

#include "lib/format/xml.h"

#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

/* A document that is being read. */
struct reading {
	xmlParserCtxtPtr parser;
	struct arena *arena;
	struct err *err;
	struct xml_node *root, *open;	/* open: the innermost element */
	struct buf text;		/* of open, as long as it has no children */
	size_t depth, nodes;
	int rc;				/* the first refusal */
};

static void
refuse(struct reading *r, const char *what)
{
	if (r->rc < 0)
		return;
	r->rc = err_set(r->err, ERR_PERMANENT, "The XML %s (line %d, column %d).", what,
	    xmlSAX2GetLineNumber(r->parser), xmlSAX2GetColumnNumber(r->parser));
	xmlStopParser(r->parser);
}

/* ------------------------------------------------------------------ elements */

static void
add_attribute(struct reading *r, struct xml_node *node, const xmlChar *name, const xmlChar *value)
{
	struct xml_attribute *to = arena_new(r->arena, struct xml_attribute, 1);

	to->name = arena_strdup(r->arena, (const char *)name);
	to->value = value == NULL ? "" : arena_strdup(r->arena, (const char *)value);
	to->next = node->attributes;
	node->attributes = to;
}

static void
hang(struct reading *r, struct xml_node *node)
{
	struct xml_node *parent = node->parent = r->open;

	if (parent == NULL) {
		r->root = node;
		return;
	}
	if (parent->last == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->nchildren++;
	parent->text = NULL;
}

/* Without its prefix. */
static const char *
local_name(const xmlChar *name)
{
	const char *colon = strchr((const char *)name, ':');

	return colon == NULL ? (const char *)name : colon + 1;
}

/* attributes: names and values by turns, then NULL; NULL = there are none. */
static void
begin_element(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct reading *r = arg;
	struct xml_node *node;

	r->nodes++;
	if (++r->depth > XML_DEPTH_MAX)
		refuse(r, "is nested too deeply");
	for (const xmlChar **at = attributes; at != NULL && *at != NULL; at += 2)
		r->nodes++;
	if (r->nodes > XML_NODES_MAX)
		refuse(r, "has too many elements");
	if (r->rc < 0)
		return;
	node = arena_new(r->arena, struct xml_node, 1);
	node->name = arena_strdup(r->arena, local_name(name));
	for (; attributes != NULL && *attributes != NULL; attributes += 2)
		add_attribute(r, node, attributes[0], attributes[1]);
	hang(r, node);
	r->open = node;
	r->text.len = 0;
}

static int
is_blank(char c)
{
	return strchr(" \t\n\r", c) != NULL && c != '\0';
}

static const char *
bare_text(struct reading *r)
{
	const char *p = r->text.data;
	size_t n = r->text.len;

	while (n > 0 && is_blank(p[n - 1]))
		n--;
	for (; n > 0 && is_blank(*p); n--)
		p++;
	return arena_strndup(r->arena, p, n);
}

static void
end_element(void *arg, const xmlChar *name)
{
	struct reading *r = arg;

	(void)name;
	if (r->rc < 0 || r->open == NULL)
		return;
	if (r->open->first == NULL)
		r->open->text = bare_text(r);
	r->open = r->open->parent;
	r->depth--;
	r->text.len = 0;
}

static void
take_text(void *arg, const xmlChar *p, int n)
{
	struct reading *r = arg;

	if (r->rc == 0 && r->open != NULL && r->open->first == NULL)
		buf_add(&r->text, (const char *)p, (size_t)n);
}

static void
refuse_type(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	(void)name, (void)id, (void)system;
	refuse(arg, "has a document type, which is not taken");
}

/* ------------------------------------------------------------------ documents */

static xmlSAXHandler handler = {
	.startElement = begin_element,
	.endElement = end_element,
	.characters = take_text,
	.cdataBlock = take_text,
	.ignorableWhitespace = take_text,
	.internalSubset = refuse_type,
};

/* libxml2's own sentence has a line's end. */
static int
not_xml(struct reading *r)
{
	const xmlError *e = xmlCtxtGetLastError(r->parser);
	const char *said = e != NULL && e->message != NULL ? e->message : "it ends too early";
	size_t n = strcspn(said, "\n");

	return err_set(r->err, ERR_PERMANENT, "This is no XML: %.*s (line %d, column %d).",
	    n > 200 ? 200 : (int)n, said, e != NULL ? e->line : 1, e != NULL ? e->int2 : 1);
}

static int
parse(struct reading *r, const char *p, size_t n)
{
	int rc;

	r->parser = xmlCreatePushParserCtxt(&handler, r, NULL, 0, NULL);
	if (r->parser == NULL)
		return err_set(r->err, ERR_INTERNAL, "libxml2 has no memory.");
	xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	rc = xmlParseChunk(r->parser, p, (int)n, 1);
	if (r->rc == 0 && (rc != 0 || !r->parser->wellFormed))
		r->rc = not_xml(r);
	if (r->parser->myDoc != NULL)
		xmlFreeDoc(r->parser->myDoc);
	r->parser->myDoc = NULL;
	xmlFreeParserCtxt(r->parser);
	return r->rc;
}

int
xml_read(struct arena *a, const char *p, size_t n, struct xml_node **root, struct err *err)
{
	struct reading r = { .arena = a, .err = err };
	int rc;

	*root = NULL;
	if (n > XML_BYTES_MAX)
		return err_set(err, ERR_PERMANENT, "The XML is longer than %d MiB.",
		    XML_BYTES_MAX >> 20);
	buf_init(&r.text, a);
	rc = parse(&r, p, n);
	if (rc == 0 && r.root == NULL)
		rc = err_set(err, ERR_PERMANENT, "The XML has no element.");
	if (rc == 0)
		*root = r.root;
	return rc;
}

const struct xml_node *
xml_child(const struct xml_node *node, const char *name)
{
	const struct xml_node *child = node == NULL ? NULL : node->first;

	while (child != NULL && strcmp(child->name, name) != 0)
		child = child->next;
	return child;
}

const char *
xml_attribute(const struct xml_node *node, const char *name)
{
	for (const struct xml_attribute *a = node->attributes; a != NULL; a = a->next)
		if (strcmp(a->name, name) == 0)
			return a->value;
	return NULL;
}
