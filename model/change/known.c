#include "config.h"

#include "model/change/known.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/row.h"
#include "model/word.h"

void
known_init(struct known *k, struct arena *a)
{
	*k = (struct known){ .arena = a };
	k->open_end = &k->open;
	set_init(&k->index, a);
	buf_init(&k->bytes, a);
}

void
known_begin(struct known *k, struct known_asker *asker)
{
	k->asker = asker;
	asker->n = 0;
}

/* ------------------------------------------------------------------ questions as bytes */

/* Numbers as they stand in memory: the bytes are compared within this process only. */
static void
add_number(struct buf *b, int64_t n)
{
	buf_add(b, &n, sizeof n);
}

static void
add_size(struct buf *b, size_t n)
{
	const uint32_t size = (uint32_t)n;

	buf_add(b, &size, sizeof size);
}

static void
add_text(struct buf *b, const char *text)
{
	const size_t n = text == NULL ? 0 : strlen(text);

	add_size(b, n);
	buf_add(b, text, n);
}

static void
add_val(struct buf *b, const struct val *v)
{
	const int is_text = v->kind == VAL_TEXT || v->kind == VAL_BYTES;

	buf_addc(b, (char)v->kind);
	if (v->kind == VAL_NULL)
		return;
	add_number(b, is_text ? (int64_t)v->n : v->i);
	buf_add(b, v->s, is_text ? v->n : 0);
}

static size_t
count_columns(const enum column *columns, size_t most)
{
	size_t n = 0;

	while (n < most && columns[n] != COLUMN_UNSET)
		n++;
	return n;
}

/* To k->bytes. */
static const struct buf *
bytes_of(struct known *k, const struct known_question *q)
{
	const size_t nby = count_columns(q->of.by, KNOWN_BY_MAX),
		     nwant = count_columns(q->of.want, KNOWN_WANT_MAX);
	struct buf *b = &k->bytes;
	const unsigned char head[] = { (unsigned char)q->kind, (unsigned char)q->of.hold,
		(unsigned char)q->of.prefix, (unsigned char)nby, (unsigned char)nwant,
		q->key.identifier != NULL };
	const int16_t of[] = { q->source_id, q->key.source_id,
		(int16_t)(q->entity == NULL ? -1 : q->entity - entities) };

	b->len = 0;
	buf_add(b, head, sizeof head);
	buf_add(b, of, sizeof of);
	buf_add(b, q->of.by, nby * sizeof *q->of.by);
	buf_add(b, q->of.want, nwant * sizeof *q->of.want);
	for (size_t i = 0; i < nby; i++)
		add_val(b, &q->of.is[i]);
	add_text(b, q->key.identifier);
	add_text(b, q->key.email);
	add_text(b, q->list);
	add_text(b, q->label);
	add_val(b, &q->id);
	return b;
}

/* ------------------------------------------------------------------ asking */

static const char *
copy(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_strdup(a, text);
}

static struct val
copy_val(struct arena *a, struct val v)
{
	if (v.kind == VAL_TEXT || v.kind == VAL_BYTES)
		v.s = arena_strndup(a, v.s, v.n);
	return v;
}

static struct known_question *
question_new(struct known *k, const struct known_question *asked)
{
	struct known_question *q = arena_new(k->arena, struct known_question, 1);

	*q = *asked;
	for (size_t i = 0; i < KNOWN_BY_MAX; i++)
		q->of.is[i] = copy_val(k->arena, asked->of.is[i]);
	q->key.identifier = copy(k->arena, asked->key.identifier);
	q->key.email = copy(k->arena, asked->key.email);
	q->list = copy(k->arena, asked->list);
	q->label = copy(k->arena, asked->label);
	q->word = asked->label == NULL ? NULL : word_of(k->arena, asked->label);
	q->id = copy_val(k->arena, asked->id);
	*k->open_end = q;
	k->open_end = &q->next;
	return q;
}

static void
list_add(struct arena *a, struct known_question ***list, size_t *n, size_t *cap,
    struct known_question *q)
{
	if (*n == *cap) {
		struct known_question **more;

		*cap = *cap == 0 ? 16 : *cap * 2;
		more = arena_new(a, struct known_question *, *cap);
		if (*n > 0)
			memcpy(more, *list, *n * sizeof(*more));
		*list = more;
	}
	(*list)[(*n)++] = q;
}

