/*
 * dotlock.h - a lock by a file beside the mbox, "MBOX.lock", that exists while it is held.
 *
 * It appears with its holder's process number in it at once, so that a crash leaves none without.
 * Where the directory does not let us create files, Debian's setgid dotlockfile(1) does it for us.
 */
#ifndef DELIVER_DOTLOCK_H
#define DELIVER_DOTLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct dotlock {
	char *path;  /* of the lock while it is held; owned; NULL: not held */
	bool helped; /* dotlockfile holds it for us */
};

/*
 * Waits for other holders until deadline_ms. 1: held. 0: the directory does not allow it, and
 * dotlockfile is not there or may not do it either, or its name would be too long; nothing is held.
 * -1 with *e set: ERR_TEMP, with the holder's number if it can be known.
 *
 * A lock whose holder is gone or has our own number, or that was not touched for five minutes, is
 * broken.
 */
int dotlock_acquire(struct dotlock *l, const char *mbox, int64_t deadline_ms, struct error *e);
void dotlock_release(struct dotlock *l); /* nothing when it is not held */

#endif
