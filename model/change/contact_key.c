#include "config.h"

#include "model/change/contact_key.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/mail_normal.h"
#include "lib/text.h"
#include "model/entity.h"

static const char guest[] = "email:", duplicate[] = CONTACT_DUPLICATE;

/* ------------------------------------------------------------------ identifiers */

static int
begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

char *
contact_email(struct arena *a, const char *s)
{
	return mail_normal(a, s);
}

char *
contact_guest_identifier(struct arena *a, const char *email)
{
	const char *normal = contact_email(a, email);

	return normal == NULL ? NULL : arena_printf(a, "%s%s", guest, normal);
}

char *
contact_guest_identifier_before(struct arena *a, const char *email)
{
	const char *now = contact_guest_identifier(a, email), *at;
	char *before;

	if (now == NULL)
		return NULL;
	before = text_lower(text_trim(arena_strdup(a, email)));
	at = strrchr(before, '@');
	if (at == before || at[1] == '\0')
		return NULL;
	before = arena_printf(a, "%s%s", guest, before);
	return strcmp(before, now) == 0 ? NULL : before;
}

char *
contact_guest_duplicate(struct arena *a, const char *normal, int64_t contact_id)
{
	return arena_printf(a, "%s %s %" PRId64, duplicate, normal, contact_id);
}

char *
contact_guest_email(struct arena *a, const char *identifier)
{
	const char *text, *end;

	if (!begins_with(identifier, guest))
		return NULL;
	if (!begins_with(identifier, duplicate))
		return contact_email(a, identifier + strlen(guest));
	text = identifier + strlen(duplicate);
	end = strrchr(text, ' ');
	return end == NULL ? NULL : contact_email(a, arena_strndup(a, text, (size_t)(end - text)));
}

const char *
contact_identifier(struct arena *a, const char *identifier)
{
	const char *normal = NULL;

	if (identifier != NULL && begins_with(identifier, guest))
		normal = contact_guest_identifier(a, identifier + strlen(guest));
	return normal == NULL ? identifier : normal;
}

struct contact_key
contact_plain(struct arena *a, const struct contact_key *key)
{
	struct contact_key plain = *key;

	if (plain.identifier == NULL || !begins_with(plain.identifier, guest) ||
	    contact_email(a, plain.identifier + strlen(guest)) == NULL)
		return plain;
	plain.email = plain.identifier + strlen(guest);
	plain.identifier = NULL;
	return plain;
}

const char *
contact_key_identifier(struct arena *a, const struct contact_key *key)
{
	const struct contact_key plain = contact_plain(a, key);

	return plain.identifier != NULL ? plain.identifier :
					  contact_guest_identifier(a, plain.email);
}
