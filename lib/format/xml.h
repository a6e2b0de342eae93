/*
 * xml - reads foreign XML into a tree, by libxml2.
 *
 * Nothing is fetched and nothing is expanded: a document type (<!DOCTYPE …>) is refused where it
 * begins, so there are no entities but the five of XML itself. Size, depth and number of elements
 * are bounded.
 */
#ifndef LIB_FORMAT_XML_H
#define LIB_FORMAT_XML_H

#include <stddef.h>

struct arena;
struct err;

enum {
	XML_BYTES_MAX = 32 << 20,
	XML_DEPTH_MAX = 32,
	XML_NODES_MAX = 500000		/* elements and attributes */
};

struct xml_attribute {
	const char *name;		/* with its prefix, "xlink:href" */
	const char *value;
	struct xml_attribute *next;
};

struct xml_node {
	const char *name;		/* without prefix */
	const char *text;		/* of an element without children, without outer blanks */
	struct xml_attribute *attributes;
	struct xml_node *first, *last, *next, *parent;	/* NULL = none; of children, siblings */
	size_t nchildren;
};

/* *root is the root element. The tree is in the arena, its texts are UTF-8. 0 or ERR_PERMANENT
 * with a sentence that names line and column. */
int xml_read(struct arena *a, const char *p, size_t n, struct xml_node **root, struct err *err);

/* The first child of this name, or NULL. node may be NULL. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);

/* The value of an attribute, or NULL. */
const char *xml_attribute(const struct xml_node *node, const char *name);

#endif
