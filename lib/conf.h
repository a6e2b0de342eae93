/*
 * conf - the settings of all programs. The parser, environment overrides, --check-config, the
 * sample file and the man page are all made from one table (conf.c).
 *
 * Precedence: default < configuration file (libConfuse) < environment CUSTOMERAPI_<NAME IN
 * CAPITALS>.
 */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stddef.h>

struct arena;
struct err;

enum conf_type { CONF_UNSET, CONF_STRING, CONF_INT };

enum { CONF_BODY_MOST_BYTES = 64 << 20 };	/* what body_max_bytes can be at most */

/* All settings. Strings live in the arena given to conf_load(). Units are in the names. */
struct conf {
	/* database */
	const char *db_socket;		/* Unix socket of MariaDB; "" = use db_host */
	const char *db_host;
	long db_port;
	const char *db_user, *db_password,
	    *db_registry; /* registry = database that holds the api_ tables */
	const char
	    *db_tls_ca; /* PEM file; not empty = TLS with certificate check required for db_host */
	/* secrets */
	const char *key_file;		/* sealing key, 64 hex digits, mode 0600 */
	/* FastCGI */
	const char *fcgi_socket;	/* Unix socket path the master binds */
	const char *fcgi_socket_mode;	/* octal, "0660" */
	const char *fcgi_socket_group;	/* "" = leave */
	long fcgi_workers, fcgi_threads, fcgi_connections, fcgi_backlog,
	    fcgi_max_requests; /* max_requests 0 = no limit, per worker */
	long fcgi_deadline_s; /* one request may take this long before its worker is drained and
				 replaced */
	const char
	    *fcgi_area; /* "all", or one of intake, process, club, help: what this pool answers */
	const char *fcgi_base_path;	/* URL prefix cut off before dispatch, "" or "/crm" */
	const char *base_url; /* scheme and host by which clients reach the service; "" = as the
				 request says */
	const char *fcgi_trusted_proxies; /* addresses (comma) whose X-Forwarded-For is believed */
	long body_max_bytes;		/* 8 MiB */
	long idempotency_keep_hours;
	long club_wrong_codes_contact, club_wrong_codes_address,
	    club_wrong_codes_window_s; /* 0 = as many as they like */
	/* quotas, 0 = no limit; see fcgi/quota.h */
	long quota_tenant_in_flight, quota_tenant_per_second, quota_tenant_waiting_mb;
	long quota_source_in_flight, quota_source_per_second, quota_source_waiting_mb;
	long quota_burst_s;
	/* queue */
	long queue_workers, queue_batch, queue_poll_ms, queue_lease_s, queue_max_attempts;
	const char *queue_ladder;	/* seconds, blank separated */
	const char *wake_socket, *wake_socket_group;	/* lib/os/wake.h; "" = nobody is woken */
	long queue_worker_memory_mb;
	long queue_keep_body_days, queue_keep_days, queue_keep_dead_days;
	long process_silent_s; /* without a sign of life for so long a child of the daemon is
				  replaced */
	long run_as_daemon_pause_ms; /* pause before a dead child is started again, doubled up to 30
					s */
	/* schedules */
	long run_slots, run_keep_days;
	/* connections to foreign systems */
	const char *import_root; /* folder below which those of the kind Folder are; "" = none */
	const char *import_work; /* folder of files on their way and of result files; "" = none */
	long import_keep_days;		/* result files */
	long connection_silent_days;
	/* mail */
	const char *smtp_host;
	long smtp_port;
	const char *smtp_tls;		/* none, starttls, starttls-if-offered, tls */
	const char *smtp_tls_ca;	/* PEM bundle; "" = the system's */
	const char *smtp_user, *smtp_password, *smtp_from, *smtp_hello;
	long smtp_timeout_s, smtp_deadline_s;	/* per step; whole session */
	long mail_sessions, mail_per_hour, mail_digest_minutes, mail_attach_max_bytes;
	long mail_give_up_days;
	/* log */
	const char *fcgi_transport;
	const char *log_level;
	/* not settings: the file that was read, or NULL; and where each row's value comes from, see
	 * conf_origin() */
	const char *file;
	const char **origins;
};

struct conf_row {
	const char
	    *name; /* as in the file and, in capitals behind CUSTOMERAPI_, in the environment */
	enum conf_type type;
	size_t offset;			/* in struct conf */
	const char *def;		/* default as text */
	long min, max;			/* CONF_INT */
	const char *choices;		/* "a|b|c" for CONF_STRING, or NULL */
	const char *(*check)(const char *text); /* NULL, or for CONF_STRING: returns NULL, or what
						   is wrong with a text ("is not …") */
	int secret;			/* masked when shown */
	const char *section;		/* heading in the sample file and man page */
	const char *doc;		/* full sentences */
};

/* The table, ending with a row whose name is NULL. */
extern const struct conf_row conf_rows[];

/* Reads path (NULL: $CUSTOMERAPI_CONF, else SYSCONFDIR/customerapi/customerapi.conf, which may be
 * missing) and the environment into *c. Returns 0 or ERR_CONFIG with all faults in err->faults
 * (field = setting, message = what is wrong with file:line) and the first one in err->detail. A
 * file that exists but cannot be read is such a fault, with the field "file". (Check builds:
 * $CUSTOMERAPI_SYSCONFDIR takes SYSCONFDIR's place.) A secret is removed from the environment,
 * because children do not need it and /proc shows it; its value is kept for the next call. Call it
 * before any thread starts. */
int conf_load(struct conf *c, struct arena *a, const char *path, struct err *err);

/* 1 when nothing exists at path, so that the defaults apply. 0 when something exists or cannot be
 * examined: a folder on the way that may not be entered, or a dangling link. */
int conf_is_absent(const char *path);

/* Passes every setting to a child that is about to start. Returns a descriptor (closed on exec)
 * from which conf_receive() reads them, whatever happens to the file; or -1. A child's environment
 * and command line hold no settings. */
int conf_send(const struct conf *c);

/* Reads the settings that conf_send() wrote, and no others; closes fd. Returns 0 or ERR_CONFIG. */
int conf_receive(struct conf *c, struct arena *a, int fd, struct err *err);

/* A row's value as text, a secret one as *** (or "" when it is empty); and where it comes from:
 * "default", "FILE:LINE" or the name of an environment variable. */
const char *conf_value(struct arena *a, const struct conf *c, const struct conf_row *r);
const char *conf_origin(const struct conf *c, const struct conf_row *r);

/* Checks the table itself (duplicates, defaults out of range, missing docs). NULL, or the fault. */
const char *conf_lint(void);

/* The sample file: every setting commented out with its default, doc and range. */
char *conf_sample(struct arena *a);

/* The settings part of customerapi.conf(5), mdoc. */
char *conf_man(struct arena *a);

#endif
