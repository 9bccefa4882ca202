/*
 * fetchmailrc.h - fetchmail's run control file as entries. Only for importfetchmail.c.
 *
 * The file is words in free form. An entry is "poll NAME", options of the server, then for each
 * user "user NAME" and options of that user. Items are called as the keywords' table calls them;
 * the value of a flag with "no" before it is "no".
 */
#ifndef CONFIG_FETCHMAILRC_H
#define CONFIG_FETCHMAILRC_H

#include "config/importer.h"

/* What stands behind a keyword. */
enum argument {
	FLAG,   /* nothing; "no" may stand before it */
	STRING, /* one word */
	LIST,   /* words up to the next keyword */
	HEADER, /* a number, which may be missing, and one word */
	SECRET  /* a word that is never shown */
};

/* The rest of a word, in brackets, may be left out. Why NULL: it is translated, or means nothing.
 */
struct keyword {
	const char *word;
	enum argument argument;
	const char *why; /* it has no counterpart */
};

extern const struct keyword fetchmail_keywords[]; /* end with word NULL */
extern const struct keyword fetchmail_globals[];  /* behind "set" */

struct entry {
	char *name;
	unsigned line;
	bool skip;
	struct import_items items; /* of the server */
	struct import_items *users;
	size_t nusers;
};

struct rcfile {
	struct import_items globals, defaults;
	struct import_items strays; /* above the first entry */
	struct entry *list;
	size_t n;
	bool in_defaults;
};

void fetchmailrc_read(struct slice text, struct rcfile *rc);
void fetchmailrc_free(struct rcfile *rc); /* wipes */

#endif
