/*
 * entity_words - says what a column of the customer model holds.
 */
#ifndef MODEL_ENTITY_WORDS_H
#define MODEL_ENTITY_WORDS_H

struct arena;
struct entity_column;

/* "String(200)", "DateTime, UTC"; in the arena. */
const char *entity_column_words(struct arena *a, const struct entity_column *c);

#endif
