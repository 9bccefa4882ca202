/*
 * Listing the maildrop, in one flight with the end of the login where the server allows it.
 */
#include "pop3/client.h"

/* ---- listing ---- */

static int
stat_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok)
		return client_refused(p, &st, ERR_TEMP, "STAT", e);
	listing_stat(l, st.text);
	return 0;
}

/* Reads a multi-line listing, one line to add(). */
static int
read_listing(struct pop3 *p, struct listing *l, void (*add)(struct listing *l, struct slice line),
    struct error *e)
{
	struct slice line;
	bool end = false;

	for (size_t n = 0; !end; n++) {
		if (n > LISTING_MAX)
			return error_set(
			    e, ERR_PROTO, "%s: a listing without end", stream_peer(p->s));
		if (client_read_line(p, &line, &end, e) == -1)
			return -1;
		if (!end)
			add(l, line);
	}
	return 0;
}

static int
uidl_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok && (p->caps.uidl || pop3_status_class(&st, ERR_OK) == ERR_TEMP))
		return client_refused(p, &st, ERR_TEMP, "the server does not list its UIDs now", e);
	if (!st.ok)
		return 0; /* a server without UIDL */
	l->has_uids = true;
	if (read_listing(p, l, listing_uidl_line, e) == -1)
		return -1;
	listing_uidl_end(l);
	return 0;
}

static int
list_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok)
		return client_refused(p, &st, ERR_TEMP, "LIST", e);
	return read_listing(p, l, listing_list_line, e);
}

static int
last_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;
	uint64_t n;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (st.ok && slice_number(slice_word(&st.text), UINT32_MAX, &n)) {
		l->has_last = true;
		l->last = (uint32_t)n;
	}
	return 0;
}

/* ---- logging in and listing in one flight ---- */

/* Only for the next session, and if this login fails: it is under way. */
static int
capa_before_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_caps assumed = p->caps;

	if (client_capa_reply(p, l, e) == -1)
		return -1;
	p->before_login = p->caps;
	pop3_assume(p, &assumed);
	return 0;
}

static int
capa_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_caps before = p->before_login.known ? p->before_login : p->caps;

	if (client_capa_reply(p, l, e) == -1)
		return -1;
	if (p->caps.known)
		pop3_caps_keep_logins(&p->caps, &before);
	return 0;
}

static int
enter(struct pop3 *p, struct listing *l, struct error *e)
{
	static const struct client_step capa_before = { "CAPA", NULL, capa_before_reply, false };
	static const struct client_step capa = { "CAPA", NULL, capa_reply, false };
	static const struct client_step list[] = {
		{ "STAT", NULL, stat_reply, false },
		{ "UIDL", NULL, uidl_reply, false },
		{ "LIST", NULL, list_reply, false },
	};
	static const struct client_step last = { "LAST", NULL, last_reply, false };
	struct client_step steps[FLIGHT_MAX] = { capa_before };
	size_t n = 1, first = 1;

	if (login_begin(p, steps, &n, e) == -1)
		return -1;
	/* many tell of SASL only before the login; there might be a stronger one by now */
	if (p->assumed && p->params->auth == POP3_AUTH_AUTO && p->auth.lines == 0 &&
	    client_may_pipeline(p))
		first = 0;
	/* some providers announce PIPELINING only to those who have logged in */
	if (p->assumed || (p->caps.known && !p->caps.pipelining))
		steps[n++] = capa;
	for (size_t i = 0; i < nitems(list); i++)
		steps[n++] = list[i];
	if (client_fly(p, steps + first, n - first, l, e) == -1 ||
	    (!l->has_uids && client_fly(p, &last, 1, l, e) == -1))
		return -1;
	listing_end(l);
	return 0;
}

int
pop3_enter(struct pop3 *p, struct listing *l, struct error *e)
{
	int rc = enter(p, l, e);

	auth_end(p);
	return rc;
}
