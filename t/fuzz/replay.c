/*
 * replay - runs a fuzz door over its corpus, t/fuzz/corpus/<door>, and over mutations of each file
 * that are the same in every run. TAP. What a door takes may lie in t/fixtures, too.
 *
 * The program is named fuzz_<door>.t. A door fails by ending the process, so each file is a plan of
 * its own: a result line is printed before and after.
 *
 * With clang the doors fuzz by themselves, in a build folder of their own:
 *
 *	../../configure CC=clang CFLAGS='-g -O1 -fsanitize=fuzzer-no-link,address' \
 *	    --disable-hardening
 *	make fuzz
 *	t/fuzz/request ../../t/fuzz/corpus/request
 *	t/fuzz/mapping ../../t/fuzz/corpus/mapping ../../t/fixtures/shopify
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/c/chance.h"

enum { FILE_MAX = 65536, MUTATIONS = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint32_t state;

static uint32_t
next(void)
{
	return chance_next(&state);
}

static size_t
mutate(uint8_t *p, size_t n)
{
	static const char *const words[] = { "%00", "%2f", "..", "\\u0000", "\"", "{", "]", "\xff",
		"\n", "=", "&", "9223372036854775808", "-1", "1e999", ":", "," };

	for (uint32_t times = 1 + next() % 4; times > 0; times--) {
		const char *word = words[next() % (sizeof words / sizeof words[0])];
		size_t at = n == 0 ? 0 : next() % n, length;

		switch (next() % 5) {
		case 0:
			if (n > 0)
				p[at] = (uint8_t)next();
			break;
		case 1:
			n = at;
			break;
		case 2:
			length = next() % 16;
			if (at + length <= n) {
				memmove(p + at, p + at + length, n - at - length);
				n -= length;
			}
			break;
		case 3:
			length = strlen(word);
			if (n + length <= FILE_MAX) {
				memmove(p + at + length, p + at, n - at);
				memcpy(p + at, word, length);
				n += length;
			}
			break;
		default:
			length = n - at < FILE_MAX - n ? n - at : FILE_MAX - n;
			memmove(p + n, p + at, length);
			n += length;
		}
	}
	return n;
}

/* A copy of just its size: a byte read behind it is seen by the sanitizer. */
static void
give(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void
run_file(const char *path, int count, const char *name)
{
	static uint8_t seed[FILE_MAX], input[FILE_MAX];
	FILE *f = fopen(path, "rb");
	size_t n = f == NULL ? 0 : fread(seed, 1, sizeof seed, f);

	if (f == NULL) {
		printf("not ok %d - %s cannot be read\n", count, name);
		return;
	}
	fclose(f);
	state = CHANCE_SEED;
	give(seed, n);
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(input, seed, n);
		give(input, mutate(input, n));
	}
	printf("ok %d - %s and %d mutations\n", count, name, MUTATIONS);
	fflush(stdout);
}

static int
is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* All files of a folder; returns the number of tests so far. */
static int
run_folder(const char *folder, int count)
{
	struct dirent **names = NULL;
	char path[4400];
	int n = scandir(folder, &names, is_file, alphasort);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		run_file(path, ++count, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return count;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *door, *folder;
	} more[] = { { "mapping", "t/fixtures/shopify" } };
	const char *source = getenv("SRCDIR"), *self = argc > 0 ? strrchr(argv[0], '/') : NULL;
	char folder[4000], door[64];
	int n;

	if (self == NULL || sscanf(self, "/fuzz_%63[a-z]", door) != 1)
		return 2;
	source = source == NULL ? "." : source;
	snprintf(folder, sizeof folder, "%s/t/fuzz/corpus/%s", source, door);
	n = run_folder(folder, 0);
	for (size_t i = 0; i < sizeof more / sizeof more[0] && n > 0; i++)
		if (strcmp(more[i].door, door) == 0) {
			snprintf(folder, sizeof folder, "%s/%s", source, more[i].folder);
			n = run_folder(folder, n);
		}
	printf("1..%d\n", n > 0 ? n : 1);
	return n > 0 ? 0 : 1;
}
