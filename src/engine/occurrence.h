/*
 * occurrence.h - names for messages of a server that gives no UIDs: the digest of the message,
 * and the how-manieth it is with that digest in this run.
 */
#ifndef ENGINE_OCCURRENCE_H
#define ENGINE_OCCURRENCE_H

#include <stdint.h>

#include "util/digest.h"
#include "util/index.h"

struct occurrence {
	char digest[DIGEST_HEX];
	uint32_t count;
};

struct occurrences {
	struct occurrence *list;
	uint32_t n, cap;
	struct index index;
};

void occurrences_init(struct occurrences *o);
void occurrences_free(struct occurrences *o);

/* The key for one more message with that digest: a new string. No UID can be the same. */
char *occurrence_key(struct occurrences *o, const char digest[static DIGEST_HEX]);

#endif
