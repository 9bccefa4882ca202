/*
 * intent.h - the record of a delivery that is about to happen, enough to find out after a crash
 * which of its messages arrived.
 *
 * As a journal line: intent <n> <target> <epoch> <offset> <key>:<length>:<digest> ...
 */
#ifndef STATE_INTENT_H
#define STATE_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "util/buf.h"
#include "util/digest.h"
#include "util/slice.h"

struct intent_item {
	char *key;
	uint64_t length;         /* bytes of the message as the target stores it */
	char digest[DIGEST_HEX]; /* by which the target knows them again */
};

struct intent {
	TAILQ_ENTRY(intent) link;
	uint64_t n;      /* unique among the unfinished ones of a journal */
	char *target;    /* "mbox:/home/alice/inbox" */
	int64_t epoch;   /* when: it stands in From_ lines and in Maildir names */
	uint64_t offset; /* the mbox's size before */
	size_t bytes;    /* of its line in the journal */
	struct intent_item *items;
	size_t nitems, cap;
};

TAILQ_HEAD(intent_list, intent);

struct intent *intent_new(const char *target, int64_t epoch);
/* Adds a message; its length and digest are for the target to fill in. */
struct intent_item *intent_add(struct intent *in, const char *key);
void intent_free(struct intent *in);

/* Appends the line, without its newline. */
void intent_format(struct buf *out, const struct intent *in);

/* The fields behind the word "intent"; NULL when they are not well-formed. */
struct intent *intent_parse(struct slice fields);

#endif
