/*
 * netrc.h - passwords in the file that ftp(1) and curl(1) know as ~/.netrc. No I/O.
 *
 *     machine HOST  login NAME  password PASSWORD     in any order behind machine, on any lines
 *     default       login NAME  password PASSWORD     for every host; put it last
 *     account NAME, macdef NAME and the lines up to an empty one, words unknown: passed over
 *
 * Words stand between blanks, or in double quotes; a backslash makes the character behind it
 * stand for itself. A "#" in the place of a keyword starts a comment, up to the end of the line.
 */
#ifndef CONFIG_NETRC_H
#define CONFIG_NETRC_H

#include "util/error.h"
#include "util/slice.h"

struct netrc_entry {
	char *login; /* NULL: none is given */
	char *password;
};

/*
 * The first entry with a password for that host, in whatever case, and that user if user is not
 * NULL; one without a login is for every user. 1 with *out filled, 0 when there is none, or -1 with
 * *e set (ERR_CONFIG). What is said never quotes the text.
 */
int netrc_find(struct slice text, const char *host, const char *user, struct netrc_entry *out,
    struct error *e);
void netrc_entry_free(struct netrc_entry *en); /* wipes it */

#endif
