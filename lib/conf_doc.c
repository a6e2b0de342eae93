#include "config.h"

#include <ctype.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/text.h"

static void
add_range(struct buf *b, const struct conf_row *r)
{
	if (r->type == CONF_INT)
		buf_addf(b, "%ld to %ld", r->min, r->max);
	else if (r->choices != NULL)
		for (const char *p = r->choices; *p != '\0'; p++)
			*p == '|' ? buf_adds(b, ", ") : buf_addc(b, *p);
}

char *
conf_sample(struct arena *a)
{
	const char *section = "";
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b,
	    "# Settings of CustomerAPI: customerapi.fcgi, customerapi-scheduler, customerapi. See "
	    "customerapi.conf(5).\n"
	    "# A line starting with # is a comment. Each setting is shown with its default. The "
	    "environment variable CUSTOMERAPI_<NAME>\n"
	    "# in capitals overrides the file. Texts go in quotes: in single ones every character "
	    "stands for itself, in double ones\n"
	    "# \\ and ${VARIABLE} have a meaning.\n");
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		if (strcmp(section, r->section) != 0)
			buf_addf(&b, "\n# ---- %s\n", section = r->section);
		buf_addf(&b, "\n# %s", r->doc);
		if (r->type == CONF_INT || r->choices != NULL) {
			buf_adds(&b, " (");
			add_range(&b, r);
			buf_addc(&b, ')');
		}
		buf_addf(
		    &b, r->type == CONF_INT ? "\n#%s = %s\n" : "\n#%s = \"%s\"\n", r->name, r->def);
	}
	return b.data;
}

/* mdoc wants a sentence a line. */
static void
add_sentences(struct buf *b, const char *doc)
{
	for (; *doc != '\0'; doc++)
		buf_addc(b,
		    *doc == ' ' && doc[-1] == '.' && isupper((unsigned char)doc[1]) ? '\n' : *doc);
	buf_addc(b, '\n');
}

char *
conf_man(struct arena *a)
{
	const char *section = "";
	struct buf b;

	buf_init(&b, a);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		if (strcmp(section, r->section) != 0)
			buf_addf(&b, "%s.Ss %s\n.Bl -tag -width Ds\n",
			    *section == '\0' ? "" : ".El\n", r->section);
		section = r->section;
		buf_addf(&b, ".It Cm %s\n", r->name);
		add_sentences(&b, r->doc);
		if (r->type == CONF_INT || r->choices != NULL) {
			buf_adds(&b, "Allowed: ");
			add_range(&b, r);
			buf_adds(&b, ".\n");
		}
		if (r->def[0] == '\0')
			buf_adds(&b, "Default: empty.\n");
		else
			buf_addf(&b, "Default: %s.\n", r->def);
	}
	buf_adds(&b, ".El\n");
	return b.data;
}
