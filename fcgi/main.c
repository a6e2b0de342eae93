/* customerapi.fcgi - the web program: a pool of FastCGI workers, or one CGI request. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgi/action.h"
#include "fcgi/master.h"
#include "fcgi/worker.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/private.h"

static const char usage[] =
    "Usage: customerapi.fcgi [--config FILE] [--check-config]\n"
    "Answers the CustomerAPI requests of a web server.\n\n"
    "  --config FILE    settings (default: $CUSTOMERAPI_CONF, else " SYSCONFDIR
    "/customerapi/customerapi.conf)\n"
    "  --check-config   say whether the settings are valid, and leave\n"
    "  --help           this text\n"
    "  --version        the version\n\n"
    "Started with a listening socket on descriptor 0 (spawn-fcgi, mod_fcgid) or from systemd it "
    "serves that; with GATEWAY_INTERFACE set it\n"
    "answers one request as plain CGI; else it binds fcgi_socket. SIGTERM drains and ends, SIGHUP "
    "reads the settings anew.\n"
    "See customerapi.fcgi(8), customerapi.conf(5).\n";

static int
report_config(const struct err *err)
{
	if (err->code != ERR_NONE && err->faults == NULL)
		fprintf(stderr, "customerapi.fcgi: %s\n", err->detail);
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		fprintf(stderr, "customerapi.fcgi: %s: %s\n", f->field, f->message);
	if (err->code == ERR_NONE)
		puts("configuration OK");
	return err->code == ERR_NONE ? 0 : 1;
}

static int
run(const struct conf *conf, const char *path)
{
	struct err err = { 0 };
	const char *fault = action_lint(controllers);
	int fd = master_inherited_socket(), status;

	log_setup("customerapi.fcgi", log_level_find(conf->log_level));
	private_descriptors(&fd, 1);
	if (fault != NULL) {
		fprintf(stderr, "customerapi.fcgi: action table: %s\n", fault);
		return 1;
	}
	if (fd < 0 && getenv("GATEWAY_INTERFACE") != NULL)
		return worker_run_cgi(conf);
	log_warn_root();
	if (fd >= 0)
		return master_run(conf, path, fd);
	if ((fd = master_bind(conf, &err)) < 0) {
		fprintf(stderr, "customerapi.fcgi: %s\n", err.detail);
		return 1;
	}
	status = master_run(conf, path, fd);
	unlink(conf->fcgi_socket);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { 0 } };
	struct arena a = { 0 };
	struct conf conf;
	struct err err = { 0 };
	const char *path = NULL;
	int c, check = 0;

	private_memory();
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			check = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			puts("customerapi.fcgi " PACKAGE_VERSION);
			return 0;
		default:
			fputs("Try customerapi.fcgi --help.\n", stderr);
			return 2;
		}
	if (optind < argc) {
		fprintf(
		    stderr, "customerapi.fcgi: unknown word \"%s\". Try --help.\n", argv[optind]);
		return 2;
	}
	c = conf_load(&conf, &a, path, &err) < 0 || check ? report_config(&err) : run(&conf, path);
	arena_done(&a);
	return c;
}
