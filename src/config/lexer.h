/*
 * lexer.h - one line of a config file as words: blanks between them, "quoted words" with \" and
 * \\ in them, # for the rest of the line. Any other backslash stands for itself.
 */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include <stddef.h>

#include "util/error.h"
#include "util/slice.h"

struct words {
	char **word;      /* owned */
	unsigned *column; /* of each, from 1; one more for the end of the line */
	size_t n;
};

/* -1 with *e set and *column the place to blame; then *w is empty. */
int lex_line(struct slice line, struct words *w, unsigned *column, struct error *e);
void words_free(struct words *w); /* wipes: a word may be a password */

#endif
