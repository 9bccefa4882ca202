/*
 * index.h - finds entries of somebody's array by their key: a hash set of array positions.
 *
 * The array and the keys stay with their owner; the index holds eight bytes a slot and allocates
 * nothing per entry. Half of a slot is the key's hash: that tells nearly all other keys apart, so
 * that only the key that is looked for is fetched from memory, and the index grows without any.
 * Keys come from servers, so the hash is SipHash-1-3 under a random key: no choice of UIDs makes
 * look-ups slow. Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF" (2012).
 */
#ifndef UTIL_INDEX_H
#define UTIL_INDEX_H

#include <stdint.h>

#include "util/slice.h"

#define INDEX_NONE UINT32_MAX

struct index {
	struct slice (*key)(const void *owner, uint32_t at); /* the key of entry at */
	const void *owner;
	struct index_slot {
		uint32_t hash;
		uint32_t place; /* of the entry, from 1; 0: the slot is free */
	} * slots;
	uint32_t nslots, used;
	uint64_t k0, k1;
};

void index_init(
    struct index *ix, struct slice (*key)(const void *owner, uint32_t at), const void *owner);
uint32_t index_find(const struct index *ix, struct slice key); /* INDEX_NONE: not there */

/* Adds entry at, unless there is one with its key: returns that one, or else at. */
uint32_t index_add(struct index *ix, uint32_t at);
void index_free(struct index *ix);

#endif
