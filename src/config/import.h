/*
 * import.h - config files and state files of other programs that fetch mail, read for haulmail.
 *
 * Here:      which program's file it is (importformat.c); a config of fetchmail, mpop or getmail
 *            as one of haulmail's (importconfig.c, and a file for each program); the UIDs that a
 *            state file of these, of fdm or of Emacs' pop3.el holds (importstate.c).
 * Not here:  any I/O: the text comes in, text or UIDs go out.
 * Errors:    what a foreign config says and haulmail cannot do becomes a comment, never an error.
 * Sources:   fetchmail(1) 6.4, mpop(1) 1.4, getmail6's configuration.txt 6.18, fdm(1) 1.9, pop3.el
 *            of Emacs 28 and of T-gnus; and files that these programs have written.
 */
#ifndef CONFIG_IMPORT_H
#define CONFIG_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"

enum import_format {
	IMPORT_UNKNOWN,
	IMPORT_FETCHMAIL,
	IMPORT_MPOP,
	IMPORT_GETMAIL,
	IMPORT_FDM,
	IMPORT_POP3EL
};

/* The format of that name, as people write it; IMPORT_UNKNOWN if there is none. */
enum import_format import_format_named(const char *name);
const char *import_format_name(enum import_format f);

/* Whose file it looks like. */
enum import_format import_recognise_config(struct slice text);
enum import_format import_recognise_state(struct slice text);

struct import_result {
	size_t accounts;  /* that haulmail can fetch */
	size_t passwords; /* that were left out, for want of with_passwords */
};

/*
 * Appends the config that the text comes to. Without with_passwords, a comment stands in the place
 * of each password. 0, or -1 with *e set for a format that has no config to import.
 */
int import_config(enum import_format f, struct slice text, bool with_passwords, struct buf *out,
    struct import_result *res, struct error *e);

/* Of whom to take the UIDs of a state file. */
struct import_owner {
	const char *host, *user;
	const char *file; /* its name, which is all that some formats tell of the owner */
};

struct known_uid {
	struct slice uid;
	int64_t epoch; /* when it was fetched; 0: not told */
};

struct known_uids {
	struct known_uid *list; /* each UID once; borrowed from the text */
	size_t n, cap;
	size_t nonsense;   /* lines that were not understood */
	struct buf others; /* who else has UIDs in the file, in words */
};

/* Finds the owner's UIDs. The text is changed: what is quoted in it is unquoted in its place. */
void import_state(enum import_format f, struct buf *text, const struct import_owner *owner,
    struct known_uids *out);
void known_uids_free(struct known_uids *k);

#endif
