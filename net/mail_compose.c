#include "config.h"

#include "net/mail.h"

#include <string.h>

#include <gmime/gmime.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/mail_header.h"

static void
start_library(void)
{
	static gsize once;

	if (g_once_init_enter(&once)) {
		g_mime_init();
		g_once_init_leave(&once, 1);
	}
}

/* A header value on one line. */
static char *
one_line(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return copy;
}

static char *
cut_note(struct arena *a, const struct mail_content *m)
{
	if (m->payload == NULL || m->payload_bytes <= m->payload_max)
		return arena_strdup(a, "");
	return arena_printf(a, "The attached payload is cut: it holds the first %zu of %zu bytes.", m->payload_max, m->payload_bytes);
}

static char *
text_body(struct arena *a, const struct mail_content *m)
{
	struct buf b;
	size_t width = 0;

	buf_init(&b, a);
	buf_addf(&b, "%s\n\n", one_line(a, m->intro));
	for (size_t i = 0; i < m->nfields; i++)
		if (text_utf8_length(m->fields[i].name) > width)
			width = text_utf8_length(m->fields[i].name);
	for (size_t i = 0; i < m->nfields; i++)
		buf_addf(&b, "%-*s  %s\n", (int)width, m->fields[i].name, one_line(a, m->fields[i].value));
	if (*cut_note(a, m) != '\0')
		buf_addf(&b, "\n%s\n", cut_note(a, m));
	return b.data;
}

static char *
html_body(struct arena *a, const struct mail_content *m)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>"
	    "<body style=\"font-family:sans-serif;font-size:14px;color:#222\">\n<p>");
	buf_add_html(&b, m->intro);
	buf_adds(&b, "</p>\n<table style=\"border-collapse:collapse\">\n");
	for (size_t i = 0; i < m->nfields; i++) {
		buf_adds(&b, "<tr><th style=\"text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #ddd\">");
		buf_add_html(&b, m->fields[i].name);
		buf_adds(&b, "</th><td style=\"padding:4px 0;border-bottom:1px solid #ddd\">");
		buf_add_html(&b, m->fields[i].value);
		buf_adds(&b, "</td></tr>\n");
	}
	buf_adds(&b, "</table>\n<p>");
	buf_add_html(&b, cut_note(a, m));
	buf_adds(&b, "</p></body></html>\n");
	return b.data;
}

static GMimeObject *
part_of(const char *type, const char *subtype, const void *p, size_t n, GMimeContentEncoding encoding)
{
	GMimePart *part = g_mime_part_new_with_type(type, subtype);
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(p, n);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encoding);
	g_object_unref(content);
	g_object_unref(stream);
	return GMIME_OBJECT(part);
}

static void
add(GMimeMultipart *to, GMimeObject *part)
{
	g_mime_multipart_add(to, part);
	g_object_unref(part);
}

static GMimeMultipart *
body_of(struct arena *a, const struct mail_content *m)
{
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed"), *alternative = g_mime_multipart_new_with_subtype("alternative");
	char *text = text_body(a, m), *html = html_body(a, m);
	GMimeObject *part;

	part = part_of("text", "plain", text, strlen(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
	add(alternative, part);
	part = part_of("text", "html", html, strlen(html), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_object_set_content_type_parameter(part, "charset", "utf-8");
	add(alternative, part);
	add(mixed, GMIME_OBJECT(alternative));
	if (m->payload != NULL) {
		char *type = arena_strdup(a, m->payload_type), *slash = strchr(type, '/');

		*slash = '\0';
		part = part_of(type, slash + 1, m->payload, m->payload_bytes > m->payload_max ? m->payload_max : m->payload_bytes,
		    GMIME_CONTENT_ENCODING_BASE64);
		g_mime_object_set_disposition(part, GMIME_DISPOSITION_ATTACHMENT);
		g_mime_part_set_filename(GMIME_PART(part), m->payload_name);
		add(mixed, part);
	}
	return mixed;
}

/* Not as GMime would encode it: see mail_header.h. */
static void
set_subject(struct arena *a, GMimeMessage *message, const char *text)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	GMimeHeader *subject;

	g_mime_header_list_set(headers, "Subject", "", NULL);
	subject = g_mime_header_list_get_header(headers, "Subject");
	g_mime_header_set_raw_value(subject, mail_header_text(a, "Subject", text));
}

static void
set_headers(struct arena *a, GMimeMessage *message, const struct mail_content *m)
{
	GDateTime *date = g_date_time_new_from_unix_utc(m->date / USEC_SEC);

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, NULL, one_line(a, m->from));
	for (size_t i = 0; i < m->nto; i++)
		g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, one_line(a, m->to[i]));
	set_subject(a, message, m->subject);
	g_mime_message_set_date(message, date);
	g_mime_message_set_message_id(message, one_line(a, m->message_id));
	g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated", NULL);
	g_date_time_unref(date);
}

char *
mail_compose(struct arena *a, const struct mail_content *m, size_t *bytes, struct err *err)
{
	GMimeMessage *message;
	GMimeMultipart *body;
	GMimeStream *stream;
	GMimeFormatOptions *format;
	GByteArray *raw;
	char *out = NULL;

	start_library();
	message = g_mime_message_new(TRUE);
	body = body_of(a, m);
	stream = g_mime_stream_mem_new();
	format = g_mime_format_options_new();
	set_headers(a, message, m);
	g_mime_message_set_mime_part(message, GMIME_OBJECT(body));
	g_object_unref(body);
	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	if (g_mime_object_write_to_stream(GMIME_OBJECT(message), format, stream) < 0)
		err_set(err, ERR_INTERNAL, "The mail cannot be composed.");
	else {
		raw = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
		out = arena_strndup(a, (const char *)raw->data, raw->len);
		*bytes = raw->len;
	}
	g_mime_format_options_free(format);
	g_object_unref(stream);
	g_object_unref(message);
	return out;
}
