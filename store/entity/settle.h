/*
 * entity_settle - what entity_upsert() stores where the values given do not decide alone:
 *
 * Opt-ins (model/change/consent.h). The stored opt-in and its date are read under the lock of the row
 * that is written, an opt-in gets its date although the batch has no column for it, and each
 * change becomes a row of api_contact_consent.
 *
 * A batch that fills (struct entity_batch.fill). Columns of a stored row that have a value keep
 * it, those that belong together all of them: an e-mail address with its opt-in and state, a
 * name, a postal address. A stored row that is marked as deleted has nothing to keep. The opt-in
 * of a value that both have follows the later of two dates.
 */
#ifndef STORE_ENTITY_SETTLE_H
#define STORE_ENTITY_SETTLE_H

#include <stddef.h>

#include "lib/clock.h"
#include "model/entity.h"
#include "model/change/consent.h"
#include "store/db.h"
#include "store/entity/upsert.h"

/* Of an opt-in in the batch: columns of the wide batch, SIZE_MAX = there is no such column. */
struct entity_settle_place {
	enum consent_channel channel;
	size_t optin, date, advertiser;
};

struct entity_settle {
	const struct entity *e;
	const struct entity_batch *given;
	const struct consent *consent;
	struct entity_batch wide;	/* what is read and written: the columns given, and others
					 * that the decision needs */
	struct val *values;		/* of wide */
	struct entity_settle_place places[CONSENT_CHANNELS];
	size_t nplaces;
	size_t deletion;		/* DeletionFlag in wide, or SIZE_MAX */
	signed char *was;		/* nrows * nplaces: the stored opt-in, -1 = NULL */
	usec_t *said_at;		/* nrows * nplaces */
};

/* What a connection's work says where a batch says nothing itself: db_set_consent(), else a
 * statement of nobody, at the moment. Never NULL. */
const struct consent *consent_of(const struct db *db);

/* 1 when the batch needs this, and s is ready; 0 else. s lives in the arena and as long as b. */
int entity_settle_init(struct entity_settle *s, struct db *db, const struct entity *e,
    const struct entity_batch *b, struct arena *a);

/* Decides the values of a row of wide. stored: the stored row's values of wide's columns; NULL when
 * there is none. */
void entity_settle_row(struct entity_settle *s, size_t row, const struct val *stored, usec_t now);

/* Keeps the changes of rows first..first+n that were written, by wide.fates. 0 or a negative
 * code. */
int entity_settle_note(struct entity_settle *s, struct db *db, size_t first, size_t n,
    struct arena *a, usec_t now, struct err *err);

#endif
