#include "config.h"

#include <stddef.h>
#include <string.h>

#include "fcgi/help/help.h"
#include "fcgi/help/page.h"
#include "fcgi/api/platform_sample.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/entity_owner.h"
#include "model/entity_words.h"

static const char prefix[] = "Customer_";

/* The tables that the service keeps about contacts besides the entities. Others may read them. */
static void
add_beside(struct page *p)
{
	static const char *const rows[][2] = {
		{ "api_contact_consent", "Each change of an opt-in, in the order in which it was "
					 "written: contact_id, channel (Email, MobilePhone, "
					 "HomePhone, Address of an address; Global, GlobalPartner "
					 "of the contact), brand_id and address_type_id, "
					 "old_optin, new_optin, statement (what said so), "
					 "said_at, source_id, written_at. Rows are only added. "
					 "They are deleted with their contact." },
		{ "api_contact_merge", "The contact (contact_id) that a former contact "
				       "(merged_contact_id) was merged into, what caused the "
				       "merge, and when." },
		{ "api_identifier_end", "The time (ended_at) at which a Source deleted the "
					"customer of an identifier or merged it into another. The "
					"identifier still leads to its contact." },
	};

	page_addf(p, "<h2>Beside the entities</h2>\n<p>Only the service writes these tables. The "
		     "export of a person contains their rows, and an erasure deletes them.</p>\n");
	page_table_begin(p, "Beside the entities", "Table|What it is");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		page_addf(p, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", rows[i][0],
		    rows[i][1]);
	page_table_end(p);
}

void
help_model_index(struct request *r, struct reply *reply)
{
	struct page p;

	page_begin(&p, r, reply, "Data model", "Data model");
	page_addf(&p,
	    "<h1>Data model</h1>\n<p class=\"lead\">The entities that a tenant’s database is made "
	    "of. Webhooks and processes write them; each is a table of its name.</p>\n");
	page_table_begin(&p, "Entities", "Entity|Set|Key|What it is");
	for (const struct entity *e = entities; e->name != NULL; e++)
		page_addf(&p,
		    "<tr><th scope=\"row\"><a "
		    "href=\"%s/HelpOdata/Api/%s%s\">%s</a></th><td>%s</td><td>%s</td><td>%s</td></"
		    "tr>\n",
		    p.root, prefix, e->name, e->name, e->set, e->key, e->doc);
	page_table_end(&p);
	add_beside(&p);
	page_end(&p);
}

/* ------------------------------------------------------------------ one entity */

static int
is_natural(const struct entity *e, const char *column)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], column) == 0)
			return 1;
	return 0;
}

/* How a row is named without the keys of the database: {"Identifier", "SourceId"}. */
static void
add_external(struct page *p, const struct entity *named_by)
{
	page_addf(p, "<code>{");
	for (size_t i = 0; named_by->natural[i] != NULL; i++)
		page_addf(p, "%s\"%s\"", i > 0 ? ", " : "", named_by->natural[i]);
	page_addf(p, "}</code>");
}

static void
add_reference(struct page *p, const struct entity_column *c)
{
	const struct entity *to = entity_external_of(c);

	page_addf(p, "Refers to <a href=\"%s/HelpOdata/Api/%s%s\">%s</a>.", p->root, prefix,
	    c->refers, c->refers);
	if (to == NULL)
		return;
	page_addf(p, " May be given as <code>%s</code>: ", entity_external_name(p->b->arena, c));
	add_external(p, to);
	page_addf(p, ".");
}

static void
add_contact_key(struct page *p, const struct entity *e, const struct entity *named_by)
{
	page_addf(p, "<code>" ENTITY_EXTERNAL "</code> names the %s itself instead of "
	    "<code>%s</code>: ", e->name, e->key);
	add_external(p, named_by);
	page_addf(p, ". A %s that nobody has under it is made. ", e->name);
}

/* How bodies of the platform Standard name a row from outside. */
static void
add_external_key(struct page *p, const struct entity *e)
{
	const struct entity *named_by = entity_named_by(e);

	page_addf(p, "<h2 id=\"external-key\">" ENTITY_EXTERNAL "</h2>\n<p>");
	if (named_by == NULL) {
		page_addf(p, "A %s has none: it is named by its <code>%s</code>.</p>\n", e->name,
		    e->key);
		return;
	}
	page_addf(p, "In bodies of the platform Standard ");
	if (entity_has_external(e))
		add_contact_key(p, e, named_by);
	else
		page_addf(p, "a row is named by its natural key. ");
	page_addf(p, "What refers to a %s may say ", e->name);
	add_external(p, named_by);
	page_addf(p, " in <code>%s" ENTITY_EXTERNAL "</code> instead of its key. Without "
	    "<code>SourceId</code> it is of the delivery’s Source.</p>\n", e->name);
}

