/*
 * transfer_probe - for t/67-transfer.t: one server, from the arguments NAME=VALUE, then one
 * operation per line of standard input, its words parted by tabs. Answers each with one line:
 * "ok …" or "ERR_… sentence". A value "@FILE" is that file's text.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "net/transfer.h"

static struct arena arena;

static const char *
value_of(int argc, char **argv, const char *name)
{
	static char text[20000];
	size_t n = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, n) != 0 || argv[i][n] != '=')
			continue;
		if (argv[i][n + 1] != '@')
			return argv[i] + n + 1;
		FILE *f = fopen(argv[i] + n + 2, "r");
		if (f == NULL)
			exit(2);
		text[fread(text, 1, sizeof text - 1, f)] = '\0';
		fclose(f);
		return arena_strdup(&arena, text);
	}
	return NULL;
}

static int
number(int argc, char **argv, const char *name, int unless)
{
	const char *text = value_of(argc, argv, name);

	return text == NULL ? unless : atoi(text);
}

static void
fill(struct transfer_server *s, int argc, char **argv)
{
	s->protocol = (enum transfer_protocol)number(argc, argv, "protocol", 0);
	s->shown = value_of(argc, argv, "shown");
	s->host = value_of(argc, argv, "host");
	s->port = (unsigned)number(argc, argv, "port", 0);
	s->path = value_of(argc, argv, "path");
	s->user = value_of(argc, argv, "user");
	s->password = value_of(argc, argv, "password");
	s->private_key = value_of(argc, argv, "private_key");
	s->passphrase = value_of(argc, argv, "passphrase");
	s->host_key = value_of(argc, argv, "host_key");
	s->ca_pem = value_of(argc, argv, "ca");
	s->passive = number(argc, argv, "passive", 1);
	s->allow_private = number(argc, argv, "allow_private", 1);
	s->connect_s = number(argc, argv, "connect_s", 5);
	s->silence_s = number(argc, argv, "silence_s", 5);
	if (s->protocol == TRANSFER_FOLDER)
		s->folder = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
list(struct transfer *t, const char *folder, struct err *err)
{
	struct transfer_list l;
	int rc = transfer_list(t, &arena, folder, &l, err);

	if (rc < 0)
		return rc;
	printf("ok %zu %zu", l.n, l.strange);
	for (size_t i = 0; i < l.n && i < 30; i++)
		printf("|%s,%" PRId64 ",%" PRId64 ",%d", l.files[i].name, l.files[i].bytes,
		    l.files[i].modified == USEC_NONE ? -1 : l.files[i].modified / USEC_SEC,
		    l.files[i].is_folder);
	printf("\n");
	return 0;
}

/* get NAME FILE OFFSET MAX */
static int
get(struct transfer *t, char **word, struct err *err)
{
	struct transfer_get g = { .name = word[1], .offset = atoll(word[3]),
		.max = atoll(word[4]) };
	int rc;

	g.fd = open(word[2], O_WRONLY | O_CREAT, 0600);
	rc = transfer_get(t, &g, err);
	close(g.fd);
	if (rc == 0)
		printf("ok %" PRId64 "\n", g.bytes);
	else
		printf("%" PRId64 " ", g.bytes);
	return rc;
}

static int
put(struct transfer *t, char **word, struct err *err)
{
	int fd = open(word[1], O_RDONLY), rc = transfer_put(t, fd, word[2], err);

	close(fd);
	return rc;
}

static int
operate(struct transfer *t, char **word, struct err *err)
{
	int rc;

	if (strcmp(word[0], "list") == 0)
		return list(t, word[1], err);
	if (strcmp(word[0], "get") == 0)
		return get(t, word, err);
	if (strcmp(word[0], "put") == 0)
		rc = put(t, word, err);
	else if (strcmp(word[0], "rename") == 0)
		rc = transfer_rename(t, word[1], word[2], err);
	else
		rc = transfer_remove(t, word[1], err);
	if (rc == 0)
		printf("ok\n");
	return rc;
}

int
main(int argc, char **argv)
{
	struct transfer_server s = { 0 };
	struct transfer *t;
	struct err err = { 0 };
	char line[4096];

	fill(&s, argc, argv);
	if (transfer_open(&t, &s, &err) < 0) {
		printf("%s %s\n", err_name(err.code), err.detail);
		return 1;
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		char *rest = line, *word[6] = { "", "", "", "", "", "" };

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < 5 && rest != NULL; i++)
			word[i] = strsep(&rest, "\t");
		err_clear(&err);
		if (operate(t, word, &err) < 0)
			printf("%s %s\n", err_name(err.code), err.detail);
		fflush(stdout);
	}
	transfer_close(&t);
	arena_done(&arena);
	return 0;
}
