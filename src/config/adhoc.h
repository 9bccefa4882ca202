/*
 * adhoc.h - settings and accounts of the command line: --keyword=value, and URLs.
 *
 * Settings go on top of those of the config file and its defaults, as if they stood at the end of
 * the account: deliver, tls-fingerprint, the password and the way to the server replace what the
 * account says, filters add up.
 * Secrets:   a password is refused here: a command line is visible to other users.
 * Ownership: the settings own copies; names are borrowed.
 */
#ifndef CONFIG_ADHOC_H
#define CONFIG_ADHOC_H

#include "config/config.h"

struct adhoc_setting;

struct adhoc {
	struct adhoc_setting *settings;
	size_t nsettings;
	char *const *names; /* the accounts that they are for ... */
	size_t nnames;      /* ... 0: all of them */
};

/* The i-th keyword, for i from 0 to NULL. */
const char *adhoc_keyword(size_t i);

/*
 * Adds a setting. A value of "deliver", "filter" or "refused" is words as in a config file, any
 * other one is a word as it stands. 0, or -1 with *e set (ERR_USAGE).
 */
int adhoc_add(struct adhoc *x, const char *keyword, const char *value, struct error *e);
void adhoc_free(struct adhoc *x);

/* Whether files of other users are welcome, the config file among them. */
bool adhoc_allows_foreign(const struct adhoc *x);

/* Applies the settings to an account, if they are for it. It cannot fail: adhoc_add() has tried. */
void adhoc_apply(const struct adhoc *x, struct account *a);

/*
 * The account that a URL names, with the settings applied; where is the URL. It is called
 * "user@host" or "user@host:port", with what is unusual in a file's name as %XX. NULL with *e set
 * (ERR_USAGE).
 */
struct account *adhoc_account(const struct adhoc *x, const char *url, struct error *e);

#endif
