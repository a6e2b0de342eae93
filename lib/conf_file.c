#include "config.h"

#include "lib/conf_file.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text_near.h"

enum { UNKNOWN_MAX = 16, FILE_MAX_BYTES = 1 << 20 };

/* libConfuse's callbacks take no argument of ours. Settings are loaded before threads start. */
static struct {
	struct arena *a;
	struct err *err;
	cfg_opt_t opts[CONF_ROWS_MAX + UNKNOWN_MAX + 1];
	size_t nopts;
	int lines[CONF_ROWS_MAX];		/* of each row's value */
	const char *last_name;		/* the value read last, and its line */
	int last_line;
	int again;			/* an unknown name was found and added to opts */
} reading;

static void
unknown_name(cfg_t *cfg, const char *name)
{
	const char *names[CONF_ROWS_MAX + 1] = { 0 }, *near;

	for (size_t i = 0; conf_rows[i].name != NULL; i++)
		names[i] = conf_rows[i].name;
	near = text_nearest(name, names);
	err_fault(reading.err, reading.a, name, "%s:%d: there is no such setting%s%s%s",
	    cfg->filename, cfg->line, near == NULL ? "" : "; did you mean ",
	    near == NULL ? "" : near, near == NULL ? "" : "?");
	if (reading.nopts < CONF_ROWS_MAX + UNKNOWN_MAX) {
		reading.opts[reading.nopts++] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
		reading.opts[reading.nopts] = (cfg_opt_t)CFG_END();
		reading.again = 1;
	}
}

/* Text after a value may be the rest of an unquoted password, so no message repeats it. */
static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	static const char unknown[] = "no such option '";
	char *text = arena_vprintf(reading.a, fmt, ap), *quote = strchr(text, '\'');

	if (reading.last_name != NULL && cfg->line == reading.last_line)
		err_fault(reading.err, reading.a, reading.last_name,
		    "%s:%d: there is text behind the value; a value with blanks needs quotes",
		    cfg->filename, cfg->line);
	else if (strncmp(text, unknown, sizeof unknown - 1) == 0)
		unknown_name(cfg, arena_strndup(reading.a, quote + 1, strcspn(quote + 1, "'")));
	else if (strncmp(text, "unexpected token", 16) == 0)
		err_fault(reading.err, reading.a, "file",
		    "%s:%d: a setting's name is expected here", cfg->filename, cfg->line);
	else
		err_fault(
		    reading.err, reading.a, "file", "%s:%d: %s", cfg->filename, cfg->line, text);
}

static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_row *r = conf_row_find(opt->name);

	reading.last_name = arena_strdup(reading.a, opt->name);
	reading.last_line = cfg->line;
	if (r != NULL)
		reading.lines[r - conf_rows] = cfg->line;
	return 0;
}

/* Parses the text of the file once. Parsing stops at an unknown name, which is then added to the
 * known ones, so that the next pass finds the faults after it. */
static void
read_once(struct conf *c, const char *path, const char *text, size_t n)
{
	cfg_t *cfg = cfg_init(reading.opts, CFGF_NONE);
	FILE *f = fmemopen((void *)(uintptr_t)text, n, "r");

	reading.again = 0;
	reading.last_name = NULL;
	if (cfg == NULL || f == NULL || (cfg->filename = strdup(path)) == NULL)
		abort();
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < reading.nopts; i++)
		cfg_set_validate_func(cfg, reading.opts[i].name, on_value);
	cfg_parse_fp(cfg, f);
	for (size_t i = 0; conf_rows[i].name != NULL && !reading.again; i++) {
		const char *value = cfg_getstr(cfg, conf_rows[i].name);

		if (value != NULL)
			conf_set(c, reading.a, &conf_rows[i], value,
			    arena_printf(reading.a, "%s:%d", path, reading.lines[i]), reading.err);
	}
	cfg_free(cfg);
	fclose(f);
}

/* Only regular files: reading a pipe can block, and works only once. */
static const char *
kind_fault(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return strerror(EISDIR);
	return S_ISREG(st->st_mode) || S_ISCHR(st->st_mode) ? NULL : "it is no regular file";
}

/* NULL, or why not all of it could be read. */
static const char *
read_all(int fd, char *text, size_t *n)
{
	ssize_t got;

	for (*n = 0; *n <= FILE_MAX_BYTES; *n += (size_t)got)
		if ((got = read(fd, text + *n, FILE_MAX_BYTES + 1 - *n)) <= 0)
			break;
	if (*n > FILE_MAX_BYTES)
		return "it is longer than a megabyte";
	if (got < 0)
		return strerror(errno);
	return memchr(text, '\0', *n) == NULL ? NULL : "it holds a NUL byte";
}

/* The file's text, which the caller frees, or NULL with a fault. The scanner gets a string, because
 * it ends the process on a read error. */
static char *
file_text(struct arena *a, const char *path, size_t *n, struct err *err)
{
	char *text = malloc(FILE_MAX_BYTES + 1);
	const char *fault;
	struct stat st;
	int fd = -1;

	if (text == NULL)
		abort();
	if (stat(path, &st) != 0)
		fault = strerror(errno);
	else if ((fault = kind_fault(&st)) == NULL &&
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		fault = strerror(errno);
	if (fault == NULL)
		fault = read_all(fd, text, n);
	if (fd >= 0)
		close(fd);
	if (fault == NULL)
		return text;
	free(text);
	err_fault(err, a, "file", "%s cannot be read: %s", path, fault);
	return NULL;
}

void
conf_file_read(struct conf *c, struct arena *a, const char *path, struct err *err)
{
	size_t n = 0;
	char *text = file_text(a, path, &n, err);

	reading.a = a;
	reading.err = err;
	reading.nopts = 0;
	reading.again = text != NULL && n > 0;
	/* Every value is read as a string: the table checks it, so that a wrong one gets our
	 * sentence and line. */
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		reading.opts[reading.nopts++] = (cfg_opt_t)CFG_STR(r->name, NULL, CFGF_NODEFAULT);
	reading.opts[reading.nopts] = (cfg_opt_t)CFG_END();
	while (reading.again)
		read_once(c, path, text, n);
	free(text);
}

int
conf_is_absent(const char *path)
{
	char *copy = strdup(path), *p = copy;
	struct stat st = { 0 };
	int absent;

	if (copy == NULL)
		abort();
	absent = lstat(path, &st) != 0 && errno == ENOENT;
	while (absent && strcmp(p, "/") != 0 && strcmp(p, ".") != 0) {
		p = dirname(p);
		if (lstat(p, &st) == 0)
			break;
	}
	if (absent && S_ISLNK(st.st_mode))
		absent = stat(p, &st) == 0;
	free(copy);
	return absent;
}
