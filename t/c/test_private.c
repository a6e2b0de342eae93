/* TAP: a process that keeps what it holds to itself; and settings that go to a child by a
 * descriptor alone. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/private.h"

extern char **environ;

static int tests, failed;

static void
ok(int good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
}

static int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: closes, and says by its exit status whether exactly these stayed. Above 900 there are
 * none of others. */
static int
child_closes(const int *keep, size_t n, const int *opened, size_t nopened, int without_first)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		int good = 1;

		for (size_t i = 0; i < nopened; i++)
			dup2(STDERR_FILENO, opened[i]);
		for (int fd = 0; fd < without_first; fd++)
			close(fd);
		private_descriptors(keep, n);
		for (size_t i = 0; i < nopened; i++) {
			int kept = 0;

			for (size_t k = 0; k < n; k++)
				kept |= keep[k] == opened[i];
			good &= is_open(opened[i]) == kept;
		}
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			good &= is_open(fd);
		good &= !is_open(STDERR_FILENO + 1);
		_exit(good ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void
test_descriptors(void)
{
	static const int opened[] = { 901, 902, 903, 950 };

	ok(child_closes(NULL, 0, opened, 4, 0), "all are closed");
	ok(child_closes((const int[]){ 902 }, 1, opened, 4, 0), "but one");
	ok(child_closes((const int[]){ 950, -1, 901, 901 }, 4, opened, 4, 0),
	    "but some, in any order, and none");
	ok(child_closes((const int[]){ 0, 903 }, 2, opened, 4, 0), "the first three stay anyway");
	ok(child_closes(NULL, 0, opened, 4, 3), "and are there also where they were not");
}

static void
test_memory(void)
{
	struct rlimit core;

	private_memory();
	ok(prctl(PR_GET_DUMPABLE) == 0, "its memory may not be dumped");
	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0,
	    "nor into a core file");
}

static int
environment_has(const char *text)
{
	for (char **e = environ; *e != NULL; e++)
		if (strstr(*e, text) != NULL)
			return 1;
	return 0;
}

static void
test_settings(void)
{
	static char password[] = "CUSTOMERAPI_DB_PASSWORD=canary \"'${HOME}\n#;";
	struct arena a = { 0 };
	struct conf conf, again, child;
	struct err err = { 0 };
	int fd;

	putenv(password);
	setenv("CUSTOMERAPI_DB_USER", "somebody", 1);
	ok(conf_load(&conf, &a, "/dev/null", &err) == 0 &&
		strcmp(conf.db_password, "canary \"'${HOME}\n#;") == 0,
	    "a password from the environment");
	ok(!environment_has("canary") && getenv("CUSTOMERAPI_DB_PASSWORD") == NULL,
	    "is not there any more");
	ok(strlen(password) == strlen("CUSTOMERAPI_DB_PASSWORD=") && password[24 + 1] == '\0',
	    "nor where it stood");
	ok(getenv("CUSTOMERAPI_DB_USER") != NULL, "what is no secret is");
	ok(conf_load(&again, &a, "/dev/null", &err) == 0 &&
		strcmp(again.db_password, conf.db_password) == 0,
	    "it is remembered for the next time");
	setenv("CUSTOMERAPI_DB_USER", "another", 1);
	fd = conf_send(&conf);
	ok(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && !environment_has("canary"),
	    "settings for a child");
	ok(conf_receive(&child, &a, fd, &err) == 0 && strcmp(child.db_user, "somebody") == 0,
	    "are all it gets, whatever the environment says");
	ok(strcmp(child.db_password, conf.db_password) == 0, "the secrets, too");
	ok(child.body_max_bytes == conf.body_max_bytes &&
		strcmp(child.log_level, conf.log_level) == 0,
	    "and what nobody set");
	ok(!is_open(fd), "and the descriptor is closed");
	ok(conf_receive(&child, &a, open("/dev/null", O_RDONLY), &err) == ERR_CONFIG,
	    "nothing is none");
	arena_done(&a);
}

int
main(void)
{
	test_descriptors();
	test_settings();
	test_memory();
	printf("1..%d\n", tests);
	return failed > 0;
}
