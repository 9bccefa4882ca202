/*
 * msgset.h - sets of messages as people write them: 3  2-5  4-end  next  last  1,3,7-next. No I/O.
 *
 *     set    = item *("," item)
 *     item   = bound / bound "-" bound
 *     bound  = number from 1 / "next" (the first new message) / "last" / "end" (the same)
 *
 * msgset_parse() knows the grammar only; what the words mean, and whether a number is that of a
 * message, depends on the mailbox: msgset_settle(). Before that a set says nothing.
 */
#ifndef ENGINE_MSGSET_H
#define ENGINE_MSGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

#define MSGSET_ITEMS 1000 /* more of them are a mistake */

struct msgset_item {
	uint32_t from, to;
	bool single; /* one bound alone, which has to be there */
};

struct msgset {
	struct msgset_item items[MSGSET_ITEMS];
	size_t n;
};

/* 0, or -1 with *e set (ERR_USAGE). */
int msgset_parse(const char *text, struct msgset *s, struct error *e);

/*
 * Gives the words their numbers: next is that of the first new message (0: there is none), last
 * that of the last message (0: there is none). 0, or -1 with *e set (ERR_NOTHING) when the set asks
 * for a message that is not there. "4-end" may be empty, "4" and "2-4" may not.
 */
int msgset_settle(struct msgset *s, uint32_t next, uint32_t last, struct error *e);

bool msgset_has(const struct msgset *s, uint32_t number);

#endif
