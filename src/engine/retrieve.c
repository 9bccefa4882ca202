#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/text.h"
#include "util/units.h"
#include "util/util.h"

#define LENGTH_SLACK (64 * MiB)

/* A message on its way from the server to the batch. */
struct arrival {
	size_t place;
	uint64_t bytes; /* so far */
	uint64_t look;  /* at that size the rules may decide otherwise than so far */
	bool unwanted;  /* they have: what still comes is read and left out */
};

/* A message may be as long as four times what LIST said plus some; then the server is broken. */
static int
check_length(const struct run *r, const struct arrival *a, struct error *e)
{
	const struct listing_entry *en = &r->listing.entries[a->place];
	uint64_t most =
	    en->size > (UINT64_MAX - LENGTH_SLACK) / 4 ? UINT64_MAX : en->size * 4 + LENGTH_SLACK;

	if (a->bytes <= most)
		return 0;
	return error_set(e, ERR_PROTO,
	    "%s: message %" PRIu32 " does not end: LIST said %" PRIu64 " bytes",
	    account_server(r->account), en->number, en->size);
}

/* Counts what has come of the arriving message, if one is; the size in the listing is a hint. */
static void
tell_progress(const struct run *r, const struct arrival *arriving)
{
	struct engine_progress p = r->progress;

	if (r->options->progress == NULL)
		return;
	if (arriving != NULL)
		p.bytes += MIN(arriving->bytes, r->listing.entries[arriving->place].size);
	r->options->progress(r->options->progress_ctx, &p);
}

/* A message that the rules leave on the server, and are not to be asked about again. */
static void
leave_out(struct run *r, size_t place)
{
	note_skip(r, &r->listing.entries[place]);
	r->fates[place] = FATE_LEAVE;
}

/* The same of one that would be fetched, if only it were as large as the server said. */
static void
leave_out_larger(struct run *r, size_t place, uint64_t bytes)
{
	const struct listing_entry *en = &r->listing.entries[place];
	char said[UNITS_MAX], is[UNITS_MAX];

	log_warn("%s: message %" PRIu32 " is larger than LIST said (%s, not %s): a filter leaves "
		 "it on the server",
	    account_server(r->account), en->number, size_human(is, bytes),
	    size_human(said, en->size));
	leave_out(r, place);
}

/*
 * Gives up a message as soon as it is too large to be wanted, whatever the server said before. Up
 * to a megabyte of it is in memory: then it is still time when it has come to its end.
 */
static void
look_at_size(struct run *r, struct arrival *a)
{
	struct slice head;

	if (a->unwanted || a->bytes < a->look || !batch_has_head(&r->batch, &head))
		return;
	a->look = ruleset_next_size(r->account->rules, a->bytes);
	if (!ruleset_is_hopeless(r->account->rules, a->bytes, head))
		return;
	a->unwanted = true;
	batch_drop(&r->batch);
	leave_out_larger(r, a->place, a->bytes);
}

static int
arrival_failed(struct run *r, const struct arrival *a, const struct error *e)
{
	if (!a->unwanted)
		note_failure(r, &r->listing.entries[a->place], ERR_TEMP, e->msg);
	return -1;
}

/* Reads the whole body into the batch, where it is "arriving". */
static int
receive(struct run *r, struct arrival *a, struct error *e)
{
	bool end = false;
	size_t room, len;
	char *at;

	while (!end) {
		if (batch_room(&r->batch, &at, &room, e) == -1)
			return -1; /* our disk's trouble, not the message's */
		if (stop_asked())
			return error_set(e, ERR_TEMP, "interrupted");
		if (pop3_body(r->pop3, at, room, &len, &end, e) == -1)
			return stop_asked() ? -1 : arrival_failed(r, a, e);
		a->bytes += len;
		if (!a->unwanted)
			batch_grow(&r->batch, len);
		if (check_length(r, a, e) == -1)
			return arrival_failed(r, a, e);
		look_at_size(r, a);
		tell_progress(r, a);
	}
	return 0;
}

/* The key of a message from a server without UIDs. */
static char *
key_by_content(struct run *r, const struct message *m, struct error *e)
{
	char hex[DIGEST_HEX];

	return message_digest(m, hex, e) == 0 ? occurrence_key(&r->occurrences, hex) : NULL;
}

/* Whether a message without UID was delivered by an earlier run that could not delete it. */
static bool
known_by_content(const struct run *r, const char *key)
{
	struct slice k = slice_str(key);

	return journal_find(r->journal, k).kind == JOURNAL_SEEN || held_by_all(r, k);
}

/*
 * What the rules say now that the message is there: of its header, where TOP was missing, and of
 * its size, where LIST said less. Nothing is deleted for a size that came as a surprise.
 */
static enum filter_action
decide_late(const struct run *r, const struct listing_entry *en, const struct message *m)
{
	const struct ruleset *rules = r->account->rules;
	enum filter_action said = ruleset_decide(rules, en->size, &m->head), is = said;

	if (m->length > en->size)
		is = ruleset_decide(rules, m->length, &m->head);
	return is == said || is == FILTER_ACCEPT ? is : FILTER_SKIP;
}

