#include "config.h"

#include "model/state.h"

#include <stddef.h>

#include "lib/text.h"

#define ROW(enumerator, number, name, word, meaning) { number, name },
#define LIST(list) { list(ROW) { 0, NULL } }

const struct state states_of_message[] = LIST(STATES_OF_MESSAGE);
const struct state states_of_mail[] = LIST(STATES_OF_MAIL);
const struct state states_of_recipient[] = LIST(STATES_OF_RECIPIENT);
const struct state states_of_run[] = LIST(STATES_OF_RUN);
const struct state states_of_import[] = LIST(STATES_OF_IMPORT);
const struct state states_of_schedule[] = LIST(STATES_OF_SCHEDULE);
const struct state states_of_request[] = LIST(STATES_OF_REQUEST);
const struct state kinds_of_message[] = LIST(KINDS_OF_MESSAGE);
const struct state auths_of_message[] = LIST(AUTHS_OF_MESSAGE);
const struct state kinds_of_mail[] = LIST(KINDS_OF_MAIL);
const struct state origins_of_run[] = LIST(ORIGINS_OF_RUN);
const struct state kinds_of_request[] = LIST(KINDS_OF_REQUEST);
const struct state misfires_of_schedule[] = LIST(MISFIRES_OF_SCHEDULE);
const struct state overlaps_of_schedule[] = LIST(OVERLAPS_OF_SCHEDULE);

#define OUTCOME_WORD(enumerator, word) [OUTCOME_##enumerator] = word,
static const char *const outcomes[] = { OUTCOMES_OF_ATTEMPT(OUTCOME_WORD) };

const char *
state_name(const struct state *list, int64_t number)
{
	for (; list->name != NULL; list++)
		if (list->number == number)
			return list->name;
	return "?";
}

int
state_find(const struct state *list, const char *name)
{
	for (; list->name != NULL; list++)
		if (text_ieq(list->name, name))
			return list->number;
	return 0;
}

const char *
outcome_word(enum outcome_of_attempt outcome)
{
	return outcomes[outcome];
}
