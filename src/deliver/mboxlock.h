/*
 * mboxlock.h - the locks that mail programs share on an mbox, in Debian's order: fcntl first,
 * then the dotlock (Debian policy 11.6).
 */
#ifndef DELIVER_MBOXLOCK_H
#define DELIVER_MBOXLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "deliver/deliver.h"
#include "deliver/dotlock.h"
#include "util/error.h"

struct mboxlock {
	int fd;     /* of the mbox; borrowed */
	bool fcntl; /* held */
	struct dotlock dotlock;
};

/*
 * Takes the locks of that kind on the mbox that is open as fd, waiting for other programs until
 * deadline_ms: ERR_TEMP, naming the holder if it can be known. Nothing is held after -1.
 *
 * Where no dotlock can be had, kind BOTH goes on with fcntl alone and says so once.
 */
int mboxlock_acquire(struct mboxlock *l, int fd, const char *path, enum mbox_lock_kind kind,
    int64_t deadline_ms, struct error *e);
void mboxlock_release(struct mboxlock *l); /* what is not held does not matter */

#endif
