#include "config.h"

#include "store/db_list.h"

void
db_list_begin(struct db_list *l, struct arena *a)
{
	buf_init(&l->text, a);
	writer_init(&l->w, &l->text);
	writer_array(&l->w);
}

struct val
db_list_end(struct db_list *l)
{
	writer_end(&l->w);
	return v_textn(l->text.data, l->text.len);
}

struct val
db_list_ids(struct arena *a, const int64_t *ids, size_t n)
{
	struct db_list l;

	db_list_begin(&l, a);
	for (size_t i = 0; i < n; i++)
		writer_int(&l.w, ids[i]);
	return db_list_end(&l);
}
