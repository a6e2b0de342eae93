/*
 * import_proposal - shows the mapping that is proposed for a sniffed file, and what it makes of the
 * first rows.
 */
#ifndef ADMIN_IMPORT_PROPOSAL_H
#define ADMIN_IMPORT_PROPOSAL_H

struct context;
struct sniff;

/* With the option mapping-out it is written to that file. 0, or a negative code in x->err. */
int import_proposal_show(struct context *x, const struct sniff *s);

#endif
