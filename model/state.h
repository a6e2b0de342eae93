/*
 * state - the closed lists that the databases keep as numbers: the states and kinds of messages,
 * attempts, mails, runs, schedules, requests about persons and privilege codes, and what a schedule
 * does about missed and long runs. Each member is listed once, with its number, its name, its word
 * on the command line and its meaning. Enumerations, names, choices and their sentences are made
 * from these lists; sql/queries.awk reads the numbers here, so that sql/queries.sql can say
 * {MESSAGE_READY}.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdint.h>

/* X(enumerator, number, "Name", "word", "meaning") */

/* api_message.state. A ready message that may not be taken yet is called delayed. */
#define STATES_OF_MESSAGE(X) \
	X(MESSAGE_READY, 1, "Ready", "ready", "waiting to be processed") \
	X(MESSAGE_LEASED, 2, "Leased", "leased", "being processed") \
	STATES_OF_MESSAGE_SETTLED(X)
#define STATES_OF_MESSAGE_SETTLED(X) \
	X(MESSAGE_DONE, 3, "Done", "done", "processed") \
	STATES_OF_MESSAGE_RETRIABLE(X)
#define STATES_OF_MESSAGE_RETRIABLE(X) \
	X(MESSAGE_DEAD, 4, "Dead", "dead", "given up") \
	X(MESSAGE_UNROUTED, 5, "Unrouted", "unrouted", \
	    "nothing handles its platform, entity and action") \
	X(MESSAGE_SUPERSEDED, 6, "Superseded", "superseded", "a newer state was stored already") \
	X(MESSAGE_CANCELLED, 7, "Cancelled", "cancelled", "taken back before it was processed") \
	X(MESSAGE_IGNORED, 8, "Ignored", "ignored", "needs nothing done")
#define STATE_DELAYED "Delayed"

/* api_message.kind */
#define KINDS_OF_MESSAGE(X) \
	X(QUEUE, 1, "QueueProcess", "queue", "changes the tenant's database") \
	X(EMAIL, 2, "EmailProcess", "email", "becomes a mail")

/* api_message.auth: how its sender showed who it is; 0 = it came before this was noted. */
#define AUTHS_OF_MESSAGE(X) \
	X(TOKEN, 1, "Token", "token", "by a token") \
	X(LOGIN, 2, "Login", "login", "by login and password") \
	X(SESSION, 3, "Session", "session", "by a session of the web pages") \
	X(SIGNATURE, 4, "Signature", "signature", "by the signature of a Source") \
	X(KEY, 5, "Key", "key", "by the key of a Source") \
	X(OPEN, 6, "Open", "open", "by nothing: the Source is open")

/* api_attempt.outcome, kept as the word. Y(enumerator, "word"). The statement queue_settle says
 * which state of the message follows. */
#define OUTCOMES_OF_ATTEMPT(Y) \
	Y(DONE, "done") \
	Y(RETRY, "retry") \
	Y(DEAD, "dead") \
	Y(UNROUTED, "unrouted") \
	Y(SUPERSEDED, "superseded") \
	Y(IGNORED, "ignored") \
	Y(LAPSED, "lapsed")

/* api_mail.state */
#define STATES_OF_MAIL(X) \
	X(MAIL_READY, 1, "Ready", "ready", "waiting to be sent, perhaps once more") \
	X(MAIL_LEASED, 2, "Leased", "leased", "being sent") \
	X(MAIL_SENT, 3, "Sent", "sent", "some recipient has it and nobody is still to get it") \
	X(MAIL_DEAD, 4, "Dead", "dead", "given up") \
	X(MAIL_FOLDED, 5, "Folded", "folded", "its content goes out in a digest")

/* api_mail.kind */
#define KINDS_OF_MAIL(X) \
	X(WEBHOOK, 1, "Webhook", "webhook", "rendered from its message when it is sent") \
	X(DIGEST, 2, "Digest", "digest", "stands for several") \
	X(TEXT, 3, "Text", "text", "stored as it is sent")

/* api_mail_recipient.state */
#define STATES_OF_RECIPIENT(X) \
	X(RECIPIENT_OPEN, 1, "Open", "open", "is still to get it") \
	X(RECIPIENT_SENT, 3, "Sent", "sent", "has it") \
	X(RECIPIENT_REFUSED, 4, "Refused", "refused", "the mail server refused it")

