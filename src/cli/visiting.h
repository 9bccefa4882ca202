/*
 * visiting.h - what the commands on single messages begin and end with. Only for cli/.
 */
#ifndef CLI_VISITING_H
#define CLI_VISITING_H

#include "cli/cli.h"
#include "engine/visit.h"

struct visiting {
	struct config *config;
	const struct account *account;
	struct visit *visit;
	struct msgset set;
	enum errclass worst; /* of what has been told */
};

/* Whether there are so many operands; if not, prints how the command is used. */
bool visiting_takes(const char *command, size_t n, size_t least, size_t most);

/* Reads a set of messages; false after printing that it is none. */
bool visiting_read_set(struct visiting *w, const char *text);

/* Opens the account of that name; false after printing why not. visiting_end() in either case. */
bool visiting_begin(
    struct visiting *w, const struct cli_options *o, char *const *name, bool may_change);

/* Prints an error and notes its class. */
void visiting_fail(struct visiting *w, const struct error *e);

/* Says goodbye, if nothing has gone wrong yet, and frees all; the class of the first error. */
enum errclass visiting_end(struct visiting *w);

#endif
