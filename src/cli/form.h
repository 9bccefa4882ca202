/*
 * form.h - a config of one account while it is filled in: for each keyword the words that will
 * stand behind it, a password perhaps among them.
 */
#ifndef CLI_FORM_H
#define CLI_FORM_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/util.h"

#define FORM_MAX (64 * KiB) /* the file is no longer than that */

/* What every file begins with. */
#define FORM_BEGINNING "# What haulmail fetches"

struct form;

struct form *form_new(void);
void form_free(struct form *f); /* wipes what it holds; NULL is fine */

/* Whether something stands behind the keyword. */
bool form_has(const struct form *f, const char *keyword);

/* One word, put in quotes if it needs any. The keyword is one of haulmail.conf(5), here and below.
 */
void form_set_word(struct form *f, const char *keyword, const char *word);

/* Words as they are to stand there. */
void form_set_words(struct form *f, const char *keyword, const char *words);

void form_unset(struct form *f, const char *keyword); /* wipes it */

/* KEYWORD=VALUE, from a command line. Complains of what is no such thing, or would be a secret. */
bool form_take(struct form *f, const char *argument);

/* Appends the file, in which the account has that name. */
void form_print(const struct form *f, const char *account, struct buf *out);

#endif
