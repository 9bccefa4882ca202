#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "config/import.h"
#include "state/journal.h"
#include "state/lock.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

#define CONFIG_MAX (4 * MiB)
#define STATE_MAX (256 * MiB)

/* Reads the file whole; "-" is standard input. */
static int
read_import(const char *file, struct buf *text, struct error *e)
{
	int fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t size;
	int rc = 0;

	if (fd == -1 || fstat(fd, &st) == -1) {
		rc = error_sys(e, ERR_IO, "%s", file);
	} else {
		/* all at once: growing would leave copies of passwords behind */
		size = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : CONFIG_MAX;
		(void)buf_reserve(text, MIN(size, text->max));
		if (read_to_end(fd, text) == -1)
			rc = error_sys(e, ERR_IO, "%s", file);
	}
	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* Whose file it is: as --from says, or by its looks. */
static int
find_format(const struct cli_options *o, const char *file, enum import_format looks,
    enum import_format *f, struct error *e)
{
	*f = o->from != NULL ? import_format_named(o->from) : looks;
	if (*f != IMPORT_UNKNOWN)
		return 0;
	if (o->from != NULL)
		return error_set(e, ERR_USAGE,
		    "--from wants fetchmail, mpop, getmail, fdm or pop3.el, not \"%s\"", o->from);
	return error_set(
	    e, ERR_USAGE, "%s: this looks like no file that can be imported; see --from", file);
}

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->len);
	buf_free(b);
}

/* ---- a config ---- */

