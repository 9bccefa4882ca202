/*
 * haulmail - fetch mail by POP3 and deliver every message exactly once.
 */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "util/core.h"
#include "util/log.h"
#include "util/stop.h"
#include "util/units.h"

/* Accounts at once: unless -j says otherwise, and at most. */
#define AT_ONCE 4
#define AT_ONCE_MAX 100

/* Of an option that has no letter. */
enum { TO = 256, VRFY, EXPN, FROM, STATE, JSON, YES, LOG, PATIENCE, ACCEPT_NEW_UIDS };

static const struct option_row {
	struct option option;
	const char *argument, *help;
} option_rows[] = {
	{ { "account", required_argument, NULL, 'a' }, "ACCOUNT",
	    "with deliver: whose targets are meant" },
	{ { "config", required_argument, NULL, 'c' }, "FILE", "read this config file" },
	{ { "quiet", no_argument, NULL, 'q' }, NULL, "say nothing but errors" },
	{ { "verbose", no_argument, NULL, 'v' }, NULL,
	    "say what is done; twice: the dialogue with the server" },
	{ { "dry-run", no_argument, NULL, 'n' }, NULL, "say what would be done, and do not do it" },
	{ { "jobs", required_argument, NULL, 'j' }, "N", "serve so many accounts at once (4)" },
	{ { "to", required_argument, NULL, TO }, "TARGET",
	    "deliver there, not as the config says: mbox:PATH, smtp:RELAY:ADDR, ..." },
	{ { "vrfy", required_argument, NULL, VRFY }, "ADDR",
	    "with info and a relay: ask whether it knows that address" },
	{ { "expn", required_argument, NULL, EXPN }, "LIST",
	    "with info and a relay: ask who is on that list" },
	{ { "from", required_argument, NULL, FROM }, "PROGRAM",
	    "import a file of that program, whatever it looks like" },
	{ { "state", required_argument, NULL, STATE }, "FILE",
	    "import what another program has fetched: its UIDs, for one account" },
	{ { "json", no_argument, NULL, JSON }, NULL, "print results as JSON, one object a line" },
	{ { "long", no_argument, NULL, 'l' }, NULL, "list: show date, sender and subject" },
	{ { "yes", no_argument, NULL, YES }, NULL, "delete: do not ask" },
	{ { "log", required_argument, NULL, LOG }, "syslog",
	    "say to syslog, and not on standard error, what is to be said" },
	{ { "patience", required_argument, NULL, PATIENCE }, "DURATION",
	    "without a terminal, keep quiet so long about what may pass by itself" },
	{ { "accept-new-uids", no_argument, NULL, ACCEPT_NEW_UIDS }, NULL,
	    "fetch also what seems to be the whole mailbox once more" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "show this" },
	{ { "version", no_argument, NULL, 'V' }, NULL, "show the version" },
};

#define NOPTIONS (sizeof(option_rows) / sizeof(option_rows[0]))

static void
print_help(void)
{
	(void)printf("haulmail fetches mail by POP3 and delivers every message exactly once.\n\n"
		     "usage: haulmail [options] [command] [ACCOUNT]...\n\ncommands:\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)printf("  %-8s %-20s %s\n", c->name, c->arguments, c->help);
	(void)printf("\noptions:\n");
	for (size_t i = 0; i < NOPTIONS; i++) {
		char name[40], letter[] = { '-', (char)option_rows[i].option.val, ',', '\0' };

		(void)snprintf(name, sizeof(name), "--%s%s%s", option_rows[i].option.name,
		    option_rows[i].argument != NULL ? " " : "",
		    option_rows[i].argument != NULL ? option_rows[i].argument : "");
		(void)printf("  %-3s %-20s %s\n", option_rows[i].option.val < TO ? letter : "",
		    name, option_rows[i].help);
	}
	(void)printf("\nThe manual: haulmail(1), haulmail.conf(5).\n");
}

static int
complain_about_option(int argc, char **argv, int c)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	char letter[] = { '-', (char)optopt, '\0' };

	if (c == ':')
		log_error("the option \"%s\" wants an argument", word);
	else
		log_error("there is no option \"%s\"; \"haulmail --help\" shows them all",
		    strncmp(word, "--", 2) == 0 ? word : letter);
	return error_exit_status(ERR_USAGE);
}

