#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/text.h"

/* How long a message rests after failing count times: the second chance comes at once. */
static int64_t
pause_after(uint64_t count)
{
	static const int64_t first = 5 * 60, longest = 24 * 60 * 60;

	if (count < 2)
		return 0;
	return count - 2 > 8 ? longest : MIN(first << (count - 2), longest);
}

/*
 * Which UIDs that occur more than once have a message that was not delivered. Records tell
 * duplicates apart by size and order only, and those change when one of them goes: as long as one
 * is missing, none of the others is deleted on a record's word.
 */
static void
mark_undelivered(struct run *r)
{
	for (size_t i = 0; i < r->listing.n; i++) {
		const struct listing_entry *en = &r->listing.entries[i];

		if (!listing_is_duplicate(en) ||
		    journal_find(r->journal, listing_key(&r->listing, en)).kind == JOURNAL_SEEN)
			continue;
		if (r->undelivered == NULL)
			r->undelivered = xcalloc(r->listing.n, sizeof(*r->undelivered));
		r->undelivered[en->first] = true;
	}
}

/* Delivered at epoch, or never (JOURNAL_MARKED lies in the future for ever): does it stay? */
static enum fate
fate_of_seen(const struct run *r, const struct listing_entry *en, int64_t epoch)
{
	int64_t keep = r->account->keep_s;

	if (keep == KEEP_YES ||
	    (listing_is_duplicate(en) && r->undelivered != NULL && r->undelivered[en->first]))
		return FATE_LEAVE;
	return clock_epoch() - epoch >= keep ? FATE_DELETE : FATE_LEAVE;
}

/* Carries out the rules' decision. */
static enum fate
fate_by_rules(struct run *r, const struct listing_entry *en, enum filter_action action)
{
	switch (action) {
	case FILTER_ACCEPT:
		return FATE_FETCH;
	case FILTER_DELETE:
		return FATE_DELETE;
	case FILTER_NEEDS_HEADER:
		return FATE_HEADER;
	case FILTER_SKIP:
		break;
	}
	note_skip(r, en);
	return FATE_LEAVE;
}

/* What the journal knows of the message decides, then what its size tells. */
static enum fate
first_fate(struct run *r, const struct listing_entry *en)
{
	struct slice key = listing_key(&r->listing, en);
	struct journal_record rec = journal_find(r->journal, key);
	char *word;

	if (key.len == 0) { /* no UIDs: LAST is all there is */
		if (r->account->keep_s == KEEP_YES && en->number <= r->listing.last)
			return FATE_LEAVE;
	} else if (rec.kind == JOURNAL_SEEN) {
		return fate_of_seen(r, en, rec.epoch);
	} else if (rec.kind == JOURNAL_SKIP && slice_equal(rec.detail, r->rules_digest)) {
		return FATE_LEAVE;
	} else if (held_by_all(r, key)) {
		word = entry_key(r, en);
		if (!r->options->dry_run)
			journal_seen(r->journal, word, clock_epoch());
		free(word);
		return fate_of_seen(r, en, clock_epoch());
	} else if (rec.kind == JOURNAL_FAIL && clock_epoch() < rec.epoch + pause_after(rec.count)) {
		r->result->waiting++;
		return FATE_LEAVE;
	}
	return fate_by_rules(r, en, ruleset_decide(r->account->rules, en->size, NULL));
}

int
read_head(struct run *r, char head[static HEAD_MAX], size_t *len, struct error *e)
{
	bool end = false;
	char rest[4096];

	for (*len = 0; !end;) {
		bool full = HEAD_MAX - *len < sizeof(rest);
		char *to = full ? rest : head + *len;
		size_t room = full ? sizeof(rest) : HEAD_MAX - *len, got;

		if (pop3_body(r->pop3, to, room, &got, &end, e) == -1)
			return -1;
		if (!full)
			*len += got;
	}
	return 0;
}

