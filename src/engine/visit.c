#include "engine/visit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "config/secret.h"
#include "engine/run.h"
#include "state/lock.h"
#include "util/mem.h"
#include "util/text.h"

struct visit {
	struct run run;
	struct engine_options options;
	struct engine_result result;
	struct pop3_run replies;
	bool over;         /* goodbye was said */
	uint32_t *numbers; /* of those who are asked for */
	char *head;
};

/* ---- beginning and end ---- */

static int
enter(struct visit *v, bool may_change, struct error *e)
{
	struct run *r = &v->run;
	const struct account *a = r->account;

	/* before the lock and the connection: a person may take time to type it */
	hold_secret(r, secret_get(a, &r->user, e));
	if (r->secret == NULL)
		return -1;
	if (load_identity(a, &r->identity, e) == -1)
		return -1;
	if (may_change && (r->lock_fd = lock_acquire(a->state, a->foreign_owner, e)) == -1)
		return -1;
	if ((r->journal = journal_open(a->state, true, a->foreign_owner, e)) == NULL)
		return -1;
	return confine(r, false, e) == -1 ? -1 : enter_account(r, e);
}

struct visit *
visit_open(const struct account *a, bool may_change, struct error *e)
{
	struct visit *v = xcalloc(1, sizeof(*v));
	int rc;

	v->options.dry_run = true; /* until something is changed */
	run_init(&v->run, a, &v->options, &v->result);
	rc = enter(v, may_change, e);
	hold_secret(&v->run, NULL);
	if (rc == 0)
		return v;
	visit_close(v);
	return NULL;
}

void
visit_close(struct visit *v)
{
	if (v == NULL)
		return;
	run_free(&v->run);
	free(v->numbers);
	free(v->head);
	free(v);
}

int
visit_end(struct visit *v, struct error *e)
{
	/* QUIT would move what LAST says past the messages that were read */
	if (v->over || v->run.listing.has_last)
		return 0;
	v->over = true;
	return pop3_quit(v->run.pop3, e);
}

/* ---- what is there ---- */

size_t
visit_count(const struct visit *v)
{
	return v->run.listing.n;
}

uint64_t
visit_bytes(const struct visit *v)
{
	return v->run.listing.octets;
}

static enum visit_state
state_of(struct run *r, const struct listing_entry *en)
{
	struct slice key = listing_key(&r->listing, en);
	struct journal_record rec = journal_find(r->journal, key);

	if (key.len == 0)
		return en->number <= r->listing.last ? VISIT_SEEN : VISIT_NEW;
	if (rec.kind == JOURNAL_SEEN || held_by_all(r, key))
		return VISIT_SEEN;
	if (rec.kind == JOURNAL_SKIP && slice_equal(rec.detail, r->rules_digest))
		return VISIT_SKIPPED;
	return rec.kind == JOURNAL_FAIL ? VISIT_FAILED : VISIT_NEW;
}

struct visit_message
visit_message(struct visit *v, size_t place)
{
	const struct listing_entry *en = &v->run.listing.entries[place];

	return (struct visit_message){ .number = en->number,
		.size = en->size,
		.uid = listing_key(&v->run.listing, en),
		.state = state_of(&v->run, en) };
}

/* The number of the first message that is new, or was tried in vain; 0 without one. */
static uint32_t
first_new(struct run *r)
{
	for (size_t i = 0; i < r->listing.n; i++) {
		enum visit_state state = state_of(r, &r->listing.entries[i]);

		if (state == VISIT_NEW || state == VISIT_FAILED)
			return r->listing.entries[i].number;
	}
	return 0;
}

uint32_t *
visit_choose(struct visit *v, struct msgset *set, size_t *n, struct error *e)
{
	const struct listing *l = &v->run.listing;
	uint32_t last = l->n > 0 ? l->entries[l->n - 1].number : 0;
	uint32_t *places;

	if (set != NULL && msgset_settle(set, first_new(&v->run), last, e) == -1)
		return NULL;
	places = xcalloc(l->n + 1, sizeof(*places));
	*n = 0;
	for (uint32_t i = 0; i < l->n; i++)
		if (set == NULL || msgset_has(set, l->entries[i].number))
			places[(*n)++] = i;
	return places;
}

int
visit_count_new(struct visit *v, size_t *n, struct error *e)
{
	struct run *r = &v->run;

	if (check_journal_is_there(r, e) == -1 || plan_messages(r, e) == -1)
		return -1;
	*n = r->result->waiting + r->result->later;
	for (size_t i = 0; i < r->listing.n; i++)
		*n += r->fates[i] == FATE_FETCH || r->fates[i] == FATE_FETCH_DECIDE;
	return 0;
}