static int
complain(const char *words)
{
	log_error("%s", words);
	return error_exit_status(ERR_USAGE);
}

/* Reads the options; -1 to go on, else the exit status. */
static int
read_options(int argc, char **argv, struct cli_options *o)
{
	struct option longs[NOPTIONS + 1] = { { .name = NULL } };
	const char *why;
	int c;

	for (size_t i = 0; i < NOPTIONS; i++)
		longs[i] = option_rows[i].option;
	opterr = 0; /* the words are ours */
	while ((c = getopt_long(argc, argv, ":a:c:qvnj:lhV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config_path = optarg;
			break;
		case 'a':
			o->account = optarg;
			break;
		case 'q':
			o->verbosity = -1;
			break;
		case 'v':
			o->verbosity = o->verbosity < 1 ? 1 : 2;
			break;
		case 'n':
			o->dry_run = true;
			break;
		case 'j':
			o->at_once = (int)strtonum(optarg, 1, AT_ONCE_MAX, &why);
			if (why != NULL) {
				log_error("-j wants a number from 1 to %d", AT_ONCE_MAX);
				return error_exit_status(ERR_USAGE);
			}
			break;
		case TO:
			o->to = optarg;
			break;
		case VRFY:
			o->vrfy = optarg;
			break;
		case EXPN:
			o->expn = optarg;
			break;
		case FROM:
			o->from = optarg;
			break;
		case STATE:
			o->state = optarg;
			break;
		case JSON:
			o->json = true;
			break;
		case 'l':
			o->long_list = true;
			break;
		case YES:
			o->yes = true;
			break;
		case LOG:
			if (strcmp(optarg, "syslog") != 0)
				return complain("--log wants the word syslog");
			o->to_syslog = true;
			break;
		case PATIENCE:
			if (duration_parse(optarg, &o->patience_s) == -1)
				return complain("--patience wants a duration like 30m or 6h");
			break;
		case ACCEPT_NEW_UIDS:
			o->accept_new_uids = true;
			break;
		case 'h':
			print_help();
			return error_exit_status(ERR_OK);
		case 'V':
			(void)printf("haulmail %s\n", PACKAGE_VERSION);
			return error_exit_status(ERR_OK);
		default:
			return complain_about_option(argc, argv, c);
		}
	}
	return -1;
}

/*
 * A descriptor 0, 1 or 2 that is closed would be reused for a file of ours. Standard output must go
 * on to fail then: messages that are to go there would vanish.
 */
static void
open_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) == -1)
			exit(error_exit_status(ERR_OS));
}

static int
finish_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	log_error("cannot write to standard output");
	return status != 0 ? status : error_exit_status(ERR_IO);
}

int
main(int argc, char **argv)
{
	struct cli_options o = { .at_once = AT_ONCE, .patience_s = -1 };
	const struct command *command = commands;
	int status;

	core_forbid(); /* the config file may hold passwords, and we do so until the end */
	open_standard_descriptors();
	(void)setlocale(LC_CTYPE, ""); /* which characters are text; nothing else is localised */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
	if ((status = read_options(argc, argv, &o)) != -1)
		return finish_output(status);
	log_start(o.to_syslog);
	log_set_level((enum log_level)(LOG_NORMAL + o.verbosity));
	argv += optind;
	if (*argv != NULL)
		for (const struct command *c = commands; c->name != NULL; c++)
			if (strcmp(c->name, *argv) == 0) {
				command = c;
				argv++;
				optind++;
				break;
			}
	status = finish_output(error_exit_status(command->run(&o, argv, (size_t)(argc - optind))));
	stop_die();
	return status;
}
