/*
 * What the steps ask and note about single messages.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "engine/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

char *
entry_key(const struct run *r, const struct listing_entry *en)
{
	struct slice key = listing_key(&r->listing, en);
	const char *by_content =
	    r->content_keys != NULL ? r->content_keys[en - r->listing.entries] : NULL;

	return by_content != NULL ? xstrdup(by_content) : xstrndup(key.p, key.len);
}

void
name_entry(struct run *r, size_t place, char *key)
{
	if (r->content_keys == NULL)
		r->content_keys = xcalloc(r->listing.n, sizeof(*r->content_keys));
	r->content_keys[place] = key;
}

bool
held_by_all(const struct run *r, struct slice key)
{
	const struct dest *d;

	if (!journal_has_parts(r->journal))
		return false;
	TAILQ_FOREACH(d, &r->account->dests, link)
		if (!journal_has_part(r->journal, key, d->name))
			return false;
	return true;
}

size_t
collect_numbers(const struct run *r, unsigned mask, uint32_t **numbers, uint32_t **places)
{
	size_t n = 0;

	for (size_t i = 0; i < r->listing.n; i++)
		n += (mask & FATE_BIT(r->fates[i])) != 0;
	*numbers = xcalloc(n, sizeof(**numbers));
	*places = xcalloc(n, sizeof(**places));
	n = 0;
	for (uint32_t i = 0; i < r->listing.n; i++)
		if ((mask & FATE_BIT(r->fates[i])) != 0) {
			(*numbers)[n] = r->listing.entries[i].number;
			(*places)[n++] = i;
		}
	return n;
}

void
note_skip(struct run *r, const struct listing_entry *en)
{
	char *key;

	r->result->skipped++;
	if (en->key_len == 0 || r->options->dry_run)
		return;
	key = entry_key(r, en);
	journal_skip(r->journal, key, r->rules_digest);
	free(key);
}

void
note_trouble(struct run *r, const struct error *why)
{
	if (error_worse(r->trouble.cls, why->cls) != r->trouble.cls)
		r->trouble = *why;
}

void
note_mishap(struct run *r, const struct listing_entry *en, enum errclass cls, const char *why)
{
	struct error e = { .cls = ERR_OK };

	(void)error_set(&e, cls, "message %" PRIu32 ": %s", en->number, why);
	note_trouble(r, &e);
	log_info("%s", e.msg);
}

void
note_failure(struct run *r, const struct listing_entry *en, enum errclass cls, const char *why)
{
	struct slice key = listing_key(&r->listing, en);
	struct journal_record rec = journal_find(r->journal, key);
	char *word;

	r->result->failed++;
	note_mishap(r, en, cls, why);
	if (key.len == 0)
		return;
	word = entry_key(r, en);
	journal_fail(
	    r->journal, word, rec.kind == JOURNAL_FAIL ? rec.count + 1 : 1, clock_epoch(), why);
	free(word);
}
