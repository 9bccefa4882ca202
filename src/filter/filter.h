/*
 * filter.h - which messages to take: size and header rules. Read this first in filter/.
 *
 * A rule is an action and conditions that must all hold; rules are asked in order, the first
 * whose conditions hold decides, and without one a message is accepted.
 *
 * Here:      the rules as words of the config file, their decision about one message, and a
 *            digest that changes when they do; expressions, and time that is bounded (pattern.h).
 * Not here:  fetching headers (the engine does, when a decision needs them), the config file.
 * Headers:   a header condition is a POSIX extended regular expression, case-insensitive, tried
 *            on each unfolded line "Name: value", raw and with its encoded words decoded.
 * Ownership: the ruleset owns all it was given.
 *
 * filter includes mail and util.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/slice.h"

struct ruleset;

enum filter_action { FILTER_ACCEPT, FILTER_SKIP, FILTER_DELETE, FILTER_NEEDS_HEADER };

struct ruleset *ruleset_new(void);
void ruleset_free(struct ruleset *rs); /* NULL does nothing */

/*
 * Adds the rule that the words make: "skip", "size", ">", "10M" ... On failure *e is set
 * (ERR_CONFIG) and *bad is the index of the word that is to blame.
 */
int ruleset_add(
    struct ruleset *rs, const char *const *words, size_t n, size_t *bad, struct error *e);

/* Whether any rule has that action. */
bool ruleset_has(const struct ruleset *rs, enum filter_action action);

/*
 * Decides about a message. head is its header in Unix form, or NULL while it is not known: then
 * FILTER_NEEDS_HEADER is the answer if the size alone does not decide.
 */
enum filter_action ruleset_decide(
    const struct ruleset *rs, uint64_t size, const struct slice *head);

/* The smallest size above that one at which the rules may decide otherwise; UINT64_MAX: none. */
uint64_t ruleset_next_size(const struct ruleset *rs, uint64_t size);

/* Whether a message with that header, so large already, is not wanted however large it becomes. */
bool ruleset_is_hopeless(const struct ruleset *rs, uint64_t size, struct slice head);

/* Whether the i-th rule can ever decide; if an earlier one takes all that it would, *by is that. */
enum filter_life { FILTER_ALIVE, FILTER_CONTRADICTS, FILTER_SHADOWED };
enum filter_life ruleset_is_dead(const struct ruleset *rs, size_t i, size_t *by);

/* The same rules give the same digest. */
const char *ruleset_digest(const struct ruleset *rs, char out[static DIGEST_HEX]);

/* One rule as a line of the config file, without the keyword; false when there is no i-th. */
bool ruleset_format(const struct ruleset *rs, size_t i, struct buf *out);

#endif
