/* TAP: the action table holds, and action_lint() finds each kind of fault. And routing: 404 with a
 * hint, 405, OPTIONS. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/action.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/schedule.h"

struct args {
	struct param_text name;
	struct param_int times;
};

static int tests, failed;

static void
ok(int good, const char *what, const char *more)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s%s%s\n", good ? "" : "not ", tests, what, more == NULL ? "" : ": ",
	    more == NULL ? "" : more);
}

static int
nothing(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)r;
	(void)args;
	(void)reply;
	return err->code;
}

static const int no_errors[] = { ERR_NONE };
struct other { int64_t n; };
struct shown {
	const char *name;
	int64_t n;
};

#define NUMBER FROM(struct shown, n)
#define NAME FROM(struct shown, name)

static const struct field good_reply[] = {
	FIELD(TEXT, "Name", "Who it is.", NAME, .sample = "Ada"), FIELD_END
};

/* One action with two parameters, all right; each test spoils a copy. */
struct table {
	struct action rows[3];
	struct param params[3];
};

static void
table_init(struct table *t)
{
	*t = (struct table){ .rows = { { .controller = "Test",
				 .name = "Try",
				 .methods = REQUEST_GET,
				 .path = "Try/{Name}",
				 .access = ACCESS_PUBLIC,
				 .about = "Tries things.",
				 .tx = ACTION_TX_NONE,
				 .area = "help",
				 .doc = "Tries.",
				 .reply_doc = "200.",
				 .args_bytes = sizeof(struct args),
				 .run = nothing,
				 .status = 204,
				 .errors = no_errors } },
		.params = {
		    { .name = "Name",
			PARAM_FIELD(struct args, name),
			.in = PARAM_PATH,
			.required = 1,
			.max_length = 9,
			.sample = "Ada",
			.doc = "Who it is." },
		    { .name = "Times",
			PARAM_FIELD(struct args, times),
			.in = PARAM_QUERY,
			.min = 1,
			.max = 9,
			.def = "1",
			.doc = "How often." },
		} };
	t->rows[0].params = t->params;
}

static const char *
lint(const struct table *t)
{
	const struct action *const list[] = { t->rows, NULL };

	return action_lint(list);
}

#define FINDS(what, spoil) do { \
		struct table t; \
		table_init(&t); \
		spoil; \
		ok(lint(&t) != NULL, what, lint(&t)); \
	} while (0)

#define PASSES(what, change) do { \
		struct table t; \
		table_init(&t); \
		change; \
		ok(lint(&t) == NULL, what, lint(&t)); \
	} while (0)

static void
test_actions(void)
{
	FINDS("no controller", t.rows[0].controller = NULL);
	FINDS("no function", t.rows[0].run = NULL);
	FINDS("path with a slash in front", t.rows[0].path = "/Try/{Name}");
	FINDS("no method", t.rows[0].methods = 0);
	FINDS("HEAD as a method", t.rows[0].methods = REQUEST_HEAD | REQUEST_GET);
	FINDS("access not said", t.rows[0].access = ACCESS_UNSET);
	FINDS("transaction not said", t.rows[0].tx = ACTION_TX_UNSET);
	FINDS("unknown area", t.rows[0].area = "kitchen");
	FINDS("a body without POST", t.rows[0].takes_body = 1);
	FINDS("a body that is kept and not taken", t.rows[0].keeps_body = 1);
	FINDS("content with other documented names",
	    (t.rows[0].content = CONTENT_QUEUE, t.rows[0].content_sample = "a=1"));
	FINDS("content without a sample",
	    (t.rows[0].content = CONTENT_EMAIL, t.rows[0].content_sample = NULL));
	FINDS("doc is no sentence", t.rows[0].doc = "Tries");
	FINDS("no reply doc", t.rows[0].reply_doc = NULL);
	FINDS("a hole without parameter", t.rows[0].path = "Try/{Name}/{Other}");
	FINDS("the same path twice", t.rows[1] = t.rows[0]);
	FINDS("a path with other holes", (t.rows[1] = t.rows[0], t.rows[1].path = "TRY/{name}"));
	FINDS("a row behind one that takes all",
	    (t.rows[1] = t.rows[0], t.rows[1].path = "Try/List", t.rows[1].params = NULL));
}

