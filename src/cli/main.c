/*
 * haulmail - fetch mail by POP3 and deliver every message exactly once.
 */
#include <ctype.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wctype.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/rows.h"
#include "util/core.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/sandbox.h"
#include "util/stop.h"
#include "util/units.h"
#include "util/util.h"

/* Accounts at once: unless -j says otherwise, and at most. */
#define AT_ONCE 4
#define AT_ONCE_MAX 100

#define AT(field) offsetof(struct cli_options, field)

/* Of an option that has no letter; from KEYWORD on they are those of the config file. */
enum { TO = 256, VRFY, EXPN, FROM, STATE, JSON, YES, LOG, PATIENCE, ACCEPT_NEW_UIDS, KEYWORD };

const struct option_row option_rows[] = {
	{ { "account", required_argument, NULL, 'a' }, "ACCOUNT",
	    "with deliver: whose targets are meant", WORD, AT(account) },
	{ { "config", required_argument, NULL, 'c' }, "FILE", "read this config file", WORD,
	    AT(config_path) },
	{ { "quiet", no_argument, NULL, 'q' }, NULL, "say nothing but errors", SPECIAL, 0 },
	{ { "verbose", no_argument, NULL, 'v' }, NULL,
	    "say what is done; twice: the dialogue with the server", SPECIAL, 0 },
	{ { "dry-run", no_argument, NULL, 'n' }, NULL, "say what would be done, and do not do it",
	    YES_NO, AT(dry_run) },
	{ { "jobs", required_argument, NULL, 'j' }, "N", "serve so many accounts at once (4)",
	    SPECIAL, 0 },
	{ { "keep", optional_argument, NULL, 'k' }, NULL, "leave delivered messages on the server",
	    SPECIAL, 0 },
	{ { "to", required_argument, NULL, TO }, "TARGET",
	    "deliver there, not as the config says: mbox:PATH, smtp:RELAY:ADDR, ...", WORD,
	    AT(to) },
	{ { "vrfy", required_argument, NULL, VRFY }, "ADDR",
	    "with info and a relay: ask whether it knows that address", WORD, AT(vrfy) },
	{ { "expn", required_argument, NULL, EXPN }, "LIST",
	    "with info and a relay: ask who is on that list", WORD, AT(expn) },
	{ { "from", required_argument, NULL, FROM }, "PROGRAM",
	    "import a file of that program, whatever it looks like", WORD, AT(from) },
	{ { "state", required_argument, NULL, STATE }, "FILE",
	    "import what another program has fetched: its UIDs, for one account", WORD, AT(state) },
	{ { "json", no_argument, NULL, JSON }, NULL, "print results as JSON, one object a line",
	    YES_NO, AT(json) },
	{ { "long", no_argument, NULL, 'l' }, NULL, "list: show date, sender and subject", YES_NO,
	    AT(long_list) },
	{ { "yes", no_argument, NULL, YES }, NULL, "delete, init: do not ask", YES_NO, AT(yes) },
	{ { "log", required_argument, NULL, LOG }, "syslog",
	    "say to syslog, and not on standard error, what is to be said", SPECIAL, 0 },
	{ { "patience", required_argument, NULL, PATIENCE }, "DURATION",
	    "without a terminal, keep quiet so long about what may pass by itself", SPECIAL, 0 },
	{ { "accept-new-uids", no_argument, NULL, ACCEPT_NEW_UIDS }, NULL,
	    "fetch also what seems to be the whole mailbox once more", YES_NO,
	    AT(accept_new_uids) },
	{ { "help", no_argument, NULL, 'h' }, NULL, "show this", SPECIAL, 0 },
	{ { "version", no_argument, NULL, 'V' }, NULL, "show the version", SPECIAL, 0 },
};

#define NOPTIONS (sizeof(option_rows) / sizeof(option_rows[0]))

const size_t option_count = NOPTIONS;

static int
complain_about_option(int argc, char **argv, int c)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	char letter[] = { '-', (char)optopt, '\0' };
	int len = (int)strcspn(word, "="); /* what stands behind it may be a password */

	if (c == ':')
		log_error("the option \"%s\" wants an argument", word);
	else
		log_error("there is no option \"%.*s\"; \"haulmail --help\" shows them all", len,
		    strncmp(word, "--", 2) == 0 ? word : letter);
	return error_exit_status(ERR_USAGE);
}

static int
complain(const char *words)
{
	log_error("%s", words);
	return error_exit_status(ERR_USAGE);
}

static bool
is_our_own(const char *name)
{
	for (size_t i = 0; i < NOPTIONS; i++)
		if (strcmp(option_rows[i].option.name, name) == 0)
			return true;
	return false;
}

/* All long options, for getopt_long(3): ours, then the keywords of the config file. A new array. */
static struct option *
long_options(void)
{
	struct option *longs = NULL;
	const char *keyword;
	size_t n;

	longs = xcalloc(NOPTIONS + 1, sizeof(*longs));
	for (n = 0; n < NOPTIONS; n++)
		longs[n] = option_rows[n].option;
	for (size_t i = 0; (keyword = adhoc_keyword(i)) != NULL; i++) {
		if (is_our_own(keyword))
			continue;
		longs = xreallocarray(longs, n + 2, sizeof(*longs));
		longs[n++] = (struct option){ keyword, required_argument, NULL, KEYWORD + (int)i };
	}
	longs[n] = (struct option){ .name = NULL };
	return longs;
}

