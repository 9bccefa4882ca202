/*
 * lock.h - one run at a time on an account.
 *
 * The lock is flock(2) on a file beside the journal that is never renamed or removed, so that a
 * waiter can never hold the lock of a file that is gone; it ends with the process, however that
 * ends.
 */
#ifndef STATE_LOCK_H
#define STATE_LOCK_H

#include "util/error.h"

/* A descriptor that holds the lock, or -1: ERR_TEMP when another run holds it. Never waits. */
int lock_acquire(const char *journal_path, struct error *e);
void lock_release(int fd);

#endif
