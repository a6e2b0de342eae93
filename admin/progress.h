/*
 * progress - how far long work is: a bar with rate and time left on a terminal's standard error,
 *nothing anywhere else (and nothing with --quiet).
 *
 *	struct progress p;
 *	progress_start(&p, &x->out, "Purged", progress_shown(&x->out) ? count() : 0);
 *	while (…) progress_add(&p, n);
 *	progress_end(&p);
 *
 * Remarks, results and faults may be printed meanwhile: the bar makes room. It appears when the
 *work takes longer than half a second and is drawn five times a second at most, so it may be called
 *for every row.
 */
#ifndef ADMIN_PROGRESS_H
#define ADMIN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct output;

struct progress {
	struct output *out;
	const char *what;
	int64_t done, total;
	usec_t started, drawn;		/* monotonic */
	int shown, visible;		/* somebody is there to see it; it was drawn */
};

/* 1 when there is somebody to see it: worth a count of what is to be done. */
int progress_shown(const struct output *out);

/* what: "Purged", a constant; total 0 = unknown: a count and a rate instead of a bar. */
void progress_start(struct progress *p, struct output *out, const char *what, int64_t total);
void progress_add(struct progress *p, int64_t n);

/* Takes the bar away; the last state stays on the terminal when it was drawn at all. */
void progress_end(struct progress *p);

/* The line for width columns, at most width - 1 long: "Purged [#####-----]  50 %  500 of 1000 120/s
 * 0:04 left". */
const char *progress_line(
    struct arena *a, const char *what, int64_t done, int64_t total, usec_t elapsed, size_t width);

#endif
