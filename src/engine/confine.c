/*
 * What a process that talks to an account's server gives up, when the passwords are read, the
 * journal is open and deliveries that a crash has cut are dealt with. What it needs beyond that,
 * each folder below knows.
 */
#include <stdlib.h>

#include "config/secret.h"
#include "engine/run.h"
#include "net/needs.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/sandbox.h"
#include "util/util.h"

static void
needs_of_server(const struct account *a, struct sandbox *s)
{
	struct way way = account_way(a);

	net_needs(&way, a->tls_ca, s);
}

static void
needs_of_target(const struct dest *d, const struct deliver_params *params, struct sandbox *s)
{
	if (d->kind->needs != NULL)
		d->kind->needs(d, params, s);
}

static void
needs_of_targets(const struct account *a, const struct deliver_params *params, struct sandbox *s)
{
	const struct dest *d;

	TAILQ_FOREACH(d, &a->dests, link)
		needs_of_target(d, params, s);
	if (a->refused_dest != NULL)
		needs_of_target(a->refused_dest, params, s);
	for (size_t i = 0; i < a->nrelays; i++)
		needs_of_server(a->relays[i], s);
}

/*
 * All that the account needs, of its targets only if there are params to deliver by. The directory
 * of the journal is that of its lock and of temporary files, too.
 */
static struct sandbox *
sandbox_of(
    const struct account *a, enum sandbox_access journal, const struct deliver_params *params)
{
	struct sandbox *s = sandbox_new();
	char *dir;

	if (!a->sandbox) {
		sandbox_prevent(s, "the config says \"sandbox no\"");
		return s;
	}
	dir = path_dirname(a->state);
	sandbox_allow(s, dir, journal);
	free(dir);
	needs_of_server(a, s);
	if (params != NULL)
		needs_of_targets(a, params, s);
	secret_delegate(a, s);
	return s;
}

int
confine(struct run *r, bool delivers, struct error *e)
{
	/* who has not locked it does not write to it */
	struct sandbox *s = sandbox_of(r->account, r->lock_fd != -1 ? SANDBOX_WRITE : SANDBOX_READ,
	    delivers ? &r->deliver_params : NULL);
	int rc = sandbox_enter(s, e);

	sandbox_free(s);
	return rc;
}

int
confine_to_relay(const struct account *relay, struct error *e)
{
	struct sandbox *s = sandbox_new();
	int rc;

	needs_of_server(relay, s);
	rc = sandbox_enter(s, e);
	sandbox_free(s);
	return rc;
}

char *
describe_confinement(const struct account *a)
{
	struct deliver_params params = { .mbox_lock = (enum mbox_lock_kind)a->mbox_lock };
	struct buf out = BUF_INIT(64 * KiB);
	struct sandbox *s = sandbox_of(a, SANDBOX_WRITE, &params);
	char *words;

	sandbox_describe(s, &out);
	sandbox_free(s);
	words = xstrndup(out.p, out.len);
	buf_free(&out);
	return words;
}
