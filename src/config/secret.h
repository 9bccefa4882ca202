/*
 * secret.h - where an account's password comes from.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include "config/config.h"
#include "util/error.h"

/*
 * The password, from the first of: password, password-command, password-file; without any of these
 * the file of the account's name in $CREDENTIALS_DIRECTORY, ~/.netrc, a prompt on the terminal. A
 * new string for free_secret(), or NULL with *e set (ERR_CONFIG; ERR_AUTH when the command fails).
 * *user is a new string as well: the name to log in with, the account's unless it comes from
 * ~/.netrc.
 */
char *secret_get(const struct account *a, char **user, struct error *e);

/* Whether secret_get() would ask on the terminal. */
bool secret_wants_person(const struct account *a);

/*
 * Asks on the terminal for what the key in that file is encrypted with. A new string for
 * free_secret(), or NULL with *e set (ERR_CONFIG: there is no terminal).
 */
char *secret_passphrase(const char *file, struct error *e);

#endif
