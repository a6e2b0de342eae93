/*
 * person_export - everything the system holds of a person, as one JSON document with stable names:
 *
 * { "Export": { "Format": 1, "Customer", "Alias", "ExportedAt", "Contacts": [ContactId …] },
 *   "Entities": { set name: [ { column: value … } … ] … },	every set that can hold rows
 * of a person, also those that are empty "Tables": { name: [ { column: value … } … ] … },
 * other tables of the database that have rows of contacts, see entity_beside.h "Messages": [ {
 * "Receipt", "State", "Match": "About"|"Mention"|"Recipient", …, "Headers", "Body" or "BodyText" or
 * "BodyBase64", "Attempts": […], "Mails": […] } … ], "Mails": [ { "MailId", "Subject", "Content",
 * …, "Recipients": […] } … ], to the person, or naming the person "Runs": [ { "RunId",
 * "Parameters", "Result", "Reason", "Log"
 * } … ],		naming the person "Summary": { "Held": true|false, "Rows", "Messages",
 * "Requests", "Mails", "Runs", "Statement": "Nothing is held of this person …" } }
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

/* Gives the document to write piece by piece; its negative code ends the export. p: at least
 * contacts; it learns the rest. */
int person_export(const struct person_job *j, const char *customer, const char *alias,
    struct person *p, int (*write)(void *arg, const char *text, size_t n, struct err *err),
    void *arg, struct person_export_counts *counts, struct err *err);

#endif
