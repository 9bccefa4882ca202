#include "cli/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/journal.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/units.h"
#include "util/util.h"

#define CLASS ERR_CREATE /* of all findings: what is not as it should be */

__attribute__((format(printf, 2, 3))) static void
find(enum errclass *worst, const char *fmt, ...)
{
	char words[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	log_error("%s", words);
	*worst = error_worse(*worst, CLASS);
}

/* ---- files ---- */

/* A file that is only read; exposed is what no other may be able to do, as a mode. */
static void
examine_file(enum errclass *worst, const char *keyword, const char *path, mode_t exposed)
{
	struct stat st;

	if (path == NULL)
		return;
	if (stat(path, &st) == -1 || access(path, R_OK) == -1)
		find(worst, "%s %s: %s", keyword, path, strerror(errno));
	else if (S_ISREG(st.st_mode) && (st.st_mode & exposed) != 0)
		find(
		    worst, "%s %s: others may read or write it: chmod 600 %s", keyword, path, path);
	else if (S_ISREG(st.st_mode) && st.st_size == 0)
		find(worst, "%s %s is empty", keyword, path);
}

/* Whether a directory is there and names can be added to it. */
static void
examine_directory(enum errclass *worst, const char *what, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		find(worst, "%s: the directory %s: %s", what, dir, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		find(worst, "%s: %s is not a directory", what, dir);
	else if (access(dir, W_OK | X_OK) == -1)
		find(worst, "%s: the directory %s is not writable: %s", what, dir, strerror(errno));
}

/* Where missing directories are made: the last one that is there. */
static void
examine_parents(enum errclass *worst, const char *what, const char *path)
{
	char *dir = path_dirname(path);

	while (access(dir, F_OK) == -1 && errno == ENOENT && strcmp(dir, "/") != 0) {
		char *above = path_dirname(dir);

		free(dir);
		dir = above;
	}
	examine_directory(worst, what, dir);
	free(dir);
}

static void
examine_place(
    enum errclass *worst, const char *keyword, const struct account *a, const struct dest *d)
{
	const struct deliver_params params = { .mbox_lock = (enum mbox_lock_kind)a->mbox_lock,
		.foreign = a->foreign_owner,
		.timeout_ms = a->timeout_s * 1000,
		.account = a->name,
		.recipient = a->user };
	struct error e = { .cls = ERR_OK };
	char *what = xasprintf("%s %s", keyword, d->kind->name), *dir;
	struct delivery *open = NULL;

	/* a relay was looked for when the config was read; the rest only its server can tell */
	if (!d->kind->uses_stdout && !d->kind->takes_route &&
	    (open = d->kind->open(d, &params, &e)) == NULL)
		find(worst, "%s: %s", what, e.msg);
	else if (d->kind->takes_path && access(d->place, F_OK) == 0) {
		if (access(d->place, W_OK) == -1)
			find(worst, "%s: %s: %s", what, d->place, strerror(errno));
	} else if (d->kind->takes_path) {
		dir = path_dirname(d->place);
		examine_directory(worst, what, dir);
		free(dir);
	}
	if (open != NULL)
		open->kind->close(open);
	free(what);
}

static void
examine_targets(enum errclass *worst, const struct account *a)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link)
		examine_place(worst, "deliver", a, d);
	if (a->refused_dest != NULL)
		examine_place(worst, "refused", a, a->refused_dest);
}

/* Two accounts with one journal would take each other's UIDs for their own. */
static void
examine_journal(enum errclass *worst, const struct config *c, const struct account *a)
{
	struct error e = { .cls = ERR_OK };
	const struct account *other;
	struct journal *j;

	TAILQ_FOREACH(other, &c->accounts, link)
		if (other != a && strcmp(other->state, a->state) == 0)
			find(worst, "the journal %s is also that of account %s", a->state,
			    other->name);
	if (access(a->state, F_OK) == -1)
		examine_parents(worst, "state", a->state);
	else if ((j = journal_open(a->state, true, a->foreign_owner, &e)) == NULL)
		find(worst, "state: %s", e.msg);
	else
		journal_close(j);
}

static void
examine_rules(enum errclass *worst, const struct account *a)
{
	struct buf rule = BUF_INIT(64 * KiB);
	size_t by;

	for (size_t i = 0; rule.len = 0, ruleset_format(a->rules, i, &rule); i++)
		switch (ruleset_is_dead(a->rules, i, &by)) {
		case FILTER_CONTRADICTS:
			find(worst, "filter %.*s: can never match: its conditions contradict",
			    (int)rule.len, rule.p);
			break;
		case FILTER_SHADOWED:
			find(worst,
			    "filter %.*s: can never match: what it matches, rule %zu has taken",
			    (int)rule.len, rule.p, by + 1);
			break;
		case FILTER_ALIVE:
			break;
		}
	buf_free(&rule);
}

enum errclass
doctor_account(const struct config *c, const struct account *a)
{
	enum errclass worst = ERR_OK;

	log_set_account(a->name);
	examine_file(&worst, "password-file", a->password_file, S_IRWXG | S_IRWXO);
	examine_file(&worst, "tls-ca", a->tls_ca, 0);
	examine_file(&worst, "tls-cert", a->tls_cert, 0);
	examine_file(&worst, "tls-key", a->tls_key, S_IRWXG | S_IRWXO);
	examine_file(&worst, "socket", a->socket, 0);
	examine_targets(&worst, a);
	examine_journal(&worst, c, a);
	examine_rules(&worst, a);
	log_set_account(NULL);
	return worst;
}

/* ---- in a sentence ---- */

static void
describe_targets(const struct account *a, struct buf *out)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link) {
		if (d != TAILQ_FIRST(&a->dests))
			(void)buf_addstr(out, TAILQ_NEXT(d, link) != NULL ? ", " : " and ");
		(void)buf_addf(
		    out, "%s%s%s", d->kind->name, *d->place != '\0' ? " " : "", d->place);
	}
}

void
doctor_describe(const struct account *a, struct buf *out)
{
	static const char *const ways[] = { [ACCOUNT_POP3S] = "by TLS",
		[ACCOUNT_STLS] = "by STLS",
		[ACCOUNT_TLS_OFF] = "unencrypted" };
	struct buf rule = BUF_INIT(64 * KiB);
	char time[UNITS_MAX];
	size_t rules = 0;

	while (ruleset_format(a->rules, rules, &rule))
		rules++;
	buf_free(&rule);
	(void)buf_addf(out, "Fetches %s mail of %s from %s, %s", rules > 0 ? "selected" : "all new",
	    a->user_guessed ? "you" : a->user, account_server(a), ways[a->tls]);
	if (rules > 0)
		(void)buf_addf(out, " (%zu rule%s)", rules, rules == 1 ? "" : "s");
	(void)buf_addstr(out, ", delivers it to ");
	describe_targets(a, out);
	if (a->keep_s == KEEP_YES)
		(void)buf_addstr(out, ", and leaves it on the server.");
	else if (a->keep_s == KEEP_NO)
		(void)buf_addstr(out, ", and deletes it on the server then.");
	else
		(void)buf_addf(out, ", and deletes it on the server %s later.",
		    duration_format(time, a->keep_s));
}
