#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"

/* When so many UIDs were known, a listing without any is an outage and not the truth. */
#define SUSPICIOUS 100

static void
note_undeleted(struct run *r, const struct listing_entry *en, const struct pop3_status *st)
{
	char text[TEXT_SAFE_MAX], why[TEXT_SAFE_MAX + 64];

	(void)snprintf(
	    why, sizeof(why), "the server does not delete it: %s", text_safe(text, st->text));
	note_mishap(r, en, ERR_TEMP, why);
}

static int
mark_deleted(struct run *r, struct error *e)
{
	unsigned mask = FATE_BIT(FATE_DELETE);
	uint32_t *numbers, *places;
	struct pop3_status st;
	struct pop3_run run;
	size_t n, at;
	int rc;

	if (r->account->keep_s == KEEP_NO)
		mask |= FATE_BIT(FATE_DELIVERED);
	n = collect_numbers(r, mask, &numbers, &places);
	pop3_run_start(&run, r->pop3, POP3_DELE, numbers, n);
	run.then_quit = true;
	while ((rc = pop3_run_next(&run, &at, &st, e)) == 1) {
		if (st.ok)
			r->fates[places[at]] = FATE_DELETING;
		else
			note_undeleted(r, &r->listing.entries[places[at]], &st);
	}
	free(numbers);
	free(places);
	return rc;
}

/* QUIT was confirmed: what was marked is gone. */
static void
journal_gone_ones(struct run *r)
{
	for (size_t i = 0; i < r->listing.n; i++) {
		char *key;

		if (r->fates[i] != FATE_DELETING)
			continue;
		r->result->deleted++;
		key = entry_key(r, &r->listing.entries[i]);
		if (*key != '\0')
			journal_gone(r->journal, key);
		free(key);
	}
}

int
finish_session(struct run *r, struct error *e)
{
	bool deleting = false;

	if (mark_deleted(r, e) == -1)
		return -1;
	for (size_t i = 0; i < r->listing.n && !deleting; i++)
		deleting = r->fates[i] == FATE_DELETING;
	/* LAST must not move past a message that was read and not delivered: no QUIT, no update */
	if (!deleting && r->listing.has_last && r->result->failed > 0)
		return journal_flush(r->journal, e);
	if (pop3_quit(r->pop3, deleting ? e : &(struct error){ .cls = ERR_OK }) == -1)
		return deleting ? -1 : journal_flush(r->journal, e); /* nothing hung on it */
	journal_gone_ones(r);
	return journal_flush(r->journal, e);
}

/* Whether the listing can be believed about what is no longer on the server. */
static bool
listing_is_plausible(const struct run *r)
{
	return r->listing.has_uids && r->listing.nonsense == 0 && r->listing.stat <= r->listing.n &&
	       (r->listing.n > 0 || journal_count(r->journal) < SUSPICIOUS);
}

static bool
keep_listed(void *ctx, struct slice key)
{
	const struct run *r = ctx;

	return listing_find(&r->listing, key) != NULL;
}

static bool
keep_all(void *ctx, struct slice key)
{
	(void)ctx;
	(void)key;
	return true;
}

int
compact_journal(struct run *r, struct error *e)
{
	bool plausible = listing_is_plausible(r);
	size_t dropped = 0;

	if (plausible && journal_count(r->journal) > r->listing.n)
		dropped = journal_count(r->journal) - r->listing.n;
	if (!journal_is_stale(r->journal, dropped))
		return 0;
	return journal_compact(r->journal, plausible ? keep_listed : keep_all, r, e);
}
