/*
 * page - the parameter of lists that come in pages.
 */
#ifndef FCGI_API_PAGE_H
#define FCGI_API_PAGE_H

/* Limit of the query, 1 to most_, def_ unless given (a text). args has a struct param_int limit. */
#define PAGE_LIMIT(args, most_, def_) { .name = "Limit", PARAM_FIELD(args, limit), \
	.in = PARAM_QUERY, .min = 1, .max = (most_), .def = def_, .doc = "How many at most." }

#endif
