#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"

/* A program that puts off so many messages in a row is out of order. */
#define PUT_OFF_MAX 5

/* How a message of the batch stands with a target. */
enum standing { LACKS, GIVEN, HOLDS, REFUSED };

/* ---- one target ---- */

/* Notes a target's first trouble, and that it gets nothing more in this run. */
static void
give_up(struct run *r, struct target *t, const struct error *why)
{
	t->down = true;
	note_trouble(r, why);
}

/* The target's record about a message that it holds: with one target alone, that is all of them. */
static void
journal_held(struct run *r, const struct target *t, const struct batch_item *item)
{
	if (r->ntargets == 1)
		journal_seen(r->journal, item->message.key, clock_epoch());
	else
		journal_part(r->journal, item->message.key, t->dest->name);
}

/* A message that a target does not take, now or ever. */
static enum standing
note_refusal(struct run *r, struct target *t, size_t i, const struct error *why)
{
	struct batch_item *item = &r->batch.items[i];
	const struct listing_entry *en = &r->listing.entries[item->entry];
	struct error down = { .cls = ERR_OK };

	if (why->cls == ERR_REFUSED) {
		t->put_off = 0;
		/* the first one is told of by note_failure() if the message is kept */
		if (r->account->refused != REFUSED_KEEP || item->refusal != NULL)
			log_info("message %" PRIu32 ": %s", en->number, why->msg);
		if (item->refusal == NULL)
			item->refusal = xstrdup(why->msg);
		return REFUSED;
	}
	if (!stop_asked()) /* else it was us who cut it short */
		note_mishap(r, en, why->cls, why->msg);
	if (!t->delivery->kind->judges_itself && ++t->put_off == PUT_OFF_MAX) {
		(void)error_set(&down, why->cls, "%s, %d times in a row", why->msg, PUT_OFF_MAX);
		give_up(r, t, &down);
	}
	return LACKS;
}

/*
 * Gives the target the messages it lacks. One that takes them over for good has each of them
 * journalled at once. The number of those that wait for commit, or -1 when the journal fails.
 */
static int
put_batch(struct run *r, struct target *t, uint8_t *standing, struct error *e)
{
	bool final = t->delivery->kind->commit == NULL;
	int n = 0;

	for (size_t i = 0; i < r->batch.n && !t->down && !(final && stop_asked()); i++) {
		struct error why = { .cls = ERR_OK };

		if (standing[i] != LACKS)
			continue;
		switch (t->delivery->kind->put(t->delivery, &r->batch.items[i].message, &why)) {
		case 0:
			t->put_off = 0;
			standing[i] = final ? HOLDS : GIVEN;
			n += !final;
			break;
		case 1:
			standing[i] = (uint8_t)note_refusal(r, t, i, &why);
			break;
		default:
			give_up(r, t, &why);
		}
		if (r->ledger.trouble.cls != ERR_OK)
			return error_set(e, r->ledger.trouble.cls, "%s", r->ledger.trouble.msg);
		if (standing[i] == HOLDS) {
			journal_held(r, t, &r->batch.items[i]);
			if (journal_flush(r->journal, e) == -1)
				return -1;
		}
	}
	return t->down ? 0 : n;
}

/* What was given has arrived for good, or has not. */
static void
end_given(struct run *r, const struct target *t, uint8_t *standing, bool arrived)
{
	for (size_t i = 0; i < r->batch.n; i++) {
		if (standing[i] != GIVEN)
			continue;
		standing[i] = arrived ? HOLDS : LACKS;
		if (arrived)
			journal_held(r, t, &r->batch.items[i]);
	}
}

/*
 * Makes what was given durable. If the target prepares, the intent is durable before its first
 * byte is written, and the intent's end is journalled behind the records that it stands for, so
 * that no torn write can end it without them. -1 when the journal fails.
 */
static int
commit_given(struct run *r, struct target *t, uint8_t *standing, struct error *e)
{
	struct delivery *d = t->delivery;
	struct intent *in = intent_new(t->dest->name, clock_epoch());
	struct error why = { .cls = ERR_OK };
	int rc = 0, withdrawn;

	if (d->kind->prepare != NULL && (rc = d->kind->prepare(d, in, &why)) == 0) {
		journal_intent(r->journal, in);
		rc = journal_sync(r->journal, e);
	}
	if (rc == 0)
		rc = d->kind->commit(d, &why);
	if (rc == 0) {
		end_given(r, t, standing, true);
		if (in->n > 0)
			journal_done(r->journal, in->n);
	} else {
		withdrawn = d->kind->abort != NULL ? d->kind->abort(d) : 0;
		if (withdrawn == 0 && in->n > 0)
			journal_void(r->journal, in->n);
		end_given(r, t, standing, false);
		if (why.cls != ERR_OK)
			give_up(r, t, &why);
	}
	intent_free(in);
	return e->cls == ERR_OK ? 0 : -1;
}

