/*
 * progress.h - one line at the bottom of a terminal that says how far a fetch has come.
 *
 * The engine reports for each account into a slot (engine.h, struct engine_progress). Where
 * accounts have processes of their own the slots lie in memory that these share with the first
 * process, and only that one draws: one line for all of them. It is overwritten in place, in one
 * write, when it has changed; whatever else is printed takes it away first (util/log.h,
 * log_before_line()).
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define PROGRESS_LINE_MAX 256

/* What the line tells. */
struct progress_view {
	const char *name; /* the account's; NULL: there are several */
	size_t accounts;  /* so many */
	struct engine_progress done;
	uint64_t rate; /* bytes a second; 0: not known yet */
};

/* The line for a terminal of that many columns: what does not fit is left out, the last first. */
const char *progress_format(
    char out[static PROGRESS_LINE_MAX], size_t columns, const struct progress_view *v);

/* Whether standard error is a terminal that can overwrite a line. */
bool progress_is_wanted(void);

/*
 * Begins the line for n accounts; with processes of their own if shared. At most one at a time.
 * false: there is no memory for it, and the other functions do nothing.
 */
bool progress_start(size_t n, bool shared);
void progress_end(void);

/* What the engine is given as progress and progress_ctx for the i-th account. */
void progress_report(void *ctx, const struct engine_progress *p);
void *progress_slot(size_t i, const char *name);
void progress_account_done(size_t i);

void progress_draw(void);  /* now, if there is anything new to tell */
void progress_clear(void); /* takes the line away until it is drawn again */

#endif
