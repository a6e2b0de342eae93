/*
 * decisional_fill - fills the decision tables that are built beside those in use.
 */
#ifndef PROCESS_DECISIONAL_FILL_H
#define PROCESS_DECISIONAL_FILL_H

#include "lib/calendar.h"
#include "process/decisional_label.h"
#include "process/run.h"
#include "store/db.h"

enum { DECISIONAL_CUTS = 4, DECISIONAL_MONTH_BYTES = 16 };

/* One refresh. */
struct decisional {
	struct calendar_zone *zone;
	int64_t chunk_rows;
	usec_t now; /* later rows are not in the tables */
	usec_t *starts; /* of the months: from January 1900 to this one */
	size_t months;
	usec_t months12, months24; /* the first instant of the day a year, two years ago */
	char cohort_first[DECISIONAL_MONTH_BYTES];
	int64_t header_max, contact_max;
	struct decisional_found {
		int64_t purchases, no_amount, no_rate, too_large, not_computed;
		int64_t undated, future, no_status;
	} found;
	struct decisional_labels labels;
	int64_t contacts, buyers;
	struct val cuts[3][DECISIONAL_CUTS]; /* recency, frequency, monetary */
};

/* Copies contacts and addresses, then the purchases of those contacts. A dry run counts both. */
int decisional_collect(struct run *run, struct decisional *d, struct err *err);

/* Computes all tables from the copies. */
int decisional_derive(struct run *run, struct decisional *d, struct err *err);

#endif