/* Two rows whose addresses can be the same: clear is .also of the second. */
static const char *
lint_two(const char *path, const char *other, const char *clear)
{
	struct table t;

	table_init(&t);
	t.rows[1] = t.rows[0];
	t.rows[0].path = path;
	t.rows[1].path = other;
	t.rows[1].also = clear;
	return lint(&t);
}

static void
test_clear(void)
{
	const char *fault = lint_two("Try/All/{Name}", "Try/{Name}/Go", NULL);

	ok(fault != NULL && strstr(fault, "another row") != NULL, "two paths for one address",
	    fault);
	ok(lint_two("Try/{Name}/Go", "Try/All/{Name}", NULL) != NULL, "the other way round", NULL);
	ok(lint_two("Try/All/{Name}", "Try/{Name}/Go", "Try/Of/{Name}/Go") == NULL,
	    "with a clear address it holds", NULL);
	ok(lint_two("Try/All/{Name}", "Try/{Name}/Go", "Try/Of/Go") != NULL,
	    "a clear address has holes, too", NULL);
	ok(lint_two("Try/All/{Name}", "Try/{Name}/Go", "Try/All/{Name}/Go") == NULL,
	    "a longer one is another", NULL);
	ok(lint_two("Try/{Name}", "Try/All/{Name}", NULL) == NULL, "so are paths of two lengths",
	    NULL);
}

static void
test_headers(void)
{
	static const int reused[] = { ERR_KEY_REUSED, ERR_NONE };

	FINDS("no row says what the controller is about", t.rows[0].about = NULL);
	FINDS("a POST of the tenant without its key",
	    (t.rows[0].methods = REQUEST_POST, t.rows[0].tx = ACTION_TX_TENANT));
	FINDS("one of the registry",
	    (t.rows[0].methods = REQUEST_POST, t.rows[0].tx = ACTION_TX_REGISTRY));
	PASSES("one that keeps none",
	    (t.rows[0].methods = REQUEST_POST, t.rows[0].tx = ACTION_TX_REGISTRY,
		t.rows[0].keyless = 1));
	FINDS("a GET with a key", t.rows[0].errors = reused);
	FINDS("a POST that is not modified",
	    (t.rows[0].methods = REQUEST_POST, t.rows[0].status_too = 304));
}

/* The choices of a parameter are those of the table, in its order. */
static void
test_form_names(void)
{
	char names[200] = "";

	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
		    f == schedule_forms ? "" : "|", f->name);
	ok(strcmp(names, SCHEDULE_FORM_NAMES) == 0, "the names of the forms", names);
}

static void
test_replies(void)
{
	static const struct field no_doc[] = { FIELD(INT, "A", NULL, NUMBER), FIELD_END },
	    no_sample[] = { FIELD(TEXT, "A", "What it is.", NAME), FIELD_END },
	    twice[] = { FIELD(INT, "A", "What it is.", NUMBER),
		FIELD(INT, "A", "What it is.", NUMBER), FIELD_END },
	    no_rows[] = { FIELD(OBJECT, "A", "What it is.", FROM_SAME(struct shown)), FIELD_END },
	    odd[] = { FIELD(INT, "A", "What it is.", NUMBER, .sample = "one"), FIELD_END },
	    inside[] = { FIELD(OBJECT, "A", "What it is.", FROM_SAME(struct shown),
		.rows = no_sample), FIELD_END },
	    any[] = { FIELD(ANY, "A", "What it is.", NAME, .sample = "[]"), FIELD_END },
	    nowhere[] = { FIELD(INT, "A", "What it is."), FIELD_END },
	    open_words[] = { FIELD(TEXT, "A", "What it is.", .choices = "B|C"), FIELD_END },
	    other_kind[] = { FIELD(TIME, "A", "What it is.", NAME), FIELD_END },
	    two_structs[] = { FIELD(INT, "A", "What it is.", NUMBER),
		FIELD(INT, "B", "What it is.", FROM(struct other, n)), FIELD_END },
	    other_inside[] = { FIELD(OBJECT, "A", "What it is.", FROM_SAME(struct other),
		.rows = good_reply), FIELD_END };
	static const int internal[] = { ERR_INTERNAL, ERR_NONE };

	FINDS("no status", t.rows[0].status = 0);
	FINDS("a failure as success", t.rows[0].status = 404);
	FINDS("a second status that is none", t.rows[0].status_too = 500);
	FINDS("no reply", t.rows[0].status = 200);
	FINDS("a reply of 204", t.rows[0].reply = good_reply);
	FINDS("two replies",
	    (t.rows[0].status = 200, t.rows[0].reply = good_reply,
		t.rows[0].reply_type = "text/plain"));
	FINDS("no errors said", t.rows[0].errors = NULL);
	FINDS("an error of ours", t.rows[0].errors = internal);
	FINDS(
	    "a body without sample", (t.rows[0].methods = REQUEST_POST, t.rows[0].takes_body = 1));
	FINDS("a field without doc", (t.rows[0].status = 200, t.rows[0].reply = no_doc));
	FINDS("a field without sample", (t.rows[0].status = 200, t.rows[0].reply = no_sample));
	FINDS("a field inside without sample", (t.rows[0].status = 200, t.rows[0].reply = inside));
	FINDS("a field twice", (t.rows[0].status = 200, t.rows[0].reply = twice));
	FINDS("an object without rows", (t.rows[0].status = 200, t.rows[0].reply = no_rows));
	FINDS("a sample of another kind", (t.rows[0].status = 200, t.rows[0].reply = odd));
	FINDS("a sample that is no object", (t.rows[0].status = 200, t.rows[0].reply = any));
	FINDS("a field without a value", (t.rows[0].status = 200, t.rows[0].reply = nowhere));
	FINDS("words without a value", (t.rows[0].status = 200, t.rows[0].reply = open_words));
	FINDS("a value of another kind", (t.rows[0].status = 200, t.rows[0].reply = other_kind));
	FINDS("rows of two structs", (t.rows[0].status = 200, t.rows[0].reply = two_structs));
	FINDS("an object of another struct",
	    (t.rows[0].status = 200, t.rows[0].reply = other_inside));
}