/* api_run.state */
#define STATES_OF_RUN(X) \
	X(RUN_WAITING, 1, "Waiting", "Waiting", "has not begun") \
	X(RUN_RUNNING, 2, "Running", "Running", "is at work") \
	X(RUN_SUCCESS, 3, "Success", "Success", "did its work") \
	X(RUN_WARNING, 4, "Warning", "Warning", "did its work, but see its reason") \
	X(RUN_FAILED, 5, "Failed", "Failed", "could not do its work") \
	X(RUN_LOST, 6, "Lost", "Lost", "its process or host died") \
	X(RUN_CANCELLED, 7, "Cancelled", "Cancelled", "somebody ended it") \
	X(RUN_TIMED_OUT, 8, "TimedOut", "TimedOut", "took longer than it may") \
	X(RUN_SKIPPED, 9, "Skipped", "Skipped", "the one before was not over") \
	X(RUN_MISSED, 10, "Missed", "Missed", "nobody was there for it, or its schedule was paused")

/* api_run.origin */
#define ORIGINS_OF_RUN(X) \
	X(BY_SCHEDULE, 1, "Schedule", "Schedule", "its schedule was due") \
	X(BY_HAND, 2, "Manual", "Manual", "somebody asked for it") \
	X(BY_RETRY, 3, "Retry", "Retry", "it repeats another")

/* api_import.state, in a tenant's database */
#define STATES_OF_IMPORT(X) \
	X(IMPORT_RUNNING, 1, "Running", "Running", "is read, or waits to be gone on with") \
	X(IMPORT_DONE, 2, "Done", "Done", "was read to its end") \
	X(IMPORT_FAILED, 3, "Failed", "Failed", "was read, but too much of it was refused") \
	X(IMPORT_REFUSED, 4, "Refused", "Refused", \
	    "could not be read, and is tried again when it is there again")

/* Of a schedule: no column; it follows from the others. */
#define STATES_OF_SCHEDULE(X) \
	X(SCHEDULE_ACTIVE, 1, "Active", "Active", "is due again and again") \
	X(SCHEDULE_PAUSED, 2, "Paused", "Paused", "is not due until it is resumed") \
	X(SCHEDULE_ENDED, 3, "Ended", "Ended", "is not due any more") \
	X(SCHEDULE_FAULTY, 4, "Faulty", "Faulty", "can no longer be understood")

/* api_schedule.misfire: what runs after a time in which no daemon ran. */
#define MISFIRES_OF_SCHEDULE(X) \
	X(MISFIRE_ONCE, 1, "Once", "Once", "the last missed occurrence") \
	X(MISFIRE_SKIP, 2, "Skip", "Skip", \
	    "those that are late by no more than GraceMinutes") \
	X(MISFIRE_ALL, 3, "All", "All", "each of the last 24, oldest first")

/* api_schedule.overlap: what happens to an occurrence while the last run is still at work. */
#define OVERLAPS_OF_SCHEDULE(X) \
	X(OVERLAP_SKIP, 1, "Skip", "Skip", "it does not run, and the history says so") \
	X(OVERLAP_QUEUE, 2, "Queue", "Queue", "one waits") \
	X(OVERLAP_ALLOW, 3, "Allow", "Allow", \
	    "it runs at the same time, unless the process forbids that")

/* api_privacy.state */
#define STATES_OF_REQUEST(X) \
	X(REQUEST_OPEN, 1, "Open", "Open", "is still to be done") \
	X(REQUEST_DONE, 2, "Done", "Done", "is done")

/* api_privacy.kind */
#define KINDS_OF_REQUEST(X) \
	X(ERASE, 1, "Erase", "Erase", "an admin's erasure") \
	X(REDACT, 2, "Redact", "Redact", "a platform's erasure of a customer") \
	X(SHOP_REDACT, 3, "ShopRedact", "ShopRedact", "a platform's erasure of a whole shop") \
	X(DATA_REQUEST, 4, "DataRequest", "DataRequest", "a platform asks for a customer's data") \
	X(EXPORT, 5, "Export", "Export", "an admin's copy of a person's data")

/* api_correction.state, in the tenant's database */
#define STATES_OF_CORRECTION(X) \
	X(CORRECTION_RUNNING, 1, "Running", "running", "is at work") \
	X(CORRECTION_DONE, 2, "Done", "done", "is done") \
	X(CORRECTION_WAITING, 3, "Waiting", "waiting", "an admin must decide")

