#include "config.h"

#include "lib/conf.h"

#include <confuse.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

#define STRING(field, default_, section_, doc_) { .name = #field, .type = CONF_STRING, .offset = offsetof(struct conf, field), \
	.def = default_, .section = section_, .doc = doc_ }
#define CHOICE(field, default_, choices_, section_, doc_) { .name = #field, .type = CONF_STRING, .offset = offsetof(struct conf, field), \
	.def = default_, .choices = choices_, .section = section_, .doc = doc_ }
#define SECRET(field, section_, doc_) { .name = #field, .type = CONF_STRING, .offset = offsetof(struct conf, field), \
	.def = "", .secret = 1, .section = section_, .doc = doc_ }
#define NUMBER(field, default_, min_, max_, section_, doc_) { .name = #field, .type = CONF_INT, .offset = offsetof(struct conf, field), \
	.def = default_, .min = min_, .max = max_, .section = section_, .doc = doc_ }

#define DB "Database"
#define WEB "Web program"
#define QUEUE "Queue"
#define MAIL "Mail"
#define OTHER "Other"

const struct conf_row conf_rows[] = {
	STRING(db_socket, "/run/mysqld/mysqld.sock", DB, "Unix socket of MariaDB. Empty: db_host and db_port are used."),
	STRING(db_host, "127.0.0.1", DB, "Host of MariaDB, used when db_socket is empty."),
	NUMBER(db_port, "3306", 1, 65535, DB, "Port of MariaDB on db_host."),
	STRING(db_user, "customerapi", DB, "Database user of the service, granted on the registry and on every tenant database of this server."),
	SECRET(db_password, DB, "Password of db_user."),
	STRING(db_registry, "customerapi", DB, "Database that holds the registry: customers, users, sources, queue, mails."),
	STRING(db_tls_ca, "", DB, "PEM file of the authority that signed the server's certificate. Not empty: TLS with certificate check is required on db_host."),
	STRING(key_file, SYSCONFDIR "/customerapi/key", OTHER, "File with the key that seals secrets in the database; made by customerapi init, mode 0600."),
	STRING(fcgi_socket, RUNSTATEDIR "/customerapi/customerapi.sock", WEB, "Unix socket that customerapi.fcgi listens on, unless it was given one by its starter."),
	STRING(fcgi_socket_mode, "0660", WEB, "Mode of that socket, octal."),
	STRING(fcgi_socket_group, "", WEB, "Group of that socket, usually the web server's. Empty: unchanged."),
	NUMBER(fcgi_workers, "2", 1, 64, WEB, "Worker processes."),
	NUMBER(fcgi_threads, "16", 1, 256, WEB, "Threads of each worker; each answers one request at a time."),
	NUMBER(fcgi_backlog, "511", 1, 65535, WEB, "Connections that may wait on the socket."),
	NUMBER(fcgi_max_requests, "0", 0, 1000000000, WEB, "Requests after which a worker is replaced; 0: never."),
	NUMBER(fcgi_deadline_s, "30", 1, 3600, WEB, "Seconds one request may take; its worker is then drained and replaced."),
	CHOICE(fcgi_area, "all", "all|intake|process|club|help", WEB, "Part of the API that this pool answers."),
	STRING(fcgi_base_path, "", WEB, "Prefix of the URL path that is cut off before dispatch, for example /crm."),
	STRING(fcgi_trusted_proxies, "", WEB, "Addresses, separated by commas, whose X-Forwarded-For is believed."),
	NUMBER(body_max_bytes, "8388608", 1024, 67108864, WEB, "Largest request body in bytes; larger ones get 413."),
	NUMBER(queue_workers, "2", 1, 32, QUEUE, "Queue worker processes of the daemon."),
	NUMBER(queue_batch, "100", 1, 500, QUEUE, "Messages that a worker leases at once."),
	NUMBER(queue_poll_ms, "500", 10, 60000, QUEUE, "Milliseconds an idle worker waits before it looks again."),
	NUMBER(queue_lease_s, "300", 2, 86400, QUEUE, "Seconds a lease lasts; a working worker renews it at a third."),
	NUMBER(queue_max_attempts, "10", 1, 100, QUEUE, "Attempts after which a failing message is dead."),
	STRING(queue_ladder, "5 300 1800 7200 18000 36000 50400 72000 86400", QUEUE,
	    "Seconds to wait before each further attempt, separated by blanks; the last one repeats. 20 % are added or taken off by chance."),
	NUMBER(queue_worker_memory_mb, "512", 64, 65536, QUEUE, "Resident memory in MiB at which a worker process is ended and replaced."),
	NUMBER(queue_keep_body_days, "7", 1, 3650, QUEUE, "Days after which the body of a done message is emptied."),
	NUMBER(queue_keep_days, "90", 30, 3650, QUEUE, "Days after which a done message is deleted; until then its repeats are recognised."),
	NUMBER(run_as_daemon_pause_ms, "500", 10, 60000, QUEUE, "Milliseconds before a dead process is started again; doubled up to 30 s."),
	STRING(smtp_host, "127.0.0.1", MAIL, "Mail server."),
	NUMBER(smtp_port, "25", 1, 65535, MAIL, "Port of the mail server."),
	CHOICE(smtp_tls, "starttls-if-offered", "none|starttls|starttls-if-offered|tls", MAIL,
	    "Encryption: none, STARTTLS required, STARTTLS when offered, or TLS from the first byte (port 465)."),
	STRING(smtp_tls_ca, "", MAIL, "PEM file of the authorities that may sign the mail server's certificate. Empty: the system's."),
	STRING(smtp_user, "", MAIL, "User name at the mail server. Empty: no login."),
	SECRET(smtp_password, MAIL, "Password at the mail server."),
	STRING(smtp_from, "customerapi@localhost", MAIL, "Sender address of all mails."),
	STRING(smtp_hello, "", MAIL, "Name said in EHLO. Empty: this machine's name."),
	NUMBER(smtp_timeout_s, "30", 1, 600, MAIL, "Seconds each step of an SMTP session may take."),
	NUMBER(smtp_deadline_s, "300", 2, 3600, MAIL, "Seconds a whole SMTP session may take."),
	NUMBER(mail_per_hour, "120", 1, 100000, MAIL, "Mails a tenant may send in an hour; what is above goes into one digest."),
	NUMBER(mail_attach_max_bytes, "1048576", 1024, 33554432, MAIL, "Bytes of a payload that are attached; the rest is cut with a note."),
	NUMBER(mail_give_up_days, "5", 1, 30, MAIL, "Days after which a mail that cannot be delivered is dead."),
	CHOICE(log_level, "info", "error|warning|info|debug", OTHER, "Least important kind of line in the log."),
	{ .name = NULL },
};

