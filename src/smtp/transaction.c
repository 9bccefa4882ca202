/*
 * One message: MAIL, RCPT, DATA, the message, and what the server says to each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "smtp/features.h"
#include "smtp/session.h"
#include "util/clock.h"
#include "util/text.h"
#include "util/util.h"

#define FLIGHT_ROOM (64 * KiB) /* more than all commands of a transaction */
#define CODE_GO_ON 354
#define CODE_TOO_MANY 452
#define CODE_TOO_MANY_OLD 552 /* RFC 5321 section 4.5.3.1.10 */

static const struct answer no_answer = { .code = 0 };

/* ---- fates ---- */

bool
smtp_waits(const struct smtp_mail *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->to[i].fate == SMTP_TAKEN)
			return true;
	return false;
}

static void
change_fates(struct smtp_mail *m, enum smtp_fate from, enum smtp_fate to)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->to[i].fate == from)
			m->to[i].fate = to;
}

/* What an answer means; the first no of either kind is kept. */
static enum smtp_fate
fate_of(const struct smtp *s, struct smtp_mail *m, const struct answer *a, const char *what)
{
	if (ANSWER_IS_YES(a))
		return SMTP_ACCEPTED;
	if (a->code / 100 == 5) {
		(void)session_refused(s, a, ERR_REFUSED, what, &m->refused);
		return SMTP_REFUSED;
	}
	(void)session_refused(s, a, ERR_TEMP, what, &m->put_off);
	return SMTP_PUT_OFF;
}

/* A yes where none belongs: 3yz to RCPT, 2yz to DATA. */
static int
nonsense(struct smtp *s, const struct answer *a, const char *what, struct error *e)
{
	s->broken = true;
	return session_refused(s, a, ERR_PROTO, what, e);
}

/* ---- can the server take it at all? ---- */

static bool
needs_utf8(const struct smtp_mail *m)
{
	if (!text_is_ascii(slice_str(m->sender)))
		return true;
	for (size_t i = 0; i < m->n; i++)
		if (!text_is_ascii(slice_str(m->to[i].address)))
			return true;
	return false;
}

/* Before a byte of it is sent. */
static bool
is_fit(const struct smtp *s, struct smtp_mail *m)
{
	struct slice features = smtp_features(s);
	uint64_t most = features_size(features);
	struct error *why = &m->refused;
	const char *peer = stream_peer(s->stream);
	int rc = 0;

	if (most > 0 && m->size > most)
		rc = error_set(why, ERR_REFUSED,
		    "%s: the message has %" PRIu64 " bytes, and the server takes %" PRIu64, peer,
		    m->size, most);
	else if (m->eight_bit && !features_have(features, "8BITMIME", NULL))
		rc = error_set(why, ERR_REFUSED,
		    "%s: the message has 8-bit characters, and the server lacks 8BITMIME", peer);
	else if (needs_utf8(m) && !features_have(features, "SMTPUTF8", NULL))
		rc = error_set(why, ERR_REFUSED,
		    "%s: an address has characters beyond ASCII, and the server lacks SMTPUTF8",
		    peer);
	if (rc == -1)
		change_fates(m, SMTP_PENDING, SMTP_REFUSED);
	return rc == 0;
}

/* ---- commands ---- */

static void
add_mail(const struct smtp *s, const struct smtp_mail *m, struct buf *out)
{
	struct slice features = smtp_features(s);

	(void)buf_addf(out, "MAIL FROM:<%s>", m->sender);
	if (features_have(features, "SIZE", NULL))
		(void)buf_addf(out, " SIZE=%" PRIu64, m->size);
	if (m->eight_bit)
		(void)buf_addstr(out, " BODY=8BITMIME");
	/* a header in UTF-8 that an older server has let through goes as it came */
	if (needs_utf8(m) || (m->utf8_header && features_have(features, "SMTPUTF8", NULL)))
		(void)buf_addstr(out, " SMTPUTF8");
	(void)buf_addstr(out, "\r\n");
}

/* ---- replies ---- */

static int
reset_reply(struct smtp *s, struct error *e)
{
	struct answer a = no_answer;

	if (session_read(s, &a, NULL, e) == -1)
		return -1;
	if (!ANSWER_IS_YES(&a))
		return nonsense(s, &a, "RSET", e);
	s->dirty = false;
	return 0;
}

