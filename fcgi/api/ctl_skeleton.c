/* A controller to copy: rename skeleton, and add the file to Makemodule.am. The tests compile it,
 * but the API does not have its action. */
#include "config.h"

#include "fcgi/action.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"

extern const struct action ctl_skeleton_actions[];

struct greet_args {
	struct param_text name;
	struct param_int times;
};

static const struct param greet_params[] = {
	{ .name = "Name", PARAM_FIELD(struct greet_args, name), .in = PARAM_PATH, .required = 1,
	    .max_length = 64, .sample = "Ada", .doc = "Who is greeted." },
	{ .name = "Times", PARAM_FIELD(struct greet_args, times), .in = PARAM_QUERY, .min = 1,
	    .max = 10, .def = "1", .doc = "How often." },
	{ .name = NULL },
};

struct greeting {
	const char *name;
	int64_t times;
};

static const struct field greet_reply[] = {
	FIELD(TEXT, "Greeting", "The name that was given.", FROM(struct greeting, name),
	    .sample = "Ada"),
	FIELD(INT, "Times", "How often.", FROM(struct greeting, times)),
	FIELD_END,
};

static int
greet(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct greet_args *in = args;
	const struct greeting greeting = { .name = in->name.value, .times = in->times.value };

	(void)r;
	(void)err;
	reply_row(reply, greet_reply, &greeting);
	return 0;
}

const struct action ctl_skeleton_actions[] = {
	{ .controller = "Skeleton",
	    .about = "Greets; a controller to copy.",
	    .name = "Greet",
	    .methods = REQUEST_GET,
	    .path = "Skeleton/Greet/{Name}",
	    .access = ACCESS_PUBLIC,
	    .tx = ACTION_TX_NONE,
	    .area = "help",
	    .doc = "Greets somebody.",
	    .reply_doc = "200 with the greeting.",
	    .params = greet_params,
	    .args_bytes = sizeof(struct greet_args),
	    .run = greet,
	    .status = 200,
	    .reply = greet_reply,
	    ACTION_ERRORS(ERR_NONE) },
	{ .name = NULL },
};
