#include "config.h"

#include "admin/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

static int
read_all(FILE *f, const char *path, struct arena *a, char **out, size_t *n, struct err *err)
{
	*out = arena_alloc(a, INPUT_SECRET_MAX + 2);
	*n = fread(*out, 1, INPUT_SECRET_MAX + 1, f);
	if (ferror(f))
		return err_set(err, ERR_IO, "%s cannot be read: %s.", path, strerror(errno));
	if (*n > INPUT_SECRET_MAX)
		return err_set(
		    err, ERR_USAGE, "%s is longer than %d bytes.", path, INPUT_SECRET_MAX);
	while (*n > 0 && ((*out)[*n - 1] == '\n' || (*out)[*n - 1] == '\r'))
		(*out)[--*n] = '\0';
	if (*n == 0)
		return err_set(err, ERR_USAGE, "%s is empty.", path);
	if (memchr(*out, '\0', *n) != NULL)
		return err_set(err, ERR_USAGE, "%s holds a NUL byte.", path);
	return 0;
}

int
input_secret_file(struct arena *a, const char *path, char **out, size_t *n, struct err *err)
{
	FILE *f;
	int rc;

	if (strcmp(path, "-") == 0)
		return read_all(stdin, "Standard input", a, out, n, err);
	if ((f = fopen(path, "re")) == NULL)
		return err_set(err, ERR_IO, "%s cannot be read: %s.", path, strerror(errno));
	rc = read_all(f, path, a, out, n, err);
	fclose(f);
	return rc;
}

static int
ask(struct arena *a, const char *prompt, char **out, struct err *err)
{
	struct termios old, silent;
	char line[1024];
	int got;

	if (tcgetattr(STDIN_FILENO, &old) != 0)
		return err_set(err, ERR_IO, "The terminal cannot be set up: %s.", strerror(errno));
	silent = old;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs(prompt, stderr);
	fflush(stderr);
	got = fgets(line, sizeof line, stdin) != NULL;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	if (!got)
		return err_set(err, ERR_USAGE, "No password was typed.");
	line[strcspn(line, "\r\n")] = '\0';
	*out = arena_strdup(a, line);
	explicit_bzero(line, sizeof line);
	return 0;
}

static int
ask_twice(struct arena *a, char **out, struct err *err)
{
	char *again;
	int rc;

	if ((rc = ask(a, "Password: ", out, err)) < 0 ||
	    (rc = ask(a, "Once more: ", &again, err)) < 0)
		return rc;
	return strcmp(*out, again) == 0 ? 0 : err_set(err, ERR_USAGE, "The two passwords differ.");
}

int
input_password(struct arena *a, const char *path, size_t min, char **out, struct err *err)
{
	size_t n;
	int rc;

	if (path == NULL && isatty(STDIN_FILENO))
		rc = ask_twice(a, out, err);
	else
		rc = input_secret_file(a, path == NULL ? "-" : path, out, &n, err);
	if (rc < 0)
		return rc;
	(*out)[strcspn(*out, "\r\n")] = '\0';
	if (!text_is_utf8(*out, strlen(*out)) || text_utf8_length(*out) < min)
		return err_set(
		    err, ERR_USAGE, "The password must be UTF-8 of at least %zu characters.", min);
	return 0;
}

int
input_file(struct arena *a, const char *path, size_t most, char **out, size_t *n, struct err *err)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int failed;

	if (f == NULL)
		return err_set(err, ERR_IO, "%s cannot be read: %s.", path, strerror(errno));
	*out = arena_alloc(a, most + 1);
	*n = fread(*out, 1, most + 1, f);
	failed = ferror(f);
	if (f != stdin)
		fclose(f);
	return failed ? err_set(err, ERR_IO, "%s cannot be read to its end.", path) : 0;
}
