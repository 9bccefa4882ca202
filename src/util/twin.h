/*
 * twin.h - a second process, for the few things that one in a sandbox (sandbox.h) cannot do itself.
 *
 * What it may be asked for is fixed when it starts: functions with their arguments, and of each
 * request only the number and a verb come from the process that strangers talk to. It ends with
 * that one, however that ends.
 */
#ifndef UTIL_TWIN_H
#define UTIL_TWIN_H

#include <stddef.h>

#include "util/buf.h"
#include "util/error.h"

#define TWIN_REPLY_MAX (64 * KiB)

/* To every job, when the process that could ask has ended: whatever it holds is to be let go. */
#define TWIN_END 0

/*
 * Runs in the twin. What it returns, *e and the reply, which has room for TWIN_REPLY_MAX bytes and
 * is wiped afterwards, are handed to whoever asked. ctx is as it was when the twin was started.
 */
typedef int twin_work(void *ctx, int verb, struct buf *reply, struct error *e);

struct twin_job {
	twin_work *work;
	void *ctx;
};

/*
 * Starts the twin of this process, which has none yet, with these jobs, of which it has a copy;
 * does nothing without any. -1 with *e set (ERR_TEMP) when it cannot be started.
 */
int twin_start(const struct twin_job *jobs, size_t n, struct error *e);

/* The number of that job; -1: no twin runs, or it cannot do that. */
int twin_find(twin_work *work, const void *ctx);

/*
 * Has a job done, and waits for it. Returns what the job returned; -1 with *e set (ERR_TEMP) when
 * the twin is gone. The reply, whose max is to be TWIN_REPLY_MAX, may be NULL if there is none.
 */
int twin_ask(int job, int verb, struct buf *reply, struct error *e);

/* Ends it and waits for its end; nothing without one. */
void twin_stop(void);

#endif