static struct known_question *
question_of(struct known *k, const struct known_question *asked)
{
	const struct buf *b = bytes_of(k, asked);
	struct known_question *q;
	size_t at;

	if (set_find(&k->index, b->data, b->len, &at)) {
		q = k->all[at];
	} else {
		q = question_new(k, asked);
		q->bytes = arena_strndup(k->arena, b->data, b->len);
		q->nbytes = b->len;
		set_add(&k->index, q->bytes, q->nbytes, k->n, NULL);
		list_add(k->arena, &k->all, &k->n, &k->cap, q);
	}
	list_add(k->arena, &k->asker->asked, &k->asker->n, &k->asker->cap, q);
	return q;
}

/* Most mappings ask several times; the sentence is made once. */
static int
note_asked(struct err *err)
{
	if (err == NULL || err->code != ERR_ASKED)
		err_set(err, ERR_ASKED, "%s", err_sentence(ERR_ASKED));
	return ERR_ASKED;
}

/* The question with its answer; *rc is 0, ERR_ASKED or the failure. */
static const struct known_question *
ask(struct known *k, const struct known_question *asked, int *rc, struct err *err)
{
	struct known_question *q = question_of(k, asked);

	*rc = 0;
	if (!q->is_answered)
		*rc = note_asked(err);
	else if (q->failed < 0)
		*rc = err_set(err, q->failed, "%s", q->why);
	return q;
}

int
known_has_asked(const struct known *k)
{
	return k->asker->cap > 0;
}

int
known_wait(struct known *k, struct err *err)
{
	for (size_t i = 0; i < k->asker->n; i++)
		if (!k->asker->asked[i]->is_answered)
			return note_asked(err);
	return 0;
}

/* ------------------------------------------------------------------ the kinds */

int
known_rows(struct known *k, const struct known_rows_of *of, struct known_rows *out,
    struct err *err)
{
	const struct known_question asked = {
		.kind = KNOWN_ROWS, .entity = entity_of_column(of->by[0]), .of = *of
	};
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (out != NULL)
		*out = q->rows;
	return rc;
}

int
known_contact(struct known *k, const struct contact_key *key, struct known_contact *out,
    struct err *err)
{
	const struct known_question asked = { .kind = KNOWN_CONTACT, .key = *key };
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (out != NULL)
		*out = q->contact;
	return rc;
}

int
known_account(struct known *k, const struct contact_key *key, struct known_contact *out,
    struct err *err)
{
	const struct known_question asked = { .kind = KNOWN_ACCOUNT, .key = *key };
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (out != NULL)
		*out = q->contact;
	return rc;
}

int
known_label(struct known *k, const char *list, int16_t source_id, const char *label,
    struct val *out, struct err *err)
{
	const struct known_question asked = {
		.kind = KNOWN_LABEL, .list = list, .label = label, .source_id = source_id
	};
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (out != NULL)
		*out = q->worth;
	return rc;
}

int
known_owned(struct known *k, const struct entity *e, const struct val *key, int16_t source_id,
    int *yes, struct err *err)
{
	const struct known_question asked = {
		.kind = KNOWN_OWNED, .entity = e, .id = *key, .source_id = source_id
	};
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (yes != NULL)
		*yes = q->yes;
	return rc;
}

int
known_elsewhere(
    struct known *k, int64_t contact_id, int16_t source_id, int *yes, struct err *err)
{
	const struct known_question asked = {
		.kind = KNOWN_ELSEWHERE, .id = v_int(contact_id), .source_id = source_id
	};
	int rc;
	const struct known_question *q = ask(k, &asked, &rc, err);

	if (yes != NULL)
		*yes = q->yes;
	return rc;
}

const struct val *
known_first(const struct known_rows *rows)
{
	return rows->n == 0 ? NULL : rows->values;
}

usec_t
known_time(const struct val *value)
{
	return value->kind == VAL_TIME ? value->i : USEC_NONE;
}
