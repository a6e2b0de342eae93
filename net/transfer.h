/*
 * transfer - files of one folder of another system: by FTP, FTPS, SFTP, or a folder of this
 * machine. Knows no SQL.
 *
 * Bounded in time and size. Certificates and host keys are checked before a password is sent, and
 * addresses when connecting. The data connection of FTP goes to the server of the control
 * connection alone, whatever the server says. No secret is in an error; a sentence names server
 * and folder and says how to mend what went wrong.
 *
 * Names are relative to the folder, and may lead into folders in it ("done/a.csv"). What has an
 * empty part, "." or "..", a control character or more than 255 bytes in a part is
 * ERR_BAD_REQUEST.
 */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct err;
struct transfer;

enum { TRANSFER_NAMES_MAX = 10000 };

enum transfer_protocol {
	TRANSFER_PROTOCOL_UNSET,
	TRANSFER_FTP,			/* no TLS */
	TRANSFER_FTPES,			/* TLS by AUTH TLS, or nothing */
	TRANSFER_FTPS,			/* TLS from the first byte */
	TRANSFER_SFTP,
	TRANSFER_FOLDER			/* of this machine */
};

struct transfer_server {
	enum transfer_protocol protocol;
	const char *shown;		/* for sentences: "sftp://files.example/out" */
	int folder;			/* of TRANSFER_FOLDER: open; stays the caller's */
	/* of the others */
	const char *host;		/* an IPv6 address without brackets */
	unsigned port;
	const char *path;		/* as in a URL, with %XX; of FTP below the login's folder
					 * ("//" in front: from the root), of SFTP from the root
					 * ("/~/" in front: from the login's folder) */
	const char *user, *password;	/* password NULL: none */
	const char *private_key, *passphrase, *host_key; /* of SFTP, else NULL; PEM or OpenSSH
					 * text, its passphrase, "SHA256:…" (required) */
	const char *ca_pem;		/* authorities in place of the system's; NULL = those */
	int passive;			/* 0: the server connects to us for FTP's data */
	int allow_private;		/* 1: its address may be one that is not public */
	long connect_s, silence_s;	/* above 0; silence_s: how long nothing may come */
};

struct transfer_file {
	const char *name;
	int64_t bytes;			/* -1 = the server does not say */
	usec_t modified;		/* as the server says, in its zone; USEC_NONE = it does
					 * not. Good for comparing with what it said before. */
	int is_folder;
};

struct transfer_list {
	struct transfer_file *files;	/* by name, as strcmp() orders */
	size_t n;
	size_t strange;			/* left out: links and devices, names that are no UTF-8 or
					 * that this interface does not take */
};

/* *s and its texts are borrowed until transfer_close(). Connects at first use, and where it can
 * keeps the connection. ERR_CONFIG: what is needed is missing (host_key), or cannot be sent. */
int transfer_open(struct transfer **t, const struct transfer_server *s, struct err *err);
void transfer_close(struct transfer **t);	/* NULL-safe; *t is NULL then */

/* All of these: ERR_TRANSIENT (no connection, broken off, the other disk full) and ERR_TIMEOUT may
 * help later; ERR_PERMANENT (password, host key, certificate, no folder, no right) needs somebody;
 * ERR_NOT_FOUND: no such file; ERR_IO: this machine's disk. err->native is libcurl's code. */

/* Files and folders; folder "" is the server's own. ERR_TOO_LARGE beyond TRANSFER_NAMES_MAX. */
int transfer_list(struct transfer *t, struct arena *a, const char *folder,
    struct transfer_list *out, struct err *err);

struct transfer_get {
	const char *name;
	int fd;				/* of a file; written to from offset on */
	int64_t offset;			/* bytes that are there from an earlier try */
	int64_t max;			/* a file of more bytes is ERR_TOO_LARGE */
	int64_t bytes; /* out, also after an error: how many are there; go on from here */
};

int transfer_get(struct transfer *t, struct transfer_get *get, struct err *err);

/* Puts all bytes of the file fd under a temporary name, name with ".part" behind, and renames it
 * then: who looks sees the whole file or the old one. On SFTP an old one goes a moment before. The
 * folder of name is made when it is not there.
 * After an error the temporary file is removed where that can be. */
int transfer_put(struct transfer *t, int fd, const char *name, struct err *err);

/* Renames or moves a file. The folder of to is made when it is not there. A file that is there
 * under that name stays, and it is an error (an FTP server may replace it). */
int transfer_rename(struct transfer *t, const char *from, const char *to, struct err *err);

int transfer_remove(struct transfer *t, const char *name, struct err *err);

#endif
