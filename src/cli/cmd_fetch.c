#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "config/secret.h"
#include "engine/engine.h"
#include "engine/pool.h"
#include "net/identity.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/stop.h"
#include "util/units.h"
#include "util/util.h"

__attribute__((format(printf, 3, 4))) static void
add_part(struct buf *line, size_t n, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (n == 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)buf_addf(line, "%s%s", line->len > 0 ? ", " : "", text);
}

/* Whether messages of the account go to where the summary would. */
static bool
uses_stdout(const struct account *a)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link)
		if (d->kind->uses_stdout)
			return true;
	return false;
}

/* One line for people: on a terminal, or with -v. */
static void
summarize(const struct account *a, const struct engine_result *r)
{
	struct buf line = BUF_INIT(KiB);
	char size[UNITS_MAX];

	add_part(&line, r->delivered, "%zu new message%s (%s)", r->delivered,
	    r->delivered == 1 ? "" : "s", size_human(size, r->bytes));
	add_part(&line, r->refused, "%zu of them refused", r->refused);
	add_part(&line, r->skipped, "%zu skipped", r->skipped);
	add_part(&line, r->failed, "%zu failed", r->failed);
	add_part(&line, r->waiting, "%zu to be tried again later", r->waiting);
	add_part(&line, r->later, "%zu left for the next run", r->later);
	add_part(&line, r->deleted, "%zu deleted on the server", r->deleted);
	if (line.len == 0)
		add_part(&line, 1, "no new messages");
	if (uses_stdout(a))
		log_info("%.*s", (int)line.len, line.p);
	else
		log_say("%.*s", (int)line.len, line.p);
	buf_free(&line);
}

/* The accounts to be served, and what has come of it. */
struct fetch {
	const struct account *const *accounts;
	struct engine_options options;
	bool talk;
	enum errclass worst;
};

/* Serves an account; the class of its trouble. */
static int
fetch_one(void *ctx, size_t i)
{
	const struct fetch *f = ctx;
	struct error e = { .cls = ERR_OK };
	struct engine_result result;

	log_set_account(f->accounts[i]->name);
	if (engine_fetch(f->accounts[i], &f->options, &result, &e) == -1)
		log_error("%s", e.msg);
	if (f->talk && (e.cls == ERR_OK || result.listed > 0))
		summarize(f->accounts[i], &result);
	log_set_account(NULL);
	return (int)e.cls;
}

/* In the first process, when a worker has served an account. */
static void
note_end(void *ctx, size_t i, int status)
{
	struct fetch *f = ctx;
	enum errclass cls = WIFEXITED(status) ? (enum errclass)WEXITSTATUS(status) : ERR_OS;

	if (WIFSIGNALED(status) && !stop_asked()) {
		log_set_account(f->accounts[i]->name);
		log_error("its process died by signal %d", WTERMSIG(status));
		log_set_account(NULL);
	}
	f->worst = error_worse(f->worst, cls);
}

static bool
key_wants_person(const struct account *a)
{
	return a->tls_key != NULL && tls_key_is_encrypted(a->tls_key);
}

/* Whether somebody will be asked for a password on the terminal. */
static bool
wants_person(const struct account *a)
{
	for (size_t i = 0; i < a->nrelays; i++) {
		const struct account *relay = a->relays[i];

		if ((relay->user != NULL && secret_wants_person(relay)) || key_wants_person(relay))
			return true;
	}
	return secret_wants_person(a) || key_wants_person(a);
}

/* How many accounts can be served at once: they cannot share a terminal or standard output. */
static size_t
how_many(const struct cli_options *o, const struct account *const *accounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (uses_stdout(accounts[i]) || wants_person(accounts[i]))
			return 1;
	return MIN((size_t)o->at_once, n);
}

enum errclass
cmd_fetch(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, false);
	const struct account **accounts = NULL;
	struct fetch f = { .options.dry_run = o->dry_run };
	struct pool_jobs jobs = { .run = fetch_one, .ended = note_end, .ctx = &f };
	struct error e = { .cls = ERR_OK };

	if (c == NULL)
		return ERR_CONFIG;
	if (cli_redirect(c, o))
		accounts = cli_accounts(c, args, n, &jobs.n);
	if (accounts == NULL) {
		config_free(c);
		return ERR_USAGE;
	}
	f.accounts = accounts;
	f.talk = !o->dry_run && (o->verbosity > 0 || (o->verbosity == 0 && isatty(STDOUT_FILENO)));
	jobs.at_once = how_many(o, accounts, jobs.n);
	if (jobs.at_once == 1) {
		for (size_t i = 0; i < jobs.n && !stop_asked(); i++)
			f.worst = error_worse(f.worst, (enum errclass)fetch_one(&f, i));
	} else if (pool_run(&jobs, &e) == -1) {
		log_error("%s", e.msg);
		f.worst = error_worse(f.worst, e.cls);
	}
	free(accounts);
	config_free(c);
	return f.worst;
}
