#include "config.h"

#include "admin/check/check.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/context.h"
#include "lib/text.h"

enum { OTHER_FILES = 64 };

/* The message names the file then; else the field is a setting. */
static int
of_file(const struct err_fault *f)
{
	return strcmp(f->field, "file") == 0;
}

static void
check_settings(struct examination *e)
{
	struct context *x = e->x;

	e->have_settings = conf_load(&x->conf, &x->arena, x->line.config, &x->err) == 0;
	for (const struct err_fault *f = x->err.faults; f != NULL; f = f->next)
		check_say(e, CHECK_ERROR, of_file(f) ?
		    "Correct the file. Where it may not be read: run this as root or as the "
		    "services' user, who must be able to read it." :
		    "Correct the setting; customerapi.conf(5) says what is allowed.", "%s%s%s",
		    of_file(f) ? "" : f->field, of_file(f) ? "" : ": ", f->message);
	if (e->have_settings && x->conf.file == NULL)
		check_say(e, CHECK_WARNING,
		    "Write one: customerapi config sample prints all settings.",
		    "There is no settings file; defaults and environment are used.");
	else if (e->have_settings)
		check_say(e, CHECK_OK, NULL, "%s is valid.", x->conf.file);
	err_clear(&x->err);
}

static void
check_settings_file(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	struct stat st;

	if (c->file == NULL || stat(c->file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if ((st.st_mode & 022) != 0)
		check_say(e, CHECK_ERROR, arena_printf(&e->x->arena, "chmod go-w %s", c->file),
		    "Others than its owner may change %s (mode %04o).", c->file,
		    st.st_mode & 07777);
	else if ((st.st_mode & 004) != 0 &&
	    (c->db_password[0] != '\0' || c->smtp_password[0] != '\0'))
		check_say(e, CHECK_ERROR, arena_printf(&e->x->arena, "chmod o-r %s", c->file),
		    "Everybody may read %s, which holds passwords (mode %04o).", c->file,
		    st.st_mode & 07777);
	else
		check_say(e, CHECK_OK, NULL, "%s has mode %04o.", c->file, st.st_mode & 07777);
}

static void
check_key_file(struct examination *e)
{
	struct err *err = &e->x->err;
	const char *path = e->x->conf.key_file;
	struct stat st;

	if (conf_is_absent(path))
		check_say(e, CHECK_ERROR,
		    "customerapi init makes it; if there was one, restore it from its copy: sealed "
		    "secrets open with no other.",
		    "There is no key file %s.", path);
	else if (stat(path, &st) != 0)
		check_say(e, CHECK_ERROR, "Run this as root or as the services' user, who must be "
		    "able to read it; mend a link that leads nowhere.",
		    "The key file cannot be read. (%s: %s)", path, strerror(errno));
	else if ((st.st_mode & 077) != 0)
		check_say(e, CHECK_ERROR, arena_printf(&e->x->arena, "chmod 0600 %s", path),
		    "Others than its owner may use the key file %s (mode %04o).", path,
		    st.st_mode & 07777);
	else if (context_box(e->x) < 0)
		check_say(e, CHECK_ERROR,
		    "Restore it from its copy, or make it the services' user's own.", "%s",
		    err_whole(&e->x->arena, err));
	else
		check_say(e, CHECK_OK, NULL, "%s is there and private.", path);
	err_clear(err);
}

/* ------------------------------------------------------------------ the web program */

static int
socket_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, rc, error;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return -1;
	rc = connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address);
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

/* The pools of systemd/customerapi@.service, whose sockets lie beside the one of the settings. 1
 * when at least one answers. */
static int
check_pools(struct examination *e, const char *folder)
{
	static const char *const areas[] = { "intake", "process", "club", "help" };
	enum { AREAS = sizeof areas / sizeof areas[0] };
	struct buf missing;
	size_t found = 0;

	buf_init(&missing, &e->x->arena);
	for (size_t i = 0; i < AREAS; i++) {
		const char *path = arena_printf(&e->x->arena, "%s/%s.sock", folder, areas[i]);

		if (socket_connect(path) == 0 || errno == EACCES)
			found++;
		else
			buf_addf(&missing, "%s%s", missing.len == 0 ? "" : ", ", areas[i]);
	}
	if (found == AREAS)
		check_say(e, CHECK_OK, NULL,
		    "The pools intake, process, club and help take connections in %s.", folder);
	else if (found > 0)
		check_say(e, CHECK_ERROR,
		    "Start them: systemctl enable --now customerapi@AREA; their log says why they "
		    "ended.",
		    "These pools take no connections in %s: %s.", folder, missing.data);
	return found > 0;
}

static void
check_web_program(struct examination *e)
{
	struct arena *a = &e->x->arena;
	const char *path = e->x->conf.fcgi_socket, *folder = dirname(arena_strdup(a, path));
	struct stat st;

	if (stat(folder, &st) != 0 && errno == ENOENT)
		check_say(e, CHECK_WARNING,
		    "Start it, unless the web server starts it itself (mod_fcgid, CGI).",
		    "No customerapi.fcgi takes connections at %s.", path);
	else if (stat(folder, &st) != 0)
		check_say(e, CHECK_ERROR,
		    "Run this as root or as the services' user; mend what of the path is no "
		    "folder.",
		    "The run folder %s cannot be reached: %s.", folder, strerror(errno));
	else if ((st.st_mode & 002) != 0 && (st.st_mode & S_ISVTX) == 0)
		check_say(e, CHECK_ERROR, arena_printf(a, "chmod o-w %s", folder),
		    "Everybody may put another socket into %s (mode %04o).", folder,
		    st.st_mode & 07777);
	else if (socket_connect(path) == 0)
		check_say(e, CHECK_OK, NULL, "customerapi.fcgi takes connections at %s.", path);
	else if (errno == EACCES)
		check_say(e, CHECK_OK, NULL,
		    "This user may not connect to %s; the web server's must.", path);
	else if (errno == EAGAIN)
		check_say(e, CHECK_WARNING,
		    "Raise fcgi_workers, fcgi_threads or fcgi_backlog; its log says what takes "
		    "long.",
		    "All threads of customerapi.fcgi at %s are busy, and its queue is full.", path);
	else if (errno == ENOENT && check_pools(e, folder))
		return;
	else
		check_say(e, CHECK_WARNING,
		    "Start customerapi.fcgi, unless the web server starts it or its pools have "
		    "settings of their own.",
		    "No customerapi.fcgi takes connections at %s.", path);
}

/* ------------------------------------------------------------------ descriptors, disk */

/* The soft limit of open files in a line of /proc/PID/limits; -1 when it cannot be read or there is
 * none. */
static long
limit_of(const char *pid)
{
	char path[64], line[200];
	long limit = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/limits", pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	while (limit < 0 && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "Max open files %ld", &limit) != 1)
			limit = -1;
	fclose(f);
	return limit;
}

static int
is_ours(const char *pid)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	if (fgets(name, sizeof name, f) == NULL)
		name[0] = '\0';
	fclose(f);
	return strncmp(name, "customerapi.fcg", 15) == 0;	/* the system keeps 15 characters */
}

