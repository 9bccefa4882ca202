/*
 * run.h - what the steps of one account's run share. Only for engine/.
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/batch.h"
#include "engine/engine.h"
#include "engine/occurrence.h"
#include "pop3/pop3.h"
#include "state/journal.h"
#include "util/digest.h"
#include "util/util.h"

/* What is to become, or has become, of a message in the listing. */
enum fate {
	FATE_LEAVE,        /* stays on the server: delivered earlier, skipped, or later's turn */
	FATE_HEADER,       /* the rules want to see its header first */
	FATE_FETCH,        /* to be retrieved and delivered */
	FATE_FETCH_DECIDE, /* to be retrieved; the rules decide then, as TOP is not to be had */
	FATE_DELIVERED,    /* by this run, to every target; the journal knows */
	FATE_DELETE,       /* to be deleted: delivered earlier, or a rule says so */
	FATE_DELETING      /* marked by DELE, which QUIT makes true */
};

/* A target of the account, open for the run. */
struct target {
	const struct dest *dest;
	struct delivery *delivery;
	bool down;        /* it failed: nothing more for it in this run */
	unsigned put_off; /* so many messages in a row were not taken for now */
};

/* What a relay's parameters point to, beside the config. */
struct engine_relay {
	char *user, *secret; /* NULL: no login */
	struct tls_identity *identity;
};

struct run_ledger {
	struct ledger ledger; /* for targets; the first member */
	struct run *run;
	struct error trouble; /* the journal's: the run cannot go on */
};

struct run {
	const struct account *account;
	const struct engine_options *options;
	struct engine_result *result;

	int lock_fd;
	struct journal *journal;
	char *state_dir; /* for temporary files */
	char rules_digest[DIGEST_HEX];

	struct tls_params tls_params;
	struct tls_identity *identity; /* NULL: none */
	bool look_only;                /* the certificate is to be looked at, not insisted upon */
	struct pop3_params pop3_params;
	char *user, *secret;
	struct pop3 *pop3;
	bool in_the_open; /* everybody on the way can read what is said */
	struct listing listing;
	uint8_t *fates; /* enum fate of each entry of the listing */
	/* by the first place of each UID that occurs twice: whether one of them is new */
	bool *undelivered;

	struct deliver_params deliver_params;
	struct relay *relays; /* as many as the account names */
	struct engine_relay *relays_kept;
	struct run_ledger ledger;
	struct target *targets;
	size_t ntargets;
	struct target fallback; /* for refused messages; its delivery is NULL: none */
	struct batch batch;
	struct occurrences occurrences; /* for servers without UIDs ... */
	char **content_keys;            /* ... the keys of entries so far; NULL for one with UIDs */

	struct engine_progress progress; /* as far as whole messages go */

	struct error trouble; /* the worst of what a message or target suffered; told at the end */
};

/* Makes a run of what is known without a look at anything; frees it, in whatever state it is. */
void run_init(struct run *r, const struct account *a, const struct engine_options *o,
    struct engine_result *res);
void run_free(struct run *r);

/* The steps. Each returns 0, or -1 with *e set and the run to be ended. */
int recover_deliveries(struct run *r, struct error *e);
int enter_account(struct run *r, struct error *e);
int plan_messages(struct run *r, struct error *e);
int retrieve_messages(struct run *r, struct error *e);
int commit_batch(struct run *r, struct error *e);
int finish_session(struct run *r, struct error *e);
int compact_journal(struct run *r, struct error *e);

/*
 * Stop (ERR_TEMP) what is about to fetch a whole mailbox again: because the account had a journal
 * and has none any more, to be asked before one is made; or because the server's UIDs are all new
 * ones.
 */
int check_journal_is_there(const struct run *r, struct error *e);
int check_uids_are_known(struct run *r, struct error *e);

/* On a terminal, a word about a first run that fetches very many messages. */
void announce_first_run(struct run *r);

/* Connects, up to the greeting; with tls pop3s in TLS. Fills in the parameters. */
int greet_account(struct run *r, struct error *e);

/*
 * Takes over the password or token until the login is over (NULL: it is), and hides it from all
 * that is printed. The one before is wiped.
 */
void hold_secret(struct run *r, char *secret);

/* Logs in, as the config says or as is best, and lists. */
int log_in(struct run *r, struct error *e);

/*
 * Reads the client certificate of an account or relay, if it has one and TLS to show it in; may ask
 * a person for its passphrase.
 */
int load_identity(const struct account *a, struct tls_identity **identity, struct error *e);

/* A delivering run's beginning and end, around the steps: run_end() returns what it came to. */
void run_begin(struct run *r, const struct account *a, const struct engine_options *o,
    struct engine_result *res);
int run_end(struct run *r, int rc, struct error *e);

/* Gives up what this session does not need: before the server gets to say anything. */
int confine(struct run *r, bool delivers, struct error *e);
/* The same for a session with a relay alone. */
int confine_to_relay(const struct account *relay, struct error *e);
/* What it comes to for a run that delivers, in words; to be asked before. A new string. */
char *describe_confinement(const struct account *a);

int prepare_state(struct run *r, struct error *e); /* lock, journal, recovery */
int open_targets(struct run *r, struct error *e);
int prepare_relays(struct run *r, struct error *e);
void free_relays(struct run *r);
void ledger_init(struct run *r);

#define HEAD_MAX (256 * KiB) /* of a header: what anybody gets to see */

/* Reads a header, behind a positive reply to TOP; what is longer than HEAD_MAX is left out. */
int read_head(struct run *r, char head[static HEAD_MAX], size_t *len, struct error *e);

/* What the steps ask and note about single messages (fates.c). */

/*
 * The journal's name for a message: a new string, empty for a server without UIDs until the
 * message has been retrieved.
 */
char *entry_key(const struct run *r, const struct listing_entry *en);

/* Names a message of a server without UIDs by its content. Takes the key over. */
void name_entry(struct run *r, size_t place, char *key);

/* Whether every target has the message already, as the journal says. */
bool held_by_all(const struct run *r, struct slice key);

/* Notes what is to be told at the end, unless something worse (error_worse()) is noted already. */
void note_trouble(struct run *r, const struct error *why);

/* Notes that a rule leaves a message on the server, so that it is not asked about again. */
void note_skip(struct run *r, const struct listing_entry *en);

/* Notes and logs what has befallen a message. */
void note_mishap(struct run *r, const struct listing_entry *en, enum errclass cls, const char *why);

/* The same of one that could not be fetched, or was refused, which is journalled. */
void note_failure(
    struct run *r, const struct listing_entry *en, enum errclass cls, const char *why);

/* The numbers of all entries with that fate, and their places; both new arrays. */
size_t collect_numbers(
    const struct run *r, unsigned fates_mask, uint32_t **numbers, uint32_t **places);
#define FATE_BIT(f) (1u << (f))

#endif
