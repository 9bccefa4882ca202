#include "deliver/pipe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "mail/fromline.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/sandbox.h"
#include "util/text.h"

#define SHELL_CANNOT_RUN 126
#define SHELL_NOT_FOUND 127
#define SHELL_SIGNAL 128 /* and the number: what the shell ran died by that signal */
#define SIGNAL_MAX 64

struct pipe_to {
	struct delivery delivery;
	const struct deliver_params *params;
	const char *command;
};

static struct delivery *
pipe_open(const struct dest *to, const struct deliver_params *params, struct error *e)
{
	struct pipe_to *p = xcalloc(1, sizeof(*p));

	(void)e;
	p->delivery.kind = &deliver_pipe;
	p->params = params;
	p->command = to->place;
	return &p->delivery;
}

/* Starts the program for the message. */
static int
start_for(const struct pipe_to *p, const struct message *m, struct child *c, struct error *e)
{
	char sender[ADDR_MAX];
	char *env[] = {
		xasprintf("SENDER=%s", fromline_sender(sender, m->head)),
		xasprintf("RECIPIENT=%s", p->params->recipient),
		xasprintf("HAULMAIL_ACCOUNT=%s", p->params->account),
		xasprintf("HAULMAIL_UID=%s", m->key),
		NULL,
	};
	int rc = child_start(c, p->command, (const char *const *)env, e);

	for (char **v = env; *v != NULL; v++)
		free(*v);
	return rc;
}

/* 0 when all was written, 1 when the program does not want to read on. */
static int
feed(const struct pipe_to *p, const struct message *m, struct child *c, struct error *e)
{
	struct message_cursor cursor = { .at = 0 };
	struct slice bytes;
	bool final = m->length == 0;
	int rc = 0;

	while (rc == 0 && !final) {
		if ((rc = message_next(m, &cursor, &bytes, &final, e)) == 0)
			rc = child_write(c, bytes, p->params->timeout_ms, e);
		cursor.at += bytes.len;
	}
	message_cursor_free(&cursor);
	return rc;
}

/* As put's result. */
static int
judge(const struct pipe_to *p, int status, struct error *e)
{
	char command[TEXT_SAFE_MAX];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : SHELL_SIGNAL + WTERMSIG(status);

	(void)text_safe(command, slice_str(p->command));
	if (code > SHELL_SIGNAL && code <= SHELL_SIGNAL + SIGNAL_MAX) {
		(void)error_set(e, ERR_TEMP, "%s: died by signal %d", command, code - SHELL_SIGNAL);
		return 1;
	}
	switch (code) {
	case EX_OK:
		return 0;
	case EX_TEMPFAIL:
	case SHELL_CANNOT_RUN:
	case SHELL_NOT_FOUND:
		(void)error_set(e, ERR_TEMP, "%s: exit status %d", command, code);
		return 1;
	default:
		(void)error_set(e, ERR_REFUSED, "%s: refused, exit status %d", command, code);
		return 1;
	}
}

static int
pipe_put(struct delivery *d, const struct message *m, struct error *e)
{
	const struct pipe_to *p = (const struct pipe_to *)d;
	struct error why = { .cls = ERR_OK };
	char command[TEXT_SAFE_MAX];
	struct child c;
	int status, rc;

	if ((rc = start_for(p, m, &c, &why)) == 0 && (rc = feed(p, m, &c, &why)) == -1)
		child_kill(&c);
	if (rc != -1)
		rc = child_wait(&c, clock_ms() + p->params->timeout_ms, &status, &why);
	if (rc == 0)
		return judge(p, status, e);
	(void)error_set(e, why.cls, "%s: %s", text_safe(command, slice_str(p->command)), why.msg);
	return 1;
}

static void
pipe_close(struct delivery *d)
{
	free(d);
}

/* The program may need anything, also the rights of a setgid one. */
static void
pipe_needs(const struct dest *to, const struct deliver_params *params, struct sandbox *s)
{
	(void)to;
	(void)params;
	sandbox_prevent(s, "\"deliver pipe\" starts a program");
}

const struct deliver_kind deliver_pipe = {
	.name = "pipe",
	.argument = "COMMAND",
	.open = pipe_open,
	.put = pipe_put,
	.close = pipe_close,
	.needs = pipe_needs,
};
