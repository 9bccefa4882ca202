#include "util/index.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static void
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

static uint64_t
siphash(uint64_t k0, uint64_t k1, struct slice in)
{
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU,
		k0 ^ 0x6c7967656e657261U, k1 ^ 0x7465646279746573U };
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
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
index_init(struct index *ix, struct slice (*key)(const void *owner, uint32_t at), const void *owner)
{
	*ix = (struct index){ .key = key, .owner = owner };
	arc4random_buf(&ix->k0, sizeof(ix->k0));
	arc4random_buf(&ix->k1, sizeof(ix->k1));
}

/* The slot that holds key, or the empty one where it belongs. */
static uint32_t
probe(const struct index *ix, struct slice key)
{
	uint32_t mask = ix->nslots - 1;
	uint32_t i = (uint32_t)siphash(ix->k0, ix->k1, key) & mask;

	while (ix->slots[i] != INDEX_NONE) {
		struct slice have = ix->key(ix->owner, ix->slots[i]);

		if (have.len == key.len && memcmp(have.p, key.p, key.len) == 0)
			break;
		i = (i + 1) & mask;
	}
	return i;
}

uint32_t
index_find(const struct index *ix, struct slice key)
{
	return ix->nslots == 0 ? INDEX_NONE : ix->slots[probe(ix, key)];
}

static void
grow(struct index *ix)
{
	uint32_t *old = ix->slots, n = ix->nslots;

	ix->nslots = n == 0 ? 64 : n * 2;
	ix->slots = xreallocarray(NULL, ix->nslots, sizeof(*ix->slots));
	memset(ix->slots, 0xff, ix->nslots * sizeof(*ix->slots)); /* INDEX_NONE */
	for (uint32_t i = 0; i < n; i++)
		if (old[i] != INDEX_NONE)
			ix->slots[probe(ix, ix->key(ix->owner, old[i]))] = old[i];
	free(old);
}

void
index_add(struct index *ix, uint32_t at)
{
	if (ix->used >= ix->nslots / 4 * 3)
		grow(ix);
	ix->slots[probe(ix, ix->key(ix->owner, at))] = at;
	ix->used++;
}

void
index_free(struct index *ix)
{
	free(ix->slots);
	ix->slots = NULL;
	ix->nslots = ix->used = 0;
}
