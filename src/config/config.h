/*
 * config.h - the config file, and what it says of each account. Read this first in config/.
 *
 * Here:      reading files into accounts (file.c), the table of keywords (options.h) and what
 *            parses, checks and prints the value of each (values.h), suggestions for misspelt ones
 *            (suggest.h), where passwords come from (secret.h, netrc.h), accounts and settings of
 *            the command line (url.h, adhoc.h), configs and state files of other programs
 *            (import.h).
 * Not here:  any protocol: the engine turns an account into the parameters of pop3/ and net/.
 * Order:     settings of "defaults" hold for the accounts below them. An account's own setting
 *            replaces the default, its own deliver lines, fingerprints and password (in whatever
 *            form) those of defaults together, and so a socket or connect-command; filters add up,
 *            defaults first.
 *            Relays take from defaults only what is this machine's: their timeout, TLS
 *            identity and authorities, and source address; never a name or a password.
 * Ownership: the config owns its accounts and relays, they own their strings.
 * Errors:    all problems of a file are gathered as "file:line:column: words", so that a user sees
 *            them at once; a config with problems must not be used to fetch.
 *
 * config includes deliver, filter, smtp, net, sasl, mail and util.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "deliver/deliver.h"
#include "filter/filter.h"
#include "net/way.h"
#include "sasl/sasl.h"
#include "util/error.h"

enum account_tls { ACCOUNT_POP3S, ACCOUNT_STLS, ACCOUNT_TLS_OFF };
/* From ACCOUNT_AUTH_SASL on: SASL mechanisms, by account_auth_word(). */
enum account_auth { ACCOUNT_AUTH_AUTO, ACCOUNT_AUTH_USER, ACCOUNT_AUTH_APOP, ACCOUNT_AUTH_SASL };
enum account_switch { ACCOUNT_AUTO, ACCOUNT_ON, ACCOUNT_OFF };

enum account_refused { REFUSED_KEEP, REFUSED_DROP, REFUSED_MBOX };

#define KEEP_NO 0
#define KEEP_YES (-1) /* any other value: seconds after delivery */

/* Settings that an account's own replace together. */
#define INHERITED_DESTS 1u
#define INHERITED_SECRET 2u
#define INHERITED_FINGERPRINTS 4u
#define INHERITED_WAY 8u /* socket and connect-command */

/* A section: an account, or a relay, which has its settings up to the timeout in common. */
struct account {
	TAILQ_ENTRY(account) link;
	char *name;
	char *where; /* "file:line:column" of its section */
	bool is_relay;

	char *host; /* NULL: none, where one of the next two leads to the server */
	char *socket, *connect_command;
	int64_t port; /* 0 with a socket */
	char *source_address;
	char *user;
	bool user_guessed; /* it is the login name; ~/.netrc may know better */
	char *password, *password_command, *password_file;
	int auth; /* enum account_auth, and above it */

	int tls;         /* enum account_tls, of an account */
	int relay_tls;   /* enum smtp_tls, of a relay */
	bool relay_lmtp; /* a target says lmtp */
	int relay_auth;  /* options.h has its name */
	char *tls_ca;
	char **tls_fingerprints;
	size_t n_tls_fingerprints;
	int tls_verify;           /* 0 or 1 */
	int tls_min_version;      /* enum tls_version */
	char *tls_cert, *tls_key; /* both or none */

	int64_t timeout_s;
	int64_t patience_s; /* 0: none */
	int pipelining;     /* enum account_switch */
	int64_t keep_s;     /* KEEP_NO, KEEP_YES or seconds */
	int64_t limit;      /* 0: none */
	uint64_t max_size;  /* 0: none */
	struct ruleset *rules;
	struct dest_list dests;
	int mbox_lock;             /* enum mbox_lock_kind */
	int foreign_owner;         /* 0 or 1 */
	int refused;               /* enum account_refused */
	struct dest *refused_dest; /* for REFUSED_MBOX, else NULL */
	char *smtp_from;           /* NULL: the message's own */
	struct account **relays;   /* those that dests name; the config's */
	size_t nrelays;
	char *state;
	int sandbox; /* 0 or 1 */

	bool in_defaults;       /* while settings of "defaults" are applied to it */
	unsigned inherited;     /* INHERITED_*: groups that only "defaults" has filled */
	bool max_size_in_rules; /* the last rule is max-size */
};

TAILQ_HEAD(account_list, account);

struct problem {
	TAILQ_ENTRY(problem) link;
	char *text;
};

TAILQ_HEAD(problem_list, problem);

struct config {
	char *path;
	struct account_list accounts;
	struct account_list relays;
	struct problem_list problems;
};

/* The file that is read when none is named: a new string. */
char *config_default_path(void);

struct adhoc;

/*
 * Reads the file and what it includes, and applies the settings of the command line (adhoc.h; NULL:
 * none) to the accounts that they are for. Always returns a config; look at its problems. */
struct config *config_load(const char *path, const struct adhoc *x);

/* A config without a file, for accounts that stand in none. */
struct config *config_new(const char *path);

void config_free(struct config *c); /* wipes passwords; NULL does nothing */

/* The account of that name; NULL without one. */
struct account *config_find(const struct config *c, const char *name);

/* The same of a relay. */
struct account *config_find_relay(const struct config *c, const char *name);

/* Finds the relays that the account's targets name. */
int config_link_relays(const struct config *c, struct account *a, struct error *e);

/* Replaces the account's targets by one, "KIND" or "KIND:PLACE"; its relay is to be linked then. */
int account_deliver_to(struct account *a, const char *target, struct error *e);

/* The word of "auth": for those above ACCOUNT_AUTH_SASL the name of a mechanism. */
const char *account_auth_word(const struct account *a);

/* That mechanism; NULL for the logins that are POP3's own. */
const struct sasl_mech *account_mech(const struct account *a);

/* For the modules of this folder, and whoever makes an account without a file. */
struct account *account_new(const char *name, const char *where);
void account_free(struct account *a);

/* How the account is called on a command line: by its URL, if it comes from one. Borrowed. */
const char *account_word(const struct account *a);

/* What stands for the account's server in a message. Borrowed. */
const char *account_server(const struct account *a);

/* What leads to it; points into the account. */
struct way account_way(const struct account *a);

/* What its certificate is checked against; points into the account. */
struct tls_params account_tls(const struct account *a, const struct tls_identity *identity);

/* Whether the config says where the password is. */
bool account_has_secret(const struct account *a);

/* Fills in what depends on other settings, and checks that they agree. */
int account_finish(struct account *a, struct error *e);

#endif
