/*
 * cli.h - the command line. Read this first in cli/.
 *
 * main.c reads the options and picks the subcommand; each subcommand is a file cmd_NAME.c and a
 * row of commands[]. Only here errors are printed and the exit status is decided: the worst of
 * all accounts, permanent before temporary.
 *
 * Shared: one account after the other, each in a process of its own (each.h), JSON for programs
 * (json.h), lines and messages for people (screen.h), and what the commands on single messages
 * begin and end with (visiting.h). init has parts of its own: the file to be (form.h), the search
 * for a server (findserver.h).
 *
 * Output: results go to standard output, everything else to standard error (util/log.h). Without
 * a terminal, and without -v, success says nothing.
 *
 * cli includes engine, config and below.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/adhoc.h"
#include "config/config.h"
#include "util/error.h"

struct cli_options {
	const char *config_path; /* NULL: the usual place */
	int verbosity;           /* -1 for -q, up to 2 for -vv */
	bool dry_run;
	const char *vrfy, *expn; /* with info: to be asked of a relay; NULL: nothing */
	int at_once;             /* -j: so many accounts */
	const char *account;     /* -a: for deliver; NULL: not given */
	const char *to;    /* KIND:PLACE, a target instead of those of the config; NULL: none */
	const char *from;  /* whose file to import; NULL: by its looks */
	const char *state; /* a state file to import; NULL: import a config */
	bool json;         /* results as JSON, one object a line */
	bool long_list;    /* -l */
	bool yes;          /* nobody needs to be asked */
	bool to_syslog;
	int64_t patience_s;   /* -1: as the config says */
	struct adhoc adhoc;   /* --keyword=value; no names */
	bool accept_new_uids; /* fetch a whole mailbox again, if need be */
};

struct command {
	const char *name;
	const char *arguments;
	const char *help; /* NULL: not for people */
	/* the operands behind the subcommand; prints its errors; the class of the worst */
	enum errclass (*run)(const struct cli_options *o, char *const *args, size_t n);
};

extern const struct command commands[]; /* the first is the default; ends with name NULL */

enum errclass cmd_check(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_completion(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_config(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_delete(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_deliver(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_fetch(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_help(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_import(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_init(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_info(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_list(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_mark(const struct cli_options *o, char *const *args, size_t n);
enum errclass cmd_show(const struct cli_options *o, char *const *args, size_t n);

/*
 * Loads the config the options name, with their settings on the accounts of these names (none:
 * all), and adds the accounts that are URLs. If all of them are, no file is read. NULL after
 * printing its problems; one with a URL is printed, and cli_accounts() does not find it.
 */
struct config *cli_load(
    const struct cli_options *o, char *const *names, size_t n, bool tolerate_problems);

/* Gives every account the target of --to; false after printing that it is none. */
bool cli_redirect(struct config *c, const struct cli_options *o);

/*
 * The accounts with these names or URLs, all without names: a new array of *n. NULL and none after
 * printing that there is no such account.
 */
const struct account **cli_accounts(
    const struct config *c, char *const *names, size_t nnames, size_t *n);

#endif
