#include "config.h"

#include "lib/format/mail_normal.h"

#include <string.h>

#include <glib.h>
#undef G_GNUC_DEPRECATED	/* both headers define it */
#include <idn2.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/text.h"

#define TOO_LONG_DOMAIN "too-long.invalid"

/* ------------------------------------------------------------------ letters */

/* Cherokee small letters fold to capitals; GLib also folds the capitals to the small ones. */
static int
is_small_cherokee(gunichar c)
{
	if (c >= 0xab70 && c <= 0xabbf)
		return 1;
	return c >= 0x13f8 && c <= 0x13fd;
}

/* Folds in place: both forms of these letters have three bytes. */
static void
cherokee_fold(char *s)
{
	for (; *s != '\0'; s = g_utf8_next_char(s))
		if (is_small_cherokee(g_utf8_get_char(s)))
			g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(s)), s);
}

/* Valid UTF-8 in NFC, without case. */
static char *
folded(struct arena *a, const char *s)
{
	char *apart, *plain, *whole, *out;

	if (text_is_ascii(s))
		return text_lower(arena_strdup(a, s));
	apart = g_utf8_normalize(s, -1, G_NORMALIZE_DEFAULT);
	plain = g_utf8_casefold(apart, -1);
	cherokee_fold(plain);
	whole = g_utf8_normalize(plain, -1, G_NORMALIZE_DEFAULT_COMPOSE);
	out = arena_strdup(a, whole);
	g_free(apart);
	g_free(plain);
	g_free(whole);
	return out;
}

/* ------------------------------------------------------------------ the domain */

static int
is_plain(const char *domain)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

	return domain[strspn(domain, plain)] == '\0';
}

static int
has_a_label(const char *domain)
{
	for (const char *p = domain; *p != '\0'; p++)
		if (g_ascii_strncasecmp(p, "xn--", 4) == 0)
			return 1;
	return 0;
}

/* In place: lower case, no dots at the end, unless there is nothing else. */
static char *
finished(char *domain)
{
	size_t n = strlen(domain);

	while (n > 0 && domain[n - 1] == '.')
		n--;
	if (n > 0)
		domain[n] = '\0';
	return text_lower(domain);
}

/* Replaces the capital sharp s by the small one, in place. UTS 46 mapped it to "ss" up to Unicode
 * 15.0 and maps it to "ß" since then; stored forms must not depend on the library's version. */
static char *
sharp_s_lowered(char *s)
{
	char *out = s;

	for (const char *p = s; *p != '\0';)
		if (strncmp(p, "ẞ", strlen("ẞ")) == 0) {
			memcpy(out, "ß", strlen("ß"));
			out += strlen("ß");
			p += strlen("ẞ");
		} else
			*out++ = *p++;
	*out = '\0';
	return s;
}

static char *
looked_up(struct arena *a, const char *domain)
{
	const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
	uint8_t *converted = NULL;
	char *out = NULL;

	if (idn2_lookup_u8((const uint8_t *)domain, &converted, flags) == IDN2_OK)
		out = arena_strdup(a, (const char *)converted);
	if (converted != NULL)
		idn2_free(converted);
	return out != NULL && *out != '\0' && is_plain(out) ? finished(out) : NULL;
}

/* The domain's A-labels, or NULL when IDNA refuses it. It is converted twice: a label that begins
 * with "xn--" only after mapping is checked only the second time. */
static char *
a_labels(struct arena *a, const char *domain)
{
	char *out = looked_up(a, domain), *again = out == NULL ? NULL : looked_up(a, out);

	return again != NULL && strcmp(out, again) == 0 ? out : NULL;
}

/* 1 when the text is read as the same domain when it follows an '@'. */
static int
is_stable(const char *domain)
{
	size_t n = strlen(domain);
	const char *kept = text_strip(domain, &n);

	if (n == 0 || kept[n] != '\0')
		return 0;
	return strchr(domain, '@') == NULL && !has_a_label(domain);
}

/* A domain that IDNA refuses, as text. Its A-labels, which some senders write instead, become the
 * same text. */
static char *
impossible(struct arena *a, const char *domain)
{
	char *plain = folded(a, domain), *text = NULL, *out = NULL;

	if (idn2_to_unicode_8z8z(plain, &text, 0) == IDN2_OK && text_is_utf8(text, strlen(text)))
		out = folded(a, text);
	if (text != NULL)
		idn2_free(text);
	return out != NULL && is_stable(out) ? out : plain;
}

/* 1 when the domain needs only lower case, as nearly every domain does. */
static int
is_simple(const char *domain)
{
	return is_plain(domain) && !has_a_label(domain);
}

static char *
domain_normal(struct arena *a, char *domain)
{
	char *out, *text;

	if (is_simple(domain))
		return finished(domain);
	if ((out = a_labels(a, sharp_s_lowered(domain))) != NULL)
		return out;
	text = impossible(a, domain);
	if (is_simple(text))
		return finished(text);
	/* IDNA refuses some letters only as capitals. */
	return (out = a_labels(a, text)) != NULL ? out : text;
}

/* ------------------------------------------------------------------ the whole */

static char *
bounded(struct arena *a, char *normal)
{
	unsigned char digest[SECRET_SHA256_BYTES];

	if (text_utf8_length(normal) <= MAIL_NORMAL_MAX)
		return normal;
	secret_sha256(normal, strlen(normal), digest);
	return arena_printf(a, "%s@" TOO_LONG_DOMAIN, text_hex(a, digest, sizeof digest));
}

/* 1 for an address that needs only lower case, as nearly every one does. */
static int
is_usual(const char *text, size_t n)
{
	static const char usual[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+";
	const size_t local = strspn(text, usual), domain = n > local ? n - local - 1 : 0;

	if (local == 0 || domain == 0)
		return 0;
	if (n > MAIL_NORMAL_MAX || text[n - 1] == '.')
		return 0;
	return text[local] == '@' && strspn(text + local + 1, usual) == domain &&
	    is_simple(text + local + 1);
}

char *
mail_normal(struct arena *a, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);
	char *address, *at;

	if (n > 0 && is_usual(text, n))
		return text_lower(arena_strndup(a, text, n));
	if (n > 0)
		text = text_strip(text, &n);
	if (n == 0 || n > MAIL_NORMAL_INPUT_BYTES)
		return NULL;
	address = arena_strndup(a, text, n);
	at = strrchr(address, '@');
	if (at == NULL || at == address || at[1] == '\0')
		return NULL;
	if (strstr(address, TEXT_REPLACEMENT) != NULL)
		return NULL;
	if (!text_is_utf8(address, n))
		return bounded(a, text_lower(address));
	*at = '\0';
	return bounded(a, arena_printf(a, "%s@%s", folded(a, address),
	    domain_normal(a, at + 1)));
}
