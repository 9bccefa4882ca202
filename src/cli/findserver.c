#include "cli/findserver.h"

#include <stdio.h>

#include "cli/each.h"
#include "engine/engine.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/util.h"

#define SERVERS_MAX 12
#define PROBE_S 10

static size_t
add_by_srv(struct found_server *list, size_t n, const char *domain, const char *service,
    enum account_tls tls)
{
	struct srv found[4];
	size_t k = srv_find(service, domain, found, nitems(found));

	for (size_t i = 0; i < k && n < SERVERS_MAX; i++)
		list[n++] =
		    (struct found_server){ found[i], tls, "by the SRV record of the domain" };
	return n;
}

static size_t
add_by_name(struct found_server *list, size_t n, const char *domain, const char *host)
{
	for (int tls = ACCOUNT_POP3S; tls <= ACCOUNT_STLS && n < SERVERS_MAX; tls++) {
		struct found_server *s = &list[n++];

		*s = (struct found_server){ .tls = tls, .how = "by its name" };
		s->at.port = tls == ACCOUNT_POP3S ? 995 : 110;
		(void)snprintf(s->at.host, sizeof(s->at.host), "%s.%s", host, domain);
	}
	return n;
}

static enum errclass
probe(const struct each *each, size_t i)
{
	struct error e = { .cls = ERR_OK };

	if (engine_probe(each->accounts[i], &e) == -1)
		log_info("%s", e.msg);
	return e.cls;
}

/* Whether a server with a trustworthy certificate answers there. */
static bool
answers(const struct found_server *s)
{
	struct account *a = account_new("init", "");
	struct error e = { .cls = ERR_OK };
	bool ok;

	a->host = xstrdup(s->at.host);
	a->port = s->at.port;
	a->tls = s->tls;
	a->timeout_s = PROBE_S;
	if (account_finish(a, &e) == -1)
		log_info("%s", e.msg);
	ok = e.cls == ERR_OK && each_apart(probe, a) == ERR_OK;
	account_free(a);
	return ok;
}

bool
find_server(const char *domain, struct found_server *out)
{
	struct found_server list[SERVERS_MAX];
	size_t n = add_by_srv(list, 0, domain, "_pop3s._tcp", ACCOUNT_POP3S);

	n = add_by_srv(list, n, domain, "_pop3._tcp", ACCOUNT_STLS);
	n = add_by_name(list, n, domain, "pop");
	n = add_by_name(list, n, domain, "mail");
	for (size_t i = 0; i < n && !stop_asked(); i++)
		if (answers(&list[i])) {
			*out = list[i];
			return true;
		}
	return false;
}
