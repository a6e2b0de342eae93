#include "config.h"

#include "store/registry/store_clock.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

enum { CATCH_UP = 2, NOTE_S = 10, KEEP_DAYS = 400, BEHIND_S = 86400 };

struct sight {
	const char *boot_id;
	usec_t up, noted_up;
	usec_t noted_at;			/* USEC_NONE = not since the machine started */
	usec_t others_at;			/* the latest that any noted, or USEC_NONE */
};

static int
read_sight(struct db *db, struct arena *a, struct sight *s, struct err *err)
{
	struct rows r;
	int rc;

	*s = (struct sight){ .boot_id = clock_boot_id(a), .up = clock_boot_us(),
		.noted_at = USEC_NONE };
	if ((rc = db_query(db, Q_clock_seen, DB_ARGS(v_text(s->boot_id)), a, &r, err)) < 0)
		return rc;
	if (r.n > 0) {
		s->noted_up = rows_int(&r, 0, C_clock_seen_boot_us);
		s->noted_at = rows_time(&r, 0, C_clock_seen_seen_at);
	}
	if ((rc = db_query(db, Q_clock_seen_last, DB_NONE, a, &r, err)) < 0)
		return rc;
	s->others_at = r.n == 0 ? USEC_NONE : rows_time(&r, 0, C_clock_seen_last_seen_at);
	return 0;
}

static usec_t
believed_of(const struct sight *s, usec_t now)
{
	const usec_t passed = s->up > s->noted_up ? s->up - s->noted_up : 0;
	usec_t most = s->others_at;

	if (s->noted_at != USEC_NONE)
		most = s->noted_at + CATCH_UP * passed;
	return most == USEC_NONE || now < most ? now : most;
}

int
store_clock_look(struct db *db, struct arena *a, usec_t now, usec_t *believed, struct err *err)
{
	struct sight s;
	int rc = read_sight(db, a, &s, err);

	*believed = rc < 0 ? now : believed_of(&s, now);
	return rc;
}

int
store_clock_is_behind(struct db *db, struct arena *a, usec_t now, int *behind, struct err *err)
{
	struct sight s;
	int rc = read_sight(db, a, &s, err);
	const usec_t seen = rc == 0 && s.noted_at != USEC_NONE ? s.noted_at : s.others_at;

	*behind = rc == 0 && seen != USEC_NONE && seen > now + BEHIND_S * USEC_SEC;
	return rc;
}

/* Adds this start of the machine and deletes old ones. */
static int
add(struct db *db, const struct sight *s, usec_t believed, struct err *err)
{
	const usec_t before = believed - KEEP_DAYS * 86400 * USEC_SEC;

	if (db_exec(db, Q_clock_seen_add, DB_ARGS(v_text(s->boot_id), v_int(s->up),
	    v_time(believed)), err) < 0 ||
	    db_exec(db, Q_clock_seen_forget, DB_ARGS(v_time(before)), err) < 0)
		return err->code;
	return 0;
}

/* When two processes note at once, only one succeeds; otherwise the elapsed time would count twice.
 * A clock that is behind does not lower the noted instant, which would need as long to catch up. */
static int
note(struct db *db, const struct sight *s, usec_t believed, struct err *err)
{
	/* a restart that the system does not distinguish from the last one */
	const int is_anew = s->up < s->noted_up;
	const usec_t before = s->noted_at == USEC_NONE ? s->others_at : s->noted_at;
	const usec_t latest = believed > before ? believed : before;

	if (s->noted_at == USEC_NONE)
		return add(db, s, latest, err);
	if (!is_anew && (believed <= before || s->up - s->noted_up < NOTE_S * USEC_SEC))
		return 0;
	return db_exec(db, Q_clock_seen_set, DB_ARGS(v_int(s->up), v_time(latest),
	    v_text(s->boot_id), v_int(s->noted_up)), err) < 0 ? err->code : 0;
}

int
store_clock_believe(struct db *db, struct arena *a, usec_t now, usec_t *believed, struct err *err)
{
	struct sight s;
	int rc = read_sight(db, a, &s, err);

	if (rc < 0)
		return rc;
	*believed = believed_of(&s, now);
	return note(db, &s, *believed, err);
}