static void
test_errors(void)
{
	static const int more[] = { ERR_CONFLICT, ERR_NOT_FOUND, ERR_DB_DUPLICATE, ERR_NONE };
	const struct action a = { .access = ACCESS_LOGIN, .takes_body = 1, .errors = more };
	static const int want[] = { 400, 401, 403, 404, 409, 413, 414, 415, 429, 500, 503 };
	int codes[ACTION_ERRORS_MAX], n = action_errors(&a, codes),
				      same = n == (int)(sizeof want / sizeof want[0]);

	for (int i = 0; i < n && same; i++)
		same = err_status(codes[i]) == want[i];
	ok(same, "errors in order, each status once", NULL);
}

static const char *
never(const char *text)
{
	(void)text;
	return "must be another";
}

static void
test_params(void)
{
	FINDS("required without sample", t.params[0].sample = NULL);
	FINDS("a sample out of range", t.params[1].sample = "10");
	FINDS("kind not said", t.params[0].kind = PARAM_UNSET);
	FINDS("place not said", t.params[0].in = PARAM_IN_UNSET);
	FINDS("path parameter without hole", t.params[1].in = PARAM_PATH);
	FINDS("path parameter not required", t.params[0].required = 0);
	FINDS("integer without range", t.params[1].min = t.params[1].max = 0);
	FINDS("text without length", t.params[0].max_length = 0);
	FINDS("required with a default", t.params[1].required = 1);
	FINDS("default out of range", t.params[1].def = "10");
	FINDS("default no integer", t.params[1].def = "one");
	FINDS("parameter without doc", t.params[1].doc = NULL);
	FINDS("parameter twice", t.params[1].name = "NAME");
	FINDS("field outside the args", t.rows[0].args_bytes = 8);
	FINDS("text with no shortest length that can be", t.params[0].min = 10);
	FINDS("a path to be stripped", t.params[0].strip = 1);
	FINDS("a number to be stripped", t.params[1].strip = 1);
	FINDS("a check of what is no text", t.params[1].check = never);
	FINDS("a sample that the check refuses", t.params[0].check = never);
}

struct element { struct param_text word; };
struct rows_args { struct param_rows rows; };

