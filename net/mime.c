#include "config.h"

#include "net/mime.h"

#include <string.h>

#include <gmime/gmime.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/content.h"
#include "lib/text.h"

/* A form as it is read. */
struct form {
	struct arena *arena;
	struct json_object *o;
	size_t fields, files, repaired;
};

/* ------------------------------------------------------------------ one field */

/* Any bytes as text: in the charset that the part names, else in UTF-8. */
static const char *
text_of(struct form *f, GMimeObject *part, const char *p, size_t n)
{
	const char *charset = g_mime_object_get_content_type_parameter(part, "charset");
	gsize length;
	char *converted = charset == NULL || text_is_utf8(p, n) ? NULL :
	    g_convert(p, (gssize)n, "UTF-8", charset, NULL, &length, NULL);
	/* a failed conversion sets length too, to a value that does not belong to p */
	const char *text = text_utf8_repaired(f->arena, converted == NULL ? p : converted,
	    converted == NULL ? n : length, &f->repaired);

	g_free(converted);
	return text;
}

/* The part's content without its transfer encoding; the caller unrefs it. */
static GMimeStream *
content_of(GMimePart *part, GByteArray **raw)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = g_mime_stream_mem_new();

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, stream);
	*raw = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	return stream;
}

/* A file field in which no file was chosen is empty; it is not counted. */
static void
count_file(struct form *f, GMimeObject *part)
{
	GByteArray *raw;
	GMimeStream *stream;

	if (!GMIME_IS_PART(part)) {
		f->files++;
		return;
	}
	stream = content_of(GMIME_PART(part), &raw);
	f->files += raw->len > 0;
	g_object_unref(stream);
}

/* The field's name; NULL when the part is no field. */
static const char *
name_of(struct form *f, GMimeObject *part)
{
	const char *name = g_mime_object_get_content_disposition_parameter(part, "name");

	return name == NULL ? NULL :
	    text_utf8_repaired(f->arena, name, strlen(name), &f->repaired);
}

static int
is_file(GMimeObject *part)
{
	return !GMIME_IS_PART(part) ||
	    g_mime_object_get_content_disposition_parameter(part, "filename") != NULL;
}

static int
add_part(struct form *f, GMimeObject *part, struct err *err)
{
	const char *name = name_of(f, part);
	GMimeStream *stream;
	GByteArray *raw;

	if (++f->fields > CONTENT_FIELDS_MAX)
		return err_set(err, ERR_PERMANENT, "The form has more than %d fields.",
		    CONTENT_FIELDS_MAX);
	if (name != NULL && strlen(name) > CONTENT_NAME_BYTES)
		return err_set(err, ERR_PERMANENT,
		    "The form has a field whose name is longer than %d bytes.",
		    CONTENT_NAME_BYTES);
	if (is_file(part)) {
		count_file(f, part);
		return 0;
	}
	if (name == NULL)
		return 0;
	stream = content_of(GMIME_PART(part), &raw);
	content_add(f->o, name, text_of(f, part, (const char *)raw->data, raw->len));
	g_object_unref(stream);
	return 0;
}

/* ------------------------------------------------------------------ the form */

static void
start_library(void)
{
	static gsize once;

	if (g_once_init_enter(&once)) {
		g_mime_init();
		g_once_init_leave(&once, 1);
	}
}

/* Parses the form as a mail part: a Content-Type header with the boundary, then the body. */
static GMimeObject *
parse(struct arena *a, const char *type, const char *p, size_t n)
{
	const char *head = arena_printf(a, "Content-Type: %s\r\n\r\n", type);
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeParser *parser;
	GMimeObject *part;

	g_mime_stream_write(stream, head, strlen(head));
	g_mime_stream_write(stream, p, n);
	g_mime_stream_reset(stream);
	parser = g_mime_parser_new_with_stream(stream);
	part = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return part;
}

static int
read_parts(struct form *f, GMimeObject *whole, struct err *err)
{
	int count = GMIME_IS_MULTIPART(whole) ?
	    g_mime_multipart_get_count(GMIME_MULTIPART(whole)) : 0, rc = 0;

	if (count == 0)
		return err_set(err, ERR_PERMANENT,
		    "The body says that it is a form in parts, and has none.");
	for (int i = 0; i < count && rc == 0; i++)
		rc = add_part(f, g_mime_multipart_get_part(GMIME_MULTIPART(whole), i), err);
	if (rc == 0 && json_object_object_length(f->o) == 0)
		return err_set(err, ERR_PERMANENT, "The form has no fields.");
	return rc;
}

/* Counts the boundaries before the library parses the parts; parts inside parts count too. */
static int
check_size(const char *p, size_t n, struct err *err)
{
	const char *end = p + n;
	size_t boundaries = 0;

	if (n > MIME_FORM_BYTES_MAX)
		return err_set(err, ERR_PERMANENT,
		    "The form in parts has more than %d bytes.", MIME_FORM_BYTES_MAX);
	while ((p = memmem(p, (size_t)(end - p), "\n--", 3)) != NULL) {
		boundaries++;
		p += 3;
	}
	return boundaries <= MIME_BOUNDARIES_MAX ? 0 :
	    err_set(err, ERR_PERMANENT, "The form has more than %d fields.", CONTENT_FIELDS_MAX);
}

int
mime_form(struct arena *a, const char *type, const char *p, size_t n,
    struct json_object **out, size_t *repaired, size_t *files, struct err *err)
{
	struct form f = { .arena = a };
	GMimeObject *whole;
	int rc;

	*out = NULL;
	*repaired = *files = 0;
	if ((rc = check_size(p, n, err)) < 0)
		return rc;
	f.o = json_object_new_object();
	start_library();
	whole = parse(a, type, p, n);
	rc = read_parts(&f, whole, err);
	if (whole != NULL)
		g_object_unref(whole);
	*out = f.o;
	*repaired = f.repaired;
	*files = f.files;
	if (rc < 0) {
		json_object_put(f.o);
		*out = NULL;
	}
	return rc;
}
