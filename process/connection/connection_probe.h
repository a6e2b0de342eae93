/*
 * connection_probe - the test of a connection: does what a run does up to the first record, and
 * says what is wrong and how to mend it. For the process TestConnection and the command line.
 *
 * The probe of a kind stands with the kind's process, as a row at the end of its file:
 *
 *	const struct connection_probe_row prestashop_probe_rows[] = {
 *		{ .kind = "Prestashop", .run = prestashop_probe },
 *		{ .kind = NULL },
 *	};
 *
 * From process/Makemodule.am comes the list of these tables.
 */
#ifndef PROCESS_CONNECTION_CONNECTION_PROBE_H
#define PROCESS_CONNECTION_CONNECTION_PROBE_H

#include <stddef.h>

struct arena;
struct conf;
struct connection;
struct err;
struct writer;

enum { CONNECTION_PROBE_STEPS_MAX = 40 };

struct connection_probe_step {
	const char *name;		/* "Server" */
	const char *found;		/* a sentence */
	int is_remark;			/* it works, but somebody should know */
};

struct connection_probe {
	struct arena *arena;
	const struct conf *conf;
	const struct connection *connection;
	struct connection_probe_step steps[CONNECTION_PROBE_STEPS_MAX]; /* out: what went well */
	size_t nsteps;
};

/* A step that went well; a sentence without secrets. Steps beyond the most are left out. */
void connection_probe_step(struct connection_probe *p, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void connection_probe_remark(struct connection_probe *p, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The probe of a kind: 0, or a negative code whose detail says what is wrong, where (address,
 * folder; never a secret), and how to mend it. It writes nothing that stays. */
typedef int connection_probe_fn(struct connection_probe *p, struct err *err);

struct connection_probe_row {
	const char *kind;
	connection_probe_fn *run;
};

/* The tables of all files; ends with NULL. */
extern const struct connection_probe_row *const connection_probe_tables[];

/* Tests p->connection. ERR_NOT_BUILT when its kind has no probe in this version. */
int connection_probe(struct connection_probe *p, struct err *err);

/* NULL, or the remarks of the steps as one text. */
const char *connection_probe_remarks(const struct connection_probe *p);

/* The member Steps, into the object that is open. */
void connection_probe_write(struct writer *w, const struct connection_probe *p);

#endif
