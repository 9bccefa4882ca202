/*
 * dotlock.h - a lock by a file beside the mbox, "MBOX.lock", that exists while it is held.
 *
 * It appears with its holder's process number in it at once, so that a crash leaves none without.
 * Where the directory does not let us create files, Debian's setgid dotlockfile(1) does it for us.
 */
#ifndef DELIVER_DOTLOCK_H
#define DELIVER_DOTLOCK_H

#include <stdbool.h>

#include "util/error.h"

struct sandbox;

struct delegated;

struct dotlock {
	char *path;                        /* of the lock while it is held; owned; NULL: not held */
	bool helped;                       /* dotlockfile holds it for us */
	const struct delegated *delegated; /* our twin holds it for us; NULL: it does not */
};

enum dotlock_outcome {
	DOTLOCK_HELD,
	DOTLOCK_TAKEN,     /* somebody else has it */
	DOTLOCK_FORBIDDEN, /* the directory does not allow it, nor may dotlockfile, or the name
			    * would be too long */
	DOTLOCK_FAILED     /* and *e is set: ERR_TEMP */
};

/*
 * One attempt; nobody waits here. *l is zero before the first. A lock whose holder is gone or has
 * our own number, or that was not touched for five minutes, is broken.
 */
enum dotlock_outcome dotlock_try(struct dotlock *l, const char *mbox, struct error *e);

/* A process in this sandbox cannot make and remove this mbox's dotlock: its twin does. */
void dotlock_delegate(const char *mbox, struct sandbox *s);

/* Says that somebody else has it, and who, if that can be known: ERR_TEMP, always -1. */
int dotlock_complain(const char *mbox, struct error *e);
void dotlock_release(struct dotlock *l); /* nothing when it is not held */

#endif
