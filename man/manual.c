/*
 * manual - fills in a manual page: "@commands@" and its like, alone on a line, become the tables of
 * the programs. Run by make, never installed. Usage: manual TEMPLATE >PAGE, manual --sample for the
 * sample settings file, manual --bash for the completion script.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "admin/cmd.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/text.h"
#include "man/manual_api.h"

enum { LINE_MAX_BYTES = 4096 };

/* A place in the middle of a line. */
static const struct word { const char *mark, *text; } words[] = {
	{ "@sysconfdir@", SYSCONFDIR }, { "@runstatedir@", RUNSTATEDIR }, { "@version@", PACKAGE_VERSION }, { NULL, NULL },
};

static const struct part { const char *mark; char *(*text)(struct arena *a);
} parts[] = {
	{ "@commands@\n", cmd_man },
	{ "@options@\n", cmd_man_options },
	{ "@settings@\n", conf_man },
	{ "@actions@\n", manual_api_actions },
	{ "@platforms@\n", manual_api_platforms },
	{ "@owned@\n", manual_api_owned },
	{ "@processes@\n", manual_api_processes },
	{ "@errors@\n", manual_api_errors },
	{ NULL, NULL },
};

static void
print_line(const char *line)
{
	while (*line != '\0') {
		const struct word *w = words;

		while (w->mark != NULL && strncmp(line, w->mark, strlen(w->mark)) != 0)
			w++;
		if (w->mark == NULL) {
			putchar(*line++);
			continue;
		}
		fputs(w->text, stdout);
		line += strlen(w->mark);
	}
}

static int
fill(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[LINE_MAX_BYTES];

	if (f == NULL) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof line, f) != NULL) {
		const struct part *p = parts;

		while (p->mark != NULL && strcmp(p->mark, line) != 0)
			p++;
		if (p->mark != NULL)
			fputs(p->text(a), stdout);
		else
			print_line(line);
	}
	fclose(f);
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	const char *fault = conf_lint();
	int status;

	if (fault == NULL)
		fault = cmd_lint(&a);
	if (fault != NULL || argc != 2) {
		fprintf(stderr, "manual: %s\n",
		    fault != NULL ? fault :
				    "usage: manual TEMPLATE, manual --sample or manual --bash");
		return 1;
	}
	if (strcmp(argv[1], "--sample") == 0)
		status = fputs(conf_sample(&a), stdout) < 0;
	else if (strcmp(argv[1], "--bash") == 0)
		status = fputs(cmd_bash(&a), stdout) < 0;
	else
		status = fill(&a, argv[1]);
	arena_done(&a);
	return status != 0 || fflush(stdout) != 0;
}
