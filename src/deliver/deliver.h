/*
 * deliver.h - the places where a message can end up. Read this first in deliver/.
 *
 * A target is one row of deliver_kinds[]: the engine knows none by name. One delivery serves a
 * batch after the other:
 *
 *     open      checks the place; creates nothing
 *     put       takes a message of the batch: 0; or does not take this one: 1, with ERR_REFUSED
 *               (for good) or ERR_TEMP
 *     prepare   locks, and fills the intent with what recovery would need to know; the engine
 *               then makes the journal durable
 *     commit    0 means that everything put since the last commit survives a power cut; only then
 *               may the journal say so, and only after that is a message deleted on the server
 *     abort     undoes what put and prepare began, and what a failed commit left
 *     close     ends it; a batch not committed is aborted
 *
 *     recover   after a crash: which messages of an unfinished intent are there?
 *
 * A target that serves several recipients hands a message over in parts: it asks the ledger which
 * of them an earlier run has served, and tells it at once of each that it serves while others are
 * left. Its 0 says that all have the message.
 *
 * A target without commit (a program) has handed a message over for good when put returns 0. One
 * without prepare has nothing that could be recovered.
 *
 * Here:      the interface, the message as targets see it (message.h), a file for each kind; for
 *            whom it goes onward (route.h), from whom (envelope.h), and by which server (relay.h).
 * Not here:  the journal, retries, the order of targets: all the engine's.
 * Ownership: messages are the engine's and stay valid until commit or abort. A dest is the
 *            config's. A delivery belongs to who opened it.
 * Errors:    0, or -1 with *e set: ERR_TEMP (full disk, lock: the next run may succeed) or
 *            ERR_CREATE (the place is not what it should be). The target is of no use any more in
 *            this run then; no mbox and no Maildir holds part of a message.
 *
 * deliver includes smtp, mail, net, state (for intent.h, the record of a delivery begun) and util.
 */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "deliver/message.h"
#include "deliver/relay.h"
#include "deliver/route.h"
#include "state/intent.h"
#include "util/error.h"

struct deliver_kind;
struct sandbox;

enum mbox_lock_kind { MBOX_LOCK_BOTH, MBOX_LOCK_FCNTL, MBOX_LOCK_DOTLOCK };

/* One target of an account, from the config. */
struct dest {
	TAILQ_ENTRY(dest) link;
	const struct deliver_kind *kind;
	char
	    *place; /* what stands behind the kind in the config: a path ready for use, a command */
	char *name; /* "mbox:/home/alice/inbox": how the journal calls it */
	struct route *route; /* of a kind that takes one, else NULL; owned */
};

TAILQ_HEAD(dest_list, dest);

/* Who of a target's recipients has which message; the engine's. Names are those of targets. */
struct ledger {
	bool (*has)(const struct ledger *l, const struct message *m, const char *name);
	/* these have it now; -1: that could not be noted, and put is to return -1 */
	int (*note)(struct ledger *l, const struct message *m, const char *const *names, size_t n,
	    struct error *e);
	bool (*failed)(const struct ledger *l);
};

/* What the account says about all of its targets; borrowed while a delivery is open. */
struct deliver_params {
	enum mbox_lock_kind mbox_lock;
	bool foreign;          /* files of other users are welcome (util/trust.h) */
	int64_t timeout_ms;    /* the longest wait for a lock, or for a program to go on */
	const char *account;   /* its name */
	const char *recipient; /* the user whose mail it is */
	const char *source;    /* the server it comes from ... */
	const char *protocol;  /* ... and how: "POP3" */
	struct words_list to;  /* for whom smtp and lmtp take it, if not as the route says */
	const char *smtp_from; /* the reverse-path for servers of mail; NULL: the message's own */
	const struct relay *relays; /* all that the account's targets name */
	size_t nrelays;
	struct ledger *ledger;
};

struct delivery {
	const struct deliver_kind *kind; /* first member of every target's own struct */
};

struct deliver_kind {
	const char *name;     /* the config word: "mbox" */
	const char *argument; /* what it takes, for messages: "PATH"; NULL: nothing */
	bool takes_path;      /* ~ and $VAR mean something in the argument */
	bool takes_route;     /* the argument is that of route.h */
	bool uses_stdout;     /* nothing else may be written there */
	/* it returns -1 itself when it is no use to go on; of others five messages in a row that
	 * are not taken say so */
	bool judges_itself;
	struct delivery *(*open)(
	    const struct dest *to, const struct deliver_params *params, struct error *e);
	int (*put)(struct delivery *d, const struct message *m, struct error *e);
	/* the next four may be NULL, as said above */
	int (*prepare)(struct delivery *d, struct intent *in, struct error *e);
	int (*commit)(struct delivery *d, struct error *e);
	int (*abort)(struct delivery *d); /* -1: something stays behind, recovery must look */
	/* arrived[i] tells of in->items[i] */
	int (*recover)(const struct dest *to, const struct deliver_params *params,
	    const struct intent *in, bool *arrived, struct error *e);
	void (*close)(struct delivery *d);
	/* allows a process that delivers there what it needs (util/sandbox.h); NULL: nothing */
	void (*needs)(
	    const struct dest *to, const struct deliver_params *params, struct sandbox *s);
};

extern const struct deliver_kind *const deliver_kinds[]; /* ends in NULL */

/* The kind of that name; NULL without one. */
const struct deliver_kind *deliver_kind_find(const char *name);

struct dest *dest_new(const struct deliver_kind *kind, const char *place);
struct dest *dest_new_route(const struct deliver_kind *kind, struct route *route); /* takes it */
/* From its name, as a journal has it; NULL when there is no such kind. */
struct dest *dest_parse(const char *name);
void dest_free(struct dest *d);

#endif