/* The lowest limit of the web programs at work, or this program's own when there is none. */
static long
lowest_limit(int *programs)
{
	struct rlimit own = { .rlim_cur = 0 };
	long lowest = -1, limit;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	*programs = 0;
	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !is_ours(entry->d_name))
			continue;
		if ((limit = limit_of(entry->d_name)) < 0)
			continue;
		(*programs)++;
		lowest = lowest < 0 || limit < lowest ? limit : lowest;
	}
	if (proc != NULL)
		closedir(proc);
	if (*programs == 0 && getrlimit(RLIMIT_NOFILE, &own) == 0)
		lowest = own.rlim_cur > (rlim_t)INT32_MAX ? INT32_MAX : (long)own.rlim_cur;
	return lowest;
}

/* A thread has a connection to the web server, and there are sets of connections to databases. */
static void
check_descriptors(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	long sets = c->fcgi_connections < c->fcgi_threads ? c->fcgi_connections : c->fcgi_threads;
	long need = c->fcgi_threads + sets + OTHER_FILES, lowest;
	unsigned long long used = 0, free_ones, most = 0;
	int programs;
	FILE *f;

	lowest = lowest_limit(&programs);
	if (lowest < need)
		check_say(e, CHECK_ERROR,
		    "Raise the limit: LimitNOFILE= of the unit, or ulimit -n; or lower "
		    "fcgi_threads.",
		    "%s may open %ld files, %ld are needed for %ld %s.",
		    programs > 0 ? "customerapi.fcgi" : "A program started from here", lowest, need,
		    e->x->conf.fcgi_threads,
		    text_form(e->x->conf.fcgi_threads, "thread", "threads"));
	else
		check_say(e, CHECK_OK, NULL, "%s may open %ld files; %ld are needed.",
		    programs > 0 ? "customerapi.fcgi" : "A program started from here", lowest,
		    need);
	if ((f = fopen("/proc/sys/fs/file-nr", "re")) == NULL)
		return;
	if (fscanf(f, "%llu %llu %llu", &used, &free_ones, &most) == 3 && most > 0 &&
	    used / 9 * 10 > most)
		check_say(e, CHECK_WARNING, "Find out who opens so many files; raise fs.file-max.",
		    "The machine has opened %llu of %llu files.", used, most);
	fclose(f);
}

