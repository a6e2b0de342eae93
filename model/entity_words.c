#include "config.h"

#include "model/entity_words.h"

#include "lib/arena.h"
#include "model/entity.h"

const char *
entity_column_words(struct arena *a, const struct entity_column *c)
{
	switch (c->type) {
	case ENTITY_INT16:
		return "Int16";
	case ENTITY_INT32:
		return "Int32";
	case ENTITY_STRING:
		return arena_printf(a, "String(%d)", c->length);
	case ENTITY_CODE:
		return arena_printf(a, "String(%d), compared exactly", c->length);
	case ENTITY_TEXT:
		return "String, up to 65535 bytes";
	case ENTITY_DECIMAL:
		return arena_printf(a, "Decimal, %d places", c->length);
	case ENTITY_DATETIME:
		return "DateTime, UTC";
	case ENTITY_BOOLEAN:
		return "Boolean";
	case ENTITY_UNSET:
		break;
	}
	return "";
}
