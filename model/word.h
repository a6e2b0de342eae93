/*
 * word - the form in which words of closed lists (states, countries, civilities) are compared.
 */
#ifndef MODEL_WORD_H
#define MODEL_WORD_H

struct arena;

enum { WORD_CHARACTERS = 255 };	/* what is longer is cut */

/* The letters and digits of text, case folded and without accents. Whatever is between them
 * (blanks, "_", "-", quotes) becomes one blank; points are left out. "EN_COURS" and "En cours" are
 * "en cours"; "Société", "SOCIETE" are "societe"; "M." is "m". "" when there is no letter or digit,
 * and for NULL. In arena a. */
char *word_of(struct arena *a, const char *text);

#endif
