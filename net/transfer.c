#include "config.h"

#include "net/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/text.h"
#include "net/transfer_inside.h"

static int
is_folder(const struct transfer *t)
{
	return t->server->protocol == TRANSFER_FOLDER;
}

static int
part_is_good(const char *part, size_t n)
{
	if (n == 0 || n > TRANSFER_NAME_BYTES)
		return 0;
	return n > 2 || strspn(part, ".") < n;
}

int
transfer_name_is_good(const char *name)
{
	const char *p = name;

	if (text_has_control(name))
		return 0;
	for (;; p++) {
		size_t n = strcspn(p, "/");

		if (!part_is_good(p, n))
			return 0;
		p += n;
		if (*p == '\0')
			return 1;
	}
}

static int
check_name(struct transfer *t, const char *name, struct err *err)
{
	arena_reset(&t->scratch);
	if (transfer_name_is_good(name))
		return 0;
	return err_set(err, ERR_BAD_REQUEST, "%.160s: the name \"%.100s\" cannot be used: it is "
	    "empty, too long, holds control characters, or leads out of the folder.",
	    t->server->shown, name);
}

int
transfer_open(struct transfer **out, const struct transfer_server *s, struct err *err)
{
	struct transfer *t = calloc(1, sizeof *t);
	int rc;

	*out = NULL;
	if (t == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	t->server = s;
	t->key_fd = -1;
	rc = is_folder(t) ? 0 : transfer_curl_open(t, err);
	*out = t;
	if (rc < 0)
		transfer_close(out);
	return rc;
}

void
transfer_close(struct transfer **t)
{
	if (*t == NULL)
		return;
	transfer_curl_close(*t);
	arena_done(&(*t)->scratch);
	arena_done(&(*t)->arena);
	free(*t);
	*t = NULL;
}

int
transfer_list(struct transfer *t, struct arena *a, const char *folder, struct transfer_list *out,
    struct err *err)
{
	struct transfer_listing l = { .arena = a, .out = out };
	int rc;

	*out = (struct transfer_list){ 0 };
	arena_reset(&t->scratch);
	if (folder[0] != '\0' && (rc = check_name(t, folder, err)) < 0)
		return rc;
	rc = is_folder(t) ? transfer_folder_list(t, &l, folder, err) :
			    transfer_curl_list(t, &l, folder, err);
	if (rc == 0)
		transfer_listing_end(&l);
	if (!l.too_many)
		return rc;
	return err_set(err, ERR_TOO_LARGE, "%.160s: the folder \"%.100s\" holds more than %d "
	    "names. Move away what is done.", t->server->shown, folder, TRANSFER_NAMES_MAX);
}

int
transfer_get(struct transfer *t, struct transfer_get *get, struct err *err)
{
	int rc = check_name(t, get->name, err);

	get->bytes = get->offset;
	if (rc < 0)
		return rc;
	return is_folder(t) ? transfer_folder_get(t, get, err) : transfer_curl_get(t, get, err);
}

int
transfer_put(struct transfer *t, int fd, const char *name, struct err *err)
{
	int rc = check_name(t, name, err);

	if (rc < 0)
		return rc;
	return is_folder(t) ? transfer_folder_put(t, fd, name, err) :
			      transfer_curl_put(t, fd, name, err);
}

int
transfer_rename(struct transfer *t, const char *from, const char *to, struct err *err)
{
	int rc = check_name(t, from, err);

	if (rc < 0 || (rc = check_name(t, to, err)) < 0)
		return rc;
	return is_folder(t) ? transfer_folder_rename(t, from, to, err) :
			      transfer_curl_rename(t, from, to, err);
}

int
transfer_remove(struct transfer *t, const char *name, struct err *err)
{
	int rc = check_name(t, name, err);

	if (rc < 0)
		return rc;
	return is_folder(t) ? transfer_folder_remove(t, name, err) :
			      transfer_curl_remove(t, name, err);
}
