#include "config.h"

#include "lib/conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf_check.h"
#include "lib/conf_file.h"
#include "lib/err.h"
#include "lib/text.h"

#define ROW(field, type_, default_, section_, doc_) \
	.name = #field, .type = type_, .offset = offsetof(struct conf, field), .def = default_, \
	.section = section_, .doc = doc_
#define STRING(field, default_, section_, doc_) \
	{ ROW(field, CONF_STRING, default_, section_, doc_) }
#define CHOICE(field, default_, choices_, section_, doc_) \
	{ ROW(field, CONF_STRING, default_, section_, doc_), .choices = choices_ }
#define CHECKED(field, default_, check_, section_, doc_) \
	{ ROW(field, CONF_STRING, default_, section_, doc_), .check = check_ }
#define SECRET(field, section_, doc_) { ROW(field, CONF_STRING, "", section_, doc_), .secret = 1 }
#define NUMBER(field, default_, min_, max_, section_, doc_) \
	{ ROW(field, CONF_INT, default_, section_, doc_), .min = min_, .max = max_ }

#define DB "Database"
#define WEB "Web program"
#define QUEUE "Queue"
#define IMPORTS "Imports and exports"
#define MAIL "Mail"
#define OTHER "Other"

const struct conf_row conf_rows[] = {
	STRING(db_socket, "/run/mysqld/mysqld.sock", DB,
	    "Unix socket of MariaDB. Empty: db_host and db_port are used."),
	STRING(db_host, "127.0.0.1", DB, "Host of MariaDB, used when db_socket is empty."),
	NUMBER(db_port, "3306", 1, 65535, DB, "Port of MariaDB on db_host."),
	STRING(db_user, "customerapi", DB,
	    "Database user of the service, granted on the registry and on every tenant database of "
	    "this server."),
	SECRET(db_password, DB, "Password of db_user."),
	STRING(db_registry, "customerapi", DB,
	    "Database that holds the registry: customers, users, sources, queue, mails."),
	STRING(db_tls_ca, "", DB,
	    "PEM file of the authority that signed the server's certificate. Not empty: TLS with "
	    "certificate check is required on db_host."),
	STRING(key_file, SYSCONFDIR "/customerapi/key", OTHER,
	    "File with the key that seals secrets in the database; made by customerapi init, mode "
	    "0600."),
	STRING(fcgi_socket, RUNSTATEDIR "/customerapi/customerapi.sock", WEB,
	    "Unix socket that customerapi.fcgi listens on, unless it is started with a socket."),
	CHECKED(fcgi_socket_mode, "0660", conf_check_mode, WEB, "Mode of that socket, octal."),
	STRING(fcgi_socket_group, "", WEB,
	    "Group of that socket, usually the web server's; whoever starts the program must be a "
	    "member of it. Empty: unchanged."),
	NUMBER(fcgi_workers, "2", 1, 64, WEB, "Web workers; they answer requests."),
	NUMBER(fcgi_threads, "16", 1, 256, WEB,
	    "Threads of each worker; each answers one request at a time."),
	NUMBER(fcgi_connections, "8", 1, 256, WEB,
	    "Sets of database connections of each worker; a request takes one when it needs it."),
	CHOICE(fcgi_transport, "event", "event|libfcgi", WEB,
	    "event: the web server keeps connections open. libfcgi: it must keep none."),
	NUMBER(fcgi_backlog, "511", 1, 65535, WEB, "Connections that may wait on the socket."),
	NUMBER(fcgi_max_requests, "0", 0, 1000000000, WEB,
	    "Requests after which a worker is replaced; 0: never."),
	NUMBER(fcgi_deadline_s, "30", 1, 3600, WEB,
	    "Seconds one request may take; its worker is then drained and replaced."),
	CHOICE(fcgi_area, "all", "all|intake|process|club|help", WEB,
	    "Part of the API that this pool answers."),
	CHECKED(fcgi_base_path, "", conf_check_base_path, WEB,
	    "Prefix of the URL path that is cut off before dispatch, for example /crm; it is "
	    "looked for in REQUEST_URI, not in a raw PATH_INFO."),
	CHECKED(base_url, "", conf_check_base_url, WEB,
	    "Scheme and host by which clients reach the service, for example "
	    "https://api.example.org: for the sample requests of the help pages. Needed behind a "
	    "proxy that ends TLS. Empty: as the request says."),
	STRING(fcgi_trusted_proxies, "", WEB,
	    "Addresses, separated by commas, whose X-Forwarded-For is believed."),
	NUMBER(body_max_bytes, "8388608", 1024, CONF_BODY_MOST_BYTES, WEB,
	    "Largest request body in bytes; larger ones get 413. A packed body may have as many "
	    "bytes unpacked; a webhook that has more is dead."),
	NUMBER(idempotency_keep_hours, "48", 1, 8760, WEB,
	    "Hours for which a repeated request with an Idempotency-Key gets the first reply; "
	    "older keys are deleted."),
	NUMBER(club_wrong_codes_contact, "10", 0, 1000000, WEB,
	    "Wrong codes of one contact in a window after which CheckCode answers 429 until its "
	    "end; 0: no limit."),
	NUMBER(club_wrong_codes_address, "100", 0, 1000000, WEB,
	    "The same for one client address (IPv6: its /64 network). A club site that calls from "
	    "one address for all its visitors should be in fcgi_trusted_proxies and send "
	    "X-Forwarded-For, or this must be high enough for all of them; 0: no limit."),
	NUMBER(club_wrong_codes_window_s, "600", 1, 86400, WEB,
	    "Seconds of that window; it begins with the first wrong code."),
	NUMBER(quota_tenant_in_flight, "256", 0, 65536, WEB,
	    "Requests of one tenant that a pool of this machine answers at the same time. Above "
	    "any quota the answer is 429. 0: no limit, here and for the other quotas."),
	NUMBER(quota_tenant_per_second, "2000", 0, 100000, WEB,
	    "Requests a second of one tenant; see quota_burst_s."),
	NUMBER(quota_tenant_waiting_mb, "4096", 0, 1048576, WEB,
	    "MiB of bodies of one tenant that may wait in the queue to be processed."),
	NUMBER(quota_source_in_flight, "128", 0, 65536, WEB,
	    "Requests of one Source at the same time."),
	NUMBER(quota_source_per_second, "1000", 0, 100000, WEB, "Requests a second of one Source."),
	NUMBER(quota_source_waiting_mb, "2048", 0, 1048576, WEB,
	    "MiB of bodies of one Source that may wait."),
	NUMBER(quota_burst_s, "10", 1, 600, WEB,
	    "A sender that was quiet for so many seconds may send the requests of that time at "
	    "once."),
	NUMBER(queue_workers, "2", 1, 32, QUEUE,
	    "Queue workers of the daemon; they process messages."),
	NUMBER(queue_batch, "500", 1, 500, QUEUE, "Messages that a queue worker leases at once."),
	NUMBER(queue_poll_ms, "500", 10, 60000, QUEUE,
	    "Milliseconds after which an idle queue worker looks again if nobody wakes it."),
	STRING(wake_socket, RUNSTATEDIR "/customerapi/wake.sock", QUEUE,
	    "Unix socket by which the web program wakes the daemon of its machine. Empty: none."),
	STRING(wake_socket_group, "", QUEUE, "Group of that socket. Empty: unchanged."),
	NUMBER(queue_lease_s, "300", 2, 86400, QUEUE,
	    "Seconds that a lease lasts; its worker renews it after a third of them."),
	NUMBER(queue_max_attempts, "10", 1, 100, QUEUE,
	    "Attempts after which a failing message is dead."),
	CHECKED(queue_ladder, "5 300 1800 7200 18000 36000 50400 72000 86400", conf_check_ladder,
	    QUEUE,
	    "Seconds to wait before each further attempt, separated by blanks; the last one "
	    "repeats. 20 % are added or taken off by chance."),
	NUMBER(queue_worker_memory_mb, "512", 256, 65536, QUEUE,
	    "Resident memory in MiB at which a queue worker is ended and replaced."),
	NUMBER(queue_keep_body_days, "7", 1, 3650, QUEUE,
	    "Days after which the body of a done message is emptied."),
	NUMBER(queue_keep_days, "90", 30, 3650, QUEUE,
	    "Days after which a done message is deleted; until then its repeats are recognised."),
	NUMBER(queue_keep_dead_days, "365", 30, 36500, QUEUE,
	    "Days after which a dead or unrouted message is deleted, body and all; until then it "
	    "can be retried."),
	NUMBER(process_silent_s, "900", 2, 86400, QUEUE,
	    "Seconds without a sign of life after which a process of the daemon is ended and "
	    "replaced."),
	NUMBER(run_as_daemon_pause_ms, "500", 10, 60000, QUEUE,
	    "Milliseconds before a dead process is started again; doubled up to 30 s."),
	NUMBER(run_slots, "2", 0, 32, QUEUE,
	    "How many runs of scheduled processes may be at work at once; 0: none here, schedules "
	    "are only watched."),
	NUMBER(run_keep_days, "180", 1, 3650, QUEUE,
	    "Days after which the history of a run is deleted."),
	STRING(import_root, "", IMPORTS,
	    "Folder of this machine below which the folders of connections (the kind Folder) are. "
	    "Empty: there are none."),
	STRING(import_work, LOCALSTATEDIR "/lib/customerapi/import", IMPORTS,
	    "Folder of this machine for files that are being imported or exported, and for result "
	    "files. The daemon writes there; the web program reads. Empty: ImportFtp and ExportFtp "
	    "do not run."),
	NUMBER(import_keep_days, "30", 1, 3650, IMPORTS,
	    "Days after which the result files of an import are deleted."),
	NUMBER(connection_silent_days, "7", 1, 3650, IMPORTS,
	    "Days after which customerapi doctor names a connection whose runs have not "
	    "succeeded."),
	STRING(smtp_host, "127.0.0.1", MAIL, "Mail server."),
	NUMBER(smtp_port, "25", 1, 65535, MAIL, "Port of the mail server."),
	CHOICE(smtp_tls, "starttls-if-offered", "none|starttls|starttls-if-offered|tls", MAIL,
	    "Encryption to the mail server; its certificate is checked. tls: from the first byte, "
	    "as on port 465. A password is never sent unencrypted but to localhost, 127.0.0.1 or "
	    "::1: with smtp_user, starttls-if-offered means starttls elsewhere."),
	STRING(smtp_tls_ca, "", MAIL,
	    "PEM file of the authorities that may sign the mail server's certificate. Empty: the "
	    "system's."),
	STRING(smtp_user, "", MAIL, "User name at the mail server. Empty: no login."),
	SECRET(smtp_password, MAIL, "Password at the mail server."),
	STRING(smtp_from, "customerapi@localhost", MAIL, "Sender address of all mails."),
	STRING(smtp_hello, "", MAIL, "Name said in EHLO. Empty: this machine's name."),
	NUMBER(smtp_timeout_s, "30", 1, 600, MAIL, "Seconds each step of a session may take."),
	NUMBER(smtp_deadline_s, "300", 2, 3600, MAIL,
	    "Seconds an SMTP session of up to 160 mails may take; at most three quarters of "
	    "process_silent_s."),
	NUMBER(mail_sessions, "2", 1, 16, MAIL,
	    "How many SMTP sessions may send at once, each in a process of its own."),
	NUMBER(mail_per_hour, "120", 1, 100000, MAIL,
	    "Mails a tenant may send in an hour; what is above goes into one digest."),
	NUMBER(mail_digest_minutes, "60", 1, 1440, MAIL,
	    "Minutes for which mails above mail_per_hour are collected for one digest."),
	NUMBER(mail_attach_max_bytes, "1048576", 1024, 33554432, MAIL,
	    "Bytes of a payload that are attached; the rest is cut with a note."),
	NUMBER(mail_give_up_days, "5", 1, 30, MAIL,
	    "Days after which a mail that cannot be delivered is dead."),
	CHOICE(log_level, "info", "error|warning|info|debug", OTHER,
	    "Least important kind of line in the log."),
	{ .name = NULL },
};

