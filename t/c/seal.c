/* For tests: seals standard input under a key file and a context, prints hex. Usage: seal KEYFILE
 * CONTEXT; with "-" as context only makes the key. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"

static int
seal(const char *key_file, const char *context, struct arena *a, struct err *err)
{
	struct secret_box box = { .loaded = 0 };
	unsigned char *sealed;
	char in[16384];
	size_t n, len;
	int rc;

	if (strcmp(context, "-") == 0)
		return secret_box_create(key_file, err);
	if ((rc = secret_box_load(&box, key_file, err)) < 0)
		return rc;
	n = fread(in, 1, sizeof in, stdin);
	if ((sealed = secret_seal(a, &box, context, in, n, &len, err)) == NULL)
		return err->code;
	puts(text_hex(a, sealed, len));
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	int rc = argc == 3 ? seal(argv[1], argv[2], &a, &err) : 2;

	if (rc < 0)
		fprintf(stderr, "seal: %s\n", err.detail);
	arena_done(&a);
	return rc == 0 ? 0 : 1;
}
