/*
 * twin.h - a second process, for the few things that one in a sandbox (sandbox.h) cannot do itself.
 *
 * What it may be asked for is fixed before it starts: functions with their arguments, and of each
 * request only the number and a verb come from the process that strangers talk to. It ends with
 * that one, however that ends.
 */
#ifndef UTIL_TWIN_H
#define UTIL_TWIN_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/error.h"

#define TWIN_REPLY_MAX (64 * KiB)

/* To every job, when the process that could ask has ended: whatever it holds is to be let go. */
#define TWIN_END 0

/*
 * Runs in the twin. What it returns, *e and the reply, which has room for TWIN_REPLY_MAX bytes and
 * is wiped afterwards, are handed to whoever asked. ctx is as it was when the twin was started.
 */
typedef int twin_job(void *ctx, int verb, struct buf *reply, struct error *e);

/* Adds a job, before twin_start(); returns its number. */
int twin_add(twin_job *run, void *ctx);

/* Starts the twin if there are jobs. -1 with *e set (ERR_TEMP) when it cannot be. */
int twin_start(struct error *e);

/* Whether a twin runs. */
bool twin_is_there(void);

/*
 * Has a job done, and waits for it. Returns what the job returned; -1 with *e set (ERR_TEMP) when
 * the twin is gone. The reply, whose max is to be TWIN_REPLY_MAX, may be NULL if there is none.
 */
int twin_ask(int job, int verb, struct buf *reply, struct error *e);

/* Ends it and waits for its end; nothing without one. The jobs are forgotten. */
void twin_stop(void);

#endif
