#include "deliver/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "deliver/envelope.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/stuff.h"
#include "net/dial.h"
#include "net/ownname.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

#define TRACE_MAX (4 * KiB)
#define PUT_OFF_MAX                                                                                \
	5 /* messages in a row of which nobody is served: the server is out of order               \
	   */

struct onward {
	struct delivery delivery;
	const struct deliver_params *params;
	const struct dest *dest;
	struct smtp_params smtp;
	struct smtp *session; /* NULL: not connected */
	unsigned put_off;     /* so many messages in a row */
};

/* One message on its way. */
struct letter {
	const struct message *m;
	uint64_t skip; /* bytes of a From_ line at its beginning */
	struct slice head;
	struct buf trace;
	char sender[ADDR_MAX];
	struct words_list recipients;
	enum smtp_fate *fates; /* of each recipient */
	struct smtp_mail mail; /* those of one transaction */
	struct smtp_recipient to[SMTP_RECIPIENTS_MAX];
	size_t at[SMTP_RECIPIENTS_MAX]; /* their places in recipients */
	bool doubtful;                  /* sent, and the server's word on it never came */
};

/* ---- opening ---- */

static struct delivery *
onward_open(const struct dest *to, const struct deliver_params *params, struct error *e)
{
	const struct relay *relay = NULL;
	struct onward *o;

	for (size_t i = 0; i < params->nrelays && relay == NULL; i++)
		if (strcmp(params->relays[i].name, to->route->relay) == 0)
			relay = &params->relays[i];
	if (relay == NULL) {
		(void)error_set(
		    e, ERR_CONFIG, "there is no relay \"%s\" in the config", to->route->relay);
		return NULL;
	}
	o = xcalloc(1, sizeof(*o));
	o->delivery.kind = to->kind;
	o->params = params;
	o->dest = to;
	o->smtp = relay->smtp;
	o->smtp.lmtp = to->kind == &deliver_lmtp;
	return &o->delivery;
}

static void
hang_up(struct onward *o)
{
	smtp_close(o->session);
	o->session = NULL;
}

static void
onward_close(struct delivery *d)
{
	struct onward *o = (struct onward *)d;

	hang_up(o);
	free(o);
}

/* ---- the message ---- */

/* A From_ line is no part of the message (and "From :", as RFC 822 allowed, is a field). */
static uint64_t
from_line_length(struct slice head)
{
	struct slice rest = head;
	struct header h;

	if (!slice_skip(&rest, "From ") || (rest = head, !header_next(&rest, &h)) || h.name.len > 0)
		return 0;
	rest = head;
	(void)slice_line(&rest);
	return head.len - rest.len;
}

static int
walk(const struct letter *l, int (*take)(void *ctx, struct slice bytes, struct error *e), void *ctx,
    struct error *e)
{
	struct message_cursor cursor = { .at = l->skip };
	bool final = l->m->length == l->skip;
	struct slice bytes;
	int rc = 0;

	while (rc == 0 && !final) {
		if ((rc = message_next(l->m, &cursor, &bytes, &final, e)) == 0)
			rc = take(ctx, bytes, e);
		cursor.at += bytes.len;
	}
	message_cursor_free(&cursor);
	return rc;
}

static int
take_measure(void *ctx, struct slice bytes, struct error *e)
{
	(void)e;
	measure(ctx, bytes);
	return 0;
}

static int
take_data(void *ctx, struct slice bytes, struct error *e)
{
	return smtp_data(ctx, bytes, e);
}

/* The header of a message, without what follows it. */
static struct slice
header_of(struct slice head)
{
	struct slice rest = head;
	struct header h;

	while (header_next(&rest, &h))
		continue;
	return (struct slice){ head.p, head.len - rest.len };
}

static void
make_trace(const struct onward *o, struct letter *l)
{
	const char *by = ownname_full();
	const char *from = o->params->source;
	char *literal = xasprintf("[%s%s]", strchr(from, ':') != NULL ? "IPv6:" : "", from);
	struct received r = {
		.from = dial_is_address(from) ? literal : from,
		.by = by != NULL ? by : "localhost",
		.protocol = o->params->protocol,
		.to = l->recipients.n == 1 ? l->recipients.word[0] : NULL,
		.epoch = clock_epoch(),
	};

	received_format(&r, &l->trace);
	free(literal);
}

