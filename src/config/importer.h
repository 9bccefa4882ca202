/*
 * importer.h - what the readers of foreign configs share. Only for config/; import.h is what others
 * see.
 *
 * A reader (importfetchmail.c, importmpop.c, importgetmail.c) makes items of the file, takes out
 * those that it can translate, and leaves the rest to import_rest(), which looks them up in the
 * reader's table of reasons. Every line is tried on an account before it is written, so that the
 * keywords of options.c, and no others, come out: one that is missing here becomes a comment.
 */
#ifndef CONFIG_IMPORTER_H
#define CONFIG_IMPORTER_H

#include "config/import.h"
#include "config/options.h"

/* One setting of the foreign file. */
struct import_item {
	char *name, *value; /* owned; value NULL: it has none */
	unsigned line;
	bool secret; /* its value is never shown */
	bool used;
};

struct import_items {
	struct import_item *item;
	size_t n, cap;
};

void import_items_free(struct import_items *l); /* wipes */
void import_add(
    struct import_items *l, const char *name, const char *value, unsigned line, bool secret);
/* In the place of an earlier one of that name. */
void import_set(
    struct import_items *l, const char *name, const char *value, unsigned line, bool secret);
void import_merge(struct import_items *to, const struct import_items *from); /* by import_set() */

/* A part of the foreign file with a name: an account, or "[section]". */
struct import_section {
	char *name;
	unsigned line;
	struct import_items items;
};

struct import_sections {
	struct import_section *list;
	size_t n;
};

/* A new one at the end of the list, which moves the others. */
struct import_section *import_section_add(
    struct import_sections *all, const char *name, unsigned line);
struct import_section *import_section_find(const struct import_sections *all, const char *name);
void import_sections_free(struct import_sections *all);

/* The item of that name, which counts as translated then. NULL without one. */
struct import_item *import_take(struct import_items *l, const char *name);
/* The value of that item, NULL without one; an item without a value has "". */
const char *import_value(struct import_items *l, const char *name);

/* Why an item has no counterpart; NULL why: it needs none, and no comment. Ends with name NULL. */
struct import_reason {
	const char *name, *why;
};

/* The config that is being made. */
struct importer {
	struct buf *out;
	bool with_passwords;
	struct import_result *res;
	struct account *trial; /* the account in hand; NULL: none yet */
	size_t start;          /* ... where it begins in out */
	bool asleep;           /* ... and that all of it is to be comments */
	char **names;          /* of the accounts so far */
	size_t nnames;
};

void importer_end(struct importer *im);

/*
 * Begins an account; its name becomes one that is allowed, and unique. Why not NULL: haulmail
 * cannot, or shall not, fetch it, and all of it is written as comments.
 */
void import_account(struct importer *im, const char *name, unsigned line, const char *why);

/* Writes a setting, or a comment if the keyword does not take it; at may be NULL. */
bool import_words(struct importer *im, const struct import_item *at, const char *keyword,
    const char *const *words, size_t n);
bool import_word(
    struct importer *im, const struct import_item *at, const char *keyword, const char *word);
bool import_target(
    struct importer *im, const struct import_item *at, const char *kind, const char *place);
/* "filter ACTION size > SIZE" */
bool import_size_filter(
    struct importer *im, const struct import_item *at, const char *action, const char *size);

/* Translates the item of that name, if there is one, word for word. */
void import_simple(
    struct importer *im, struct import_items *l, const char *name, const char *keyword);
/* The same for a number, of which 0 means "none", with a unit put behind it. */
void import_amount(struct importer *im, struct import_items *l, const char *name,
    const char *keyword, const char *unit);

void import_password(struct importer *im, const struct import_item *at);
/* Where the UIDs lie, for haulmail import --state. */
void import_state_hint(struct importer *im, const char *file, const char *owner);

/* A comment on an item, on a line, on the account in hand. */
__attribute__((format(printf, 3, 4))) void import_note(
    struct importer *im, const struct import_item *at, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void import_remark(struct importer *im, const char *fmt, ...);
/* Comments on all that was not taken. */
void import_rest(struct importer *im, struct import_items *l, const struct import_reason *reasons);

/* ---- words and commands ---- */

bool import_is_loopback(const char *host);
/* Appends a word as sh(1) wants it, in quotes where it needs them. */
void import_shell_word(struct buf *out, const char *word);
/* What another fetcher replaces in an argument of a command, and what sh(1) reads in its place. */
struct import_placeholder {
	const char *name, *variable;
};
/* Appends an argument, a word of sh(1); the last of the placeholders has no name. */
void import_shell_argument(
    struct buf *out, const char *argument, const struct import_placeholder *placeholders);
/*
 * A command in which %F stands for the sender, and %T, if recipient is not NULL, for that: with
 * "$SENDER" and the recipient in their place, in quotes. A new string; NULL where they stand within
 * a quoted string.
 */
char *import_command(const char *command, const char *recipient);
/* Writes such a command as a target. */
void import_pipe(
    struct importer *im, const struct import_item *at, const char *text, const char *recipient);

/* ---- the readers ---- */

void import_fetchmail(struct importer *im, struct slice text);
void import_mpop(struct importer *im, struct slice text);
void import_getmail(struct importer *im, struct slice text);

#endif
