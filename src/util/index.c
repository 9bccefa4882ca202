#include "util/index.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline void
sip_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[0] = ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[2] = ROTL(v[2], 32);
}

static uint32_t
hash_of(const struct index *ix, struct slice in)
{
	uint64_t v[4] = { ix->k0 ^ 0x736f6d6570736575U, ix->k1 ^ 0x646f72616e646f6dU,
		ix->k0 ^ 0x6c7967656e657261U, ix->k1 ^ 0x7465646279746573U };
	uint64_t last = (uint64_t)in.len << 56, word;
	size_t i;

	for (i = 0; i + 8 <= in.len; i += 8) {
		memcpy(&word, in.p + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (unsigned shift = 0; i < in.len; i++, shift += 8)
		last |= (uint64_t)(unsigned char)in.p[i] << shift;
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int n = 0; n < 3; n++)
		sip_round(v);
	return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

void
index_init(struct index *ix, struct slice (*key)(const void *owner, uint32_t at), const void *owner)
{
	*ix = (struct index){ .key = key, .owner = owner };
	arc4random_buf(&ix->k0, sizeof(ix->k0));
	arc4random_buf(&ix->k1, sizeof(ix->k1));
}

/* The slot that holds key, or the free one where it belongs. */
static struct index_slot *
probe(const struct index *ix, uint32_t hash, struct slice key)
{
	uint32_t mask = ix->nslots - 1, i = hash & mask;

	while (ix->slots[i].place != 0) {
		if (ix->slots[i].hash == hash &&
		    slice_same(ix->key(ix->owner, ix->slots[i].place - 1), key))
			break;
		i = (i + 1) & mask;
	}
	return &ix->slots[i];
}

/* Puts a key that is not there yet into the first free slot. */
static void
settle(struct index *ix, struct index_slot slot)
{
	uint32_t mask = ix->nslots - 1, i = slot.hash & mask;

	while (ix->slots[i].place != 0)
		i = (i + 1) & mask;
	ix->slots[i] = slot;
}

static void
grow(struct index *ix)
{
	struct index_slot *old = ix->slots;
	uint32_t n = ix->nslots;

	ix->nslots = n == 0 ? 64 : n * 2;
	ix->slots = xcalloc(ix->nslots, sizeof(*ix->slots));
	for (uint32_t i = 0; i < n; i++)
		if (old[i].place != 0)
			settle(ix, old[i]);
	free(old);
}

uint32_t
index_find(const struct index *ix, struct slice key)
{
	if (ix->nslots == 0)
		return INDEX_NONE;
	return probe(ix, hash_of(ix, key), key)->place - 1; /* of a free slot: INDEX_NONE */
}

uint32_t
index_add(struct index *ix, uint32_t at)
{
	struct slice key = ix->key(ix->owner, at);
	struct index_slot *slot, mine;

	if (ix->used >= ix->nslots / 8 * 7)
		grow(ix);
	mine = (struct index_slot){ hash_of(ix, key), at + 1 };
	slot = probe(ix, mine.hash, key);
	if (slot->place == 0) {
		*slot = mine;
		ix->used++;
	}
	return slot->place - 1;
}

void
index_free(struct index *ix)
{
	free(ix->slots);
	ix->slots = NULL;
	ix->nslots = ix->used = 0;
}
