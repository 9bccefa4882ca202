/*
 * visit.h - a session in which somebody looks at single messages, deletes or marks them.
 *
 * visit_open() logs in and lists. What then is asked for, messages by message, goes by places in
 * the listing, from 0; numbers are those of the server. visit_end() says goodbye.
 *
 * Changes:   a visit that is to change nothing takes no lock and opens the journal read-only: it
 *            stands in no fetch's way, but for what the server allows. One that may change
 *            something holds the account's lock.
 * Errors:    0, or -1 with *e set and the session over.
 */
#ifndef ENGINE_VISIT_H
#define ENGINE_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "engine/msgset.h"
#include "util/error.h"
#include "util/slice.h"

struct visit;

enum visit_state {
	VISIT_NEW,     /* the journal knows nothing of it */
	VISIT_SEEN,    /* delivered, or marked so */
	VISIT_SKIPPED, /* left alone by the rules in force */
	VISIT_FAILED   /* could not be fetched or delivered so far */
};

struct visit_message {
	uint32_t number;
	uint64_t size;    /* as LIST says */
	struct slice uid; /* as the journal has it; empty: the server gives none */
	enum visit_state state;
};

struct visit *visit_open(const struct account *a, bool may_change, struct error *e);
void visit_close(struct visit *v); /* without goodbye; NULL does nothing */

size_t visit_count(const struct visit *v);
uint64_t visit_bytes(const struct visit *v); /* of all, as STAT says */
struct visit_message visit_message(struct visit *v, size_t place);

/*
 * The places of the messages in the set, NULL: all; a new array of *n. NULL with *e set
 * (ERR_NOTHING) when one is not there.
 */
uint32_t *visit_choose(struct visit *v, struct msgset *set, size_t *n, struct error *e);

/*
 * How many messages a fetch would take, now or, because of "limit" or of an earlier failure, later.
 * Header rules are asked. Once a visit.
 */
int visit_count_new(struct visit *v, size_t *n, struct error *e);

/*
 * The headers of n messages, pipelined: after visit_heads() each visit_next_head() gives 1 and the
 * next one, which is valid until the next call and empty where the server gives none; 0 at the end.
 */
int visit_heads(struct visit *v, const uint32_t *places, size_t n, struct error *e);
int visit_next_head(struct visit *v, struct slice *head, struct error *e);

/*
 * One message, or its header and so many lines of its body (lines < 0: all). Then each visit_read()
 * gives the next bytes, in Unix form, at most room (at least 64) of them, until *end.
 */
int visit_ask(struct visit *v, size_t place, int64_t lines, struct error *e);
int visit_read(struct visit *v, char *out, size_t room, size_t *len, bool *end, struct error *e);

/*
 * Deletes messages on the server, journals them as gone, and ends the session. *deleted is right
 * in any case: what the server has confirmed.
 */
int visit_delete(
    struct visit *v, const uint32_t *places, size_t n, size_t *deleted, struct error *e);

/*
 * Has the journal say that messages were fetched, durably; or that nothing is known of them, so
 * that the next run fetches them. What is marked so is never deleted by a fetch.
 */
int visit_mark(struct visit *v, const uint32_t *places, size_t n, bool seen, struct error *e);

/* Says goodbye, unless that was done. */
int visit_end(struct visit *v, struct error *e);

#endif
