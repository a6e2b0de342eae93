/*
 * platform_test - in check builds: the platform Test, whose actions end in every way that a mapping
 * can end.
 *
 * A payload's "id" (if any) becomes the Identifier of a MarketingAction, its "label" the Label: an
 * effect that tests can look for.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "platform/platform.h"

/* Adds a MarketingAction to the change. */
static struct row *
add_action(struct platform_context *ctx, const char *id)
{
	struct row *row = change_row(ctx->change, E_MarketingAction, ROW_PUT);

	row_text(row, MarketingAction_Identifier, id);
	row_int(row, MarketingAction_SourceId, ctx->message->source_id);
	return row;
}

static void
test_effect(struct platform_context *ctx)
{
	const char *id = json_text(ctx->payload, "id");

	if (id != NULL)
		row_text(add_action(ctx, id), MarketingAction_Label,
		    json_text(ctx->payload, "label"));
}

static int
test_done(struct platform_context *ctx, struct err *err)
{
	(void)err;
	test_effect(ctx);
	snprintf(ctx->reason, sizeof ctx->reason, "written");
	return PLATFORM_DONE;
}

/* Every time it is applied there is a row more. */
static int
test_append(struct platform_context *ctx, struct err *err)
{
	unsigned char random[8];

	(void)err;
	secret_random(random, sizeof random);
	add_action(ctx, arena_printf(ctx->arena, "%s-%s", json_text(ctx->payload, "id"),
	    text_hex(ctx->arena, random, sizeof random)));
	return PLATFORM_DONE;
}

static int
test_superseded(struct platform_context *ctx, struct err *err)
{
	(void)err;
	snprintf(ctx->reason, sizeof ctx->reason, "a newer state is stored");
	return PLATFORM_SUPERSEDED;
}

static int
test_ignored(struct platform_context *ctx, struct err *err)
{
	(void)err;
	snprintf(ctx->reason, sizeof ctx->reason, "a test order");
	return PLATFORM_IGNORED;
}

/* Fails with a row in its change, so that it shows when that is written all the same. The reason
 * ends inside a character. */
static int
test_permanent(struct platform_context *ctx, struct err *err)
{
	test_effect(ctx);
	return err_set(err, ERR_PERMANENT, "this will never do: \xc3");
}

/* Bytes that are no character, and more text than there is room for. */
static int
test_odd(struct platform_context *ctx, struct err *err)
{
	char text[sizeof err->detail] = "\xff" "a";

	(void)ctx;
	while (strlen(text) + 4 <= sizeof text)
		memcpy(text + strlen(text), "\xe2\x82\xac", 4);
	return err_set(err, ERR_PERMANENT, "%s\xe2\x82\xac", text);
}

static int
test_transient(struct platform_context *ctx, struct err *err)
{
	test_effect(ctx);
	return err_set(err, ERR_TRANSIENT, "not now");
}

static int
test_retry(struct platform_context *ctx, struct err *err)
{
	(void)ctx;
	return err_set(err, ERR_DB_RETRY, "a lock conflict that never ends");
}

static int
test_slow(struct platform_context *ctx, struct err *err)
{
	int found;
	int64_t ms = json_int(ctx->payload, "ms", &found);

	for (usec_t end = clock_monotonic_us() + (found ? ms : 100) * 1000, now;
	     (now = clock_monotonic_us()) < end;) /* signals shorten a sleep */
		usleep((useconds_t)(end - now < 50000 ? end - now : 50000));
	return test_done(ctx, err);
}

static int
test_crash(struct platform_context *ctx, struct err *err)
{
	(void)ctx;
	kill(getpid(), SIGKILL);
	return err_set(err, ERR_INTERNAL, "still alive");
}

/* Keeps what it takes, until the parent ends the process. */
static int
test_hog(struct platform_context *ctx, struct err *err)
{
	int found;
	size_t bytes = (size_t)json_int(ctx->payload, "mb", &found) << 20;
	char *p = arena_alloc(ctx->arena, bytes);

	memset(p, 1, bytes);
	return test_slow(ctx, err);
}

const struct platform_row platform_test_rows[] = {
	PLATFORM("Test", .hidden = 1)
	PLATFORM_ROW("Test", "Any", "Done", test_done, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Append", test_append, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Superseded", test_superseded, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Ignored", test_ignored, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Permanent", test_permanent, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Odd", test_odd, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Transient", test_transient, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Retry", test_retry, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Slow", test_slow, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Crash", test_crash, NULL, "For tests of the daemon.")
	PLATFORM_ROW("Test", "Any", "Hog", test_hog, NULL, "For tests of the daemon.")
	{ .platform = NULL },
};
