/* TAP: binding parameters: every kind of fault by name, all at once, in two phases. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/action.h"
#include "fcgi/bind.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/text.h"

struct args {
	struct param_text customer, key, label, mode;
	struct param_int source, times;
	struct param_flag batch;
};

static const struct param params[] = {
	{ .name = "CustomerName", PARAM_FIELD(struct args, customer), .in = PARAM_PATH, .required = 1, .max_length = 8, .auth = 1, .doc = "A." },
	{ .name = "SourceId", PARAM_FIELD(struct args, source), .in = PARAM_QUERY, .required = 1, .min = 1, .max = 32767, .auth = 1, .doc = "A." },
	{ .name = "key", PARAM_FIELD(struct args, key), .in = PARAM_QUERY, .max_length = 64, .secret = 1, .auth = 1, .doc = "A." },
	{ .name = "Label", PARAM_FIELD(struct args, label), .in = PARAM_QUERY, .max_length = 3, .doc = "A." },
	{ .name = "Mode", PARAM_FIELD(struct args, mode), .in = PARAM_QUERY, .max_length = 8, .choices = "Fast|Slow", .def = "Slow", .doc = "A." },
	{ .name = "Times", PARAM_FIELD(struct args, times), .in = PARAM_QUERY, .min = -5, .max = 10, .def = "3", .doc = "A." },
	{ .name = "BatchMode", PARAM_FIELD(struct args, batch), .in = PARAM_QUERY, .def = "true", .doc = "A." },
	{ .name = NULL },
};

static const struct action action = {
	.controller = "Test",
	.name = "Try",
	.methods = REQUEST_GET | REQUEST_POST,
	.path = "Try/{CustomerName}",
	.access = ACCESS_WEBHOOK,
	.tx = ACTION_TX_NONE,
	.area = "intake",
	.doc = "A.",
	.reply_doc = "A.",
	.params = params,
	.args_bytes = sizeof(struct args),
};

static int tests, failed;

static void
ok(int good, const char *what, const char *more)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s %s\n", good ? "" : "not ", tests, what, more);
}

/* The faults as "Name: message; Name: message". */
static const char *
faults(struct request *r, const struct err *err)
{
	struct buf b;

	buf_init(&b, &r->arena);
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		buf_addf(&b, "%s: %s%s", f->field, f->message, f->next != NULL ? "; " : "");
	return b.len == 0 ? "" : b.data;
}

struct trial {
	struct request r;
	struct err err;
	struct args *args;
	int rc;
};

/* Phase 1, and phase 0 unless that failed. */
static void
bind_try(struct trial *t, const char *path, const char *query)
{
	*t = (struct trial){ .r = { .method = REQUEST_GET, .body = "" } };
	if ((t->rc = request_parse_path(&t->r, path, 1, &t->err)) < 0 ||
	    (t->rc = request_parse_query(&t->r, query, &t->err)) < 0)
		return;
	t->args = bind_args_new(&t->r, &action);
	if ((t->rc = bind_args(&t->r, &action, 1, t->args, &t->err)) == 0)
		t->rc = bind_args(&t->r, &action, 0, t->args, &t->err);
}

static void
refused(const char *query, const char *want)
{
	struct trial t;
	const char *got;

	bind_try(&t, "/Try/Demo", query);
	got = faults(&t.r, &t.err);
	ok(t.rc == ERR_BAD_REQUEST && strcmp(got, want) == 0, query, "");
	if (strcmp(got, want) != 0)
		printf("# got:  %s\n# want: %s\n", got, want);
	request_done(&t.r);
}

static void
test_good(void)
{
	struct trial t;

	bind_try(&t, "/try/D%C3%A9mo",
	    "sourceid=7&KEY=k%26&LABEL=%C3%A9%C3%A9%C3%A9&mode=FAST&TIMES=-5&batchMODE=FALSE");
	ok(t.rc == 0, "all given, names in any case", faults(&t.r, &t.err));
	ok(strcmp(t.args->customer.value, "D\xc3\xa9mo") == 0 && t.args->source.value == 7 &&
		t.args->source.given,
	    "path and integer", "");
	ok(strcmp(t.args->key.value, "k&") == 0 &&
		strcmp(t.args->label.value, "\xc3\xa9\xc3\xa9\xc3\xa9") == 0,
	    "length counts characters", "");
	ok(strcmp(t.args->mode.value, "Fast") == 0, "a choice is bound as documented", "");
	ok(t.args->times.value == -5 && t.args->batch.value == 0 && t.args->batch.given,
	    "negative integer, flag", "");
	request_done(&t.r);
	bind_try(&t, "/Try/Demo", "SourceId=1&Label=&Times=");
	ok(t.rc == 0, "empty is taken", faults(&t.r, &t.err));
	ok(t.args->label.value == NULL && t.args->times.value == 3 && !t.args->times.given,
	    "empty says nothing", "");
	ok(strcmp(t.args->mode.value, "Slow") == 0 && t.args->batch.value == 1 &&
		!t.args->batch.given,
	    "defaults", "");
	request_done(&t.r);
}

