/*
 * trouble.h - since when an account has had trouble that may pass, and when that was told last.
 *
 * A file JOURNAL.trouble, there only while it lasts, with a line "since EPOCH told EPOCH" (0: not
 * yet). It is beside the journal and not in it because trouble may be that the journal cannot be
 * had; it is never synced, as a power cut may only make haulmail patient once more.
 */
#ifndef STATE_TROUBLE_H
#define STATE_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Notes trouble at that time. Whether it is to be told: it has lasted for patience_s, and so long
 * is it since it was told. *since is when it began. Also true if it cannot be noted: what nobody
 * can remember has to be told.
 */
bool trouble_has_lasted(const char *journal_path, int64_t patience_s, int64_t now, int64_t *since);

/* The account was served, or has trouble of another kind. */
void trouble_is_over(const char *journal_path);

#endif
