/*
 * lock.h - one run at a time on an account.
 *
 * The lock is flock(2) on a file beside the journal that is never renamed or removed, so that a
 * waiter can never hold the lock of a file that is gone; it ends with the process, however that
 * ends.
 */
#ifndef STATE_LOCK_H
#define STATE_LOCK_H

#include <stdbool.h>

#include "util/error.h"

/*
 * A descriptor that holds the lock, or -1: ERR_TEMP when another run holds it, ERR_CREATE when the
 * file or its directory are not to be trusted (util/trust.h). Never waits.
 */
int lock_acquire(const char *journal_path, bool foreign, struct error *e);
void lock_release(int fd);

/*
 * Notes in the locked file, once, that the journal is there. As the file is never removed, that
 * tells a journal that was lost from one that never was; a note that fails costs just that.
 */
void lock_note_journal(int fd);

/* Whether that was noted, and yet there is no journal. */
bool lock_misses_journal(const char *journal_path);

#endif
