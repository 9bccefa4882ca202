#include "engine/occurrence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

static struct slice
digest_at(const void *owner, uint32_t at)
{
	const struct occurrences *o = owner;

	return slice_str(o->list[at].digest);
}

void
occurrences_init(struct occurrences *o)
{
	*o = (struct occurrences){ .n = 0 };
	index_init(&o->index, digest_at, o);
}

void
occurrences_free(struct occurrences *o)
{
	index_free(&o->index);
	free(o->list);
	o->list = NULL;
	o->n = o->cap = 0;
}

char *
occurrence_key(struct occurrences *o, const char digest[static DIGEST_HEX])
{
	uint32_t at;

	if (o->n == o->cap) {
		o->cap = o->cap == 0 ? 64 : o->cap * 2;
		o->list = xreallocarray(o->list, o->cap, sizeof(*o->list));
	}
	o->list[o->n].count = 0;
	memcpy(o->list[o->n].digest, digest, DIGEST_HEX);
	at = index_add(&o->index, o->n);
	o->n += at == o->n;
	/* as in pop3/listing.c: vis(3) doubles every backslash of a UID, so this is none */
	return xasprintf("\\+%s\\+%" PRIu32, digest, ++o->list[at].count);
}
