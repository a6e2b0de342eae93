/*
 * platform - the mappings of queued messages: one function per row. model/platform.h says how the
 * rows of a platform are written.
 *
 * A mapping makes a change (model/change/change.h) of the payload and of what it asks
 * (model/change/known.h). It has no database, no clock, no network. It ends with ERR_ASKED when an
 * answer is missing, and runs again from its start when the answer is there, with a new arena and a
 * new change. The worker writes the changes of a batch together (store/change_apply.h), and then
 * calls ctx->conclude.
 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/entity_owner.h"
#include "model/read.h"
#include "model/state.h"

struct arena;
struct change;
struct consent;
struct err;
struct json_object;
struct known;

enum platform_outcome {
	PLATFORM_UNSET,
	PLATFORM_DONE, /* the effect is written */
	PLATFORM_SUPERSEDED, /* a newer state is stored already; nothing was written */
	PLATFORM_IGNORED /* deliberately without effect (a test order); ctx->reason says why */
};

/* The tenant's first message with a signature over the same bytes. It may be of another Source,
 * because two Sources can share a secret. */
struct platform_seen {
	const char *platform, *entity, *action;
	const char *headers;		/* as platform_message.headers, not parsed */
};

/* Everything a handler may know of its message. Strings are NUL-terminated and live as long as the
 * context. */
struct platform_message {
	int64_t id;
	unsigned char receipt[16];
	int64_t tenant_id;
	const char *platform, *entity, *action;
	int16_t source_id;
	int32_t zone_id, brand_id; /* as asked in the URL, else the tenant's defaults, else the
				      first that the sender may work with */
	int16_t address_type_id;
	const char *time_zone;		/* IANA name of the tenant's; NULL = UTC */
	int takes_test_orders;		/* the Source wants orders marked test=true */
	enum entity_reach reach;	/* what it may write; platform_owner.h asks */
	int is_proven; /* its sender was authenticated; 0 when it came to an open Source without a
			* credential */
	int is_undated;			/* of a list that is sent as a whole, again and again: a row
					 * without a stamp of its own is not changed by its arrival
					 * alone */
	usec_t received_at;
	const struct platform_seen
	    *seen; /* for rows with .one_topic: the first message with the same bytes; NULL = this
		    * one */
	struct json_object *headers;	/* object of lower-case names to strings */
	const char *body;		/* unpacked */
	size_t body_bytes;
};

/* A request about a person, or (REQUEST_SHOP_REDACT) a whole Source. The worker stores it in the
 * registry in the transaction that settles the message (store/registry/store_privacy.h). */
struct platform_request {
	enum kind_of_request kind;
	const char *customer;		/* the person's number in the Source, or NULL */
	const char *email;		/* as sent, or NULL */
	const char **purchases;		/* numbers of purchases in the Source */
	size_t npurchases;
	const char *request;		/* the platform's number of it, or "" */
	const char *by;			/* "Shopify customers/redact" */
};

struct platform_context {
	struct arena *arena;		/* of this message */
	const struct platform_message *message;
	struct json_object
	    *payload; /* parsed strictly by the worker before the handler runs; never NULL */
	struct json_object *made; /* out: what the mapping made beside the payload and its rows
				   * still refer to; put by whoever runs it. NULL = none */
	const void *record; /* of a mapping whose input is no JSON, what a process read
			     * (process/feed.h) */
	struct platform_request *asks;	/* out, of rows with .asks_only: in the arena */
	char reason[600]; /* out: a sentence for the history (what was written, or why nothing) */
	struct known *known;		/* what may be asked */
	struct change *change;		/* out: what is to be written */
	const struct consent *consent;	/* what the delivery says of opt-ins where nothing else is
					 * said */
	/* out: called when the change is written, with arg; it may read the rows' keys and fates,
	 * and writes reason. Returns an enum platform_outcome. NULL: what run() returned holds. */
	int (*conclude)(struct platform_context *ctx, void *arg);
	void *concluding;		/* arg, in the arena */
	struct platform_contacts *contacts;	/* of platform/contact.c */
	struct reader in; /* of the payload; its arena is set before the handler runs. Out: its
			     remarks, which are shown when the message ends well */
};

struct platform_row {
	const char *platform, *entity,
	    *action; /* entity "*": each entity of the model, by its name or its set's */
	/* Returns an enum platform_outcome (nothing is written unless it is PLATFORM_DONE), or a
	 * negative ERR_: ERR_PERMANENT = dead at once with err->detail, ERR_ASKED = run again with
	 * the answers, transient codes = tried again. */
	int (*run)(struct platform_context *ctx, struct err *err);
	int one_topic; /* it takes something away: signed bytes that came under another topic do not
			*/
	int asks_only; /* it writes nothing in the tenant's database; its request is in ctx->asks */
};

/* The rows as functions (model/platform.h): the web's part is left out. */
#define PLATFORM(...)
#define PLATFORM_ROW(platform_, entity_, action_, run_, sample_, doc_, ...) \
	{ .platform = platform_, .entity = entity_, .action = action_, .run = run_, __VA_ARGS__ },

/* The tables of all platforms, made of platform/Makemodule.am; ends with NULL. */
extern const struct platform_row *const platform_tables[];

/* Notes a sentence for the receipt, about something in the body that was not taken as sent.
 * lib/remark.h says what it may hold. */
#define platform_remark(ctx, ...) read_remark(&(ctx)->in, __VA_ARGS__)

/* From now on names of members are compared without case, and a date without an offset is in the
 * tenant's zone. Ended by read_close(&ctx->in). */
void platform_any_case(struct platform_context *ctx);

/* The row for a triple (case ignored), or NULL = unrouted. */
const struct platform_row *platform_find(
    const char *platform, const char *entity, const char *action);

/* The rows of all platforms in one sequence: row i, or NULL after the last. */
const struct platform_row *platform_at(size_t i);

#endif
