/*
 * state.h - what haulmail remembers of an account between runs. Read this first in state/.
 *
 * Here:      the journal (journal.h): which UIDs are delivered, skipped or failing, and which
 *            deliveries had begun; the records of a delivery begun (intent.h); the lock that
 *            keeps a second run on the same account out (lock.h); since when there is trouble
 *            that may pass (trouble.h).
 * Not here:  what to do about any of it: the engine decides, and checks the mboxes.
 * Key:       messages go by a key, the UID as text_field() (util/text.h) encodes it: one word,
 *            no blanks, the same bytes in memory as on disk.
 * Ownership: a journal owns its text; slices from it are valid until journal_compact() or
 *            journal_close().
 *
 * state includes only util.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H
#endif