static void
add_samples(struct page *p, const struct entity *e)
{
	struct arena *a = p->b->arena;
	const struct platform_sample *s = platform_samples(a, e);
	const char *needs = platform_sample_needs(a, s);

	page_addf(p, "<h2 id=\"samples\">Sample deliveries</h2>\n<p>With the platform Standard of "
	    "<a href=\"%s/HelpWebapi/Api/%s\">QueueProcess</a>.", p->root,
	    help_page_name(a, platform_sample_action(), REQUEST_POST));
	if (*needs != '\0')
		page_addf(p, " They refer to what the samples of %s write: send these first.",
		    needs);
	page_addf(p, "</p>\n");
	for (; s->platform != NULL; s++) {
		page_addf(p, "<h3>%s</h3>\n", s->action);
		page_add_block(p, "curl delivery", arena_printf(a, "%s %s", s->action, e->name),
		    platform_sample_curl(a, s, p->url, help_live_values(p)));
	}
}

static void
add_columns(struct page *p, const struct entity *e)
{
	page_addf(p, "<h2>Properties</h2>\n");
	page_table_begin(p, "Properties", "Name|Type|Is mandatory|Note");
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		page_addf(p, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>", c->name,
		    entity_column_words(p->b->arena, c), c->required ? "yes" : "");
		if (strcmp(c->name, e->key) == 0)
			page_addf(p, "Key. ");
		if (is_natural(e, c->name))
			page_addf(p, "Part of the natural key. ");
		if (c->once)
			page_addf(p, "The first value stays; later ones are not written. ");
		for (const char *r = c->reserved; r != NULL;
		     r = strchr(r, '|') == NULL ? NULL : strchr(r, '|') + 1)
			page_addf(p, "<code>%.*s</code>… is kept for what the service makes. ",
			    (int)strcspn(r, "|"), r);
		if (c->made_from != NULL)
			page_addf(p, "Filled by the service: %s in the form in which mail "
			    "addresses are compared. Nobody can set it. ", c->made_from);
		if (c->guests)
			page_addf(p, "<code>email:</code> and a mail address is a guest, however "
			    "the address is spelled. ");
		if (c->refers != NULL)
			add_reference(p, c);
		help_reference(p, c->name);
		page_addf(p, "</td></tr>\n");
	}
	page_addf(p,
	    "<tr><th scope=\"row\">CreationDate</th><td>DateTime, UTC</td><td>yes</td><td>When the "
	    "row was made.</td></tr>\n"
	    "<tr><th scope=\"row\">ModificationDate</th><td>DateTime, UTC</td><td>yes</td><td>When "
	    "it last changed.</td></tr>\n");
	page_table_end(p);
}

void
help_model_entity(struct request *r, struct reply *reply, const char *name)
{
	const struct entity *e = strncasecmp(name, prefix, strlen(prefix)) == 0 ?
	    entity_find(name + strlen(prefix)) :
	    NULL;
	struct page p;

	if (e == NULL) {
		help_not_found(r, reply);
		return;
	}
	page_begin(&p, r, reply, "Data model", e->name);
	page_addf(&p,
	    "<h1>Customer - %s</h1>\n<p class=\"lead\">%s</p>\n<dl "
	    "class=\"facts\"><dt>Set</dt><dd>%s</dd><dt>Key</dt><dd>%s%s</dd>",
	    e->name, e->doc, e->set, e->key, e->key_auto ? ", given by the database" : "");
	if (e->natural[0] != NULL) {
		page_addf(&p, "<dt>Natural key</dt><dd>");
		for (size_t i = 0; e->natural[i] != NULL; i++)
			page_addf(&p, "%s%s", i > 0 ? " + " : "", e->natural[i]);
		page_addf(&p, "</dd>");
	}
	page_addf(&p, "<dt>Written</dt><dd>%s</dd>",
	    !entity_is_shared(e) ?
		"with the tenant’s token; rows of a Source also with that Source’s own credential" :
		"with the tenant’s token, or by a Source that an admin lets write what all share");
	if (e->navigation != NULL)
		page_addf(&p, "<dt>Navigation</dt><dd>%s <small>(* = a collection)</small></dd>",
		    e->navigation);
	page_addf(&p, "</dl>\n");
	add_columns(&p, e);
	add_external_key(&p, e);
	add_samples(&p, e);
	page_end(&p);
}
