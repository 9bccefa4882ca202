#include <stdlib.h>
#include <string.h>

#include "config/relay.h"
#include "config/url.h"
#include "util/mem.h"
#include "util/path.h"

#define TIMEOUT_S 60

struct account *
account_new(const char *name, const char *where)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->name = xstrdup(name);
	a->where = xstrdup(where);
	a->timeout_s = TIMEOUT_S;
	a->tls_verify = 1;
	a->sandbox = 1;
	a->keep_s = KEEP_NO;
	a->rules = ruleset_new();
	TAILQ_INIT(&a->dests);
	return a;
}

void
account_free(struct account *a)
{
	struct dest *d;

	if (a == NULL)
		return;
	while ((d = TAILQ_FIRST(&a->dests)) != NULL) {
		TAILQ_REMOVE(&a->dests, d, link);
		dest_free(d);
	}
	dest_free(a->refused_dest);
	ruleset_free(a->rules);
	for (size_t i = 0; i < a->n_tls_fingerprints; i++)
		free(a->tls_fingerprints[i]);
	free(a->tls_fingerprints);
	free_secret(a->password);
	free(a->password_command);
	free(a->password_file);
	free(a->tls_ca);
	free(a->tls_cert);
	free(a->tls_key);
	free(a->host);
	free(a->socket);
	free(a->connect_command);
	free(a->source_address);
	free(a->user);
	free(a->smtp_from);
	free(a->relays);
	free(a->state);
	free(a->where);
	free(a->name);
	free(a);
}

static char *
default_state(const struct account *a)
{
	const char *dir = getenv("XDG_STATE_HOME");

	if (dir != NULL && *dir == '/')
		return xasprintf("%s/haulmail/%s", dir, a->name);
	return xasprintf("%s/.local/state/haulmail/%s", path_home(), a->name);
}

/* The user's system mailbox. */
static struct dest *
default_dest(void)
{
	const struct deliver_kind *mbox = deliver_kind_find("mbox");
	const char *mail = getenv("MAIL");
	struct dest *d;
	char *path;

	if (mail != NULL && *mail == '/')
		return dest_new(mbox, mail);
	path = xasprintf("/var/mail/%s", path_login());
	d = dest_new(mbox, path);
	free(path);
	return d;
}

/* Size goes last: max-size is "filter skip size > N" behind all other rules. */
static int
add_max_size(struct account *a, struct error *e)
{
	char *size = xasprintf("%llu", (unsigned long long)a->max_size);
	const char *rule[] = { "skip", "size", ">", size };
	size_t bad;
	int rc = ruleset_add(a->rules, rule, 4, &bad, e);

	free(size);
	a->max_size_in_rules = rc == 0;
	return rc;
}

/* One file may hold both. */
static int
finish_identity(struct account *a, struct error *e)
{
	if (a->tls_key != NULL && a->tls_cert == NULL)
		return error_set(e, ERR_CONFIG,
		    "%s \"%s\": \"tls-key\" needs \"tls-cert\", the certificate it belongs to",
		    a->is_relay ? "relay" : "account", a->name);
	if (a->tls_cert != NULL && a->tls_key == NULL)
		a->tls_key = xstrdup(a->tls_cert);
	return 0;
}

const char *
account_server(const struct account *a)
{
	if (a->host != NULL)
		return a->host;
	return a->socket != NULL ? a->socket : "connect-command";
}

struct way
account_way(const struct account *a)
{
	return (struct way){
		.to = { .host = a->host, .port = (uint16_t)a->port, .source = a->source_address },
		.socket = a->socket,
		.command = a->connect_command,
		.peer = account_server(a),
	};
}

struct tls_params
account_tls(const struct account *a, const struct tls_identity *identity)
{
	return (struct tls_params){
		.verify = a->tls_verify,
		.ca = a->tls_ca,
		.fingerprints = (const char *const *)a->tls_fingerprints,
		.nfingerprints = a->n_tls_fingerprints,
		.min_version = (enum tls_version)a->tls_min_version,
		.identity = identity,
	};
}

const char *
account_word(const struct account *a)
{
	return url_is(a->where) ? a->where : a->name;
}

bool
account_has_secret(const struct account *a)
{
	return a->password != NULL || a->password_command != NULL || a->password_file != NULL;
}

static void
fill_in(struct account *a)
{
	if (a->user == NULL) {
		a->user = xstrdup(path_login());
		a->user_guessed = !account_has_secret(a);
	}
	if (a->port == 0 && a->socket == NULL)
		a->port = a->tls == ACCOUNT_POP3S ? 995 : 110;
	if (a->state == NULL)
		a->state = default_state(a);
	if (TAILQ_EMPTY(&a->dests)) {
		struct dest *d = default_dest();

		TAILQ_INSERT_TAIL(&a->dests, d, link);
	}
}

/* What leads to the server, and what its certificate is checked against. */
static int
check_way(const struct account *a, struct error *e)
{
	const char *instead = a->socket != NULL ? "socket" : "connect-command";
	const char *what = a->is_relay ? "relay" : "account";
	bool clear = a->is_relay ? a->relay_tls == SMTP_TLS_OFF : a->tls == ACCOUNT_TLS_OFF;

	if (a->socket != NULL && a->connect_command != NULL)
		return error_set(e, ERR_CONFIG,
		    "%s \"%s\": \"socket\" and \"connect-command\" exclude each other", what,
		    a->name);
	if (a->socket == NULL && a->connect_command == NULL) {
		if (a->host == NULL)
			return error_set(e, ERR_CONFIG, "%s \"%s\" has no host", what, a->name);
		return 0;
	}
	if (a->host == NULL && !clear)
		return error_set(e, ERR_CONFIG,
		    "%s \"%s\": beside \"%s\" it needs \"host\", the name in the server's "
		    "certificate, or \"tls off\"",
		    what, a->name, instead);
	if (a->source_address != NULL || (a->socket != NULL && a->port != 0))
		return error_set(e, ERR_CONFIG, "%s \"%s\": \"%s\" has no use for \"%s\"", what,
		    a->name, instead, a->source_address != NULL ? "source-address" : "port");
	return 0;
}

/* Settings of which each is right, but not beside the others. */
static int
check_agreement(const struct account *a, struct error *e)
{
	const struct dest *d;

	if (a->refused_dest != NULL)
		TAILQ_FOREACH(d, &a->dests, link)
			if (strcmp(d->name, a->refused_dest->name) == 0)
				return error_set(e, ERR_CONFIG,
				    "account \"%s\": \"refused\" names a target of \"deliver\"",
				    a->name);
	if (a->keep_s == KEEP_YES && ruleset_has(a->rules, FILTER_DELETE))
		return error_set(e, ERR_CONFIG,
		    "account \"%s\": \"keep yes\" and \"filter delete\" contradict each other",
		    a->name);
	if ((a->password != NULL) + (a->password_command != NULL) + (a->password_file != NULL) > 1)
		return error_set(e, ERR_CONFIG,
		    "%s \"%s\": more than one of password, password-command and password-file",
		    a->is_relay ? "relay" : "account", a->name);
	return a->is_relay ? relay_check(a, e) : 0;
}

int
account_finish(struct account *a, struct error *e)
{
	if (a->is_relay)
		relay_fill_in(a);
	if (check_way(a, e) == -1)
		return -1;
	if (!a->is_relay)
		fill_in(a);
	if (finish_identity(a, e) == -1)
		return -1;
	if (a->max_size > 0 && add_max_size(a, e) == -1)
		return -1;
	return check_agreement(a, e);
}
