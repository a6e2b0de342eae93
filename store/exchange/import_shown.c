#include "config.h"

#include "store/exchange/import_shown.h"

#include "model/state.h"
#include "store/exchange/store_import.h"

static const char *
state_of(const void *from)
{
	const struct store_import *i = from;

	return state_name(states_of_import, i->state);
}

#define IMPORT_MEMBERS \
	FIELD(INT, "ImportId", "Number of the import.", FROM(struct store_import, import_id)), \
	FIELD(TEXT, "Connection", "The connection that the file came by; none for the command " \
	    "line's.", FROM(struct store_import, connection), .optional = 1, .sample = "drop"), \
	FIELD(TEXT, "File", "Name of the file, as its connection names it.", \
	    FROM(struct store_import, name), .sample = "customers.csv"), \
	FIELD(INT, "Bytes", "Its size.", FROM(struct store_import, bytes), .sample = "1234"), \
	FIELD(TEXT, "State", "Done: read to its end. Failed: read, but too much of it was " \
	    "rejected. Refused: it could not be read at all, and is tried again when it is there " \
	    "again. Running: it is being read, or waits for the next run to go on with it.", \
	    FROM_MADE(state_of), .choices = STATE_NAMES(STATES_OF_IMPORT), .sample = "Done"), \
	FIELD(INT, "RunId", "The run that took it last.", FROM(struct store_import, run_id), \
	    .optional = 1), \
	FIELD(TIME, "StartedAt", "When its reading began.", \
	    FROM(struct store_import, started_at), .sample = "2026-11-25T01:30:00.234567Z"), \
	FIELD(TIME, "EndedAt", "When it was over.", FROM(struct store_import, ended_at), \
	    .nullable = 1, .sample = "2026-11-25T01:30:21.456789Z"), \
	FIELD(TEXT, "Reason", "Why it failed or was refused.", \
	    FROM(struct store_import, reason), .optional = 1, .sample = "")

const struct field import_shown_listed[] = { IMPORT_MEMBERS, FIELD_END };

const struct field import_shown[] = {
	IMPORT_MEMBERS,
	FIELD(INT, "NextLine", "The line of the file that is read next.",
	    FROM(struct store_import, next_line), .optional = 1, .sample = ""),
	FIELD(ANY, "Counts",
	    "Records of the file: Read, Taken, Ignored, Superseded, Refused; Remarks about them; "
	    "and Rows, how many of each entity were inserted, updated, unchanged and superseded.",
	    FROM(struct store_import, counts), .optional = 1,
	    .sample = "{\"Read\": 100, \"Taken\": 99, \"Refused\": 1}"),
	FIELD_END,
};
