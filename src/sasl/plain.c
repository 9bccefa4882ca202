/*
 * The password as it is: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login).
 */
#include "sasl/exchange.h"

int
plain_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	if (s->step > 0 || challenge.len > 0)
		return sasl_unexpected(s, e);
	s->done = true;
	(void)buf_addch(raw, '\0'); /* nobody else to act as */
	(void)buf_addstr(raw, s->params->user);
	(void)buf_addch(raw, '\0');
	return buf_addstr(raw, s->params->secret);
}

/* The challenges are prompts, in any words. */
int
login_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	(void)challenge;
	if (s->step > 1)
		return sasl_unexpected(s, e);
	s->done = s->step == 1;
	return buf_addstr(raw, s->done ? s->params->secret : s->params->user);
}
