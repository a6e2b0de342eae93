/*
 * state - what can become of a message, a mail, one of its recipients, a run, a schedule and a
 * request about a person: each state once, with its number in the registry, its name, its word on
 * the command line and its meaning. Enumerations, names, choices and their sentences follow.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdint.h>

/* X(enumerator, number, "Name", "word", "meaning") */

/* api_message.state. A ready message that may not be taken yet is called delayed. */
#define STATES_OF_MESSAGE(X) \
	X(MESSAGE_READY, 1, "Ready", "ready", "waiting to be processed") \
	X(MESSAGE_LEASED, 2, "Leased", "leased", "being processed") \
	X(MESSAGE_DONE, 3, "Done", "done", "processed") \
	X(MESSAGE_DEAD, 4, "Dead", "dead", "given up") \
	X(MESSAGE_UNROUTED, 5, "Unrouted", "unrouted", \
	    "nothing handles its platform, entity and action") \
	X(MESSAGE_SUPERSEDED, 6, "Superseded", "superseded", "a newer state was stored already") \
	X(MESSAGE_CANCELLED, 7, "Cancelled", "cancelled", "taken back before it was processed") \
	X(MESSAGE_IGNORED, 8, "Ignored", "ignored", "needs nothing done")
#define STATE_DELAYED "Delayed"

/* api_mail.state */
#define STATES_OF_MAIL(X) \
	X(MAIL_READY, 1, "Ready", "ready", "waiting to be sent, perhaps once more") \
	X(MAIL_LEASED, 2, "Leased", "leased", "being sent") \
	X(MAIL_SENT, 3, "Sent", "sent", "some recipient has it and nobody is still to get it") \
	X(MAIL_DEAD, 4, "Dead", "dead", "given up") \
	X(MAIL_FOLDED, 5, "Folded", "folded", "its content goes out in a digest")

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

/* Of a schedule: no column; it follows from the others. */
#define STATES_OF_SCHEDULE(X) \
	X(SCHEDULE_ACTIVE, 1, "Active", "Active", "is due again and again") \
	X(SCHEDULE_PAUSED, 2, "Paused", "Paused", "is not due until it is resumed") \
	X(SCHEDULE_ENDED, 3, "Ended", "Ended", "is not due any more") \
	X(SCHEDULE_FAULTY, 4, "Faulty", "Faulty", "can no longer be understood")

/* api_privacy.state */
#define STATES_OF_REQUEST(X) \
	X(REQUEST_OPEN, 1, "Open", "Open", "is still to be done") \
	X(REQUEST_DONE, 2, "Done", "Done", "is done")

#define STATE_ENUM(enumerator, number, name, word, meaning) STATE_##enumerator = number,
enum state_of_message { STATE_MESSAGE_UNSET, STATES_OF_MESSAGE(STATE_ENUM) STATE_MESSAGE_END };
enum state_of_mail { STATE_MAIL_UNSET, STATES_OF_MAIL(STATE_ENUM) STATE_MAIL_END };
enum state_of_recipient { STATE_RECIPIENT_UNSET, STATES_OF_RECIPIENT(STATE_ENUM) };
enum state_of_run { STATE_RUN_UNSET, STATES_OF_RUN(STATE_ENUM) STATE_RUN_END };
enum state_of_schedule { STATE_SCHEDULE_UNSET, STATES_OF_SCHEDULE(STATE_ENUM) };
enum state_of_request { STATE_REQUEST_UNSET, STATES_OF_REQUEST(STATE_ENUM) };

/* "Ready|Leased|…" and "ready|leased|…", for rows of parameters. */
#define STATE_BAR_NAME(enumerator, number, name, word, meaning) "|" name
#define STATE_BAR_WORD(enumerator, number, name, word, meaning) "|" word
#define STATE_NAMES(list) (&("" list(STATE_BAR_NAME))[1])
#define STATE_WORDS(list) (&("" list(STATE_BAR_WORD))[1])

/* " Ready: waiting to be processed. Leased: …", behind a sentence. */
#define STATE_SENTENCE(enumerator, number, name, word, meaning) " " name ": " meaning "."
#define STATE_SENTENCES(list) list(STATE_SENTENCE)

struct state {
	int number;
	const char *name;
};

/* Each ends with name NULL. */
extern const struct state states_of_message[], states_of_mail[], states_of_recipient[],
    states_of_run[], states_of_schedule[], states_of_request[];

/* The name of a number; "?" when the list has it not. */
const char *state_name(const struct state *list, int64_t number);

/* The number of a name, in any case; 0 when the list has it not. */
int state_find(const struct state *list, const char *name);

#endif
