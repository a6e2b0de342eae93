#include "config.h"

#include "store/json_list.h"

void
json_list_begin(struct json_list *l, struct arena *a)
{
	buf_init(&l->text, a);
	writer_init(&l->w, &l->text);
	writer_array(&l->w);
}

struct val
json_list_end(struct json_list *l)
{
	writer_end(&l->w);
	return v_textn(l->text.data, l->text.len);
}

struct val
json_list_of_ids(struct arena *a, const int64_t *ids, size_t n)
{
	struct json_list l;

	json_list_begin(&l, a);
	for (size_t i = 0; i < n; i++)
		writer_int(&l.w, ids[i]);
	return json_list_end(&l);
}