/*
 * Brings a target up to date with the batch. When it fails it is left out of the rest of the run;
 * only the journal's own failure is -1.
 */
static int
serve(struct run *r, struct target *t, uint8_t *standing, struct error *e)
{
	int n;

	for (size_t i = 0; i < r->batch.n; i++)
		if (standing[i] == LACKS &&
		    journal_has_part(
			r->journal, slice_str(r->batch.items[i].message.key), t->dest->name))
			standing[i] = HOLDS;
	if (t->down)
		return 0;
	if ((n = put_batch(r, t, standing, e)) > 0)
		return commit_given(r, t, standing, e);
	if (t->down) {
		if (t->delivery->kind->abort != NULL)
			(void)t->delivery->kind->abort(t->delivery);
		end_given(r, t, standing, false);
	}
	return n;
}

/* ---- all targets ---- */

/* What refused says is done with messages that a target has refused; those it serves now. */
static int
serve_refused(struct run *r, uint8_t *const *standing, struct error *e)
{
	uint8_t *fallback = standing[r->ntargets];
	bool any = false;

	for (size_t i = 0; i < r->batch.n; i++) {
		fallback[i] = HOLDS;
		for (size_t t = 0; t < r->ntargets; t++)
			if (standing[t][i] == REFUSED)
				fallback[i] = r->account->refused == REFUSED_DROP ? HOLDS : LACKS;
		any = any || fallback[i] == LACKS;
	}
	if (!any || r->fallback.delivery == NULL)
		return 0;
	return serve(r, &r->fallback, fallback, e);
}

/* A message that not all have, and that is not done with: it stays on the server. */
static void
leave(struct run *r, const struct batch_item *item)
{
	r->fates[item->entry] = FATE_LEAVE;
	if (item->refusal != NULL && r->account->refused == REFUSED_KEEP)
		note_failure(r, &r->listing.entries[item->entry], ERR_REFUSED, item->refusal);
	else if (!stop_asked())
		r->result->failed++;
}

/* Settles each message's fate: seen when all targets have it, or its refusal is dealt with. */
static void
settle(struct run *r, uint8_t *const *standing)
{
	for (size_t i = 0; i < r->batch.n; i++) {
		const struct batch_item *item = &r->batch.items[i];
		size_t have = 0, refused = 0;

		for (size_t t = 0; t < r->ntargets; t++) {
			have += standing[t][i] == HOLDS;
			refused += standing[t][i] == REFUSED;
		}
		if (have + refused < r->ntargets || standing[r->ntargets][i] != HOLDS) {
			leave(r, item);
			continue;
		}
		if (r->ntargets > 1 || refused > 0)
			journal_seen(r->journal, item->message.key, clock_epoch());
		r->fates[item->entry] = FATE_DELIVERED;
		r->result->refused += refused > 0;
		r->result->delivered++;
		r->result->bytes += item->message.length;
	}
}

static bool
all_down(const struct run *r)
{
	for (size_t t = 0; t < r->ntargets; t++)
		if (!r->targets[t].down)
			return false;
	return true;
}

/* Whether the next batch, if there is one, begins with a sync of the journal: an intent's. */
static bool
all_prepare(const struct run *r)
{
	for (size_t t = 0; t < r->ntargets; t++)
		if (r->targets[t].delivery->kind->prepare == NULL)
			return false;
	return true;
}

/*
 * What is journalled is durable before anything depends on it: the next intent, or what follows
 * the retrieval (retrieve.c), syncs it. Until then the intent of this batch stands for it.
 */
static int
keep_records(struct run *r, struct error *e)
{
	return all_prepare(r) ? journal_flush(r->journal, e) : journal_sync(r->journal, e);
}

int
commit_batch(struct run *r, struct error *e)
{
	size_t rows = r->ntargets + 1; /* the last one: where refused ones go */
	uint8_t **standing;
	int rc = 0;

	if (r->batch.n == 0)
		return journal_flush(r->journal, e);
	standing = xcalloc(rows, sizeof(*standing));
	for (size_t t = 0; t < rows; t++)
		standing[t] = xcalloc(r->batch.n, sizeof(**standing));
	for (size_t t = 0; t < r->ntargets && rc == 0; t++)
		rc = serve(r, &r->targets[t], standing[t], e);
	if (rc == 0)
		rc = serve_refused(r, standing, e);
	if (rc == 0) {
		settle(r, standing);
		rc = keep_records(r, e);
	}
	for (size_t t = 0; t < rows; t++)
		free(standing[t]);
	free(standing);
	batch_clear(&r->batch);
	if (rc == 0 && all_down(r))
		return error_set(e, r->trouble.cls, "%s", r->trouble.msg);
	return rc;
}