/* A server that wants a login or TLS first does not mean this message. */
static bool
is_about_us(const struct answer *a)
{
	return a->code == 530 || a->code == 534 || a->code == 535 || a->code == 538;
}

static int
mail_reply(struct smtp *s, struct smtp_mail *m, struct error *e)
{
	struct answer a = no_answer;

	if (session_read(s, &a, NULL, e) == -1)
		return -1;
	if (ANSWER_IS_YES(&a)) {
		s->dirty = true;
		return 0;
	}
	if (is_about_us(&a))
		return session_refused(s, &a, ERR_AUTH, "MAIL", e);
	if (a.code < CODE_REFUSED)
		return nonsense(s, &a, "MAIL", e);
	change_fates(m, SMTP_PENDING, fate_of(s, m, &a, "MAIL"));
	return 0;
}

static int
rcpt_reply(struct smtp *s, struct smtp_mail *m, struct smtp_recipient *r, struct error *e)
{
	char what[TEXT_SAFE_MAX + 16], safe[TEXT_SAFE_MAX];
	struct answer a = no_answer;

	if (session_read(s, &a, NULL, e) == -1)
		return -1;
	if (r->fate != SMTP_PENDING) /* MAIL was refused already */
		return 0;
	(void)snprintf(what, sizeof(what), "RCPT <%s>", text_safe(safe, slice_str(r->address)));
	if (ANSWER_IS_YES(&a)) {
		r->fate = SMTP_TAKEN;
		return 0;
	}
	if (is_about_us(&a))
		return session_refused(s, &a, ERR_AUTH, what, e);
	if (a.code < CODE_REFUSED)
		return nonsense(s, &a, what, e);
	r->too_many = a.code == CODE_TOO_MANY || a.code == CODE_TOO_MANY_OLD;
	if (a.code == CODE_TOO_MANY_OLD)
		a.code = CODE_TOO_MANY;
	r->fate = fate_of(s, m, &a, what);
	return 0;
}

/* The server wants a message that nobody is to get: an empty one ends that. */
static int
send_nothing(struct smtp *s, struct error *e)
{
	struct answer a = no_answer;

	if (session_send(s, slice_str(".\r\n"), e) == -1)
		return -1;
	return session_read(s, &a, NULL, e);
}

static int
data_reply(struct smtp *s, struct smtp_mail *m, struct error *e)
{
	struct answer a = no_answer;

	if (session_read(s, &a, NULL, e) == -1)
		return -1;
	if (a.code == CODE_GO_ON)
		return smtp_waits(m) ? 0 : send_nothing(s, e);
	if (a.code < CODE_REFUSED)
		return nonsense(s, &a, "DATA", e);
	if (smtp_waits(m))
		change_fates(m, SMTP_TAKEN, fate_of(s, m, &a, "DATA"));
	return 0;
}

/* ---- the transaction ---- */

/* Its steps, in order: those of the recipients begin at STEP_RCPT; DATA is behind them. */
enum { STEP_RSET, STEP_MAIL, STEP_RCPT };

static void
add_step(const struct smtp *s, const struct smtp_mail *m, size_t step, struct buf *out)
{
	if (step == STEP_RSET)
		(void)buf_addstr(out, "RSET\r\n");
	else if (step == STEP_MAIL)
		add_mail(s, m, out);
	else if (step < STEP_RCPT + m->n)
		(void)buf_addf(out, "RCPT TO:<%s>\r\n", m->to[step - STEP_RCPT].address);
	else
		(void)buf_addstr(out, "DATA\r\n");
}

static int
step_reply(struct smtp *s, struct smtp_mail *m, size_t step, struct error *e)
{
	if (step == STEP_RSET)
		return reset_reply(s, e);
	if (step == STEP_MAIL)
		return mail_reply(s, m, e);
	if (step < STEP_RCPT + m->n)
		return rcpt_reply(s, m, &m->to[step - STEP_RCPT], e);
	return data_reply(s, m, e);
}

/* Whether the replies so far leave nothing to ask for. */
static bool
is_pointless(const struct smtp_mail *m, size_t step)
{
	if (step < STEP_RCPT)
		return false;
	if (step < STEP_RCPT + m->n)
		return m->to[step - STEP_RCPT].fate != SMTP_PENDING;
	return !smtp_waits(m);
}

