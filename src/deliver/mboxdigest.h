/*
 * mboxdigest.h - the digest by which recovery knows a message in an mbox again, or its beginning.
 *
 * Its first MBOXDIGEST_HEAD digits are of the head alone: the From_ line and all up to the first
 * empty line. What a crash has left of a message has either no empty line in it, so that it is
 * nobody's whole message, or a head by which it can be told from another program's.
 * The other digits are of the head's digest and all that follows: no byte is digested twice.
 */
#ifndef DELIVER_MBOXDIGEST_H
#define DELIVER_MBOXDIGEST_H

#include <stdbool.h>

#include "util/digest.h"
#include "util/slice.h"

#define MBOXDIGEST_HEAD 8

struct mboxdigest {
	struct digest *digest;
	char head[DIGEST_HEX]; /* empty until it is over */
	bool after_newline;    /* the latest byte of the head was one */
};

void mboxdigest_init(struct mboxdigest *m);
void mboxdigest_free(struct mboxdigest *m);

void mboxdigest_add(struct mboxdigest *m, struct slice bytes);

/* Whether the head is over; then its digits are the first MBOXDIGEST_HEAD of m->head. */
bool mboxdigest_has_head(const struct mboxdigest *m);

/* The digest of all that was added since mboxdigest_init() or the last mboxdigest_end(). */
const char *mboxdigest_end(struct mboxdigest *m, char out[static DIGEST_HEX]);

#endif