static void
test_rows(void)
{
	static struct param of[2], rows[2];
	struct table t;

#define ROWS(what, good, spoil) do { \
		table_init(&t); \
		of[0] = (struct param){ .name = "Word", PARAM_FIELD(struct element, word), \
			.in = PARAM_BODY, .max_length = 5, .doc = "A word." }; \
		rows[0] = (struct param){ .name = "Rows", PARAM_FIELD(struct rows_args, rows), \
			.in = PARAM_BODY, .max_length = 2, .of = of, \
			.of_bytes = sizeof(struct element), \
			.sample = "[{\"Word\": \"a\"}]", .doc = "All of them." }; \
		t.rows[0].path = "Try"; \
		t.rows[0].methods = REQUEST_POST; \
		t.rows[0].params = rows; \
		t.rows[0].args_bytes = sizeof(struct rows_args); \
		spoil; \
		ok((lint(&t) == NULL) == good, what, lint(&t)); \
	} while (0)
	ROWS("an array of objects", 1, (void)0);
	ROWS("in the query", 0, rows[0].in = PARAM_QUERY);
	ROWS("without members", 0, rows[0].of = NULL);
	ROWS("without an end", 0, rows[0].max_length = 0);
	ROWS("a member outside its struct", 0, rows[0].of_bytes = 1);
	ROWS("a member of the query", 0, of[0].in = PARAM_QUERY);
	ROWS("a member without doc", 0, of[0].doc = "");
	ROWS("a sample with a member too long", 0, rows[0].sample = "[{\"Word\": \"abcdef\"}]");
	ROWS("a sample with an unknown member", 0, rows[0].sample = "[{\"Wort\": \"a\"}]");
	ROWS("a sample that is no array", 0, rows[0].sample = "{}");
	ROWS("a default", 0, rows[0].def = "[]");
}

static void
test_find(
    const char *path, enum request_method method, int code, const char *name, const char *text)
{
	static const struct conf conf = { .fcgi_area = "all" };
	static struct request_thread thread = { .conf = &conf };
	struct request r = { .thread = &thread, .method = method };
	struct err err = { 0 };
	const struct action *action;
	const char *allow;
	const char *said;
	int rc;

	request_parse_path(&r, path, 1, &err);
	rc = action_find(&r, &action, &allow, &err);
	said = allow != NULL ? allow : err.detail;
	ok(rc == code && (text == NULL || strstr(said, text) != NULL), path, said);
	if (name == NULL)
		ok(action == NULL, path, "finds no action");
	else
		ok(action != NULL && strcmp(action->name, name) == 0, path, name);
	request_done(&r);
}

int
main(void)
{
	struct table good;

	ok(action_lint(controllers) == NULL, "all actions hold", action_lint(controllers));
	table_init(&good);
	ok(lint(&good) == NULL, "so does the table of this test", lint(&good));
	table_init(&good);
	good.rows[1] = good.rows[0];
	good.rows[0].path = "Try/List";
	good.rows[0].params = NULL;
	ok(lint(&good) == NULL, "a narrow row may stand before a wide one", lint(&good));
	test_actions();
	test_clear();
	test_headers();
	test_form_names();
	test_replies();
	test_errors();
	test_params();
	test_rows();
	test_find("/healthz", REQUEST_GET, 0, "healthz", NULL);
	test_find("/HealthZ/", REQUEST_HEAD, 0, "healthz", NULL);
	test_find("/healthz", REQUEST_POST, ERR_METHOD, NULL, "GET, HEAD, OPTIONS");
	test_find("/healthz", REQUEST_OTHER, ERR_METHOD, NULL, "GET, HEAD, OPTIONS");
	test_find("/healthz", REQUEST_OPTIONS, 0, NULL, "GET, HEAD, OPTIONS");
	test_find("/helthz", REQUEST_GET, ERR_NOT_FOUND, NULL, "did you mean /healthz?");
	test_find("/processmanagement/connector/standard/QueueProces/Some-Customer/Some-Alias/"
		  "Shopify/Order/Insert",
	    REQUEST_POST, ERR_NOT_FOUND, NULL,
	    "did you mean /ProcessManagement/Connector/Standard/QueueProcess/{CustomerName}/");
	test_find("/ProcessManagement/Schedules/ById/7/Pause", REQUEST_POST, 0, "Pause", NULL);
	test_find("/ProcessManagement/Schedules/7/Pause", REQUEST_POST, 0, "Pause", NULL);
	test_find("/", REQUEST_GET, 0, "Root", NULL);
	test_find("/", REQUEST_POST, ERR_METHOD, NULL, "GET, HEAD, OPTIONS");
	test_find("/ProcessManagement/Foo/Daily", REQUEST_POST, ERR_NOT_FOUND, NULL,
	    "; HelpWebapi lists what there is.");
	test_find("/healthz/more", REQUEST_GET, ERR_NOT_FOUND, NULL, NULL);
	printf("1..%d\n", tests);
	return failed != 0;
}
