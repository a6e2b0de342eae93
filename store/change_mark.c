#include "config.h"

#include "store/change_mark.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity.h"

void
marks_add(struct arena *a, struct marks *m, struct mark mark)
{
	if (m->n == m->cap) {
		struct mark *more;

		m->cap = m->cap == 0 ? 32 : m->cap * 2;
		more = arena_new(a, struct mark, m->cap);
		if (m->n > 0)
			memcpy(more, m->all, m->n * sizeof *more);
		m->all = more;
	}
	m->all[m->n++] = mark;
}

struct buf
mark_begin(struct arena *a, char kind, const struct entity *e, int form)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, kind);
	if (e != NULL) {
		const int numbers[] = { (int)(e - entities), form };

		buf_add(&b, numbers, sizeof numbers);
	}
	return b;
}

struct mark
mark_text(struct arena *a, char kind, int source_id, const char *text)
{
	struct buf b = mark_begin(a, kind, NULL, 0);

	buf_add(&b, &source_id, sizeof source_id);
	buf_adds(&b, text);
	return (struct mark){ b.data, b.len };
}

struct mark
mark_contact(struct arena *a, int64_t contact_id)
{
	struct buf b = mark_begin(a, 'c', NULL, 0);

	buf_add(&b, &contact_id, sizeof contact_id);
	return (struct mark){ b.data, b.len };
}

int
marks_meet(const struct marks *m, const struct set *s)
{
	for (size_t i = 0; i < m->n; i++)
		if (set_find(s, m->all[i].p, m->all[i].n, NULL))
			return 1;
	return 0;
}

void
marks_put(const struct marks *m, struct set *s)
{
	for (size_t i = 0; i < m->n; i++)
		set_add(s, m->all[i].p, m->all[i].n, 0, NULL);
}
