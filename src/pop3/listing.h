/*
 * listing.h - what the server has: the answers to STAT, UIDL and LIST put together.
 *
 * Every number is checked before use; sizes are hints that nothing trusts. Lines that make no
 * sense are counted and passed over: one of them does not stop the other messages.
 * Key: how the journal calls a message (state.h): its UID as one word. UIDs that occur more than
 * once in a listing get keys of their own, from size and order.
 * Memory: an entry is 24 bytes beside the UID's own text; nothing is allocated per entry.
 */
#ifndef POP3_LISTING_H
#define POP3_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/index.h"
#include "util/slice.h"

#define LISTING_MAX 1000000u /* messages; no maildrop is that large, and memory stays bounded */

struct listing_entry {
	uint64_t size;    /* as LIST says; 0 when it does not */
	uint32_t number;  /* from 1 */
	uint32_t key;     /* position in the listing's text */
	uint32_t first;   /* place of the first entry with the same UID; its own, if it is unique */
	uint16_t key_len; /* 0: the server gives no UIDs */
	uint16_t uid_len; /* the key starts with the UID; longer keys are those of duplicates */
};

struct listing {
	struct listing_entry *entries; /* in the order of their numbers */
	size_t n, cap;
	struct buf text;
	struct index index; /* by key */
	bool has_uids;
	bool has_last;    /* LAST was answered instead ... */
	uint32_t last;    /* ... and messages up to this number had been read before */
	uint64_t stat;    /* the number of messages that STAT said ... */
	uint64_t octets;  /* ... and their size */
	size_t nonsense;  /* lines passed over */
	size_t list_hint; /* where the next LIST line probably belongs */
};

void listing_init(struct listing *l);
void listing_free(struct listing *l);

/* Each takes one line of the response, in its order: all of UIDL first, then LIST. */
void listing_uidl_line(struct listing *l, struct slice line);
void listing_list_line(struct listing *l, struct slice line);
void listing_stat(struct listing *l, struct slice text);

/* After the last UIDL line: sorts by number, tells duplicates of numbers and UIDs apart. */
void listing_uidl_end(struct listing *l);
/* After the last LIST line: gives duplicates their keys and builds the index. */
void listing_end(struct listing *l);

/* "uid" or, for a duplicate, "uid\+size\+k", which no UID can be. Borrowed; empty: none. */
struct slice listing_key(const struct listing *l, const struct listing_entry *en);

/* Whether another message of this listing has the same UID; all of those have the same first. */
bool listing_is_duplicate(const struct listing_entry *en);

/* The entry with that key; NULL without one. */
const struct listing_entry *listing_find(const struct listing *l, struct slice key);

#endif
