/*
 * page - HTML for people: the frame of every page, and text put into it that is always escaped.
 */
#ifndef FCGI_HELP_PAGE_H
#define FCGI_HELP_PAGE_H

struct buf;
struct reply;
struct request;
struct store_session;

struct page {
	struct request *r;
	struct buf *b;				/* the reply's body */
	const char *root;			/* fcgi_base_path: in front of every link */
	const char *url; /* "https://api.example.org" with root: in front of sample requests */
	const struct store_session *session;	/* who is signed in, or NULL */
	const char *form_token;			/* of every form; NULL: cookies do not come back */
};

/* Begins a page in reply: headers, frame, heading. here: the part of the site ("Web API", "Data
 * model", "Sign in") that it belongs to. */
void page_begin(
    struct page *p, struct request *r, struct reply *reply, const char *here, const char *title);
void page_end(struct page *p);

/* As printf, but knows %s, %d and %lld only, and escapes each %s for HTML. NULL gives nothing. */
void page_addf(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A path, escaped; it may be broken behind each / & and ?. */
void page_add_path(struct page *p, const char *path);

/* A preformatted block that scrolls by itself; label names it for those who do not see it. */
void page_add_block(struct page *p, const char *class, const char *label, const char *text);

/* The opening and closing of a table that scrolls by itself. heads: "Name|Type|…". */
void page_table_begin(struct page *p, const char *label, const char *heads);
void page_table_end(struct page *p);

/* The hidden field of a form. */
void page_add_form_token(struct page *p);

/* Scheme, host and base path of this service as the client sees them: base_url, else what the
 * request says, if that is a possible name. */
const char *page_url(struct request *r);

#endif
