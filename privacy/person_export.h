/*
 * person_export - everything the system holds of a person, as one JSON document with stable names:
 *
 * { "Export": { "Format": 1, "Customer", "Alias", "ExportedAt", "Contacts": [ContactId …] },
 *   "Entities": { set name: [ { column: value … } … ] … },
 *   "Tables": { name: [ { column: value … } … ] … },
 *   "Messages": [ { "Receipt", "State", "Match": "About"|"Mention"|"Recipient", …, "Headers",
 *                   "Body" or "BodyText" or "BodyBase64", "Attempts": […], "Mails": […] } … ],
 *   "Mails": [ { "MailId", "Subject", "Content", …, "Recipients": […] } … ],
 *   "Runs": [ { "RunId", "Parameters", "Result", "Reason", "Log" } … ],
 *   "Summary": { "Held": true|false, "Rows", "Messages", "Requests", "Mails", "Runs",
 *                "Statement": "Nothing is held of this person …" } }
 *
 * Entities has every set that can hold rows of a person, also those that are empty. Tables are
 * other tables of the database with rows of contacts, see store/entity/beside.h. Mails are those
 * to the person, or that name the person; Runs are those that name the person.
 *
 * Held is false when there is nothing, or nothing but the messages with which a platform asked
 * about the person ("Requests" of the messages).
 *
 * Values: integers, true/false, decimals as strings, instants as UTC ISO 8601, null.
 */
#ifndef PRIVACY_PERSON_EXPORT_H
#define PRIVACY_PERSON_EXPORT_H

#include <stddef.h>

#include "privacy/person_erase.h"

struct person_export_counts { int64_t rows, messages, requests, mails, runs; };

/* 1 when something is held of the person beyond the requests about it. */
int person_export_held(const struct person_export_counts *counts);

struct person_export {
	const struct person_job *job;
	const char *customer, *alias;	/* names of the tenant */
	struct person *person;		/* at least contacts; the export learns the rest */
	/* Takes the document piece by piece; its negative code ends the export. */
	int (*write)(void *arg, const char *text, size_t n, struct err *err);
	void *arg;
};

/* Writes all that is held of the person, and counts it. */
int person_export(
    const struct person_export *what, struct person_export_counts *counts, struct err *err);

#endif
