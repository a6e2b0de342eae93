#include "config.h"

#include "admin/progress.h"

#include <string.h>
#include <unistd.h>

#include "admin/output.h"
#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/text.h"

enum {
	FIRST_US = 500000,
	EVERY_US = 200000,
	BAR_MIN = 6,
	BAR_MAX = 30,
	WIDTH_MAX = 200,
	AGE_S = 360000
};

int
progress_shown(const struct output *out)
{
	return !out->quiet && isatty(STDERR_FILENO);
}

/* "0:04", "1:02:03"; nothing for what is longer than anybody waits for. */
static void
add_left(struct buf *b, double seconds)
{
	long s = seconds < AGE_S ? (long)(seconds + 0.5) : AGE_S;

	if (s >= AGE_S)
		return;
	if (s >= 3600)
		buf_addf(b, "  %ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
	else
		buf_addf(b, "  %ld:%02ld left", s / 60, s % 60);
}

static void
add_bar(struct buf *b, int64_t done, int64_t total, size_t room)
{
	size_t cells = room > BAR_MAX ? BAR_MAX : room,
	       full = (size_t)((double)done / (double)total * (double)cells);

	buf_adds(b, " [");
	for (size_t i = 0; i < cells; i++)
		buf_addc(b, i < full ? '#' : '-');
	buf_addc(b, ']');
}

const char *
progress_line(
    struct arena *a, const char *what, int64_t done, int64_t total, usec_t elapsed, size_t width)
{
	double seconds = (double)elapsed / (double)USEC_SEC,
	       rate = seconds > 0 ? (double)done / seconds : 0;
	struct buf line, tail;
	size_t used;

	if (total > 0 && done > total)	/* more came than was counted */
		total = done;
	buf_init(&line, a);
	buf_init(&tail, a);
	buf_adds(&line, what);
	if (total > 0)
		buf_addf(&tail, " %3d %%  %lld of %lld", (int)((double)done / (double)total * 100),
		    (long long)done, (long long)total);
	else
		buf_addf(&tail, " %lld", (long long)done);
	if (rate > 0)
		buf_addf(&tail, rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
	if (rate > 0 && total > done)
		add_left(&tail, (double)(total - done) / rate);
	used = line.len + tail.len + 3 +
	    1; /* " [", "]", and the last column, where some terminals wrap */
	if (total > 0 && used + BAR_MIN <= width)
		add_bar(&line, done, total, width - used);
	buf_adds(&line, tail.data);
	if (line.len >= width)
		line.data[width - 1] = '\0';
	return line.data;
}

static size_t
progress_width(void)
{
	size_t width = terminal_width(STDERR_FILENO);

	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

static void
draw(struct progress *p, usec_t now)
{
	struct arena a = { 0 };

	p->drawn = now;
	p->visible = 1;
	output_status(p->out,
	    progress_line(&a, p->what, p->done, p->total, now - p->started, progress_width()));
	arena_done(&a);
}

void
progress_start(struct progress *p, struct output *out, const char *what, int64_t total)
{
	*p = (struct progress){ .out = out,
		.what = what,
		.total = total,
		.started = clock_monotonic_us(),
		.shown = progress_shown(out) };
	p->drawn = p->started + FIRST_US - EVERY_US;
}

void
progress_add(struct progress *p, int64_t n)
{
	usec_t now;

	p->done += n;
	if (p->shown && (now = clock_monotonic_us()) - p->drawn >= EVERY_US)
		draw(p, now);
}

void
progress_end(struct progress *p)
{
	if (!p->visible)
		return;
	draw(p, clock_monotonic_us());
	output_status_end(p->out);
}
