/*
 * options.h - the keywords of an account: one row each, for parser, printer, help and manual test.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "util/buf.h"

struct option;

/*
 * Takes the words behind the keyword; 0, or -1 with *e set and *bad the index of the word to
 * blame (n: something is missing behind the last): the value is then what it was before.
 */
typedef int option_set(struct account *a, const struct option *o, const char *const *words,
    size_t n, size_t *bad, struct error *e);

/* Appends the i-th value as words of the config file; false when there is none. */
typedef bool option_show(
    const struct account *a, const struct option *o, size_t i, struct buf *out);

struct option {
	const char *name;
	option_set *set;
	option_show *show;
	size_t field;               /* offset in struct account */
	int64_t min, max;           /* of numbers */
	const char *const *choices; /* the words of an enumeration, in its order; NULL-terminated */
	const char *argument;       /* "HOST" */
	const char *standard;       /* the default in words, "" for none */
	bool secret;                /* its value is never printed */
	const char *help;           /* one line */
};

/* Of accounts and of relays; sorted by name; each ends with name NULL. */
extern const struct option options[];
extern const struct option relay_options[];

/* The table for such a section, and the row of that name in it; NULL without one. */
const struct option *option_table(const struct account *a);
const struct option *option_find_in(const struct option *table, const char *name);
const struct option *option_find(const char *name); /* an account's */

/* The name of the mechanism that a relay's "auth" names; NULL for auto. */
const char *option_relay_auth(const struct account *relay);

/* Whether what "defaults" says of it holds for relays, too. */
bool option_is_shared(const char *name);

/* NULL when nothing is near enough to help. */
const char *option_suggest(const struct option *table, const char *word);

/* Whether its value is words with a grammar of their own, and not one word that may have blanks. */
bool option_takes_words(const struct option *o);

#endif