/* ------------------------------------------------------------------ one value */

static void *
field(struct conf *c, const struct conf_row *r)
{
	return (char *)c + r->offset;
}

static const char *
value_text(struct arena *a, const struct conf *c, const struct conf_row *r)
{
	const void *p = (const char *)c + r->offset;

	return r->type == CONF_STRING ? *(const char *const *)p : arena_printf(a, "%ld", *(const long *)p);
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

/* Sets one setting from text; where says the origin ("file:3", "environment"). */
static void
set_value(struct conf *c, struct arena *a, const struct conf_row *r, const char *text, const char *where, struct err *err)
{
	int64_t n;

	if (r->type == CONF_STRING) {
		if (r->choices != NULL && !is_choice(r->choices, text))
			err_fault(err, a, r->name, "%s: \"%s\" is none of %s", where, text, r->choices);
		else
			*(const char **)field(c, r) = arena_strdup(a, text);
		return;
	}
	if (text_int64(text, &n) != 0)
		err_fault(err, a, r->name, "%s: \"%s\" is not a whole number", where, r->secret ? "***" : text);
	else if (n < r->min || n > r->max)
		err_fault(err, a, r->name, "%s: %s is not between %ld and %ld", where, text, r->min, r->max);
	else
		*(long *)field(c, r) = (long)n;
}

static const struct conf_row *
row_find(const char *name)
{
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

/* ------------------------------------------------------------------ file */

/* libConfuse reports through a callback that takes no argument of ours. Settings are loaded before threads start. */
static struct { struct arena *a; struct err *err; } reading;

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char *text = arena_vprintf(reading.a, fmt, ap);
	const char *quote = strstr(text, "no such option '");

	if (quote != NULL) {
		char *name = arena_strndup(reading.a, quote + 16, strcspn(quote + 16, "'"));
		const char *names[sizeof conf_rows / sizeof conf_rows[0]] = { 0 }, *near;

		for (size_t i = 0; conf_rows[i].name != NULL; i++)
			names[i] = conf_rows[i].name;
		near = text_nearest(name, names);
		err_fault(reading.err, reading.a, name, "%s:%d: there is no such setting%s%s%s", cfg->filename, cfg->line,
		    near == NULL ? "" : "; did you mean ", near == NULL ? "" : near, near == NULL ? "" : "?");
		return;
	}
	err_fault(reading.err, reading.a, "file", "%s:%d: %s", cfg->filename == NULL ? "?" : cfg->filename, cfg->line, text);
}

static void
read_file(struct conf *c, struct arena *a, const char *path, struct err *err)
{
	enum { ROWS = sizeof conf_rows / sizeof conf_rows[0] };
	cfg_opt_t opts[ROWS];
	cfg_t *cfg;

	/* Every value is read as a string: the table checks it, so that a wrong one gets our sentence and line. */
	for (size_t i = 0; i + 1 < ROWS; i++)
		opts[i] = (cfg_opt_t)CFG_STR(conf_rows[i].name, NULL, CFGF_NODEFAULT);
	opts[ROWS - 1] = (cfg_opt_t)CFG_END();
	if ((cfg = cfg_init(opts, CFGF_NONE)) == NULL) {
		err_set(err, ERR_INTERNAL, "out of memory");
		return;
	}
	reading.a = a;
	reading.err = err;
	cfg_set_error_function(cfg, on_error);
	switch (cfg_parse(cfg, path)) {
	case CFG_SUCCESS:
		for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
			if (cfg_size(cfg, r->name) > 0 && cfg_getstr(cfg, r->name) != NULL)
				set_value(c, a, r, cfg_getstr(cfg, r->name), path, err);
		break;
	case CFG_FILE_ERROR:
		err_fault(err, a, "file", "%s cannot be read: %s", path, strerror(errno));
		break;
	default:
		if (err->faults == NULL)
			err_fault(err, a, "file", "%s cannot be parsed", path);
	}
	cfg_free(cfg);
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

int
conf_load(struct conf *c, struct arena *a, const char *path, struct err *err)
{
	const char *standard = SYSCONFDIR "/customerapi/customerapi.conf", *value;

	err_clear(err);
	*c = (struct conf){ 0 };
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		set_value(c, a, r, r->def, "default", err);
	if (path == NULL)
		path = getenv("CUSTOMERAPI_CONF");
	if (path == NULL && access(standard, F_OK) == 0)
		path = standard;
	if (path != NULL)
		read_file(c, a, path, err);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		if ((value = getenv(env_name(a, r))) != NULL)
			set_value(c, a, r, value, env_name(a, r), err);
	if (err->faults != NULL) {
		struct err_fault *all = err->faults;

		err_set(err, ERR_CONFIG, "%s: %s", all->field, all->message);
		err->faults = all;
	}
	return err->code;
}

const char *
conf_lint(void)
{
	struct arena a = { 0 };
	struct conf c = { 0 };
	struct err err = { 0 };
	const char *fault = NULL;

	for (const struct conf_row *r = conf_rows; r->name != NULL && fault == NULL; r++) {
		if (r->type == CONF_UNSET || r->def == NULL || r->doc == NULL || r->section == NULL || r->doc[strlen(r->doc) - 1] != '.' ||
		    row_find(r->name) != r)
			fault = r->name;
		set_value(&c, &a, r, r->def == NULL ? "" : r->def, "default", &err);
		if (err.faults != NULL)
			fault = r->name;
	}
	arena_done(&a);
	return fault;
}

static void
add_range(struct buf *b, const struct conf_row *r)
{
	if (r->type == CONF_INT)
		buf_addf(b, "%ld to %ld", r->min, r->max);
	else if (r->choices != NULL)
		for (const char *p = r->choices; *p != '\0'; p++)
			*p == '|' ? buf_adds(b, ", ") : buf_addc(b, *p);
}

char *
conf_sample(struct arena *a)
{
	const char *section = "";
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "# Settings of CustomerAPI: customerapi.fcgi, customerapi-scheduler, customerapi. See customerapi.conf(5).\n"
	    "# A line starting with # is a comment. Each setting is shown with its default. The environment variable CUSTOMERAPI_<NAME>\n"
	    "# in capitals overrides the file.\n");
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		if (strcmp(section, r->section) != 0)
			buf_addf(&b, "\n# ---- %s\n", section = r->section);
		buf_addf(&b, "\n# %s", r->doc);
		if (r->type == CONF_INT || r->choices != NULL) {
			buf_adds(&b, " (");
			add_range(&b, r);
			buf_addc(&b, ')');
		}
		buf_addf(&b, r->type == CONF_INT ? "\n#%s = %s\n" : "\n#%s = \"%s\"\n", r->name, r->def);
	}
	return b.data;
}