/* LoyaltyPoint.PointTypeId, rows of LoyaltyPointType in the tenant's database */
#define TYPES_OF_POINTS(X) \
	X(PURCHASE, 1, "Purchase", "purchase", "earned by a purchase") \
	X(CODE, 2, "Code", "code", "given for a privilege code") \
	X(GIFT, 3, "Gift", "gift", "given") \
	X(CORRECTION, 4, "Correction", "correction", "put right by hand") \
	X(USED, 5, "Used", "used", "used") \
	X(EXPIRED, 6, "Expired", "expired", "expired") \
	X(RETURNED, 7, "Returned", "returned", "taken back with its purchase")

/* What is said of a privilege code; no column. */
#define ANSWERS_OF_CODE(X) \
	X(ACCEPTED, 1, "Accepted", "accepted", "was used now") \
	X(REPEATED, 2, "Repeated", "repeated", "was used by the contact before, and has one use") \
	REFUSALS_OF_CODE(X)
/* The meaning of a refusal is the sentence that the reply shows. */
#define REFUSALS_OF_CODE(X) \
	X(UNKNOWN, 3, "Unknown", "unknown", "There is no such code.") \
	X(EXPIRED, 4, "Expired", "expired", "The code is no longer valid.") \
	X(NOT_YET_VALID, 5, "NotYetValid", "not-yet-valid", "The code is not valid yet.") \
	X(USED_BY_YOU, 6, "UsedByYou", "used-by-you", \
	    "The contact has used this code as often as it may.") \
	X(USED_BY_ANOTHER, 7, "UsedByAnother", "used-by-another", \
	    "Another contact has used this code.") \
	X(LIMIT_REACHED, 8, "LimitReached", "limit-reached", \
	    "All contacts together have used the code as often as they may.")

#define STATE_ENUM(enumerator, number, name, word, meaning) STATE_##enumerator = number,
enum state_of_message { STATE_MESSAGE_UNSET, STATES_OF_MESSAGE(STATE_ENUM) STATE_MESSAGE_END };
enum state_of_mail { STATE_MAIL_UNSET, STATES_OF_MAIL(STATE_ENUM) STATE_MAIL_END };
enum state_of_recipient { STATE_RECIPIENT_UNSET, STATES_OF_RECIPIENT(STATE_ENUM) };
enum state_of_run { STATE_RUN_UNSET, STATES_OF_RUN(STATE_ENUM) STATE_RUN_END };
enum state_of_import { STATE_IMPORT_UNSET, STATES_OF_IMPORT(STATE_ENUM) };
enum state_of_schedule { STATE_SCHEDULE_UNSET, STATES_OF_SCHEDULE(STATE_ENUM) };
enum state_of_request { STATE_REQUEST_UNSET, STATES_OF_REQUEST(STATE_ENUM) };
#define REQUEST_ENUM(enumerator, number, name, word, meaning) REQUEST_##enumerator = number,
enum kind_of_request { REQUEST_UNSET, KINDS_OF_REQUEST(REQUEST_ENUM) };
enum state_of_correction { STATE_CORRECTION_UNSET, STATES_OF_CORRECTION(STATE_ENUM) };

#define OUTCOME_ENUM(enumerator, word) OUTCOME_##enumerator,
enum outcome_of_attempt { OUTCOME_UNSET, OUTCOMES_OF_ATTEMPT(OUTCOME_ENUM) };

/* "Ready|Leased|…" and "ready|leased|…", for rows of parameters. */
#define STATE_BAR_NAME(enumerator, number, name, word, meaning) "|" name
#define STATE_BAR_WORD(enumerator, number, name, word, meaning) "|" word
#define STATE_NAMES(list) (&("" list(STATE_BAR_NAME))[1])
#define STATE_WORDS(list) (&("" list(STATE_BAR_WORD))[1])

/* " Ready: waiting to be processed. Leased: …", to follow a sentence. */
#define STATE_SENTENCE(enumerator, number, name, word, meaning) " " name ": " meaning "."
#define STATE_SENTENCES(list) list(STATE_SENTENCE)

struct state {
	int number;
	const char *name;
};

/* Each ends with name NULL. */
extern const struct state states_of_message[], states_of_mail[], states_of_recipient[],
    states_of_run[], states_of_import[], states_of_schedule[], states_of_request[],
    kinds_of_message[], auths_of_message[], kinds_of_mail[], origins_of_run[], kinds_of_request[],
    misfires_of_schedule[], overlaps_of_schedule[];

/* The name of a number; "?" when the list does not have it. */
const char *state_name(const struct state *list, int64_t number);

/* The number of a name, in any case; 0 when the list does not have it. */
int state_find(const struct state *list, const char *name);

/* The word of an attempt's outcome. */
const char *outcome_word(enum outcome_of_attempt outcome);

#endif
