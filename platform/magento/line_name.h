/*
 * platform_magento_line_name - which lines are the same: what a line is called, as line.h says, and
 * which goods several lines share.
 */
#ifndef PLATFORM_MAGENTO_LINE_NAME_H
#define PLATFORM_MAGENTO_LINE_NAME_H

struct arena;
struct magento_lines;

/* Sets the Identifiers of lines that were read, and what goods they share. */
void platform_magento_lines_name(struct arena *a, struct magento_lines *lines);

#endif
