#include <stdlib.h>

#include "config/secret.h"
#include "engine/run.h"
#include "state/lock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/stop.h"
#include "util/text.h"
#include "util/twin.h"

static int
open_target(struct run *r, struct target *t, const struct dest *d, struct error *e)
{
	*t = (struct target){ .dest = d, .delivery = d->kind->open(d, &r->deliver_params, e) };
	return t->delivery != NULL ? 0 : -1;
}

int
open_targets(struct run *r, struct error *e)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &r->account->dests, link) {
		r->targets = xreallocarray(r->targets, r->ntargets + 1, sizeof(*r->targets));
		if (open_target(r, &r->targets[r->ntargets], d, e) == -1)
			return -1;
		r->ntargets++;
	}
	d = r->account->refused_dest;
	return d != NULL ? open_target(r, &r->fallback, d, e) : 0;
}

void
hold_secret(struct run *r, char *secret)
{
	text_hide(secret);
	free_secret(r->secret);
	r->secret = secret;
	r->pop3_params.secret = "";
}

int
prepare_state(struct run *r, struct error *e)
{
	const struct account *a = r->account;

	if (!r->options->dry_run &&
	    (r->lock_fd = lock_acquire(a->state, a->foreign_owner, e)) == -1)
		return -1;
	if (check_journal_is_there(r, e) == -1 ||
	    (r->journal = journal_open(a->state, r->options->dry_run, a->foreign_owner, e)) == NULL)
		return -1;
	if (r->options->dry_run)
		return 0;
	lock_note_journal(r->lock_fd);
	return recover_deliveries(r, e);
}

/* What needs no network: password, lock, journal, recovery, targets. */
static int
prepare(struct run *r, struct error *e)
{
	const struct account *a = r->account;

	stop_watch();
	/* before the lock and the connection: a person may take time to type it */
	hold_secret(r, secret_get(a, &r->user, e));
	if (r->secret == NULL)
		return -1;
	if (load_identity(a, &r->identity, e) == -1)
		return -1;
	if (prepare_relays(r, e) == -1)
		return -1;
	r->deliver_params.recipient = r->user;
	if (prepare_state(r, e) == -1)
		return -1;
	return open_targets(r, e) == -1 ? -1 : confine(r, true, e);
}

static void
show_plan(const struct run *r)
{
	static const char *const words[] = { [FATE_LEAVE] = "leave",
		[FATE_FETCH] = "fetch",
		[FATE_FETCH_DECIDE] = "fetch, then let the rules decide",
		[FATE_DELETE] = "delete" };

	for (size_t i = 0; i < r->listing.n; i++) {
		const struct listing_entry *en = &r->listing.entries[i];
		struct slice key = listing_key(&r->listing, en);

		log_say("message %u, %llu bytes, UID %.*s: would %s", en->number,
		    (unsigned long long)en->size, (int)key.len, key.p, words[r->fates[i]]);
	}
}

/* Nothing is in hand yet: a signal may end it on the spot. */
static int
enter(struct run *r, struct error *e)
{
	int rc;

	stop_unwatch();
	rc = enter_account(r, e);
	hold_secret(r, NULL);
	stop_watch();
	return rc;
}

static int
session(struct run *r, struct error *e)
{
	if (enter(r, e) == -1)
		return -1;
	if (plan_messages(r, e) == -1)
		return -1;
	if (r->options->dry_run) {
		show_plan(r);
		return pop3_quit(r->pop3, e);
	}
	if (retrieve_messages(r, e) == -1)
		return -1;
	batch_free(&r->batch);
	if (finish_session(r, e) == -1)
		return -1;
	pop3_free(r->pop3);
	r->pop3 = NULL;
	return compact_journal(r, e);
}

void
run_init(struct run *r, const struct account *a, const struct engine_options *o,
    struct engine_result *res)
{
	*r = (struct run){ .account = a, .options = o, .result = res, .lock_fd = -1 };
	*res = (struct engine_result){ .listed = 0 };
	(void)ruleset_digest(a->rules, r->rules_digest);
	listing_init(&r->listing);
}

void
run_free(struct run *r)
{
	hold_secret(r, NULL);
	pop3_free(r->pop3);
	tls_identity_free(r->identity);
	for (size_t i = 0; i < r->ntargets; i++)
		r->targets[i].delivery->kind->close(r->targets[i].delivery);
	free(r->targets);
	if (r->fallback.delivery != NULL)
		r->fallback.delivery->kind->close(r->fallback.delivery);
	free_relays(r);
	batch_free(&r->batch);
	occurrences_free(&r->occurrences);
	for (size_t i = 0; r->content_keys != NULL && i < r->listing.n; i++)
		free(r->content_keys[i]);
	free(r->content_keys);
	listing_free(&r->listing);
	free(r->fates);
	free(r->undelivered);
	journal_close(r->journal);
	lock_release(r->lock_fd);
	twin_stop();
	free(r->state_dir);
	free(r->user);
}

void
run_begin(struct run *r, const struct account *a, const struct engine_options *o,
    struct engine_result *res)
{
	run_init(r, a, o, res);
	r->deliver_params = (struct deliver_params){ .mbox_lock = (enum mbox_lock_kind)a->mbox_lock,
		.foreign = a->foreign_owner,
		.timeout_ms = a->timeout_s * 1000,
		.account = a->name,
		.recipient = a->user,
		.source = account_server(a),
		.protocol = "POP3",
		.smtp_from = a->smtp_from };
	ledger_init(r);
	r->state_dir = path_dirname(a->state);
	occurrences_init(&r->occurrences);
	batch_init(&r->batch, r->state_dir);
}

int
run_end(struct run *r, int rc, struct error *e)
{
	struct error late = { .cls = ERR_OK };

	/* failures and skips noted before the run ended are worth keeping; nothing depends on them
	 */
	if (r->journal != NULL && !r->options->dry_run && rc == -1)
		(void)journal_flush(r->journal, &late);
	if (rc == 0 && r->trouble.cls != ERR_OK)
		rc = error_set(e, r->trouble.cls, "%s", r->trouble.msg);
	run_free(r);
	if (stop_asked()) {
		*e = (struct error){ .cls = ERR_OK };
		rc = error_set(e, ERR_TEMP, "interrupted (%s)", stop_name());
	}
	stop_unwatch();
	return rc;
}

int
engine_fetch(const struct account *a, const struct engine_options *o, struct engine_result *res,
    struct error *e)
{
	struct run r;
	int rc;

	run_begin(&r, a, o, res);
	rc = prepare(&r, e) == 0 && !stop_asked() ? session(&r, e) : -1;
	return run_end(&r, rc, e);
}