char *
conf_dump(struct arena *a, const struct conf *c)
{
	struct buf b;

	buf_init(&b, a);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		const char *v = value_text(a, c, r);

		if (r->secret && v[0] != '\0')
			v = "***";
		if (r->type == CONF_INT) {
			buf_addf(&b, "%s = %s\n", r->name, v);
			continue;
		}
		buf_addf(&b, "%s = \"", r->name);
		for (; *v != '\0'; v++)
			*v == '"' || *v == '\\' ? buf_addf(&b, "\\%c", *v) : buf_addc(&b, *v);
		buf_adds(&b, "\"\n");
	}
	return b.data;
}

char *
conf_man(struct arena *a)
{
	const char *section = "";
	struct buf b;

	buf_init(&b, a);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		if (strcmp(section, r->section) != 0)
			buf_addf(&b, "%s.Ss %s\n.Bl -tag -width Ds\n", *section == '\0' ? "" : ".El\n", r->section);
		section = r->section;
		buf_addf(&b, ".It Cm %s\n%s\n", r->name, r->doc);
		if (r->type == CONF_INT || r->choices != NULL) {
			buf_adds(&b, "Allowed: ");
			add_range(&b, r);
			buf_adds(&b, ".\n");
		}
		if (r->def[0] == '\0')
			buf_adds(&b, "Default: empty.\n");
		else
			buf_addf(&b, "Default: %s.\n", r->def);
	}
	buf_adds(&b, ".El\n");
	return b.data;
}