/* Lets the rules decide late; true when the message is still wanted. */
static bool
still_wanted(struct run *r, size_t place, const struct message *m)
{
	const struct listing_entry *en = &r->listing.entries[place];

	switch (decide_late(r, en, m)) {
	case FILTER_SKIP:
		if (ruleset_decide(r->account->rules, en->size, &m->head) == FILTER_ACCEPT)
			leave_out_larger(r, place, m->length);
		else
			leave_out(r, place);
		return false;
	case FILTER_DELETE:
		r->fates[place] = FATE_DELETE;
		return false;
	default:
		return true;
	}
}

/* A message has arrived whole: into the batch with it, unless it is not wanted after all. */
static int
accept_message(struct run *r, const struct arrival *a, struct error *e)
{
	const struct listing_entry *en = &r->listing.entries[a->place];
	size_t place = a->place;
	struct message m;
	char *key;

	if (batch_whole(&r->batch, &m, e) == -1)
		return -1;
	m.plain = pop3_body_is_plain(r->pop3);
	if ((r->fates[place] == FATE_FETCH_DECIDE ||
		a->bytes >= ruleset_next_size(r->account->rules, en->size)) &&
	    !still_wanted(r, place, &m)) {
		batch_drop(&r->batch);
		return 0;
	}
	if (en->key_len == 0) {
		if ((key = key_by_content(r, &m, e)) == NULL)
			return -1;
		name_entry(r, place, key);
	}
	key = entry_key(r, en);
	if (en->key_len == 0 && known_by_content(r, key)) {
		r->fates[place] = FATE_DELETE;
		batch_drop(&r->batch);
	} else {
		batch_add(&r->batch, &m, key, place);
	}
	free(key);
	return 0;
}

/* Its record is written at once: a server that gives out nothing must not fill our memory. */
static int
refuse_message(
    struct run *r, const struct listing_entry *en, const struct pop3_status *st, struct error *e)
{
	char text[TEXT_SAFE_MAX], why[TEXT_SAFE_MAX + 64];

	(void)snprintf(why, sizeof(why), "the server does not give it out: %s",
	    st->text.len > 0 ? text_safe(text, st->text) : "no reason said");
	note_failure(r, en, ERR_TEMP, why);
	return journal_flush(r->journal, e);
}

static void
tell_arrival(const struct run *r, const struct arrival *a)
{
	char size[UNITS_MAX];

	if (log_at(LOG_VERBOSE))
		log_info("message %" PRIu32 " of %zu: %s", r->listing.entries[a->place].number,
		    r->listing.n, size_human(size, a->bytes));
}

/* One message, the reply to whose RETR has come. */
static int
take_message(struct run *r, size_t place, struct error *e)
{
	struct arrival a = { .place = place,
		.look = ruleset_next_size(r->account->rules, r->listing.entries[place].size) };
	int rc = receive(r, &a, e);

	if (rc == 0) {
		tell_arrival(r, &a);
		rc = a.unwanted ? 0 : accept_message(r, &a, e);
	}
	if (rc == -1)
		batch_drop(&r->batch);
	return rc;
}

/* Until all are there, or somebody asks us to stop. */
static int
retrieve_all(struct run *r, struct pop3_run *run, const uint32_t *places, struct error *e)
{
	struct pop3_status st;
	size_t at;
	int rc = 0;

	while (!stop_asked() && (rc = pop3_run_next(run, &at, &st, e)) == 1) {
		if ((st.ok ? take_message(r, places[at], e)
			   : refuse_message(r, &r->listing.entries[places[at]], &st, e)) == -1)
			return -1;
		r->progress.taken++;
		r->progress.bytes += r->listing.entries[places[at]].size;
		tell_progress(r, NULL);
		if (batch_is_full(&r->batch) && commit_batch(r, e) == -1)
			return -1;
	}
	/* Some reply was to nothing, and so those behind it are to other commands than we took them
	 * for: what is not delivered yet does not count. */
	if (rc == 0 && (rc = pop3_check_silence(r->pop3, e)) == -1)
		batch_clear(&r->batch);
	return rc == 1 ? 0 : rc;
}

/*
 * Whether this session will delete nothing: then it can be ended while the messages come. LAST
 * (finish.c) wants to know first how they fared.
 */
static bool
deletes_nothing(const struct run *r)
{
	if (r->account->keep_s == KEEP_NO || r->listing.has_last ||
	    ruleset_has(r->account->rules, FILTER_DELETE))
		return false;
	for (size_t i = 0; i < r->listing.n; i++)
		if (r->fates[i] == FATE_DELETE)
			return false;
	return true;
}

int
retrieve_messages(struct run *r, struct error *e)
{
	struct error late = { .cls = ERR_OK };
	uint32_t *numbers, *places;
	size_t n = collect_numbers(
	    r, FATE_BIT(FATE_FETCH) | FATE_BIT(FATE_FETCH_DECIDE), &numbers, &places);
	struct pop3_run run;
	int rc;

	r->progress.messages = n;
	for (size_t i = 0; i < n; i++)
		r->progress.total += r->listing.entries[places[i]].size;
	pop3_run_start(&run, r->pop3, POP3_RETR, numbers, n);
	run.then_quit = deletes_nothing(r);
	rc = retrieve_all(r, &run, places, e);
	/* a dropped connection costs the message in flight and nothing else */
	if (commit_batch(r, &late) == -1 || journal_sync(r->journal, &late) == -1) {
		(void)error_set(e, late.cls, "%s", late.msg);
		rc = -1;
	}
	if (stop_asked() && late.cls == ERR_OK) /* what was delivered may still be deleted */
		rc = pop3_run_abandon(&run, e);
	free(numbers);
	free(places);
	return rc;
}