/* Only what its owner alone can read gets passwords: no terminal, no pipe that leads to one. */
static bool
output_is_private(void)
{
	struct stat st;

	return fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static int
import_config_file(const struct cli_options *o, const char *file, struct buf *text, struct buf *out,
    struct error *e)
{
	struct import_result res = { .accounts = 0 };
	enum import_format f;

	if (read_import(file, text, e) == -1 ||
	    find_format(o, file, import_recognise_config(buf_slice(text)), &f, e) == -1)
		return -1;
	(void)buf_reserve(out, 4 * text->len + 64 * KiB);
	if (import_config(f, buf_slice(text), output_is_private(), out, &res, e) == -1)
		return -1;
	if (write_all(STDOUT_FILENO, out->p, out->len) == -1)
		return error_sys(e, ERR_IO, "standard output");
	if (res.passwords > 0)
		log_warn("%zu password%s left out; to have %s carried over: (umask 077; haulmail "
			 "import %s >NEWFILE)",
		    res.passwords, res.passwords == 1 ? " was" : "s were",
		    res.passwords == 1 ? "it" : "them", file);
	if (res.accounts == 0)
		return error_set(
		    e, ERR_CONFIG, "%s: no account in it that haulmail can fetch", file);
	return 0;
}

static int
show_config(const struct cli_options *o, const char *file, struct error *e)
{
	struct buf text = BUF_INIT(CONFIG_MAX), out = BUF_INIT(16 * CONFIG_MAX);
	int rc = import_config_file(o, file, &text, &out, e);

	wipe(&text);
	wipe(&out);
	return rc;
}

/* ---- a state file ---- */

/* Adds to the journal what it does not know as delivered yet; the number of those. */
static size_t
mark_seen(struct journal *j, const struct known_uids *known, bool dry_run)
{
	struct buf key = BUF_INIT(64 * KiB);
	size_t marked = 0;

	for (size_t i = 0; i < known->n; i++) {
		int64_t now = clock_epoch(), then = known->list[i].epoch;

		key.len = 0;
		if (text_field(&key, known->list[i].uid) == -1 ||
		    journal_find(j, buf_slice(&key)).kind == JOURNAL_SEEN)
			continue;
		marked++;
		(void)buf_addch(&key, '\0');
		if (!dry_run)
			journal_seen(j, key.p, then > 0 && then < now ? then : now);
	}
	buf_free(&key);
	return marked;
}

static void
tell(const struct cli_options *o, const struct account *a, const struct known_uids *known,
    size_t marked)
{
	if (known->nonsense > 0)
		log_warn("%s: %zu line%s not understood", o->state, known->nonsense,
		    known->nonsense == 1 ? " was" : "s were");
	log_say("%zu message%s %s as fetched%s", marked, marked == 1 ? "" : "s",
	    o->dry_run ? "would be marked" : "marked",
	    marked < known->n ? "; the journal knew the others" : "");
	if (a->keep_s == KEEP_NO && marked > 0)
		log_say("the next run deletes them on the server, as \"keep\" says no");
}

/* Under the account's lock, so that no run is at work on the journal. */
static int
write_journal(const struct cli_options *o, const struct account *a, const struct known_uids *known,
    struct error *e)
{
	struct journal *j = NULL;
	int fd = -1, rc = -1;
	size_t marked;

	if (!o->dry_run && (fd = lock_acquire(a->state, a->foreign_owner, e)) == -1)
		return -1;
	if ((j = journal_open(a->state, o->dry_run, a->foreign_owner, e)) != NULL) {
		marked = mark_seen(j, known, o->dry_run);
		if (o->dry_run || journal_sync(j, e) == 0) {
			tell(o, a, known, marked);
			rc = 0;
		}
	}
	journal_close(j);
	lock_release(fd);
	return rc;
}

/* Whose UIDs to take: the account's host and user, or USER@HOST as the file has them. */
static int
find_owner(const struct account *a, const char *file, char *as, struct import_owner *owner,
    struct error *e)
{
	char *at;

	*owner = (struct import_owner){ .host = a->host, .user = a->user, .file = file };
	if (as == NULL)
		return 0;
	if ((at = strrchr(as, '@')) == NULL)
		return error_set(e, ERR_USAGE, "\"%s\" is not USER@HOST, as the file has it", as);
	*at = '\0';
	owner->user = as;
	owner->host = at + 1;
	return 0;
}

static int
import_known(const struct cli_options *o, const struct account *a, const char *as, struct buf *text,
    struct error *e)
{
	struct known_uids known = { .n = 0 };
	char *copy = as != NULL ? xstrdup(as) : NULL;
	struct import_owner owner;
	enum import_format f;
	int rc = -1;

	if (read_import(o->state, text, e) == 0 &&
	    find_format(o, o->state, import_recognise_state(buf_slice(text)), &f, e) == 0 &&
	    find_owner(a, o->state, copy, &owner, e) == 0) {
		import_state(f, text, &owner, &known);
		if (known.n > 0)
			rc = write_journal(o, a, &known, e);
		else if (known.others.len > 0)
			(void)error_set(e, ERR_CONFIG,
			    "%s has nothing of %s@%s, but of %.*s; to take that: haulmail import "
			    "--state FILE %s USER@HOST",
			    o->state, owner.user, owner.host, (int)known.others.len, known.others.p,
			    a->name);
		else
			(void)error_set(e, ERR_CONFIG, "%s: no UIDs in it", o->state);
	}
	known_uids_free(&known);
	free(copy);
	return rc;
}

static enum errclass
mark_account(const struct cli_options *o, char *const *args, size_t n)
{
	struct error e = { .cls = ERR_OK };
	struct config *c = cli_load(o, args, MIN(n, 1), false);
	struct buf text = BUF_INIT(STATE_MAX);
	const struct account **accounts;
	size_t count;

	if (c == NULL)
		return ERR_CONFIG;
	if ((accounts = cli_accounts(c, args, 1, &count)) == NULL) {
		config_free(c);
		return ERR_USAGE;
	}
	log_set_account(accounts[0]->name);
	if (import_known(o, accounts[0], n > 1 ? args[1] : NULL, &text, &e) == -1)
		log_error("%s", e.msg);
	log_set_account(NULL);
	free(accounts);
	buf_free(&text);
	config_free(c);
	return e.cls;
}

enum errclass
cmd_import(const struct cli_options *o, char *const *args, size_t n)
{
	struct error e = { .cls = ERR_OK };

	if (o->state != NULL && (n == 1 || n == 2))
		return mark_account(o, args, n);
	if (o->state != NULL)
		(void)error_set(&e, ERR_USAGE,
		    "\"import --state FILE\" wants an account, and perhaps USER@HOST behind it");
	else if (n != 1)
		(void)error_set(&e, ERR_USAGE, "\"import\" wants one file");
	else
		(void)show_config(o, args[0], &e);
	if (e.cls != ERR_OK)
		log_error("%s", e.msg);
	return e.cls;
}