/* Whom it is for: 0, or 1 as put does. */
static int
find_recipients(const struct onward *o, struct letter *l, struct error *e)
{
	const struct route *route = o->dest->route;

	if (route_recipients(route, &o->params->to, l->head, &l->recipients) == -1)
		(void)error_set(e, ERR_REFUSED,
		    "the message's first %s names more than %d recipients", route->header,
		    ROUTE_RECIPIENTS_MAX);
	else if (l->recipients.n == 0)
		(void)error_set(e, ERR_REFUSED,
		    "the message's first %s names nobody in these domains", route->header);
	else
		return 0;
	return 1;
}

/* Learns all about the message that the server is to be told. 0, 1 as put does, or -1. */
static int
address(const struct onward *o, struct letter *l, struct error *e)
{
	struct measure size = { .size = 0 };
	struct slice header;

	l->skip = from_line_length(l->m->head);
	l->head = (struct slice){ l->m->head.p + l->skip, l->m->head.len - (size_t)l->skip };
	header = header_of(l->head);
	if (received_count(l->head) > RECEIVED_MOST) {
		(void)error_set(e, ERR_REFUSED,
		    "the message goes round in circles: it has more than %d Received lines",
		    RECEIVED_MOST);
		return 1;
	}
	if (find_recipients(o, l, e) == 1)
		return 1;
	l->fates = xcalloc(l->recipients.n, sizeof(*l->fates));
	(void)envelope_sender(l->head, o->params->smtp_from, l->sender);
	make_trace(o, l);
	measure(&size, buf_slice(&l->trace));
	if (walk(l, take_measure, &size, e) == -1)
		return -1;
	measure_end(&size);
	l->mail.sender = l->sender;
	l->mail.size = size.size;
	l->mail.eight_bit = size.eight_bit;
	l->mail.utf8_header = !text_is_ascii(header) && text_is_utf8(header);
	l->mail.to = l->to;
	return 0;
}

static void
letter_free(struct letter *l)
{
	buf_free(&l->trace);
	words_list_free(&l->recipients);
	free(l->fates);
}

/* ---- who has it ---- */

/* How the journal calls a recipient: as a target that serves this one alone. */
static char *
part_name(const struct onward *o, const char *recipient)
{
	return xasprintf("%s:%s:%s", o->dest->kind->name, o->dest->route->relay, recipient);
}

/* Recalls which recipients have the message from an earlier run. */
static void
recall(const struct onward *o, struct letter *l)
{
	for (size_t i = 0; i < l->recipients.n; i++) {
		char *part = part_name(o, l->recipients.word[i]);

		if (o->params->ledger->has(o->params->ledger, l->m, part))
			l->fates[i] = SMTP_ACCEPTED;
		free(part);
	}
}

static size_t
count_fates(const struct letter *l, enum smtp_fate fate)
{
	size_t n = 0;

	for (size_t i = 0; i < l->recipients.n; i++)
		n += l->fates[i] == fate;
	return n;
}

/*
 * Takes over what has become of the recipients of a transaction. Whom it has newly reached is
 * noted, in one write, unless they make it all: then the engine notes that.
 */
static int
take_over(const struct onward *o, struct letter *l, struct error *e)
{
	const char *parts[SMTP_RECIPIENTS_MAX];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < l->mail.n; i++) {
		if (l->fates[l->at[i]] != SMTP_ACCEPTED && l->to[i].fate == SMTP_ACCEPTED)
			parts[n++] = part_name(o, l->to[i].address);
		l->fates[l->at[i]] = l->to[i].fate;
	}
	if (n > 0 && count_fates(l, SMTP_ACCEPTED) < l->recipients.n)
		rc = o->params->ledger->note(o->params->ledger, l->m, parts, n, e);
	while (n > 0)
		free((char *)(uintptr_t)parts[--n]);
	return rc;
}

/* ---- transactions ---- */

/* Those who are still to be asked for; false when nobody is. */
static bool
gather(struct letter *l)
{
	l->mail.n = 0;
	for (size_t i = 0; i < l->recipients.n && l->mail.n < SMTP_RECIPIENTS_MAX; i++)
		if (l->fates[i] == SMTP_PENDING) {
			l->at[l->mail.n] = i;
			l->to[l->mail.n++] =
			    (struct smtp_recipient){ .address = l->recipients.word[i] };
		}
	return l->mail.n > 0;
}

/* The message, and what the server says to it. */
static int
hand_over(struct onward *o, struct letter *l, struct error *e)
{
	if (smtp_data(o->session, buf_slice(&l->trace), e) == -1 ||
	    walk(l, take_data, o->session, e) == -1 || smtp_end(o->session, e) == -1)
		return -1;
	while (smtp_waits(&l->mail)) {
		if (smtp_verdict(o->session, &l->mail, e) == -1) {
			l->doubtful = true;
			return -1;
		}
		if (take_over(o, l, e) == -1)
			return -1;
	}
	return 0;
}

