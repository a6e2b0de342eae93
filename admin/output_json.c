#include "config.h"

#include "admin/output_json.h"

#include <stdio.h>
#include <string.h>

#include "admin/output.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"

/* A member of the document: its name, and its value as JSON. */
struct output_member {
	const char *name;
	struct buf json;
	struct output_member *next;
};

struct output_remark {
	const char *text;
	struct output_remark *next;
};

/* Begins the value of a member; a second one of the name takes the place of the first. */
struct writer
output_json_begin(struct output *o, const char *name)
{
	struct output_member **m = &o->members;
	struct writer w;

	while (*m != NULL && strcmp((*m)->name, name) != 0)
		m = &(*m)->next;
	if (*m == NULL) {
		*m = arena_new(o->arena, struct output_member, 1);
		(*m)->name = name;
	}
	buf_init(&(*m)->json, o->arena);
	writer_init_block(&w, &(*m)->json, 1);
	return w;
}

/* Bytes that are no text go as base64: they would be lost otherwise. */
void
output_json_text(struct output *o, struct writer *w, const char *s, size_t n)
{
	if (text_is_utf8(s, n))
		writer_text_n(w, s, n);
	else
		writer_text(w, text_base64(o->arena, s, n));
}

void
output_json_value(struct output *o, struct writer *w, enum output_kind kind, const struct val *v)
{
	if (v->kind == VAL_NULL) {
		writer_null(w);
		return;
	}
	switch (kind & OUTPUT_KIND) {
	case OUTPUT_FLAG:
		writer_flag(w, v->i != 0);
		break;
	case OUTPUT_INT:
	case OUTPUT_BYTES:
		writer_int(w, v->i);
		break;
	case OUTPUT_TIME:
		writer_time(w, v->i);
		break;
	default:
		output_json_text(o, w, v->s, v->n);
	}
}

/* The member is where the first one was said. */
void
output_json_remark(struct output *o, const char *text)
{
	struct output_remark **r = &o->remarks;
	struct writer w = output_json_begin(o, "Remarks");

	while (*r != NULL)
		r = &(*r)->next;
	*r = arena_new(o->arena, struct output_remark, 1);
	(*r)->text = text;
	writer_array(&w);
	for (const struct output_remark *one = o->remarks; one != NULL; one = one->next)
		output_json_text(o, &w, one->text, strlen(one->text));
	writer_end(&w);
}

void
output_json_error(struct output *o, const struct err *err)
{
	const char *detail = err_whole(o->arena, err);
	struct writer w;
	struct buf b;

	buf_init(&b, o->arena);
	writer_init_block(&w, &b, 0);
	writer_object(&w);
	writer_name(&w, "Error");
	writer_object(&w);
	writer_put_text(&w, "Code", err_slug(err->code));
	writer_name(&w, "Detail");
	output_json_text(o, &w, detail, strlen(detail));
	writer_name(&w, "Faults");
	writer_array(&w);
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next) {
		writer_object(&w);
		writer_name(&w, "Field");
		output_json_text(o, &w, f->field, strlen(f->field));
		writer_name(&w, "Message");
		output_json_text(o, &w, f->message, strlen(f->message));
		writer_end(&w);
	}
	for (int i = 0; i < 3; i++)
		writer_end(&w);
	fprintf(stderr, "%s\n", b.data);
}

void
output_json_print(struct output *o)
{
	struct writer w;
	struct buf b;

	if (o->members == NULL)
		return;
	buf_init(&b, o->arena);
	writer_init_block(&w, &b, 0);
	writer_object(&w);
	for (const struct output_member *m = o->members; m != NULL; m = m->next) {
		writer_name(&w, m->name);
		writer_json(&w, m->json.data);
	}
	writer_end(&w);
	puts(b.data);
	o->members = NULL;
}
