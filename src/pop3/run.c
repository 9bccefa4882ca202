/*
 * The same command for many messages, pipelined, and the bodies that come back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pop3/client.h"

#define RUN_COMMAND_MAX 32 /* "TOP 4294967295 4294967295", its CRLF and a NUL */

void
pop3_run_start(
    struct pop3_run *r, struct pop3 *p, enum pop3_verb verb, const uint32_t *numbers, size_t n)
{
	*r = (struct pop3_run){ .p = p, .verb = verb, .numbers = numbers, .n = n };
}

static size_t
run_command(const struct pop3_run *r, size_t at, char line[static RUN_COMMAND_MAX])
{
	static const char *const verb[] = { [POP3_RETR] = "RETR", [POP3_DELE] = "DELE" };

	if (r->verb == POP3_TOP)
		return (size_t)snprintf(line, RUN_COMMAND_MAX, "TOP %" PRIu32 " %" PRIu32 "\r\n",
		    r->numbers[at], r->top);
	return (size_t)snprintf(
	    line, RUN_COMMAND_MAX, "%s %" PRIu32 "\r\n", verb[r->verb], r->numbers[at]);
}

/* Fills the window, when at least half of it is free; one command when nothing may be pipelined. */
static int
run_refill(struct pop3_run *r, struct error *e)
{
	bool pipelining = client_may_pipeline(r->p);
	size_t most = pipelining ? WINDOW : 1, len = 0;
	char out[WINDOW * RUN_COMMAND_MAX];

	if (r->sent == r->n || r->sent - r->answered > most / 2)
		return 0;
	if (r->sent == r->answered && pop3_check_silence(r->p, e) == -1)
		return -1;
	while (r->sent < r->n && r->sent - r->answered < most)
		len += run_command(r, r->sent++, out + len);
	if (r->sent == r->n && r->then_quit && pipelining) {
		len += (size_t)snprintf(out + len, RUN_COMMAND_MAX, "QUIT\r\n");
		r->p->quit_sent = true;
	}
	client_start_clock(r->p);
	return stream_write(r->p->s, (struct slice){ out, len }, false, e);
}

int
pop3_run_next(struct pop3_run *r, size_t *at, struct pop3_status *st, struct error *e)
{
	if (r->answered == r->n)
		return 0;
	if (run_refill(r, e) == -1 || client_read_status(r->p, st, e) == -1)
		return -1;
	*at = r->answered++;
	if (st->ok && r->verb != POP3_DELE)
		unstuff_init(&r->p->body, stream_lf_only(r->p->s));
	return 1;
}

int
pop3_run_abandon(struct pop3_run *r, struct error *e)
{
	char waste[4096];
	struct pop3_status st;
	size_t at, len;
	bool end;
	int rc;

	r->n = r->sent;
	do {
		for (end = r->p->body.end; !end;)
			if (pop3_body(r->p, waste, sizeof(waste), &len, &end, e) == -1)
				return -1;
	} while ((rc = pop3_run_next(r, &at, &st, e)) == 1);
	return rc;
}

int
pop3_body(struct pop3 *p, char *out, size_t room, size_t *len, bool *end, struct error *e)
{
	struct slice in;
	size_t used;

	if (stream_peek(p->s, &in, e) == -1)
		return -1;
	in.len = MIN(in.len, room - UNSTUFF_SLACK);
	used = unstuff(&p->body, in, out, len);
	stream_take(p->s, used);
	client_note_progress(p, used);
	*end = p->body.end;
	return 0;
}

bool
pop3_body_is_plain(const struct pop3 *p)
{
	return !p->body.from;
}
