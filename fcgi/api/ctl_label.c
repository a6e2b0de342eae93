#include "config.h"

#include "fcgi/api/ctl_label.h"

#include <stddef.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/page.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/tenant_db.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/store_label.h"

enum { PAGE_MAX = 1000, WORD_MAX = 255, OF_ALL_SOURCES = -1 };

/* ------------------------------------------------------------------ what replies have */

struct label_list { struct rows labels; };

static const struct field list_reply[] = {
	FIELD(OBJECT, "Labels", "The labels in the order of Kind and Word.", FROM_ROWS(struct label_list, labels),
	    .rows = store_label_listed, .lines = 1),
	FIELD_END,
};

/* ------------------------------------------------------------------ list */

struct list_args {
	struct param_int source_id, limit;
	struct param_text kind, after;
};

#define KIND_DOC \
	"The kind of label: states of purchases, civilities, genders, countries, or yes and no."

static const struct param list_params[] = {
	{ .name = "SourceId",
	    PARAM_FIELD(struct list_args, source_id),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = INT16_MAX,
	    .doc = "Only labels of this Source. 0 lists the words that are known without being "
		   "set. Without it, all labels that were set are listed." },
	{ .name = "Kind",
	    PARAM_FIELD(struct list_args, kind),
	    .in = PARAM_QUERY,
	    .max_length = 20,
	    .choices = STORE_LABEL_KINDS,
	    .doc = "Only labels of this list." },
	{ .name = "After",
	    PARAM_FIELD(struct list_args, after),
	    .in = PARAM_QUERY,
	    .max_length = WORD_MAX,
	    .doc = "Only labels whose Word comes after this one. Give the last Word of a page to "
		   "get the next page of a Kind." },
	PAGE_LIMIT(struct list_args, PAGE_MAX, "500"),
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	const int source_id = in->source_id.given ? (int)in->source_id.value : OF_ALL_SOURCES;
	struct label_list found;
	struct db *db;
	int rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_label_list(db, &r->arena, source_id, in->kind.value, in->after.value,
		 (int)in->limit.value, &found.labels, err)) < 0)
		return rc;
	reply_row(reply, list_reply, &found);
	return 0;
}

/* ------------------------------------------------------------------ set, remove */

struct label_args {
	struct param_int source_id;
	struct param_text kind, label, id;
};

#define LABEL_PARAMS(where) \
	{ .name = "SourceId", \
		PARAM_FIELD(struct label_args, source_id), \
		.in = where, \
		.required = 1, \
		.min = 1, \
		.max = INT16_MAX, \
		.sample = "1", \
		.doc = "The Source that sends the label." }, \
	    { .name = "Kind", \
		    PARAM_FIELD(struct label_args, kind), \
		    .in = where, \
		    .required = 1, \
		    .max_length = 20, \
		    .choices = STORE_LABEL_KINDS, \
		    .sample = "PurchaseStatus", \
		    .doc = KIND_DOC }, \
	{ \
		.name = "Label", PARAM_FIELD(struct label_args, label), .in = where, \
		.required = 1, .max_length = STORE_LABEL_CHARACTERS, .sample = "In transit", \
		.doc = "The word as the shop sends it; case, accents and the signs between its " \
		       "letters do not matter." \
	}

static const struct param set_params[] = {
	LABEL_PARAMS(PARAM_BODY),
	{ .name = "Id",
	    PARAM_FIELD(struct label_args, id),
	    .in = PARAM_BODY,
	    .required = 1,
	    .max_length = STORE_LABEL_ID,
	    .sample = "5",
	    .doc = "What it means, as text: PurchaseStatusId, CivilityId, GenderId, CountryId "
		   "(three letters), or of a Flag 1 for yes and 0 for no." },
	{ .name = NULL },
};

static const struct param remove_params[] = { LABEL_PARAMS(PARAM_PATH), { .name = NULL } };

static struct store_label
label_of(const struct label_args *in)
{
	return (struct store_label){ .kind = in->kind.value,
		.label = in->label.value,
		.id = in->id.value,
		.source_id = (int16_t)in->source_id.value };
}

static int
set(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct store_label l = label_of(args);
	struct db *db;
	int rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_label_put(db, &r->arena, &l, r->access->now, &l.word, err)) < 0)
		return rc;
	reply_row(reply, store_label_row, &l);
	return 0;
}

static int
erase(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct store_label l = label_of(args);
	struct db *db;
	int removed, rc;

	if ((rc = tenant_db_get(r, &db, err)) < 0 ||
	    (rc = store_label_remove(db, &r->arena, &l, &removed, err)) < 0)
		return rc;
	if (!removed)
		return err_set(err, ERR_NOT_FOUND, "Source %d has no such label of the kind %s.",
		    l.source_id, l.kind);
	reply->status = 204;
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define LABELS "ProcessManagement/Labels"
#define ROW(action, way, address, tx_) \
	.controller = "Labels", .name = action, .methods = way, .path = address, \
	.access = ACCESS_TOKEN, .area = "process", .tx = tx_, \
	.limits = ((way) == REQUEST_GET ? ACTION_LIMITS_NONE : ACTION_LIMITS_WHOLE)

const struct action ctl_label_actions[] = {
	{ ROW("List", REQUEST_GET, LABELS, ACTION_TX_NONE),
	    .about = "The meanings of words that shops use: states of purchases, civilities, "
		     "countries.",
	    .params = list_params,
	    .args_bytes = sizeof(struct list_args), .run = list,
	    .doc = "Lists the meanings of labels that were set for Sources, or the words that are "
		   "known without being set.",
	    .reply_doc = "200 with Labels.", .status = 200, .reply = list_reply,
	    ACTION_ERRORS(ERR_NONE) },
	{ ROW("Set", REQUEST_POST, LABELS, ACTION_TX_TENANT), .params = set_params,
	    .args_bytes = sizeof(struct label_args), .run = set,
	    .doc = "Sets the meaning of a label of a Source: a state of purchases, a civility or "
		   "a country. It goes before the labels of the tenant's own table and before the "
		   "words that are known without being set. It applies to deliveries that come "
		   "after it.",
	    .reply_doc = "200 with the label.", .status = 200, .reply = store_label_row,
	    ACTION_ERRORS(ERR_KEY_REUSED) },
	{ ROW("Remove", REQUEST_DELETE, LABELS "/{SourceId}/{Kind}/{Label}", ACTION_TX_TENANT),
	    .params = remove_params, .args_bytes = sizeof(struct label_args), .run = erase,
	    .doc = "Removes a label of a Source. Data that was stored by it stays.",
	    .reply_doc = "204.", .status = 204, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ .name = NULL },
};
