/*
 * EXTERNAL (RFC 4422 appendix A): the client certificate has said who we are; we say whose
 * mailbox we want.
 */
#include "sasl/exchange.h"

int
external_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	if (s->step > 0 || challenge.len > 0)
		return sasl_unexpected(s, e);
	s->done = true;
	return buf_addstr(raw, s->params->user);
}
