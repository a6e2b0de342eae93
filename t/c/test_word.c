/* lib/word: what is one word, whoever types it. */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/word.h"
#include "t/c/tap.h"

static const struct {
	const char *text, *word;
} words[] = {
	{ "En cours", "en cours" },
	{ "EN_COURS", "en cours" },
	{ " en  cours\t", "en cours" },
	{ "En-Cours", "en cours" },
	{ "en\u00a0cours", "en cours" },
	{ "Fermée", "fermee" },
	{ "FERMEE", "fermee" },
	{ "Ferme\u0301e", "fermee" },
	{ "FERMÉE", "fermee" },
	{ "Zakończone", "zakonczone" },
	{ "Zapłacono", "zaplacono" },
	{ "Großbritannien", "grossbritannien" },
	{ "GROSSBRITANNIEN", "grossbritannien" },
	{ "Færøyene", "faeroyene" },
	{ "M.", "m" },
	{ "Sig.ra", "sigra" },
	{ "U.S.A.", "usa" },
	{ "EE. UU.", "ee uu" },
	{ "Côte d’Ivoire", "cote d ivoire" },
	{ "Cote d'Ivoire", "cote d ivoire" },
	{ "Bolivia, Plurinational State of", "bolivia plurinational state of" },
	{ "\u200bPending\ufeff", "pending" },
	{ "\uff30\uff41\uff49\uff44", "paid" },
	{ "ожидание", "ожидание" },
	{ "เสร็จสิ้น", "เสร็จสิ้น" },
	{ "完了", "完了" },
	{ "ガ", "\u30ab\u3099" },
	{ "", "" },
	{ "…?!", "" },
	{ "🙂", "" },
	{ "\xff\xfe"
	  "ab",
	    "ab" },
};

static void
check_words(struct arena *a)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const char *got = word_of(a, words[i].text);

		ok(strcmp(got, words[i].word) == 0, "the word of a text is", got);
	}
	ok(*word_of(a, NULL) == '\0', "nothing is no word", "");
}

static void
check_long(struct arena *a)
{
	char *text = arena_alloc(a, 40001);

	memset(text, 'x', 40000);
	text[40000] = '\0';
	ok(strlen(word_of(a, text)) == WORD_CHARACTERS, "a long text is cut", "");
	for (size_t i = 0; i < 40000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	ok(text_utf8_length(word_of(a, text)) == WORD_CHARACTERS, "by its characters", "");
}

int
main(void)
{
	struct arena a = { 0 };

	check_words(&a);
	check_long(&a);
	arena_done(&a);
	return tap_end();
}