static int
all_in_one_flight(
    struct smtp *s, struct smtp_mail *m, size_t first, struct buf *out, struct error *e)
{
	for (size_t i = first; i <= STEP_RCPT + m->n; i++)
		add_step(s, m, i, out);
	if (session_send(s, buf_slice(out), e) == -1)
		return -1;
	for (size_t i = first; i <= STEP_RCPT + m->n; i++)
		if (step_reply(s, m, i, e) == -1)
			return -1;
	return 0;
}

static int
one_by_one(struct smtp *s, struct smtp_mail *m, size_t first, struct buf *out, struct error *e)
{
	for (size_t i = first; i <= STEP_RCPT + m->n; i++) {
		if (is_pointless(m, i))
			continue;
		out->len = 0;
		add_step(s, m, i, out);
		if (session_send(s, buf_slice(out), e) == -1 || step_reply(s, m, i, e) == -1)
			return -1;
	}
	return 0;
}

int
smtp_begin(struct smtp *s, struct smtp_mail *m, struct error *e)
{
	struct buf out = BUF_INIT(FLIGHT_ROOM);
	size_t first = s->dirty ? STEP_RSET : STEP_MAIL;
	int rc;

	if (!is_fit(s, m))
		return 0;
	s->stuff = (struct stuff){ .mid = false };
	rc = s->pipelining ? all_in_one_flight(s, m, first, &out, e)
			   : one_by_one(s, m, first, &out, e);
	buf_free(&out);
	s->sending = rc == 0 && smtp_waits(m);
	return rc;
}

/* ---- the message ---- */

/* Hands what has been gathered to the stream. */
static int
send_out(struct smtp *s, struct error *e)
{
	int rc;

	stream_set_deadline(s->stream, clock_ms() + s->params->timeout_ms);
	rc = stream_send(s->stream, buf_slice(&s->out), e);
	s->out.len = 0;
	s->broken = s->broken || rc == -1;
	return rc;
}

int
smtp_data(struct smtp *s, struct slice bytes, struct error *e)
{
	while (bytes.len > 0) {
		struct slice piece = { bytes.p, MIN(bytes.len, SMTP_PIECE) };

		(void)buf_reserve(&s->out, STUFF_ROOM(piece.len));
		s->out.len += stuff(&s->stuff, piece, s->out.p + s->out.len);
		if (s->out.len >= SMTP_PIECE && send_out(s, e) == -1)
			return -1;
		bytes.p += piece.len;
		bytes.len -= piece.len;
	}
	return 0;
}

int
smtp_end(struct smtp *s, struct error *e)
{
	if (session_check_silence(s, e) == -1)
		return -1;
	/* who has said no already may say it once more: whose answer that is, nobody could tell */
	s->ending = s->ending || stream_buffered(s->stream).len > 0;
	(void)buf_addstr(&s->out, stuff_end(&s->stuff));
	if (send_out(s, e) == -1)
		return -1;
	s->sending = s->dirty = false;
	s->used = true;
	return 0;
}

static struct smtp_recipient *
next_waiting(struct smtp_mail *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->to[i].fate == SMTP_TAKEN)
			return &m->to[i];
	return NULL;
}

int
smtp_verdict(struct smtp *s, struct smtp_mail *m, struct error *e)
{
	char what[TEXT_SAFE_MAX + 16] = "the message", safe[TEXT_SAFE_MAX];
	/* by LMTP it is about one of them, otherwise about all */
	struct smtp_recipient *one = s->params->lmtp ? next_waiting(m) : NULL;
	struct error why = { .cls = ERR_OK };
	struct answer a = no_answer;
	enum smtp_fate fate;

	/* who gives up too early sends the message twice: RFC 5321 section 4.5.3.2.6 */
	stream_set_deadline(s->stream, clock_ms() + 2 * s->params->timeout_ms);
	if (session_read(s, &a, NULL, &why) == -1 && a.code != CODE_ENDING)
		return error_set(e, why.cls, "%s", why.msg);
	if (a.code / 100 == 3)
		return nonsense(s, &a, what, e);
	if (one != NULL)
		(void)snprintf(what, sizeof(what), "the message to <%s>",
		    text_safe(safe, slice_str(one->address)));
	/* 421 speaks for all that would come behind it */
	fate = fate_of(s, m, &a, what);
	if (one != NULL && a.code != CODE_ENDING)
		one->fate = fate;
	else
		change_fates(m, SMTP_TAKEN, fate);
	return 0;
}