/* What the rules say; of a message that has shown no header they say it when it has come. */
static void
carry_out(struct run *r, const enum filter_action *said, const uint32_t *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct listing_entry *en = &r->listing.entries[places[i]];

		r->fates[places[i]] =
		    (uint8_t)(said[i] == FILTER_NEEDS_HEADER ? FATE_FETCH_DECIDE
							     : fate_by_rules(r, en, said[i]));
	}
}

/* Asks TOP for every message that the rules want to see, and lets them decide. */
static int
decide_by_headers(struct run *r, struct error *e)
{
	uint32_t *numbers, *places;
	size_t n = collect_numbers(r, FATE_BIT(FATE_HEADER), &numbers, &places), at, len;
	const struct pop3_caps *caps = pop3_caps(r->pop3);
	bool has_top = !caps->known || caps->top;
	enum filter_action *said = xcalloc(n + 1, sizeof(*said));
	char *head = xmalloc(HEAD_MAX);
	struct pop3_status st;
	struct pop3_run run;
	int rc = 1;

	for (size_t i = 0; i < n; i++)
		said[i] = FILTER_NEEDS_HEADER;
	pop3_run_start(&run, r->pop3, POP3_TOP, numbers, has_top ? n : 0);
	while (!stop_asked() && (rc = pop3_run_next(&run, &at, &st, e)) == 1) {
		struct listing_entry *en = &r->listing.entries[places[at]];

		if (!st.ok)
			continue; /* RETR will show its header, or why not */
		if (read_head(r, head, &len, e) == -1) {
			rc = -1;
			break;
		}
		said[at] =
		    ruleset_decide(r->account->rules, en->size, &(struct slice){ head, len });
	}
	if (rc == 1) /* asked to stop */
		rc = pop3_run_abandon(&run, e);
	/* only now: a reply to nothing would have them decide on each other's headers */
	if (rc == 0 && (rc = pop3_check_silence(r->pop3, e)) == 0)
		carry_out(r, said, places, n);
	free(said);
	free(head);
	free(numbers);
	free(places);
	return rc;
}

/* Without UIDs nothing can be remembered, so nothing can be left on the server. */
static int
check_keep(const struct run *r, struct error *e)
{
	if (r->listing.has_uids || r->listing.n == 0 || r->account->keep_s == KEEP_NO ||
	    (r->account->keep_s == KEEP_YES && r->listing.has_last))
		return 0;
	return error_set(e, ERR_CONFIG,
	    "%s: the server has no UIDL, so that \"keep\" would fetch everything again each time; "
	    "nothing is fetched (use \"keep no\")",
	    account_server(r->account));
}

static void
apply_limit(struct run *r)
{
	int64_t left = r->account->limit;

	if (left == 0)
		return;
	for (size_t i = 0; i < r->listing.n; i++)
		if ((r->fates[i] == FATE_FETCH || r->fates[i] == FATE_FETCH_DECIDE) &&
		    left-- <= 0) {
			r->fates[i] = FATE_LEAVE;
			r->result->later++;
		}
}

int
plan_messages(struct run *r, struct error *e)
{
	bool wants_headers = false;

	r->result->listed = r->listing.n;
	if (r->listing.nonsense > 0) /* nothing is noted before */
		(void)error_set(&r->trouble, ERR_PROTO,
		    "%s: %zu lines of the server's listing make no sense; the other messages are "
		    "served",
		    account_server(r->account), r->listing.nonsense);
	if (check_keep(r, e) == -1 || check_uids_are_known(r, e) == -1)
		return -1;
	r->fates = xcalloc(r->listing.n, sizeof(*r->fates));
	mark_undelivered(r);
	for (size_t i = 0; i < r->listing.n; i++) {
		r->fates[i] = (uint8_t)first_fate(r, &r->listing.entries[i]);
		wants_headers = wants_headers || r->fates[i] == FATE_HEADER;
	}
	if (wants_headers && decide_by_headers(r, e) == -1)
		return -1;
	apply_limit(r);
	announce_first_run(r);
	return 0;
}
