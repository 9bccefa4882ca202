/*
 * mboxfile.h - an mbox opened and locked, for as long as it takes to append or to look.
 */
#ifndef DELIVER_MBOXFILE_H
#define DELIVER_MBOXFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "deliver/deliver.h"
#include "deliver/mboxlock.h"
#include "util/error.h"
#include "util/trust.h"

struct mboxfile {
	int fd;                /* open for appending and reading; -1: not open */
	struct trust_place at; /* where it is */
	const char *path;      /* the same as a path; symbolic links followed */
	struct mboxlock lock;
	off_t size;   /* when it was locked */
	bool created; /* by us: its name is not yet safe on disk */
};

/* Whether there can be an mbox, as far as the way to it tells: 0, or -1 with *e set. */
int mboxfile_check(const char *path, bool foreign, struct error *e);

/*
 * Opens and locks. -1 with *e set: ERR_CREATE for what is no regular file, belongs to
 * somebody else, has hard links, is behind a symbolic link of somebody else's or may not be
 * opened, ERR_TEMP for a lock that others hold on to. The file that is locked is the one that has
 * the name then, and it is looked at again.
 * With create false a missing file is -1 with *e unset.
 */
int mboxfile_open(struct mboxfile *f, const char *path, const struct deliver_params *params,
    bool create, struct error *e);
void mboxfile_close(struct mboxfile *f); /* unlocks; nothing when it is not open */

/* The newlines that the file, cut to size, needs before a From_ line; NULL with *e set. */
const char *mboxfile_separator(const struct mboxfile *f, off_t size, struct error *e);

/* Makes the contents durable, the name too if the file is new or was empty. */
int mboxfile_sync(const struct mboxfile *f, struct error *e);

/* Cuts the file to size, durably. */
int mboxfile_truncate(const struct mboxfile *f, uint64_t size, struct error *e);

#endif