/* Who was one too many gets a transaction of his own, if this one has served anybody. */
static void
ask_again(struct letter *l)
{
	bool served = false;

	for (size_t i = 0; i < l->mail.n; i++)
		served = served || l->to[i].fate == SMTP_ACCEPTED;
	for (size_t i = 0; served && i < l->mail.n; i++)
		if (l->to[i].fate == SMTP_PUT_OFF && l->to[i].too_many)
			l->fates[l->at[i]] = SMTP_PENDING;
}

/* All transactions that the message needs. -1 when the connection fails. */
static int
transact(struct onward *o, struct letter *l, struct error *e)
{
	while (gather(l)) {
		if (smtp_begin(o->session, &l->mail, e) == -1)
			return -1;
		if (smtp_waits(&l->mail) && hand_over(o, l, e) == -1)
			return -1;
		if (take_over(o, l, e) == -1)
			return -1;
		ask_again(l);
	}
	return 0;
}

/*
 * The same, over a new connection if there is none, and over another one if the server has ended
 * this one, which had served earlier messages well.
 */
static int
send_letter(struct onward *o, struct letter *l, struct error *e)
{
	struct error why = { .cls = ERR_OK };

	for (;;) {
		bool used;

		if (o->session == NULL && (o->session = smtp_open(&o->smtp, &why)) == NULL)
			return error_set(e, why.cls, "%s", why.msg);
		used = smtp_is_used(o->session);
		if (transact(o, l, &why) == 0) {
			if (smtp_is_ending(o->session))
				hang_up(o);
			return 0;
		}
		hang_up(o);
		if (!used || l->doubtful || o->params->ledger->failed(o->params->ledger))
			return error_set(e, why.cls, "%s", why.msg);
		log_info("%s; connecting once more", why.msg);
		why.cls = ERR_OK;
	}
}

/* ---- put ---- */

/* What has become of it, as put's result. */
static int
judge(struct onward *o, const struct letter *l, struct error *e)
{
	size_t held = count_fates(l, SMTP_ACCEPTED);
	size_t put_off = count_fates(l, SMTP_PUT_OFF);
	const struct error *why;

	o->put_off = put_off > 0 && held == 0 ? o->put_off + 1 : 0;
	if (held == l->recipients.n)
		return 0;
	if (o->put_off == PUT_OFF_MAX)
		return error_set(
		    e, ERR_TEMP, "%s, %d times in a row", l->mail.put_off.msg, PUT_OFF_MAX);
	why = put_off > 0 ? &l->mail.put_off : &l->mail.refused;
	(void)error_set(e, why->cls, "%s", why->msg);
	return 1;
}

/* The connection has failed: of no use for the rest of the run, unless only this is in doubt. */
static int
judge_failure(struct onward *o, const struct letter *l, const struct error *why, struct error *e)
{
	if (!l->doubtful || ++o->put_off == PUT_OFF_MAX)
		return error_set(e, why->cls, "%s", why->msg);
	log_warn(
	    "%s, after the message and before the server's answer to it: it goes once more and "
	    "may arrive twice",
	    why->msg);
	(void)error_set(e, ERR_TEMP, "%s", why->msg);
	return 1;
}

static int
onward_put(struct delivery *d, const struct message *m, struct error *e)
{
	struct onward *o = (struct onward *)d;
	struct letter l = { .m = m, .trace = BUF_INIT(TRACE_MAX) };
	struct error why = { .cls = ERR_OK };
	int rc = address(o, &l, e);

	if (rc == 0) {
		recall(o, &l);
		rc =
		    send_letter(o, &l, &why) == 0 ? judge(o, &l, e) : judge_failure(o, &l, &why, e);
	}
	letter_free(&l);
	return rc;
}

const struct deliver_kind deliver_smtp = {
	.name = "smtp",
	.argument = ROUTE_WANTS,
	.takes_route = true,
	.judges_itself = true,
	.open = onward_open,
	.put = onward_put,
	.close = onward_close,
};

const struct deliver_kind deliver_lmtp = {
	.name = "lmtp",
	.argument = ROUTE_WANTS,
	.takes_route = true,
	.judges_itself = true,
	.open = onward_open,
	.put = onward_put,
	.close = onward_close,
};
