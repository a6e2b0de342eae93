#include "config.h"

#include "net/mail_message.h"

#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/format/mail_address.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "net/mail.h"
#include "net/mail_header.h"

enum {
	LINE_BYTES = 76,		/* of an encoded line (RFC 2045 §6.7, §6.8) */
	BOUNDARY_BYTES = 15		/* random ones */
};

/* ------------------------------------------------------------------ encodings */

/* A line of quoted-printable on its way. */
struct line { struct buf *out; char text[LINE_BYTES + 2]; size_t n; };

static void
end_line(struct line *l, const char *end)
{
	buf_add(l->out, l->text, l->n);
	buf_adds(l->out, end);
	l->n = 0;
}

static int
is_plain(unsigned char c, int is_last)
{
	if (c == ' ' || c == '\t')
		return !is_last;
	return c > ' ' && c <= '~' && c != '=';
}

/* A soft line end needs one byte, but for the last of a line none. */
static void
add_byte(struct line *l, unsigned char c, int is_last)
{
	static const char digits[] = "0123456789ABCDEF";
	const int is_itself = is_plain(c, is_last);
	const size_t n = is_itself ? 1 : 3;

	if (l->n + n > LINE_BYTES - (is_last ? 0 : 1))
		end_line(l, "=\r\n");
	if (is_itself) {
		l->text[l->n++] = (char)c;
		return;
	}
	l->text[l->n++] = '=';
	l->text[l->n++] = digits[c >> 4];
	l->text[l->n++] = digits[c & 15];
}

static void
add_quoted(struct buf *b, const char *s)
{
	struct line l = { .out = b };

	for (; *s != '\0'; s++) {
		if (*s == '\n')
			end_line(&l, "\r\n");
		else
			add_byte(&l, (unsigned char)*s, s[1] == '\n' || s[1] == '\0');
	}
	if (l.n > 0)
		end_line(&l, "\r\n");
}

static void
add_base64(struct buf *b, const void *p, size_t n)
{
	const char *s = text_base64(b->arena, p, n);

	for (size_t left = strlen(s), some; left > 0; left -= some, s += some) {
		some = left < LINE_BYTES ? left : LINE_BYTES;
		buf_add(b, s, some);
		buf_adds(b, "\r\n");
	}
}

/* ------------------------------------------------------------------ headers */

/* The value comes folded, with line ends of one byte. */
static void
add_header(struct buf *b, const char *name, const char *text)
{
	const char *value = mail_header_text(b->arena, name, text);

	buf_addf(b, "%s:", name);
	for (size_t n; *value != '\0'; value += n + 1) {
		n = strcspn(value, "\n");
		buf_add(b, value, n);
		buf_adds(b, "\r\n");
	}
}

static void
add_addresses(struct buf *b, const char *name, const char *const *addresses, size_t n)
{
	char ascii[MAIL_ADDRESS_SIZE];
	struct buf list;

	buf_init(&list, b->arena);
	for (size_t i = 0; i < n; i++)
		if (mail_address_ascii(addresses[i], ascii) == 0 &&
		    strcmp(addresses[i], ascii) == 0)
			buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", ascii);
	if (list.len > 0)
		add_header(b, name, list.data);
}

static void
add_date(struct buf *b, usec_t date)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t seconds = (time_t)(date / USEC_SEC);
	struct tm t;

	if (gmtime_r(&seconds, &t) == NULL)
		return;
	buf_addf(b, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
	    months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void
add_headers(struct buf *b, const struct mail_content *m)
{
	add_date(b, m->date);
	add_addresses(b, "From", &m->from, 1);
	if (m->reply_to != NULL)
		add_addresses(b, "Reply-To", &m->reply_to, 1);
	add_header(b, "Subject", m->subject);
	add_addresses(b, "To", m->to, m->nto);
	buf_addf(b, "Message-Id: <%s>\r\n", text_shown(b->arena, m->message_id, 0));
	buf_adds(b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* ------------------------------------------------------------------ parts */

/* Begins with what neither encoding writes, so that no part holds it. */
static const char *
boundary(struct arena *a)
{
	unsigned char random[BOUNDARY_BYTES];

	secret_random(random, sizeof random);
	return arena_printf(a, "=-%s", text_base64(a, random, sizeof random));
}

static void
begin_parts(struct buf *b, const char *kind, const char *mark)
{
	buf_addf(b, "Content-Type: multipart/%s; boundary=\"%s\"\r\n", kind, mark);
}

static void
begin_part(struct buf *b, const char *mark)
{
	buf_addf(b, "\r\n--%s\r\n", mark);
}

static void
end_parts(struct buf *b, const char *mark)
{
	buf_addf(b, "\r\n--%s--\r\n", mark);
}

static void
add_text(struct buf *b, const char *kind, const char *text)
{
	buf_addf(b, "Content-Type: text/%s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", kind);
	add_quoted(b, text);
}

/* Its type, name and charset are words of ours. */
static void
add_payload(struct buf *b, const struct mail_content *m)
{
	buf_addf(b, "Content-Type: %s; name=%s", m->payload_type, m->payload_name);
	if (m->payload_charset != NULL)
		buf_addf(b, "; charset=%s", m->payload_charset);
	buf_addf(b, "\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename=%s\r\n\r\n", m->payload_name);
	add_base64(b, m->payload,
	    m->payload_bytes > m->payload_max ? m->payload_max : m->payload_bytes);
}

char *
mail_message(struct arena *a, const struct mail_content *m, const char *text, const char *html,
    size_t *bytes)
{
	const char *mixed = boundary(a), *alternative = boundary(a);
	struct buf b;

	buf_init(&b, a);
	add_headers(&b, m);
	begin_parts(&b, "mixed", mixed);
	begin_part(&b, mixed);
	begin_parts(&b, "alternative", alternative);
	begin_part(&b, alternative);
	add_text(&b, "plain", text);
	begin_part(&b, alternative);
	add_text(&b, "html", html);
	end_parts(&b, alternative);
	if (m->payload != NULL) {
		begin_part(&b, mixed);
		add_payload(&b, m);
	}
	end_parts(&b, mixed);
	*bytes = b.len;
	return b.data;
}
