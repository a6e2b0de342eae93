/* customerapi-scheduler - the daemon: processes the queue, sends mails and runs schedules. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/private.h"
#include "scheduler/child.h"
#include "scheduler/parent.h"

static const char usage[] =
    "Usage: customerapi-scheduler [--config FILE] [--check-config | --once]\n"
    "Processes the message queue, sends mails and runs schedules.\n\n"
    "  --config FILE    settings (default: $CUSTOMERAPI_CONF, else " SYSCONFDIR
    "/customerapi/customerapi.conf)\n"
    "  --check-config   say whether the settings are valid, and leave\n"
    "  --once           do what is due now, and leave: for hosts that only have cron;\n"
    "                   prints nothing when all is well\n"
    "  --help           this text\n"
    "  --version        the version\n\n"
    "SIGTERM finishes the open batches and ends, SIGHUP reads the settings anew. See "
    "customerapi-scheduler(8), customerapi.conf(5).\n";

enum mode { MODE_PARENT, MODE_CHILD, MODE_CHECK, MODE_ONCE };

static int
report_config(const struct err *err)
{
	if (err->code != ERR_NONE && err->faults == NULL)
		fprintf(stderr, "customerapi-scheduler: %s\n", err->detail);
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		fprintf(stderr, "customerapi-scheduler: %s: %s\n", f->field, f->message);
	if (err->code == ERR_NONE)
		puts("configuration OK");
	return err->code == ERR_NONE ? 0 : 1;
}

/* cron mails whatever is printed: by --once only what is not well is. */
static enum log_level
least_level(enum mode mode, const struct conf *conf)
{
	enum log_level level = log_level_find(conf->log_level);

	return mode == MODE_ONCE && level == LOG_LEVEL_INFO ? LOG_LEVEL_WARNING : level;
}

static int
run_once(const struct conf *conf)
{
	struct child_start start = { .name = "once", .once = 1, .wake_fd = -1, .beat_fd = -1 };
	int status = 0;

	for (const struct child_kind *k = child_kinds; k->name != NULL && status == 0; k++)
		status = k->run(conf, &start);
	return status;
}

static int
run(enum mode mode, const struct conf *conf, const char *path, const struct child_kind *kind,
    const struct child_start *start)
{
	switch (mode) {
	case MODE_CHILD:
		return kind == NULL ? 2 : kind->run(conf, start);
	case MODE_ONCE:
		return run_once(conf);
	case MODE_CHECK:
	case MODE_PARENT:
		break;
	}
	return parent_run(conf, path);
}

int
main(int argc, char **argv)
{
	/* --child, --name, --predecessor, --wake, --beat and --settings are between the parent and
	 * its children. */
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' }, { "once", no_argument, NULL, 'o' },
		{ "child", required_argument, NULL, 'd' }, { "name", required_argument, NULL, 'n' },
		{ "predecessor", required_argument, NULL, 'p' },
		{ "wake", required_argument, NULL, 'w' }, { "beat", required_argument, NULL, 'b' },
		{ "settings", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { 0 } };
	struct child_start start = { .name = "worker", .wake_fd = -1, .beat_fd = -1 };
	const struct child_kind *kind = NULL;
	struct arena a = { 0 };
	struct conf conf;
	struct err err = { 0 };
	const char *path = NULL;
	enum mode mode = MODE_PARENT;
	int c, status, settings = -1;

	private_memory();
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'c': path = optarg; break;
		case 'k': mode = MODE_CHECK; break;
		case 'o': mode = MODE_ONCE; break;
		case 'd': mode = MODE_CHILD; kind = child_kind_find(optarg); break;
		case 'n': start.name = optarg; break;
		case 'p': start.predecessor = optarg; break;
		case 'w': start.wake_fd = atoi(optarg); break;
		case 'b': start.beat_fd = atoi(optarg); break;
		case 's': settings = atoi(optarg); break;
		case 'h': fputs(usage, stdout); return 0;
		case 'v': puts("customerapi-scheduler " PACKAGE_VERSION); return 0;
		default: fputs("Try customerapi-scheduler --help.\n", stderr); return 2;
		}
	if ((settings < 0 ? conf_load(&conf, &a, path, &err) :
			    conf_receive(&conf, &a, settings, &err)) < 0 ||
	    mode == MODE_CHECK)
		status = report_config(&err);
	else {
		log_setup("customerapi-scheduler", least_level(mode, &conf));
		private_descriptors((int[]){ start.wake_fd, start.beat_fd }, 2);
		if (mode == MODE_PARENT)
			log_warn_root();
		status = run(mode, &conf, path, kind, &start);
	}
	arena_done(&a);
	return status;
}
