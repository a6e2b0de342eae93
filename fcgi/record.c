#include "config.h"

#include "fcgi/record.h"

#ifdef CHECK_BUILD

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/action.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/format/writer.h"

enum { KINDS = 512, EACH = 20, BODY_MAX = 262144 };

static pthread_mutex_t record_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kind {
	const struct action *action;
	enum request_method method;
	int status, n;
} kinds[KINDS];

static int
is_kind(const struct kind *k, const struct request *r, const struct reply *reply)
{
	return k->action == r->action && k->method == r->method && k->status == reply->status;
}

/* 1 while there are few of this kind in this process. */
static int
is_wanted(const struct request *r, const struct reply *reply)
{
	struct kind *k = kinds;
	int wanted;

	pthread_mutex_lock(&record_mutex);
	while (k < kinds + KINDS - 1 && k->action != NULL && !is_kind(k, r, reply))
		k++;
	if (k->action == NULL)
		*k = (struct kind){
			.action = r->action, .method = r->method, .status = reply->status
		};
	wanted = k->n++ < EACH;
	pthread_mutex_unlock(&record_mutex);
	return wanted;
}

/* The names of headers that not every reply has. */
static void
add_headers(struct writer *w, const struct reply *reply)
{
	const struct { const char *name; int is_sent; } rows[] = {
		{ "ETag", reply->etag != NULL },
		{ "Idempotency-Replayed", reply->replayed },
		{ "Retry-After", reply->retry_after_s > 0 },
		{ "Location",
		  reply->headers != NULL && strstr(reply->headers, "Location:") != NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].is_sent)
			writer_text(w, rows[i].name);
}

void
record_reply(const struct request *r, const struct reply *reply)
{
	const char *folder = getenv("CUSTOMERAPI_RECORD");
	struct arena a = { 0 };
	struct writer w;
	struct buf b;
	int fd;

	if (folder == NULL || *folder == '\0' || r->action == NULL)
		return;
	if (reply->body.len > BODY_MAX || !is_wanted(r, reply))
		return;
	buf_init(&b, &a);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_text(&w, "method", r->method_name);
	writer_put_text(&w, "path", arena_printf(&a, "/%s", action_clear_path(r->action)));
	writer_put_flag(&w, "hidden", r->action->hidden);
	writer_put_int(&w, "status", reply->status);
	writer_put_text(&w, "type",
	    reply->content_type == NULL ? "application/json" : reply->content_type);
	writer_name(&w, "headers");
	writer_array(&w);
	add_headers(&w, reply);
	writer_end(&w);
	writer_name(&w, "body");
	writer_text_n(&w, reply->body.data == NULL ? "" : reply->body.data,
	    reply_has_content(reply) ? reply->body.len : 0);
	writer_end(&w);
	buf_addc(&b, '\n');
	fd = open(arena_printf(&a, "%s/%d", folder, (int)getpid()),
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0) {
		if (write(fd, b.data, b.len) != (ssize_t)b.len)
			abort();
		close(fd);
	}
	arena_done(&a);
}

#else

void
record_reply(const struct request *r, const struct reply *reply)
{
	(void)r;
	(void)reply;
}

#endif
