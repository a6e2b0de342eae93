/*
 * entity_settle - what is stored where the values given do not decide alone:
 *
 * Opt-ins (model/change/consent.h). The stored opt-in and its date decide with what is said. An
 * opt-in gets its date although the row does not say one, and each change becomes a row of
 * api_contact_consent.
 *
 * A row that fills (ROW_FILL). Columns of a stored row that have a value keep it, those that belong
 * together all of them: an e-mail address with its opt-in and state, a name, a postal address. A
 * stored row that is marked as deleted has nothing to keep. The opt-in of a value that both have
 * follows the later of two dates.
 *
 * The first value of a column that is .once is kept.
 *
 * Values are those of all columns of an entity, in their order.
 */
#ifndef STORE_ENTITY_SETTLE_H
#define STORE_ENTITY_SETTLE_H

#include <stddef.h>

#include "lib/clock.h"
#include "model/change/consent.h"
#include "model/entity.h"
#include "model/val.h"

struct arena;
struct entity_settle_group;

/* An opt-in of the entity: its columns, -1 = there is no such column. */
struct entity_settle_place {
	enum consent_channel channel;
	int optin, date, advertiser;
};

/* What is known of an entity. */
struct entity_settle {
	const struct entity *e;
	size_t width;			/* its columns */
	usec_t now;
	int stamp, deletion;		/* SourceStamp, DeletionFlag, or -1 */
	struct entity_settle_place places[CONSENT_CHANNELS];
	size_t nplaces;
	const struct entity_settle_group **groups;	/* of each column, or NULL */
};

/* What is said of a row. */
struct entity_said {
	const struct val *values;	/* NULL where nothing is said */
	const unsigned char *said;
	const struct consent *consent;
	int fills;
};

/* An opt-in that was settled. */
struct entity_settle_note {
	const struct entity_settle_place *place;
	int was;			/* the stored opt-in, -1 = NULL */
	usec_t said_at;
};

/* A row's values as they are to be stored. */
struct entity_settled {
	struct val *values;		/* in: room for all */
	unsigned char *written;		/* in: zeros; out: 1 for columns that are to be written */
	struct entity_settle_note notes[CONSENT_CHANNELS];
	size_t nnotes;
};

enum { ENTITY_HISTORY = 10 };		/* values of Q_consent_put */

/* The arena must live as long as s. */
void entity_settle_init(struct entity_settle *s, const struct entity *e, usec_t now,
    struct arena *a);

/* stored: the stored row's values; NULL when there is none. */
void entity_settle_row(const struct entity_settle *s, const struct entity_said *row,
    const struct val *stored, struct entity_settled *out);

/* 1 when the opt-in is another one than it was; out then gets the ENTITY_HISTORY values of its
 * history, the ContactId of a contact left NULL. */
int entity_settle_history(const struct entity_settle *s, const struct entity_said *row,
    const struct entity_settled *settled, size_t note, struct arena *a, struct val *out);

#endif
