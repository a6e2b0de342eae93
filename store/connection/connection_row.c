#include "config.h"

#include "store/connection/connection_row.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "model/connection/connection.h"

void
connection_row_fill(
    struct arena *a, const struct store_connection *is, struct connection_row *out)
{
	char *rest = arena_strdup(a, is->secret_names), *name;
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_array(&w);
	while ((name = strsep(&rest, ",")) != NULL)
		if (name[0] != '\0')
			writer_text(&w, name);
	writer_end(&w);
	*out = (struct connection_row){ .is = *is, .secrets = b.data };
}

#define IS(member) FROM(struct connection_row, is.member)

const struct field connection_row[] = {
	FIELD(TEXT, "Name", "Name of the connection.", IS(name), .sample = "drop"),
	FIELD(TEXT, "Kind", "What kind of system it leads to.", IS(kind),
	    .choices = CONNECTION_KIND_NAMES, .sample = "Folder"),
	FIELD(TEXT, "Address", "Where the system is.", IS(address),
	    .sample = "file:Demo/Main/in"),
	FIELD(INT, "SourceId", "The Source that imported rows belong to.", IS(source_id),
	    .optional = 1, .sample = "1"),
	FIELD(INT, "ZoneId", "The zone of rows that name none, if it is not the tenant's.",
	    IS(zone_id), .optional = 1, .sample = ""),
	FIELD(INT, "BrandId", "The brand of rows that name none, if it is not the tenant's.",
	    IS(brand_id), .optional = 1, .sample = ""),
	FIELD(INT, "AddressTypeId",
	    "The type of addresses that name none, if it is not the tenant's.",
	    IS(address_type_id), .optional = 1, .sample = ""),
	FIELD(TEXT, "TimeZone",
	    "The zone of dates without an offset, if it is not the tenant's.", IS(time_zone),
	    .optional = 1, .sample = ""),
	FIELD(FLAG, "Enabled", "Whether runs may use it.", IS(enabled), .sample = "true"),
	FIELD(ANY, "Options", "The options of its kind that were given, without secrets.",
	    IS(options), .sample = "{}"),
	FIELD(TEXT, "Secrets", "Names of the secrets that are stored; their values are never "
	    "shown.", FROM(struct connection_row, secrets), .list = 1, .sample = ""),
	FIELD(TIME, "CreatedAt", "When it was made.", IS(created_at),
	    .sample = "2026-11-24T08:09:10.000000Z"),
	FIELD(TIME, "ModifiedAt", "When it was last changed.", IS(modified_at),
	    .sample = "2026-11-24T08:09:10.000000Z"),
	FIELD(TIME, "LastSuccessAt", "When a run last succeeded by it.", IS(last_success_at),
	    .nullable = 1, .sample = "2026-11-25T01:30:21.456789Z"),
	FIELD(TIME, "LastFailureAt", "When a run last failed by it.", IS(last_failure_at),
	    .nullable = 1, .sample = "null"),
	FIELD(TEXT, "LastFailure", "Why that run failed.", IS(last_failure), .optional = 1,
	    .sample = ""),
	FIELD(TIME, "TestedAt", "When it was last tested.", IS(tested_at), .nullable = 1,
	    .sample = "2026-11-24T08:10:11.000000Z"),
	FIELD(TEXT, "TestFailure", "What that test found wrong.", IS(test_failure), .optional = 1,
	    .sample = ""),
	FIELD_END,
};
