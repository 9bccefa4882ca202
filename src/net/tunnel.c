#include "net/tunnel.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/child.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/text.h"
#include "util/util.h"

#define END_MS 1000
#define LAST_WORDS_MS 500

struct tunnel {
	struct child child;
	int err_fd;
	char line[512]; /* the one that is being read; what is longer is cut */
	size_t len;
	char complaint[TEXT_SAFE_MAX];
};

struct tunnel *
tunnel_open(const char *command, const char *host, uint16_t port, struct error *e)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));
	char *env[] = { xasprintf("HAULMAIL_HOST=%s", host != NULL ? host : ""),
		port != 0 ? xasprintf("HAULMAIL_PORT=%u", port) : xstrdup("HAULMAIL_PORT="), NULL };
	int rc = child_connect(&t->child, command, (const char *const *)env, &t->err_fd, e);

	free(env[0]);
	free(env[1]);
	if (rc == 0)
		return t;
	free(t);
	return NULL;
}

int
tunnel_fd(const struct tunnel *t)
{
	return t->child.fd;
}

int
tunnel_stderr_fd(const struct tunnel *t)
{
	return t->err_fd;
}

static void
end_line(struct tunnel *t)
{
	struct slice line = { t->line, t->len };

	t->len = 0;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	line = slice_trim(line);
	if (line.len > 0)
		log_info("connect-command: %s", text_safe(t->complaint, line));
}

void
tunnel_listen(struct tunnel *t)
{
	char bytes[KiB];
	ssize_t n = read(t->err_fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] == '\n')
			end_line(t);
		else if (t->len < sizeof(t->line))
			t->line[t->len++] = bytes[i];
	if (n == 0) {
		end_line(t);
		(void)close(t->err_fd);
		t->err_fd = -1;
	}
}

/* Waits for more to be said, or for the end. */
static void
wait_for_words(struct tunnel *t, int64_t deadline_ms)
{
	struct pollfd pfd = { .fd = t->err_fd, .events = POLLIN };

	if (stop_poll(&pfd, 1, deadline_ms) > 0)
		tunnel_listen(t);
}

const char *
tunnel_complaint(struct tunnel *t)
{
	int64_t deadline_ms = stop_deadline(clock_ms() + LAST_WORDS_MS);
	char end[80];

	/* the end of its output, its last words and its own end come in any order; and something in
	 * the background may hold its standard error open */
	child_tell_end(&t->child, end, sizeof(end));
	while (clock_left_ms(deadline_ms) > 0 &&
	       (t->err_fd != -1 || (*t->complaint == '\0' && *end == '\0'))) {
		wait_for_words(t, deadline_ms);
		child_tell_end(&t->child, end, sizeof(end));
	}
	end_line(t);
	if (*t->complaint == '\0')
		(void)strlcpy(t->complaint, end, sizeof(t->complaint));
	return t->complaint;
}

void
tunnel_free(struct tunnel *t)
{
	struct error late = { .cls = ERR_OK };
	int status;

	if (t == NULL)
		return;
	(void)child_wait(&t->child, clock_ms() + END_MS, &status, &late);
	if (t->err_fd != -1)
		(void)close(t->err_fd);
	free(t);
}
