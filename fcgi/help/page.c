#include "config.h"

#include "fcgi/help/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/help/session.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/text.h"
#include "store/registry/store_session.h"

enum { HOST_MAX = 255 };

/* ------------------------------------------------------------------ text */

void
page_addf(struct page *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (size_t n; *fmt != '\0'; fmt += n) {
		n = strcspn(fmt, "%");
		buf_add(p->b, fmt, n);
		if (fmt[n] == '\0')
			break;
		if (fmt[n + 1] == 's') {
			const char *text = va_arg(ap, const char *);

			buf_add_html(p->b, text == NULL ? "" : text);
			n += 2;
		} else if (fmt[n + 1] == 'd') {
			buf_addf(p->b, "%d", va_arg(ap, int));
			n += 2;
		} else if (strncmp(fmt + n, "%lld", 4) == 0) {
			buf_addf(p->b, "%lld", va_arg(ap, long long));
			n += 4;
		} else {	/* "%%" */
			buf_addc(p->b, '%');
			n += 2;
		}
	}
	va_end(ap);
}

void
page_add_path(struct page *p, const char *path)
{
	while (*path != '\0') {
		size_t n = strcspn(path, "/&?");

		n += path[n] != '\0';
		page_addf(p, "%s", arena_strndup(p->b->arena, path, n));
		path += n;
		if (*path != '\0')
			page_addf(p, "<wbr>");
	}
}

void
page_add_block(struct page *p, const char *class, const char *label, const char *text)
{
	page_addf(p,
	    "<pre class=\"%s\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">%s</pre>\n", class,
	    label, text);
}

void
page_table_begin(struct page *p, const char *label, const char *heads)
{
	char *rest = arena_strdup(p->b->arena, heads), *one;

	page_addf(p,
	    "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table>\n<thead><tr>",
	    label);
	while ((one = strsep(&rest, "|")) != NULL)
		page_addf(p, "<th scope=\"col\">%s</th>", one);
	page_addf(p, "</tr></thead>\n<tbody>\n");
}

void
page_table_end(struct page *p)
{
	page_addf(p, "</tbody></table></div>\n");
}

void
page_add_form_token(struct page *p)
{
	page_addf(p, "<input type=\"hidden\" name=\"token\" value=\"%s\">", p->form_token);
}

/* ------------------------------------------------------------------ where we are */

/* The client wrote it; anything but a name or address with a port would end up in commands that
 * people copy. */
static int
is_host(const char *host)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	size_t n = strlen(host);

	return n > 0 && n <= HOST_MAX && strspn(host, allowed) == n;
}

const char *
page_url(struct request *r)
{
	const struct conf *conf = r->thread->conf;
	const char *host = request_header_find(r, "host");

	if (*conf->base_url != '\0')
		return arena_printf(&r->arena, "%s%s", conf->base_url, conf->fcgi_base_path);
	return arena_printf(&r->arena, "%s://%s%s", r->https ? "https" : "http",
	    host != NULL && is_host(host) ? host : "localhost", conf->fcgi_base_path);
}

/* ------------------------------------------------------------------ frame */

#define POLICY                                                                                     \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; "          \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"

static void
add_link(struct page *p, const char *here, const char *name, const char *path)
{
	page_addf(p, "<li><a href=\"%s%s\"", p->root, path);
	if (strcmp(here, name) == 0)
		page_addf(p, " aria-current=\"true\"");
	page_addf(p, ">%s</a></li>\n", name);
}

static void
add_who(struct page *p, const char *here)
{
	if (p->session == NULL) {
		add_link(p, here, "Sign in", "/HelpWebapi/SignIn");
		return;
	}
	page_addf(p, "<li class=\"who\"><form method=\"post\" action=\"%s/HelpWebapi/SignOut\">",
	    p->root);
	page_add_form_token(p);
	page_addf(p, "<span>%s on %s/%s</span> <button>Sign out</button></form></li>\n",
	    p->session->login, p->session->customer, p->session->alias);
}

void
page_begin(
    struct page *p, struct request *r, struct reply *reply, const char *here, const char *title)
{
	const char *cookie = NULL;

	*p = (struct page){ .r = r,
		.b = &reply->body,
		.root = r->thread->conf->fcgi_base_path,
		.url = page_url(r),
		.session = session_find(r) };
	if (session_possible(r))
		p->form_token = strcmp(here, "Sign in") == 0 ? session_form_token_new(r, &cookie) :
							       session_form_token(r);
	reply->content_type = "text/html; charset=utf-8";
	reply->headers = arena_printf(&r->arena, POLICY "%s", cookie == NULL ? "" : cookie);
	page_addf(p,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>%s – "
	    "CustomerAPI</title>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
	    "name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"stylesheet\" href=\"%s/HelpWebapi/style.css\">\n<link rel=\"icon\" "
	    "type=\"image/svg+xml\" href=\"%s/HelpWebapi/icon.svg\">\n</head>\n<body>\n",
	    title, p->root, p->root);
	page_addf(p,
	    "<a class=\"skip\" href=\"#main\">To the content</a>\n<header>\n<p class=\"brand\"><a "
	    "href=\"%s/HelpWebapi\">CustomerAPI</a></p>\n"
	    "<nav aria-label=\"Site\"><ul>\n",
	    p->root);
	add_link(p, here, "Web API", "/HelpWebapi");
	add_link(p, here, "Data model", "/HelpOdata");
	add_link(p, here, "OpenAPI", "/openapi.json");
	add_who(p, here);
	page_addf(p, "</ul></nav>\n</header>\n<main id=\"main\">\n");
}

void
page_end(struct page *p)
{
	page_addf(p,
	    "</main>\n<footer><p>CustomerAPI " PACKAGE_VERSION "</p></footer>\n</body>\n</html>\n");
}