enum { ROWS = sizeof conf_rows / sizeof conf_rows[0] - 1 };
_Static_assert((int)ROWS <= (int)CONF_ROWS_MAX, "conf_file.h has room for all rows");

/* ------------------------------------------------------------------ one value */

static void *
field(struct conf *c, const struct conf_row *r)
{
	return (char *)c + r->offset;
}

static void
set_origin(struct conf *c, const struct conf_row *r, const char *where)
{
	if (c->origins != NULL)
		c->origins[r - conf_rows] = where;
}

static const char *
value_text(struct arena *a, const struct conf *c, const struct conf_row *r)
{
	const void *p = (const char *)c + r->offset;

	return r->type == CONF_STRING ? *(const char *const *)p :
					arena_printf(a, "%ld", *(const long *)p);
}

static int
is_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (const char *p = choices; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == n && strncmp(p, text, n) == 0)
			return 1;
	return 0;
}

static void
set_string(struct conf *c, struct arena *a, const struct conf_row *r, const char *text,
    const char *where, struct err *err)
{
	const char *fault = r->check == NULL ? NULL : r->check(text);

	if (r->choices != NULL && !is_choice(r->choices, text))
		err_fault(err, a, r->name, "%s: \"%s\" is none of %s", where, text, r->choices);
	else if (fault != NULL)
		err_fault(err, a, r->name, "%s: \"%s\" %s", where, text, fault);
	else {
		*(const char **)field(c, r) = arena_strdup(a, text);
		set_origin(c, r, where);
	}
}

