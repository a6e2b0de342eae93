/*
 * known - what a mapping may know of the stored rows, without a database.
 *
 * A mapping (platform/platform.h) asks. The first time the answer is ERR_ASKED: the question is
 * noted, and the mapping ends with that code. When the questions of all mappings of a batch are
 * answered (store/known/known.h), each of these mappings runs again from its start and gets its
 * answers. So a mapping has no effect but the change that it makes, and asks the same when it runs
 * again. It asks all that it can before it ends: known_wait() ends it when an answer is missing.
 *
 * Answers are as stored before a wave of the batch. store/change_batch.h sees to it that no two
 * mappings of a wave know of a row that the other changes.
 */
#ifndef MODEL_CHANGE_KNOWN_H
#define MODEL_CHANGE_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/column_gen.h"
#include "model/change/contact_key.h"
#include "model/val.h"

struct arena;
struct entity;
struct err;

enum { KNOWN_BY_MAX = 4, KNOWN_WANT_MAX = 16, KNOWN_ROWS_MAX = 20000, KNOWN_OTHERS = 2 };

/* How the rows of an answer are held to the end of the transaction. */
enum known_hold {
	KNOWN_LOOSE,	/* not at all */
	KNOWN_SHARED,	/* nobody changes them, a merge waits; rows that are not committed yet are
			 * not waited for */
	KNOWN_LOCKED	/* nobody else holds them */
};

/* Rows of one entity in which each column of by has the value said. */
struct known_rows_of {
	enum known_hold hold;
	enum column by[KNOWN_BY_MAX];	/* ends with COLUMN_UNSET; keys, identifiers, numbers */
	struct val is[KNOWN_BY_MAX];	/* none NULL */
	int prefix;			/* the last column of by only begins with its text */
	enum column want[KNOWN_WANT_MAX];	/* ends with COLUMN_UNSET */
};

/* The rows in the order of their keys. */
struct known_rows {
	size_t n, ncolumns;
	const struct val *values;	/* n * ncolumns, in the order of want */
};

/* Who a key means, by the rules of store/contact.h: the contact that is there, or is to be made. */
struct known_contact {
	enum contact_found found;	/* NONE, KNOWN, JOINED, CREATED or CREATED_BESIDE */
	int64_t contact_id;		/* 0: NONE, CREATED or CREATED_BESIDE */
	usec_t stamp;			/* its SourceStamp; USEC_NONE: none */
	int is_deleted;			/* the contact is marked so */
	usec_t ended_at;		/* when the customer went from the Source; USEC_NONE: he did
					 * not (of an identifier that was there) */
	int64_t customer_ids;		/* how many ids of customers of the Source it has */
	int64_t living_others;		/* ids of others who are not gone from the Source, and
					 * all of other Sources */
	int64_t identifiers;		/* how many it has in all */
};

enum known_kind {
	KNOWN_UNSET,
	KNOWN_ROWS,
	KNOWN_CONTACT,
	KNOWN_ACCOUNT,	/* the one contact of the Source that has an address */
	KNOWN_LABEL,
	KNOWN_OWNED,
	KNOWN_ELSEWHERE
};

struct known_question {
	enum known_kind kind;
	int is_answered;
	int failed;			/* the error of the answer, 0 = none */
	const char *why;		/* its detail */
	struct known_question *next;	/* of those that are open */

	const struct entity *entity;	/* ROWS, OWNED */
	struct known_rows_of of;	/* ROWS */
	struct contact_key key;		/* CONTACT, ACCOUNT */
	const char *list, *label, *word;	/* LABEL */
	struct val id;			/* OWNED: a key; ELSEWHERE: a ContactId */
	int16_t source_id;		/* LABEL, OWNED, ELSEWHERE */

	const char *bytes;		/* all of the above: no other question has them */
	size_t nbytes;

	struct known_rows rows;		/* the answer: ROWS */
	const struct val *names;	/* of each row its key and its natural key, nnames values */
	size_t nnames;
	struct known_contact contact;	/* CONTACT; ACCOUNT: found and contact_id; OWNED: of
					 * contact_id, whose identifiers decide it */
	int64_t others[KNOWN_OTHERS];	/* CONTACT, ACCOUNT: contacts that are not meant; if they
					 * were other ones, they might be. 0 = none */
	struct val worth;		/* LABEL */
	int yes;			/* OWNED, ELSEWHERE */
};

/* The questions of one mapping, in the order of asking. */
struct known_asker {
	struct known_question **asked;
	size_t n, cap;
};

/* Questions and answers of all mappings of a batch. */
struct known {
	struct arena *arena;		/* lives longer than the runs of the mappings */
	struct set index;
	struct buf bytes;		/* of the question that is asked */
	struct known_question **all;
	size_t n, cap;
	struct known_question *open, **open_end;
	struct known_asker *asker;	/* the mapping that runs */
};

void known_init(struct known *k, struct arena *a);

/* Begins a run of the mapping whose questions asker collects. It starts as zeros. */
void known_begin(struct known *k, struct known_asker *asker);

/* 1 when an earlier run of the mapping that runs has asked, and the answers are there. */
int known_has_asked(const struct known *k);

/* 0, or ERR_ASKED when a question of the mapping that runs has no answer yet. */
int known_wait(struct known *k, struct err *err);

/* Each: 0 with the answer, ERR_ASKED while there is none (*out is then empty), or the failure of
 * the answer. out may be NULL: the question is asked ahead. Texts are copied. */
int known_rows(struct known *k, const struct known_rows_of *of, struct known_rows *out,
    struct err *err);
int known_contact(struct known *k, const struct contact_key *key, struct known_contact *out,
    struct err *err);

/* KNOWN, NONE or SEVERAL, for a guest. The contact's row is locked. */
int known_account(struct known *k, const struct contact_key *key, struct known_contact *out,
    struct err *err);

/* The id that a label of a closed list (PurchaseStatus, Civility, Gender, Country, Flag) stands
 * for: the Source's own word, the tenant's label, then the shipped word; SQL NULL: not known. */
int known_label(struct known *k, const char *list, int16_t source_id, const char *label,
    struct val *out, struct err *err);

/* *yes = 1 when the row with this key is of the Source (store/entity/owned.h). */
int known_owned(struct known *k, const struct entity *e, const struct val *key, int16_t source_id,
    int *yes, struct err *err);

/* *yes = 1 when other Sources know the contact, too. */
int known_elsewhere(
    struct known *k, int64_t contact_id, int16_t source_id, int *yes, struct err *err);

/* The only row, or the first: its values, or NULL. */
const struct val *known_first(const struct known_rows *rows);

/* An instant among them; USEC_NONE for SQL NULL. */
usec_t known_time(const struct val *value);

#endif