/* ---- reading ---- */

static void
ask(struct visit *v, enum pop3_verb verb, const uint32_t *places, size_t n, uint32_t lines)
{
	struct run *r = &v->run;

	v->numbers = xreallocarray(v->numbers, n + 1, sizeof(*v->numbers));
	for (size_t i = 0; i < n; i++)
		v->numbers[i] = r->listing.entries[places[i]].number;
	pop3_run_start(&v->replies, r->pop3, verb, v->numbers, n);
	v->replies.top = lines;
}

static int
check_top(const struct visit *v, struct error *e)
{
	const struct pop3_caps *caps = pop3_caps(v->run.pop3);

	if (!caps->known || caps->top)
		return 0;
	return error_set(e, ERR_PROTO, "%s: the server gives out no headers alone (it has no TOP)",
	    account_server(v->run.account));
}

int
visit_heads(struct visit *v, const uint32_t *places, size_t n, struct error *e)
{
	if (check_top(v, e) == -1)
		return -1;
	if (v->head == NULL)
		v->head = xmalloc(HEAD_MAX);
	ask(v, POP3_TOP, places, n, 0);
	return 0;
}

int
visit_next_head(struct visit *v, struct slice *head, struct error *e)
{
	struct pop3_status st;
	size_t at;
	int rc = pop3_run_next(&v->replies, &at, &st, e);

	*head = (struct slice){ v->head, 0 };
	if (rc == 1 && st.ok && read_head(&v->run, v->head, &head->len, e) == -1)
		return -1;
	return rc;
}

int
visit_ask(struct visit *v, size_t place, int64_t lines, struct error *e)
{
	uint32_t places[] = { (uint32_t)place };
	char text[TEXT_SAFE_MAX];
	struct pop3_status st;
	size_t at;

	if (lines >= 0 && check_top(v, e) == -1)
		return -1;
	ask(v, lines < 0 ? POP3_RETR : POP3_TOP, places, 1, (uint32_t)MAX(lines, 0));
	if (pop3_run_next(&v->replies, &at, &st, e) == -1)
		return -1;
	if (!st.ok)
		return error_set(e, ERR_TEMP,
		    "message %" PRIu32 ": the server does not give it out: %s", v->numbers[0],
		    st.text.len > 0 ? text_safe(text, st.text) : "no reason said");
	return 0;
}

int
visit_read(struct visit *v, char *out, size_t room, size_t *len, bool *end, struct error *e)
{
	return pop3_body(v->run.pop3, out, room, len, end, e);
}

/* ---- changing ---- */

/* Only now: as long as nothing has come of the visit, a journal that is missing stays missed. */
static int
write_journal(struct run *r, struct error *e)
{
	journal_close(r->journal);
	if ((r->journal = journal_open(r->account->state, false, r->account->foreign_owner, e)) ==
	    NULL)
		return -1;
	lock_note_journal(r->lock_fd);
	return 0;
}

int
visit_delete(struct visit *v, const uint32_t *places, size_t n, size_t *deleted, struct error *e)
{
	struct run *r = &v->run;
	int rc;

	if (check_journal_is_there(r, e) == -1 || write_journal(r, e) == -1)
		return -1;
	r->fates = xcalloc(r->listing.n + 1, sizeof(*r->fates)); /* FATE_LEAVE */
	for (size_t i = 0; i < n; i++)
		r->fates[places[i]] = FATE_DELETE;
	v->over = true;
	rc = finish_session(r, e);
	*deleted = r->result->deleted;
	if (rc == 0 && r->trouble.cls != ERR_OK)
		rc = error_set(e, r->trouble.cls, "%s", r->trouble.msg);
	return rc;
}

int
visit_mark(struct visit *v, const uint32_t *places, size_t n, bool seen, struct error *e)
{
	struct run *r = &v->run;

	if (!r->listing.has_uids && n > 0)
		return error_set(e, ERR_CONFIG,
		    "%s: the server has no UIDL, so that nothing can be remembered of a message",
		    account_server(r->account));
	if (write_journal(r, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		char *key = entry_key(r, &r->listing.entries[places[i]]);

		if (seen)
			journal_seen(r->journal, key, JOURNAL_MARKED);
		else
			journal_gone(r->journal, key);
		free(key);
	}
	return journal_sync(r->journal, e);
}
