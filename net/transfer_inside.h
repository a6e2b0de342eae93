/* transfer_inside - what the files of transfer share, and nobody else. */
#ifndef NET_TRANSFER_INSIDE_H
#define NET_TRANSFER_INSIDE_H

#include <curl/curl.h>

#include "lib/arena.h"
#include "net/transfer.h"

enum { TRANSFER_NAME_BYTES = 255, TRANSFER_HOST_KEY_BYTES = 80 };

struct transfer {
	const struct transfer_server *server;
	struct arena arena;		/* as long as it is open */
	struct arena scratch;		/* of one operation */
	CURL *curl;
	const char *path;		/* without %XX; ends with "/" */
	int key_fd;			/* the private key, in memory; -1 = none */
	int no_mlsd;			/* the server does not know MLSD */
	/* of one operation */
	int forbidden, is_foreign_data;
	const char *shown_key_kind;	/* of a host key that is another; NULL = none */
	char shown_key[TRANSFER_HOST_KEY_BYTES];
	char said[CURL_ERROR_SIZE];	/* libcurl's words: never shown, they can hold secrets */
};

/* What an operation was about, for sentences. */
struct transfer_failed {
	CURLcode rc;
	const char *name;		/* "" = the folder */
	const char *doing;		/* "be listed" */
};

/* Says what went wrong, and how to mend it. */
int transfer_fault(struct transfer *t, const struct transfer_failed *f, struct err *err);

/* 1 when the name can be sent and leads nowhere else. */
int transfer_name_is_good(const char *name);

/* Reads listings as they come, line by line, into an arena. */
struct transfer_listing {
	struct arena *arena;
	struct transfer_list *out;
	size_t cap;
	char line[2048];
	size_t line_bytes;
	int is_mlsd, too_many;
};

/* Takes n bytes; 0 when there are too many names. */
int transfer_listing_add(struct transfer_listing *l, const char *p, size_t n);
int transfer_listing_end(struct transfer_listing *l);	/* the last line; and in order */
int transfer_listing_put(struct transfer_listing *l, const struct transfer_file *file);

/* One operation each, on a folder of this machine. Names are good. */
int transfer_folder_list(struct transfer *t, struct transfer_listing *l, const char *folder,
    struct err *err);
int transfer_folder_get(struct transfer *t, struct transfer_get *get, struct err *err);
int transfer_folder_put(struct transfer *t, int fd, const char *name, struct err *err);
int transfer_folder_rename(
    struct transfer *t, const char *from, const char *to, struct err *err);
int transfer_folder_remove(struct transfer *t, const char *name, struct err *err);

/* The same by libcurl. */
int transfer_curl_open(struct transfer *t, struct err *err);
void transfer_curl_close(struct transfer *t);

/* Makes libcurl ready for an operation on a name below the folder; the connection stays. Then what
 * the operation is; then run, which says what "cannot be …" when it fails. */
CURL *transfer_curl_begin(struct transfer *t, const char *name);
int transfer_curl_run(struct transfer *t, const char *name, const char *doing, struct err *err);

int transfer_curl_list(struct transfer *t, struct transfer_listing *l, const char *folder,
    struct err *err);
int transfer_curl_get(struct transfer *t, struct transfer_get *get, struct err *err);
int transfer_curl_put(struct transfer *t, int fd, const char *name, struct err *err);
int transfer_curl_rename(
    struct transfer *t, const char *from, const char *to, struct err *err);
int transfer_curl_remove(struct transfer *t, const char *name, struct err *err);

#endif
