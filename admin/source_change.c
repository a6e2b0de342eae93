#include "config.h"

#include "admin/source_change.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "lib/limits.h"
#include "lib/text.h"

/* Would a delivery signed with this secret ever verify? The text of a secret never appears in a
 * fault. */
static const char *
secret_fault(struct arena *a, const char *scheme, const struct source_secret *t)
{
	const char *text = t->s;
	size_t n;

	if (strcmp(scheme, "adobe") == 0)
		return strstr(text, "-----BEGIN PUBLIC KEY-----") == NULL ?
		    "must be a public key in PEM form (BEGIN PUBLIC KEY)" :
		    NULL;
	if (strchr(text, '\n') != NULL)
		return "must be one line";
	if (strcmp(scheme, "standard") != 0)
		return NULL;
	if (strncmp(text, "whsec_", 6) == 0)
		text += 6;
	else if (strncmp(text, "whpk_", 5) == 0)
		text += 5;
	return text_unbase64(a, text, &n) == NULL || n == 0 ?
	    "must be base64, usually behind whsec_ or whpk_" :
	    NULL;
}

int
source_change_secrets(struct context *x, struct source_change *c)
{
	size_t n = cmd_count(&x->line, "secret-file");
	int rc;

	if (n > SOURCE_SECRETS_MAX)
		return err_set(&x->err, ERR_USAGE, "At most %d secrets may be given.",
		    SOURCE_SECRETS_MAX);
	if (n > 0 && (rc = context_box(x)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct source_secret *t = &c->secrets[i];

		if ((rc = input_secret_file(&x->arena, cmd_nth(&x->line, "secret-file", i), &t->s,
			 &t->n, &x->err)) < 0)
			return rc;
	}
	c->nsecrets = n;
	return 0;
}

static void
check_limit(struct context *x, const char *option, const char *list)
{
	struct limit l;

	if (limit_read(&x->arena, list, &l) < 0)
		err_fault(&x->err, &x->arena, option,
		    "must be ids above 0 with commas between, for example 2,3, or the word all");
}

int
source_change_check(struct context *x, const struct source_change *c)
{
	const struct store_admin_source *s = &c->source;
	size_t after = c->nsecrets +
	    (cmd_given(&x->line, "replace-secrets") ? 0 : (size_t)s->secrets);
	const char *fault;

	for (size_t i = 0; i < c->nsecrets; i++)
		if ((fault = secret_fault(&x->arena, s->scheme, &c->secrets[i])) != NULL)
			err_fault(&x->err, &x->arena, "--secret-file", "%s for the scheme %s",
			    fault, s->scheme);
	if (strcmp(s->scheme, "none") == 0 && c->nsecrets > 0)
		err_fault(&x->err, &x->arena, "--secret-file", "needs a --scheme other than none");
	if (strcmp(s->scheme, "none") != 0 && after == 0)
		err_fault(&x->err, &x->arena, "--secret-file",
		    "is missing: the scheme %s needs a secret", s->scheme);
	if (after > SOURCE_SECRETS_MAX)
		err_fault(&x->err, &x->arena, "--secret-file",
		    "a Source holds at most %d secrets; --replace-secrets drops the old ones",
		    SOURCE_SECRETS_MAX);
	if (strcmp(s->scheme, "hmac") == 0 && s->sig_header[0] == '\0')
		err_fault(&x->err, &x->arena, "--sig-header",
		    "is missing: the scheme hmac needs the header that holds the signature");
	check_limit(x, "--zones", s->zones);
	check_limit(x, "--brands", s->brands);
	if (s->open_ips[0] != '\0' && !s->is_open)
		err_fault(&x->err, &x->arena, "--open-ip",
		    "limits who may use an open Source: --open is missing");
	return x->err.faults == NULL ? 0 :
				       err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}