/* Notes a setting; -1, or the exit status after printing what is wrong with it. */
static int
add_setting(struct cli_options *o, const char *keyword, const char *value)
{
	struct error e = { .cls = ERR_OK };

	if (adhoc_add(&o->adhoc, keyword, value, &e) == 0)
		return -1;
	log_error("%s", e.msg);
	return error_exit_status(e.cls);
}

static int
read_jobs(struct cli_options *o)
{
	uint64_t n;

	if (!slice_number(slice_str(optarg), AT_ONCE_MAX, &n) || n == 0) {
		log_error("-j wants a number from 1 to %d", AT_ONCE_MAX);
		return error_exit_status(ERR_USAGE);
	}
	o->at_once = (int)n;
	return -1;
}

static void
show_version(void)
{
	struct buf sandbox = BUF_INIT(KiB);

	sandbox_describe_system(&sandbox);
	(void)printf("haulmail %s\nsandbox: %.*s\n", PACKAGE_VERSION, (int)sandbox.len, sandbox.p);
	buf_free(&sandbox);
}

/* An option that is more than a word or a yes. */
static int
read_special(int argc, char **argv, int c, struct cli_options *o)
{
	switch (c) {
	case 'q':
		o->verbosity = -1;
		return -1;
	case 'v':
		o->verbosity = o->verbosity < 1 ? 1 : 2;
		return -1;
	case 'j':
		return read_jobs(o);
	case 'k':
		return add_setting(o, "keep", optarg != NULL ? optarg : "yes");
	case LOG:
		o->to_syslog = strcmp(optarg, "syslog") == 0;
		return o->to_syslog ? -1 : complain("--log wants the word syslog");
	case PATIENCE:
		return duration_parse(optarg, &o->patience_s) == 0
			   ? -1
			   : complain("--patience wants a duration like 30m or 6h");
	case 'h':
		help_all();
		return error_exit_status(ERR_OK);
	case 'V':
		show_version();
		return error_exit_status(ERR_OK);
	default:
		return complain_about_option(argc, argv, c);
	}
}

/* One option; -1 to go on, else the exit status. */
static int
read_option(int argc, char **argv, int c, struct cli_options *o)
{
	if (c >= KEYWORD)
		return add_setting(o, adhoc_keyword((size_t)(c - KEYWORD)), optarg);
	for (size_t i = 0; i < NOPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->option.val != c || row->kind == SPECIAL)
			continue;
		if (row->kind == WORD)
			*(const char **)((char *)o + row->at) = optarg;
		else
			*(bool *)((char *)o + row->at) = true;
		return -1;
	}
	return read_special(argc, argv, c, o);
}

/* Reads the options; -1 to go on, else the exit status. */
static int
read_options(int argc, char **argv, struct cli_options *o)
{
	struct option *longs = long_options();
	int c, status = -1;

	opterr = 0; /* the words are ours */
	while (status == -1 && (c = getopt_long(argc, argv, ":a:c:qvnj:klhV", longs, NULL)) != -1)
		status = read_option(argc, argv, c, o);
	free(longs);
	return status;
}

/*
 * A descriptor 0, 1 or 2 that is closed would be reused for a file of ours. Standard input and
 * output must go on to fail then: the message on the one would be taken for an empty one, and those
 * that are to go to the other would vanish.
 */
static void
open_standard_descriptors(void)
{
	static const int useless[] = { O_WRONLY, O_RDONLY, O_RDWR };

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", useless[fd]) != fd)
			exit(error_exit_status(ERR_OS));
}

/*
 * What whoever started us has left of signals must not keep us from ending, or from seeing that a
 * child has ended. Ignored ones stay ignored, as nohup(1) wants it.
 */
static void
settle_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
}

/*
 * Which characters are text; nothing else is localised. Where I is no i in capitals, as in Turkish,
 * neither keywords nor names of header fields would be recognised: the letters are those of C
 * there.
 */
static void
choose_characters(void)
{
	if (setlocale(LC_CTYPE, "") == NULL ||
	    (tolower('I') == 'i' && toupper('i') == 'I' && towlower(L'I') == L'i' &&
		towupper(L'i') == L'I'))
		return;
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void)setlocale(LC_CTYPE, "C");
}

/*
 * What makes it unfit to run: rights that its user does not have. It reads and writes what the
 * config file and the environment name, and these are the user's.
 */
static const char *
find_obstacle(int argc)
{
	if (getuid() != geteuid() || getgid() != getegid())
		return "haulmail is not made to be setuid or setgid";
	return argc < 1 ? "there is no command line" : NULL;
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
	const char *obstacle;
	int status;

	core_forbid(); /* the config file may hold passwords, and we do so until the end */
	open_standard_descriptors();
	if ((obstacle = find_obstacle(argc)) != NULL)
		return complain(obstacle);
	settle_signals();
	choose_characters();
	if ((status = read_options(argc, argv, &o)) != -1) {
		adhoc_free(&o.adhoc);
		return finish_output(status);
	}
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
	/* with import it names a file of another program; else it is the keyword */
	if (o.state != NULL && command->run != cmd_import &&
	    (status = add_setting(&o, "state", o.state)) != -1)
		return finish_output(status);
	status = finish_output(error_exit_status(command->run(&o, argv, (size_t)(argc - optind))));
	adhoc_free(&o.adhoc);
	stop_die();
	return status;
}
