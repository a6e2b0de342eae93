/* transfer_remote - the operations by libcurl. */
#include "config.h"

#include "net/transfer_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/text.h"

enum { LISTING_BYTES_MAX = 16 << 20, LISTING_SECONDS_MAX = 600 };

static int
is_sftp(const struct transfer *t)
{
	return t->server->protocol == TRANSFER_SFTP;
}

/* ------------------------------------------------------------------ list */

struct listing { struct transfer_listing *to; size_t bytes; };

static size_t
on_listing(char *p, size_t size, size_t count, void *arg)
{
	struct listing *l = arg;

	l->bytes += size * count;
	if (l->bytes > LISTING_BYTES_MAX)
		l->to->too_many = 1;
	return !l->to->too_many && transfer_listing_add(l->to, p, size * count) ? size * count :
										  0;
}

static int
list_once(struct transfer *t, struct transfer_listing *to, const char *folder, struct err *err)
{
	struct listing l = { .to = to };
	CURL *c = transfer_curl_begin(
	    t, folder[0] == '\0' ? "" : arena_printf(&t->scratch, "%s/", folder));

	if (to->is_mlsd)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "MLSD");
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)LISTING_SECONDS_MAX);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_listing);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &l);
	return transfer_curl_run(t, folder, "be listed", err);
}

/* Servers without MLSD say that they do not know it, and print the list as people read it. */
int
transfer_curl_list(
    struct transfer *t, struct transfer_listing *l, const char *folder, struct err *err)
{
	long reply = 0;
	int rc;

	l->is_mlsd = !is_sftp(t) && !t->no_mlsd;
	if ((rc = list_once(t, l, folder, err)) == 0 || !l->is_mlsd)
		return rc;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &reply);
	if (reply < 500 || reply > 504)
		return rc;
	t->no_mlsd = 1;
	l->is_mlsd = 0;
	err_clear(err);
	return list_once(t, l, folder, err);
}

/* ------------------------------------------------------------------ get */

struct getting { struct transfer_get *get; int too_large, why; };

static size_t
on_bytes(char *p, size_t size, size_t count, void *arg)
{
	struct getting *g = arg;
	size_t n = size * count, done = 0;

	if (g->get->bytes + (int64_t)n > g->get->max) {
		g->too_large = 1;
		return 0;
	}
	while (done < n) {
		ssize_t w = pwrite(g->get->fd, p + done, n - done, g->get->bytes);

		if (w < 0) {
			g->why = errno;
			return 0;
		}
		done += (size_t)w;
		g->get->bytes += w;
	}
	return n;
}

int
transfer_curl_get(struct transfer *t, struct transfer_get *get, struct err *err)
{
	struct getting g = { .get = get };
	CURL *c = transfer_curl_begin(t, get->name);
	int rc;

	curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)get->offset);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &g);
	rc = transfer_curl_run(t, get->name, "be read", err);
	if (g.too_large)
		return err_set(err, ERR_TOO_LARGE, "%.160s: \"%.100s\" has more than %lld bytes.",
		    t->server->shown, get->name, (long long)get->max);
	if (g.why != 0)
		return err_set(err, ERR_IO, "%.160s: \"%.100s\" cannot be kept on this machine: "
		    "%s.", t->server->shown, get->name, strerror(g.why));
	return rc;
}

/* ------------------------------------------------------------------ commands */

static void
add_command(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer != NULL)
		*list = longer;
}

/* A path for a command of libcurl's for SFTP: from the root or the login's folder, quoted. */
static const char *
sftp_path(struct transfer *t, const char *name)
{
	const char *path = strncmp(t->path, "/~/", 3) == 0 ? t->path + 3 : t->path;
	struct buf b;

	buf_init(&b, &t->scratch);
	buf_addc(&b, '"');
	for (const char *part = path; part != NULL; part = part == path ? name : NULL)
		for (const char *p = part; *p != '\0'; p++) {
			if (strchr("\"\\'", *p) != NULL)
				buf_addc(&b, '\\');
			buf_addc(&b, *p);
		}
	buf_addc(&b, '"');
	return b.data;
}

