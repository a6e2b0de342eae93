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
const struct state states_of_schedule[] = LIST(STATES_OF_SCHEDULE);
const struct state states_of_request[] = LIST(STATES_OF_REQUEST);

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
