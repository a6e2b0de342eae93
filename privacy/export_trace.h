/*
 * export_trace - what the registry holds of a person, in the JSON document of an export: its
 * members Messages, Mails and Runs.
 */
#ifndef PRIVACY_EXPORT_TRACE_H
#define PRIVACY_EXPORT_TRACE_H

struct err;
struct exporter;

/* Puts the three members, and counts what is in them. */
int export_trace(struct exporter *x, struct err *err);

#endif
