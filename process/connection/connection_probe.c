#include "config.h"

#include "process/connection/connection_probe.h"

#include <stdarg.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/connection/connection.h"

static void
add_step(struct connection_probe *p, const char *name, int is_remark, const char *found)
{
	if (p->nsteps < CONNECTION_PROBE_STEPS_MAX)
		p->steps[p->nsteps++] = (struct connection_probe_step){ .name = name,
			.found = found, .is_remark = is_remark };
}

void
connection_probe_step(struct connection_probe *p, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_step(p, name, 0, arena_vprintf(p->arena, fmt, ap));
	va_end(ap);
}

void
connection_probe_remark(struct connection_probe *p, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_step(p, name, 1, arena_vprintf(p->arena, fmt, ap));
	va_end(ap);
}

static connection_probe_fn *
find(const char *kind)
{
	for (size_t t = 0; connection_probe_tables[t] != NULL; t++)
		for (const struct connection_probe_row *r = connection_probe_tables[t];
		     r->kind != NULL; r++)
			if (text_ieq(r->kind, kind))
				return r->run;
	return NULL;
}

int
connection_probe(struct connection_probe *p, struct err *err)
{
	connection_probe_fn *run = find(p->connection->kind->name);

	p->nsteps = 0;
	if (run == NULL)
		return err_set(err, ERR_NOT_BUILT,
		    "This version cannot test connections of the kind %s.",
		    p->connection->kind->name);
	return run(p, err);
}

const char *
connection_probe_remarks(const struct connection_probe *p)
{
	struct buf b;

	buf_init(&b, p->arena);
	for (size_t i = 0; i < p->nsteps; i++)
		if (p->steps[i].is_remark)
			buf_addf(&b, "%s%s", b.len > 0 ? " " : "", p->steps[i].found);
	return b.len > 0 ? b.data : NULL;
}

void
connection_probe_write(struct writer *w, const struct connection_probe *p)
{
	writer_name(w, "Steps");
	writer_array(w);
	for (size_t i = 0; i < p->nsteps; i++) {
		writer_object(w);
		writer_put_text(w, "Step", p->steps[i].name);
		writer_put_text(w, "Found", p->steps[i].found);
		writer_put_flag(w, "Remark", p->steps[i].is_remark);
		writer_end(w);
	}
	writer_end(w);
}