enum check_result
check_space(unsigned long long left, unsigned long long total)
{
	if (left < 128ULL << 20 || left < total / 100)
		return CHECK_ERROR;
	return left < 1ULL << 30 || left < total / 20 ? CHECK_WARNING : CHECK_OK;
}

static void
say_space(struct examination *e, const char *what, const char *path)
{
	struct statvfs fs;
	unsigned long long left, total;
	enum check_result result;

	if (statvfs(path, &fs) != 0 || fs.f_blocks == 0)
		return;
	left = (unsigned long long)fs.f_bavail * fs.f_frsize;
	total = (unsigned long long)fs.f_blocks * fs.f_frsize;
	if ((result = check_space(left, total)) == CHECK_OK && fs.f_files > 0 &&
	    fs.f_favail < fs.f_files / 50)
		check_say(e, CHECK_WARNING, "Delete small files that nobody needs.",
		    "%s (%s) can hold only %llu more files.", what, path,
		    (unsigned long long)fs.f_favail);
	else
		check_say(e, result,
		    result == CHECK_OK ?
			NULL :
			"Make room: MariaDB aborts on a full disk. customerapi queue purge deletes "
			"old messages; see queue_keep_days and queue_keep_body_days.",
		    "%s (%s) has %llu MiB left of %llu MiB.", what, path, left >> 20, total >> 20);
}

static void
check_disk(struct examination *e)
{
	char here[256] = "";
	const char *folder = check_variable(e, "datadir"), *host = check_variable(e, "hostname");
	struct stat st;

	gethostname(here, sizeof here - 1);
	if (*folder != '\0' && strcmp(host, here) == 0 && stat(folder, &st) == 0)
		say_space(e, "The database's folder", folder);
	else if (*folder != '\0')
		check_say(e, CHECK_OK, NULL,
		    "The database's folder is on %s: its space cannot be seen from here.",
		    *host != '\0' ? host : "another machine");
	folder = dirname(arena_strdup(&e->x->arena, e->x->conf.fcgi_socket));
	say_space(e, "The run folder", folder);
}

/* ------------------------------------------------------------------ table */

const struct check check_file_rows[] = {
	{ "settings", "The settings can be read.", 0, CHECK_ON_NOTHING, check_settings },
	{ "settings-file",
	    "Only its owner may change the settings file, and not everybody may read passwords in "
	    "it.",
	    0, CHECK_ON_SETTINGS, check_settings_file },
	{ "key-file", "The key file is there, private and whole.", 0, CHECK_ON_SETTINGS,
	    check_key_file },
	{ "web-program", "The web program takes connections, and nobody else can take its place.",
	    1, CHECK_ON_SETTINGS, check_web_program },
	{ "descriptors", "The web program may open as many files as its threads need.", 1,
	    CHECK_ON_SETTINGS, check_descriptors },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};

const struct check check_disk_rows[] = {
	{ "disk", "The database's folder (when it is on this machine) and the run folder have room.", 1, CHECK_ON_SETTINGS, check_disk },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
