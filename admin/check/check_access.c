#include "config.h"

#include "admin/check/check.h"

#include <string.h>

#include "admin/context.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_refusal.h"

enum { TOKEN_DAYS = 30, SEALED_SHOWN = 10 };

static void
check_sealed(struct examination *e)
{
	struct context *x = e->x;
	size_t failed = 0, n;
	struct rows r;

	if (!x->box.loaded)
		return;
	if (store_doctor_sealed(x->db, &x->arena, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++) {
		char *text = secret_open(&x->arena, &x->box,
		    rows_text(&r, i, C_doctor_sealed_context),
		    rows_at(&r, i, C_doctor_sealed_sealed)->s,
		    rows_at(&r, i, C_doctor_sealed_sealed)->n, &n, &x->err);

		err_clear(&x->err);
		if (text != NULL)
			explicit_bzero(text, n);
		else if (++failed <= SEALED_SHOWN)
			check_say(e, CHECK_ERROR,
			    strncmp(rows_text(&r, i, C_doctor_sealed_context), "source:", 7) == 0 ?
				"Restore the key file that sealed it, or give the secret anew with "
				"customerapi source set --replace-secrets." :
				"Restore the key file that sealed it, or give the password anew.",
			    "%s/%s: a stored secret does not open with this key file (%s).",
			    rows_text(&r, i, C_doctor_sealed_customer),
			    rows_text(&r, i, C_doctor_sealed_alias),
			    rows_text(&r, i, C_doctor_sealed_what));
	}
	if (failed > SEALED_SHOWN)
		check_say(e, CHECK_ERROR, "Restore the key file that sealed them.",
		    "%zu of the %zu stored secrets do not open with this key file.", failed, r.n);
	if (r.n == 0)
		check_say(e, CHECK_OK, NULL, "No secret is stored yet.");
	else if (failed == 0)
		check_say(
		    e, CHECK_OK, NULL, "The stored secrets (%zu) open with the key file.", r.n);
}

/* ------------------------------------------------------------------ access */

/* Senders that have a Source here, and whose deliveries are not taken: nobody else hears of
 * them. */
static void
look_for_refused(struct examination *e, usec_t now)
{
	struct context *x = e->x;
	struct rows r;

	if (store_refusal_sources(x->db, &x->arena, now - 86400 * USEC_SEC, &r, &x->err) < 0)
		check_say_err(e, NULL);
	else if (r.n > 0)
		check_say(e, CHECK_WARNING,
		    "customerapi queue refused --after 1d says from where, and why.",
		    "%lld %s refused deliveries within a day; the last was for Source "
		    "%lld of %s/%s.",
		    (long long)rows_int(&r, 0, C_refusal_sources_sources),
		    text_form(
			rows_int(&r, 0, C_refusal_sources_sources), "Source has", "Sources have"),
		    (long long)rows_int(&r, 0, C_refusal_sources_source_id),
		    rows_text(&r, 0, C_refusal_sources_customer),
		    rows_text(&r, 0, C_refusal_sources_alias));
}

static void
check_access(struct examination *e)
{
	static const struct { const char *kind, *one, *many, *fix;
	} oddities[] = {
		{ "token-expired", "token ended more than 30 days ago and is still listed",
		    "tokens ended more than 30 days ago and are still listed",
		    "customerapi token revoke puts them away." },
		{ "token-user-disabled",
		    "token belongs to a user who is disabled or gone: it lets nobody in",
		    "tokens belong to users who are disabled or gone: they let nobody in",
		    "customerapi token revoke." },
		{ "token-no-rights", "token has no right: it opens nothing",
		    "tokens have no right: they open nothing",
		    "Make one with --rights, and revoke this one." },
		{ "user-no-rights", "user has no right, and may sign in for nothing",
		    "users have no right: they may sign in for nothing",
		    "Add them anew with --rights." },
		{ "source-open", "Source takes deliveries from anybody without signature or key",
		    "Sources take deliveries from anybody without signature or key",
		    "customerapi source set: give a scheme with a secret, a key, or the addresses "
		    "that may deliver." },
		{ "source-no-secret",
		    "Source verifies signatures and has no secret: every delivery is refused",
		    "Sources verify signatures and have no secret: every delivery is refused",
		    "customerapi source set --secret-file." },
		{ "source-open-writes", "open Source may write more than its own rows",
		    "open Sources may write more than their own rows",
		    "customerapi source set --may-write own, or a key instead of --open: anybody "
		    "can grant points there, or change brands." },
		{ "source-test-orders", "Source takes test orders into the data",
		    "Sources take test orders into the data",
		    "customerapi source set, once tests are over." },
	};
	struct context *x = e->x;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_doctor_access(
		x->db, &x->arena, now, now - TOKEN_DAYS * 86400 * USEC_SEC, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++)
		for (size_t k = 0; k < sizeof oddities / sizeof oddities[0]; k++)
			if (strcmp(rows_text(&r, i, C_doctor_access_kind), oddities[k].kind) == 0)
				check_say(e, CHECK_WARNING, oddities[k].fix,
				    "%lld %s; the first is %s.",
				    (long long)rows_int(&r, i, C_doctor_access_n),
				    text_form(rows_int(&r, i, C_doctor_access_n), oddities[k].one,
					oddities[k].many),
				    rows_text(&r, i, C_doctor_access_first_one));
	if (r.n == 0)
		check_say(e, CHECK_OK, NULL, "Tokens, users and Sources need no attention.");
	look_for_refused(e, now);
}

/* ------------------------------------------------------------------ table */

const struct check check_access_rows[] = {
	{ "sealed-secrets", "The key file opens what it sealed.", 0, CHECK_ON_SCHEMA, check_sealed },
	{ "access", "No token, user or Source is useless or too open.", 1, CHECK_ON_SCHEMA, check_access },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
