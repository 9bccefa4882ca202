/*
 * suggest.h - "did you mean ...?"
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include <stddef.h>

/*
 * The smallest number of letters added, left out, changed or swapped with a neighbour that turns
 * one word into the other. Words longer than 31 letters are as far as can be.
 */
size_t edit_distance(const char *a, const char *b);

/*
 * The i-th name, for i from 0 to NULL, that is near enough to the word to be meant: at most two
 * edits away, and less than half of the word. NULL when none is.
 */
const char *suggest(const char *word, const char *(*name)(size_t i));

#endif
