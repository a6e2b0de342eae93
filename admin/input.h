/*
 * input - files, and secrets, which come in by file, standard input or a prompt without echo; never
 * by argv.
 */
#ifndef ADMIN_INPUT_H
#define ADMIN_INPUT_H

#include <stddef.h>

struct arena;
struct err;

enum { INPUT_SECRET_MAX = 16384 };

/* Reads a file ("-" = standard input), at most INPUT_SECRET_MAX bytes, without the line end behind
 * it. Refuses an empty one and NUL bytes. */
int input_secret_file(struct arena *a, const char *path, char **out, size_t *n, struct err *err);

/* A whole file ("-" = standard input), of which at most most + 1 bytes are read, so that the bound
 * is noticed. ERR_IO. */
int input_file(
    struct arena *a, const char *path, size_t most, char **out, size_t *n, struct err *err);

/* The first line of path; with path NULL asks twice on a terminal without echo, elsewhere takes the
 * first line of standard input. At least min characters. */
int input_password(struct arena *a, const char *path, size_t min, char **out, struct err *err);

#endif
