#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/each.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "config/secret.h"
#include "engine/engine.h"
#include "engine/pool.h"
#include "net/identity.h"
#include "state/trouble.h"
#include "util/buf.h"
#include "util/clock.h"
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

/* One line: on a terminal, with -v, and in a log. */
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
	if (log_is_record())
		log_note("%.*s", (int)line.len, line.p);
	else if (uses_stdout(a))
		log_info("%.*s", (int)line.len, line.p);
	else
		log_say("%.*s", (int)line.len, line.p);
	buf_free(&line);
}

/* The same for programs. */
static void
show_json(const struct account *a, const struct engine_result *r, const struct error *e)
{
	struct json j;

	json_begin(&j);
	json_string(&j, "account", a->name);
	json_number(&j, "status", (uint64_t)error_exit_status(e->cls));
	json_number(&j, "listed", r->listed);
	json_number(&j, "delivered", r->delivered);
	json_number(&j, "bytes", r->bytes);
	json_number(&j, "refused", r->refused);
	json_number(&j, "skipped", r->skipped);
	json_number(&j, "failed", r->failed);
	json_number(&j, "waiting", r->waiting);
	json_number(&j, "later", r->later);
	json_number(&j, "deleted", r->deleted);
	if (e->cls != ERR_OK)
		json_string(&j, "error", e->msg);
	json_end(&j);
}

/* The accounts to be served, and what has come of it. */
struct fetch {
	const struct account *const *accounts;
	struct engine_options options;
	bool talk, json;
	int64_t patience_s; /* -1: as each account says */
	enum errclass worst;
};

/* Whether anything has come of it that a log should know. */
static bool
is_news(const struct engine_result *r)
{
	return r->delivered + r->skipped + r->failed + r->deleted > 0;
}

/*
 * Trouble that may pass by itself is told by mail (cron) only when it lasts. Whoever looks on or
 * has it logged is told at once.
 */
static bool
can_wait(const struct fetch *f, const struct account *a, struct error *e)
{
	int64_t patience = f->patience_s >= 0 ? f->patience_s : a->patience_s, since;
	char date[32];

	if (patience == 0 || f->options.dry_run || stop_asked())
		return false;
	if (e->cls != ERR_TEMP) {
		trouble_is_over(a->state);
		return false;
	}
	if (log_at(LOG_VERBOSE) || isatty(STDERR_FILENO))
		return false;
	if (!trouble_has_lasted(a->state, patience, clock_epoch(), &since))
		return true;
	if (strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime(&since)) > 0)
		(void)error_add(e, " (such trouble since %s)", date);
	return false;
}

static void
tell_error(const struct fetch *f, const struct account *a, struct error *e)
{
	if (!can_wait(f, a, e) && e->cls != ERR_OK)
		log_error("%s", e->msg);
	else if (e->cls != ERR_OK && log_is_record())
		log_note("%s", e->msg);
}

/* Serves an account; the class of its trouble. */
static int
fetch_one(void *ctx, size_t i)
{
	const struct fetch *f = ctx;
	struct error e = { .cls = ERR_OK };
	struct engine_options options = f->options;
	const struct account *a = f->accounts[i];
	struct engine_result result;

	log_set_account(a->name);
	if (options.progress != NULL)
		options.progress_ctx = progress_slot(i, a->name);
	(void)engine_fetch(a, &options, &result, &e);
	progress_account_done(i);
	tell_error(f, a, &e);
	if (f->json)
		show_json(a, &result, &e);
	else if (f->talk ? e.cls == ERR_OK || result.listed > 0
			 : log_is_record() && is_news(&result))
		summarize(a, &result);
	log_set_account(NULL);
	return (int)e.cls;
}

/* In the first process, when a worker has served an account. */
static void
note_end(void *ctx, size_t i, int status)
{
	struct fetch *f = ctx;

	progress_account_done(i);
	f->worst = error_worse(f->worst, each_class(f->accounts[i]->name, status));
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

/* Whether they have to be served one by one: they cannot share a terminal or standard output. */
static bool
must_queue(const struct account *const *accounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (uses_stdout(accounts[i]) || wants_person(accounts[i]))
			return true;
	return false;
}

/* For pool.h. */
static void
draw_progress(void *ctx)
{
	(void)ctx;
	progress_draw();
}

static void
clear_progress(void *ctx)
{
	(void)ctx;
	progress_clear();
}

/* A line at the bottom of the terminal, unless -v fills it or -q forbids it. */
static void
begin_progress(const struct cli_options *o, struct fetch *f, struct pool_jobs *jobs)
{
	if (o->verbosity != 0 || o->dry_run || log_is_record() || !progress_is_wanted() ||
	    !progress_start(jobs->n, jobs->n > 1 && !jobs->shares_output))
		return;
	f->options.progress = progress_report;
	if (!jobs->shares_output) {
		jobs->tick = draw_progress;
		jobs->before_output = clear_progress;
	}
	log_before_line(progress_clear);
}

static void
end_progress(void)
{
	log_before_line(NULL);
	progress_end();
}

/* Serves them all, each in a process of its own, as it confines itself to one account's files. */
static void
fetch_all(struct fetch *f, const struct pool_jobs *jobs)
{
	struct error e = { .cls = ERR_OK };

	if (jobs->n == 1) {
		f->worst = (enum errclass)fetch_one(f, 0);
	} else if (pool_run(jobs, &e) == -1) {
		log_error("%s", e.msg);
		f->worst = error_worse(f->worst, e.cls);
	}
}

/* Results as JSON stand on standard output alone; false after printing what is in their way. */
static bool
may_use_json(const struct cli_options *o, const struct account *const *accounts, size_t n)
{
	const char *other = o->dry_run ? "what a dry run says" : NULL;

	for (size_t i = 0; i < n && other == NULL; i++)
		if (uses_stdout(accounts[i]))
			other = "messages";
	if (other != NULL)
		log_error("--json: %s would go to standard output as well", other);
	return other == NULL;
}

enum errclass
cmd_fetch(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, args, n, false);
	const struct account **accounts = NULL;
	struct fetch f = { .options = { .dry_run = o->dry_run,
			       .announce = !o->dry_run && isatty(STDERR_FILENO),
			       .accept_new_uids = o->accept_new_uids },
		.patience_s = o->patience_s };
	struct pool_jobs jobs = { .run = fetch_one, .ended = note_end, .ctx = &f };

	if (c == NULL)
		return ERR_CONFIG;
	if (cli_redirect(c, o))
		accounts = cli_accounts(c, args, n, &jobs.n);
	if (accounts == NULL || (o->json && !may_use_json(o, accounts, jobs.n))) {
		free(accounts);
		config_free(c);
		return ERR_USAGE;
	}
	f.json = o->json;
	f.accounts = accounts;
	f.talk = !o->dry_run && (o->verbosity > 0 || (o->verbosity == 0 && isatty(STDOUT_FILENO)));
	jobs.shares_output = must_queue(accounts, jobs.n);
	jobs.at_once = jobs.shares_output ? 1 : MIN((size_t)o->at_once, jobs.n);
	begin_progress(o, &f, &jobs);
	fetch_all(&f, &jobs);
	end_progress();
	free(accounts);
	config_free(c);
	return f.worst;
}
