/*
 * mbox.h - deliver mbox PATH: one file, messages one after the other, mboxrd.
 *
 * Each commit locks, appends, fsyncs and unlocks; if the append fails, the file gets its old
 * length back under the same lock. A file that does not end in an empty line gets one first, so
 * that no message vanishes into an unfinished last line.
 *
 * The path: a missing file is created with mode 0600, anything that is no regular file,
 * that belongs to somebody else or that has a second name (hard link) is refused, and symbolic
 * links are followed if they belong to the user or to root (util/trust.h). Mode and owner of a file
 * that exists stay.
 */
#ifndef DELIVER_MBOX_H
#define DELIVER_MBOX_H

#include "deliver/deliver.h"

extern const struct deliver_kind deliver_mbox;

/* Its recover verb (mboxrecover.c). */
int mbox_recover(const struct dest *to, const struct deliver_params *params,
    const struct intent *in, bool *arrived, struct error *e);

#endif
