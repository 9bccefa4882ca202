#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

/* Gives the target the messages it lacks; how many, or -1 when it failed. */
static int
put_batch(struct run *r, struct target *t, bool *holds, struct error *e)
{
	int n = 0;

	for (size_t i = 0; i < r->batch.n; i++) {
		const struct message *m = &r->batch.items[i].message;

		holds[i] = journal_has_part(r->journal, slice_str(m->key), t->dest->name);
		if (holds[i])
			continue;
		if (t->delivery->kind->put(t->delivery, m, e) == -1)
			return -1;
		n++;
	}
	return n;
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

/*
 * The intent is durable before the first byte is written. Its end is journalled behind the records
 * that it stands for, so that no torn write can end it without them.
 */
static int
commit_with_intent(
    struct run *r, struct target *t, const bool *holds, struct error *e, struct error *fatal)
{
	struct delivery *d = t->delivery;
	struct intent *in = intent_new(t->dest->name, clock_epoch());
	int rc = -1;

	if (d->kind->prepare(d, in, e) == -1)
		goto out;
	journal_intent(r->journal, in);
	if (journal_sync(r->journal, fatal) == -1)
		goto out;
	if ((rc = d->kind->commit(d, e)) == 0) {
		for (size_t i = 0; i < r->batch.n; i++)
			if (!holds[i])
				journal_held(r, t, &r->batch.items[i]);
		journal_done(r->journal, in->n);
	} else if (d->kind->abort(d) == 0) {
		journal_void(r->journal, in->n);
	}
out:
	intent_free(in);
	return rc;
}

/*
 * Brings a target up to date with the batch; holds[i] tells which messages it has then. A target
 * that fails is left out of the rest of the run; only the journal's own failure is -1.
 */
static int
commit_target(struct run *r, struct target *t, bool *holds, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	int n, rc = 0;

	n = t->down ? -1 : put_batch(r, t, holds, &why);
	if (n > 0)
		rc = commit_with_intent(r, t, holds, &why, e);
	if (n > 0 && rc == 0) {
		for (size_t i = 0; i < r->batch.n; i++)
			holds[i] = true;
		return 0;
	}
	if (n == 0)
		return 0;
	if (!t->down)
		(void)t->delivery->kind->abort(t->delivery);
	t->down = true;
	if (why.cls != ERR_OK)
		(void)error_set(&r->trouble, why.cls, "%s", why.msg);
	return e->cls == ERR_OK ? 0 : -1;
}

/* Settles each message's fate: seen when all targets have it. */
static void
settle_batch(struct run *r, const bool *holds)
{
	for (size_t i = 0; i < r->batch.n; i++) {
		const struct batch_item *item = &r->batch.items[i];
		size_t have = 0;

		for (size_t t = 0; t < r->ntargets; t++)
			have += holds[t * r->batch.n + i];
		if (have < r->ntargets) {
			r->result->failed++;
			r->fates[item->entry] = FATE_LEAVE;
			continue;
		}
		if (r->ntargets > 1)
			journal_seen(r->journal, item->message.key, clock_epoch());
		r->fates[item->entry] = FATE_DELIVERED;
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

int
commit_batch(struct run *r, struct error *e)
{
	bool *holds;
	int rc = 0;

	if (r->batch.n == 0)
		return journal_flush(r->journal, e);
	holds = xcalloc(r->batch.n * r->ntargets, sizeof(*holds));
	for (size_t t = 0; t < r->ntargets && rc == 0; t++)
		rc = commit_target(r, &r->targets[t], holds + t * r->batch.n, e);
	if (rc == 0) {
		settle_batch(r, holds);
		rc = journal_sync(r->journal, e);
	}
	free(holds);
	batch_clear(&r->batch);
	if (rc == 0 && all_down(r))
		return error_set(e, r->trouble.cls, "%s", r->trouble.msg);
	return rc;
}