static void
add_rename(struct transfer *t, struct curl_slist **list, const char *from, const char *to)
{
	if (is_sftp(t)) {
		add_command(list, arena_printf(&t->scratch, "rename %s %s", sftp_path(t, from),
		    sftp_path(t, to)));
		return;
	}
	add_command(list, arena_printf(&t->scratch, "RNFR %s", from));
	add_command(list, arena_printf(&t->scratch, "RNTO %s", to));
}

/* Runs the commands in the folder, and frees them. */
static int
command(struct transfer *t, struct curl_slist *list, const char *name, const char *doing,
    struct err *err)
{
	const struct transfer_server *s = t->server;
	CURL *c = transfer_curl_begin(t, "");
	int rc;

	curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 2 * (s->connect_s + 3 * s->silence_s));
	curl_easy_setopt(c, is_sftp(t) ? CURLOPT_QUOTE : CURLOPT_POSTQUOTE, list);
	rc = transfer_curl_run(t, name, doing, err);
	curl_easy_setopt(c, is_sftp(t) ? CURLOPT_QUOTE : CURLOPT_POSTQUOTE, NULL);
	curl_slist_free_all(list);
	return rc;
}

int
transfer_curl_rename(struct transfer *t, const char *from, const char *to, struct err *err)
{
	const char *slash = strrchr(to, '/'), *folder;
	struct curl_slist *list = NULL;

	if (slash != NULL) {
		folder = arena_strndup(&t->scratch, to, (size_t)(slash - to));
		add_command(&list, is_sftp(t) ?
		    arena_printf(&t->scratch, "*mkdir %s", sftp_path(t, folder)) :
		    arena_printf(&t->scratch, "*MKD %s", folder));
	}
	add_rename(t, &list, from, to);
	return command(t, list, from, arena_printf(&t->scratch, "be moved to \"%.80s\"", to), err);
}

int
transfer_curl_remove(struct transfer *t, const char *name, struct err *err)
{
	struct curl_slist *list = NULL;

	add_command(&list, is_sftp(t) ? arena_printf(&t->scratch, "rm %s", sftp_path(t, name)) :
					arena_printf(&t->scratch, "DELE %s", name));
	return command(t, list, name, "be removed", err);
}

/* ------------------------------------------------------------------ put */

struct putting { int fd; int64_t at; };

static size_t
on_wanted(char *out, size_t size, size_t count, void *arg)
{
	struct putting *p = arg;
	ssize_t n = pread(p->fd, out, size * count, p->at);

	if (n < 0)
		return CURL_READFUNC_ABORT;
	p->at += n;
	return (size_t)n;
}

/* libcurl begins anew when a kept connection had gone. */
static int
on_seek(void *arg, curl_off_t at, int origin)
{
	struct putting *p = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	p->at = at;
	return CURL_SEEKFUNC_OK;
}

static int
upload(struct transfer *t, int fd, int64_t bytes, const char *part, struct err *err)
{
	struct putting p = { .fd = fd };
	CURL *c = transfer_curl_begin(t, part);

	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_FTP_CREATE_MISSING_DIRS, (long)CURLFTP_CREATE_DIR_RETRY);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)bytes);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_wanted);
	curl_easy_setopt(c, CURLOPT_READDATA, &p);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, &p);
	return transfer_curl_run(t, part, "be written", err);
}

int
transfer_curl_put(struct transfer *t, int fd, const char *name, struct err *err)
{
	const char *part = arena_printf(&t->scratch, "%s.part", name);
	struct curl_slist *list = NULL;
	struct err ignored = { 0 };
	struct stat st;
	int rc;

	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, "%.160s: what is to be put as \"%.100s\" cannot be "
		    "read: %s.", t->server->shown, name, strerror(errno));
	rc = upload(t, fd, st.st_size, part, err);
	if (rc == 0) {
		/* SFTP's rename does not replace. */
		if (is_sftp(t))
			add_command(&list, arena_printf(&t->scratch, "*rm %s",
			    sftp_path(t, name)));
		add_rename(t, &list, part, name);
		rc = command(t, list, name, "be put in its place", err);
	}
	if (rc == ERR_PERMANENT || rc == ERR_TRANSIENT)
		transfer_curl_remove(t, part, &ignored);
	return rc;
}
