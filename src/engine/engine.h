/*
 * engine.h - one account's run, from the lock to the last record of the journal. Read this first
 * in engine/.
 *
 * The flow, a file for each step:
 *
 *     recover.c    deliveries that an earlier run began and did not end
 *     connect.c    dial, TLS, greeting, capabilities
 *     plan.c       listing and journal make a fate for each message; rules, with TOP if need be
 *     retrieve.c   RETR: messages into the batch (batch.h)
 *     commit.c     the batch into every target, then into the journal
 *     finish.c     DELE, QUIT, journal compaction
 *
 * run.h holds what they share (and fates.c what they ask about single messages); run.c goes
 * through the steps. Data goes one way: a step reads what the steps before it left in struct run
 * and calls none of them; only retrieving calls the step after it, whenever a batch is full.
 *
 * Order of durability (DESIGN's commit protocol): intent, sync; target, sync; seen, sync; DELE;
 * QUIT; gone. A crash between any two of them is what recover.c is for.
 *
 * Ownership: accounts are borrowed from the config for the duration of a call.
 *
 * engine includes config, deliver, filter, pop3, state, mail, net and util.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "util/error.h"

struct engine_options {
	bool dry_run; /* say what would be done, and change nothing anywhere */
};

struct engine_result {
	size_t listed;    /* messages on the server */
	size_t delivered; /* to every target, in this run */
	uint64_t bytes;   /* of those */
	size_t skipped;   /* left alone by a rule, first decided in this run */
	size_t later;     /* left for the next run by "limit" */
	size_t waiting;   /* failed before and are not yet due again */
	size_t refused;   /* of those delivered: by a target, and dealt with as "refused" says */
	size_t failed;    /* could not be fetched or delivered in this run */
	size_t deleted;   /* on the server, which has confirmed it */
};

/*
 * Fetches an account's new mail. 0, or -1 with *e set; *res is right in either case. A message
 * that fails makes the run return -1 at its end, after the others have been served.
 */
int engine_fetch(const struct account *a, const struct engine_options *o, struct engine_result *res,
    struct error *e);

#endif
