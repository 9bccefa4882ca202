/*
 * secret.h - where an account's password comes from.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include "config/config.h"
#include "util/error.h"

struct sandbox;

/*
 * The password or token, from the first of: password, password-command, password-file; without any
 * of these the file of the account's name in $CREDENTIALS_DIRECTORY, ~/.netrc, a prompt on the
 * terminal. "" for an account that logs in without any. A new string for free_secret(), or NULL
 * with *e set (ERR_CONFIG; ERR_AUTH when the command fails). *user is a new string as well: the
 * name to log in with, the account's unless it comes from ~/.netrc.
 */
char *secret_get(const struct account *a, char **user, struct error *e);

/*
 * Another token instead of one that the server has refused: password-command runs once more, with
 * HAULMAIL_TOKEN_REFUSED=1 in its environment. Only if secret_can_renew() says so: the secret is a
 * token, and a command prints it.
 */
char *secret_renew(const struct account *a, struct error *e);
bool secret_can_renew(const struct account *a);

/* A process in this sandbox cannot run the command, if there is one: its twin does. */
void secret_delegate(const struct account *a, struct sandbox *s);

/* Whether secret_get() would ask on the terminal. */
bool secret_wants_person(const struct account *a);

/*
 * Asks on the terminal for what the key in that file is encrypted with. A new string for
 * free_secret(), or NULL with *e set (ERR_CONFIG: there is no terminal).
 */
char *secret_passphrase(const char *file, struct error *e);

#endif