void
conf_set(struct conf *c, struct arena *a, const struct conf_row *r, const char *text,
    const char *where, struct err *err)
{
	int64_t n;

	if (r->type == CONF_STRING)
		set_string(c, a, r, text, where, err);
	else if (text_int64(text, &n) == -1)
		err_fault(err, a, r->name, "%s: \"%s\" is not a whole number", where, text);
	else if (n < r->min || n > r->max)
		err_fault(err, a, r->name, "%s: %s is not between %ld and %ld", where, text, r->min,
		    r->max);
	else {
		*(long *)field(c, r) = (long)n;
		set_origin(c, r, where);
	}
}

const struct conf_row *
conf_row_find(const char *name)
{
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

/* ------------------------------------------------------------------ where they are */

/* The default path of the configuration file, or NULL when there is none. */
static const char *
standard_file(struct arena *a)
{
	const char *folder = SYSCONFDIR, *path;

#ifdef CHECK_BUILD
	if (getenv("CUSTOMERAPI_SYSCONFDIR") != NULL)
		folder = getenv("CUSTOMERAPI_SYSCONFDIR");
#endif
	path = arena_printf(a, "%s/customerapi/customerapi.conf", folder);
	return conf_is_absent(path) ? NULL : path;
}

/* ------------------------------------------------------------------ all */

static const char *
env_name(struct arena *a, const struct conf_row *r)
{
	char *name = arena_printf(a, "CUSTOMERAPI_%s", r->name);

	for (char *p = name; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return name;
}

/* The environment's value of a setting, or NULL. A secret is removed from the environment, so that
 * neither children nor readers of /proc see it. */
static const char *
env_value(struct arena *a, const struct conf_row *r)
{
	static char *secrets[ROWS];
	char **secret = &secrets[r - conf_rows], *value = getenv(env_name(a, r));

	if (value == NULL || !r->secret)
		return value != NULL ? value : *secret;
	free(*secret);
	if ((*secret = strdup(value)) == NULL)
		abort();
	explicit_bzero(value, strlen(value));
	unsetenv(env_name(a, r));
	return *secret;
}

/* ------------------------------------------------------------------ from parent to child:
 * "name=value", each with its NUL */

int
conf_send(const struct conf *c)
{
	int fd = memfd_create("settings", MFD_CLOEXEC);
	struct arena a = { 0 };
	struct buf b;

	if (fd < 0)
		return -1;
	buf_init(&b, &a);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		buf_addf(&b, "%s=%s", r->name, value_text(&a, c, r));
		buf_addc(&b, '\0');
	}
	if (write(fd, b.data, b.len) != (ssize_t)b.len || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		fd = -1;
	}
	explicit_bzero(b.data, b.len);
	arena_done(&a);
	return fd;
}

static int
receive_all(struct conf *c, struct arena *a, const char *text, size_t n, struct err *err)
{
	const struct conf_row *r = conf_rows;

	for (const char *p = text; p < text + n && r->name != NULL; p += strlen(p) + 1, r++) {
		size_t name = strlen(r->name);

		if (strncmp(p, r->name, name) != 0 || p[name] != '=')
			break;
		conf_set(c, a, r, p + name + 1, "parent", err);
	}
	return r->name == NULL && err->faults == NULL ?
	    0 :
	    err_set(err, ERR_CONFIG,
		"The settings that the parent sent are not those of this program.");
}

int
conf_receive(struct conf *c, struct arena *a, int fd, struct err *err)
{
	struct stat st = { 0 };
	char *text;
	ssize_t n;
	int rc;

	*c = (struct conf){ .origins = arena_new(a, const char *, ROWS) };
	if (fstat(fd, &st) != 0)
		st.st_size = 0;
	text = arena_alloc(a, (size_t)st.st_size + 1);
	n = read(fd, text, (size_t)st.st_size);
	close(fd);
	rc = receive_all(c, a, text, n < 0 ? 0 : (size_t)n, err);
	explicit_bzero(text, (size_t)st.st_size);
	return rc;
}

int
conf_load(struct conf *c, struct arena *a, const char *path, struct err *err)
{
	const char *value;

	err_clear(err);
	*c = (struct conf){ .origins = arena_new(a, const char *, ROWS) };
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		conf_set(c, a, r, r->def, "default", err);
	if (path == NULL)
		path = getenv("CUSTOMERAPI_CONF");
	if (path == NULL)
		path = standard_file(a);
	if (path != NULL) {
		c->file = arena_strdup(a, path);
		conf_file_read(c, a, path, err);
	}
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		if ((value = env_value(a, r)) != NULL)
			conf_set(c, a, r, value, env_name(a, r), err);
	if (err->faults != NULL) {
		struct err_fault *all = err->faults;

		err_set(err, ERR_CONFIG, "%s: %s", all->field, all->message);
		err->faults = all;
	}
	return err->code;
}

static const char *
lint_row(const struct conf_row *r)
{
	if (r->type != CONF_STRING && r->type != CONF_INT)
		return "has no type";
	if (conf_row_find(r->name) != r)
		return "stands twice in the table";
	if (r->def == NULL || r->section == NULL || r->doc == NULL)
		return "has no default, section or sentence";
	if (r->doc[0] == '\0' || r->doc[strlen(r->doc) - 1] != '.')
		return "has no full sentence";
	return r->type == CONF_INT && r->min > r->max ? "has an empty range" : NULL;
}

const char *
conf_lint(void)
{
	static char sentence[160];
	struct arena a = { 0 };
	struct conf c = { 0 };
	struct err err = { 0 };
	const char *fault = NULL;

	for (const struct conf_row *r = conf_rows; r->name != NULL && fault == NULL; r++) {
		if ((fault = lint_row(r)) == NULL) {
			conf_set(&c, &a, r, r->def, "default", &err);
			fault = err.faults == NULL ? NULL : "has a default that it refuses";
		}
		if (fault != NULL)
			snprintf(sentence, sizeof sentence, "The setting %s %s.", r->name, fault);
	}
	arena_done(&a);
	return fault == NULL ? NULL : sentence;
}

const char *
conf_value(struct arena *a, const struct conf *c, const struct conf_row *r)
{
	const char *v = value_text(a, c, r);

	return r->secret && v[0] != '\0' ? "***" : v;
}

const char *
conf_origin(const struct conf *c, const struct conf_row *r)
{
	return c->origins[r - conf_rows];
}
