/*
 * engine.h - one account's run, from the lock to the last record of the journal. Read this first
 * in engine/.
 *
 * The flow, a file for each step:
 *
 *     recover.c    deliveries that an earlier run began and did not end
 *     confine.c    gives up what the rest does not need
 *     connect.c    dial, TLS, greeting, capabilities
 *     plan.c       listing and journal make a fate for each message; rules, with TOP if need be
 *     retrieve.c   RETR: messages into the batch (batch.h)
 *     commit.c     the batch into every target, then into the journal
 *     finish.c     DELE, QUIT, journal compaction
 *
 * hand.c puts a message of somebody else's through commit.c. relays.c makes ready the servers that
 * targets name, ledger.c keeps who of their recipients has what.
 * guard.c stops a run that is about to fetch a whole mailbox again.
 *
 * info.c asks a server what it can do, and takes only the first steps of a session for it.
 * visit.c is a session for the commands that look at, delete or mark single messages; which ones,
 * msgset.c reads.
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
 * engine includes config, deliver, filter, pop3, smtp, state, mail, net, sasl and util.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "net/tls.h"
#include "util/error.h"

/* Where in a session the server was asked for its capabilities. */
enum info_stage { INFO_CLEAR, INFO_TLS, INFO_LOGIN, INFO_STAGES };

/* What a server says of itself, as far as it was asked; all of it as it came. */
struct engine_info {
	char *greeting;                  /* NULL: none came */
	char *capabilities[INFO_STAGES]; /* a line each; empty: it does not say; NULL: not asked */
	bool has_tls;
	struct tls_report tls; /* if it has */
	bool distrusted;       /* so that nothing secret was said */
	char *login;           /* how one would log in; NULL: that is not known yet */
	bool logged_in;
	uint64_t messages, bytes; /* if so */
	bool has_uids;
	char *sandbox; /* what a process that fetches from there can reach, in words */
};

/* What a relay says of itself. */
struct engine_relay_info {
	char *greeting; /* NULL: none came */
	char *features; /* a line each */
	bool has_tls;
	struct tls_report tls; /* if it has */
	bool distrusted;       /* so that nothing secret was said */
	bool logged_in;
	struct buf answers; /* to the queries: a line each */
};

/* How far retrieving has come. Bytes are those that the server said its messages have. */
struct engine_progress {
	size_t taken, messages;
	uint64_t bytes, total;
};

struct engine_options {
	bool dry_run;         /* say what would be done, and change nothing anywhere */
	bool announce;        /* somebody looks on: say what a large first run is about to do */
	bool accept_new_uids; /* fetch it all, also if all of it seems to come again */
	/* is told while messages come, as often as something has come; NULL: nobody is */
	void (*progress)(void *ctx, const struct engine_progress *p);
	void *progress_ctx;
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
 * What talks to a server here confines the process to what that needs (confine.c), for good: it
 * serves no other account and writes no other file afterwards.
 */

/*
 * Fetches an account's new mail. 0, or -1 with *e set; *res is right in either case. A message
 * that fails makes the run return -1 at its end, after the others have been served.
 */
int engine_fetch(const struct account *a, const struct engine_options *o, struct engine_result *res,
    struct error *e);

/*
 * Asks an account's server what it is and can do, logs in if it is to be trusted, and changes
 * nothing anywhere. *info is filled as far as it went, also when -1 is returned with *e set to
 * what a fetch would fail by; engine_info_free() empties it.
 */
int engine_info(const struct account *a, struct engine_info *info, struct error *e);
void engine_info_free(struct engine_info *info);

/*
 * Asks a relay what it can do, and these questions, such as "VRFY alice". 0, or -1 with *e set;
 * *info is right as far as it goes in either case.
 */
int engine_relay_info(const struct account *relay, const char *const *queries, size_t n,
    struct engine_relay_info *info, struct error *e);
void engine_relay_info_free(struct engine_relay_info *info);

/*
 * Delivers the message that can be read from fd to the account's targets; smtp and lmtp take it for
 * the n recipients to, if there are any, not as the config says. 0, or -1 with *e set: ERR_TEMP
 * when a target lacks it, and the same message given again goes only there.
 */
int engine_deliver(const struct account *a, int fd, char *const *to, size_t n, struct error *e);

/* Connects, secures the connection as the account says, and leaves without a login. */
int engine_probe(const struct account *a, struct error *e);

#endif