static void
test_phases(void)
{
	struct trial t;

	bind_try(&t, "/Try/Demo", "Times=x&nonsense=1");
	ok(strcmp(faults(&t.r, &t.err), "SourceId: is required") == 0,
	    "phase 1 tells of its own faults only", faults(&t.r, &t.err));
	request_done(&t.r);
	bind_try(&t, "/Try/MuchTooLong", "SourceId=0");
	ok(strcmp(faults(&t.r, &t.err),
	       "CustomerName: is longer than 8 characters; SourceId: must be from 1 to 32767") == 0,
	    "all of them", faults(&t.r, &t.err));
	request_done(&t.r);
	bind_try(&t, "/Try/Demo", "SourceId=1");
	t.r.body_bytes = 3;
	ok(bind_args(&t.r, &action, 0, t.args, &t.err) == ERR_BAD_REQUEST,
	    "a body that nobody reads is a fault", faults(&t.r, &t.err));
	request_done(&t.r);
}

struct element { struct param_text text; };
struct list_args { struct param_rows rows; };

static const struct param element_params[] = {
	{ .name = "T", PARAM_FIELD(struct element, text), .in = PARAM_BODY, .max_length = 8, .doc = "A." },
	{ .name = NULL },
};
static const struct param list_params[] = {
	{ .name = "Rows",
	    PARAM_FIELD(struct list_args, rows),
	    .in = PARAM_BODY,
	    .max_length = 1000000,
	    .of = element_params,
	    .of_bytes = sizeof(struct element),
	    .doc = "A." },
	{ .name = NULL },
};
static const struct action list_action = {
	.controller = "Test",
	.name = "List",
	.methods = REQUEST_POST,
	.path = "List",
	.access = ACCESS_PUBLIC,
	.tx = ACTION_TX_NONE,
	.area = "intake",
	.doc = "A.",
	.reply_doc = "A.",
	.params = list_params,
	.args_bytes = sizeof(struct list_args),
};

/* A body of n elements, in a request that may take so many bytes. */
static void
bind_list(struct trial *t, size_t n, size_t limit)
{
	struct buf b;

	*t = (struct trial){ .r = { .method = REQUEST_POST } };
	buf_init(&b, &t->r.arena);
	buf_adds(&b, "{\"Rows\":[");
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, i > 0 ? ",{\"T\":\"x\"}" : "{\"T\":\"x\"}");
	buf_adds(&b, "]}");
	t->r.body = b.data;
	t->r.body_bytes = b.len;
	t->r.arena.limit = t->r.arena.total + limit;
	t->args = bind_args_new(&t->r, &list_action);
	t->rc = bind_args(&t->r, &list_action, 0, t->args, &t->err);
}

static void
test_memory(void)
{
	struct trial t;

	bind_list(&t, 10000, 8 << 20);
	ok(t.rc == 0 && ((struct list_args *)(void *)t.args)->rows.n == 10000, "10,000 elements",
	    faults(&t.r, &t.err));
	request_done(&t.r);
	bind_list(&t, 10000, 1 << 18);
	ok(t.rc == ERR_TOO_LARGE && t.r.arena.total < t.r.arena.limit + (1 << 19),
	    "beyond its memory a request is refused, and goes no further", t.err.detail);
	request_done(&t.r);
	bind_list(&t, 20000, 64 << 20);
	ok(t.rc == ERR_BAD_REQUEST && strstr(faults(&t.r, &t.err), "too many values") != NULL,
	    "a short text that takes much memory is refused unread", faults(&t.r, &t.err));
	request_done(&t.r);
}

int
main(void)
{
	test_good();
	test_phases();
	test_memory();
	refused("SourceId=1.5", "SourceId: is not an integer; it must be one from 1 to 32767");
	refused("SourceId=1e3", "SourceId: is not an integer; it must be one from 1 to 32767");
	refused("SourceId=0x10", "SourceId: is not an integer; it must be one from 1 to 32767");
	refused("SourceId=%201", "SourceId: is not an integer; it must be one from 1 to 32767");
	refused("SourceId=32768", "SourceId: must be from 1 to 32767");
	refused("SourceId=99999999999999999999", "SourceId: must be from 1 to 32767");
	refused("SourceId=1&SOURCEID=1", "SOURCEID: is given twice");
	refused("SourceId=1&Label=a&label=b&LABEL=c", "label: is given twice");
	refused("SourceId=1&Label=abcd", "Label: is longer than 3 characters");
	refused("SourceId=1&Label=a%0D", "Label: must not hold control characters");
	refused("SourceId=1&Mode=Faster", "Mode: must be one of Fast|Slow");
	refused("SourceId=1&Mode=Fast%7CSlow", "Mode: is longer than 8 characters");
	refused("SourceId=1&BatchMode=yes", "BatchMode: must be true or false");
	refused(
	    "SourceId=1&Tims=1", "Tims: is not a parameter of this action; did you mean Times?");
	refused("SourceId=1&CustomerName=x", "CustomerName: is not a parameter of this action");
	refused("SourceId=1&zzzzzzzzzzzz=1", "zzzzzzzzzzzz: is not a parameter of this action");
	refused("SourceId=1&Label=abcd&Mode=x&Times=11&BatchMode=2&what=1",
	    "Label: is longer than 3 characters; Mode: must be one of Fast|Slow; Times: must be "
	    "from -5 to 10; BatchMode: must be true or false; "
	    "what: is not a parameter of this action");
	printf("1..%d\n", tests);
	return failed != 0;
}
