#include "deliver/stdout.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "deliver/mboxform.h"
#include "mail/fromline.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/util.h"

#define BUFFER (64 * KiB)
#define PAUSE_MAX_NS 10000000 /* between two looks at whether the reader has read all */

struct to_stdout {
	struct delivery delivery;
	const struct deliver_params *params;
	bool is_file, is_pipe;
	struct mboxform_sink sink;
	size_t len; /* of what has been gathered */
	char buf[BUFFER];
};

/* ---- writing ---- */

static int
complain(struct error *e)
{
	if (errno == EPIPE)
		return error_set(e, ERR_TEMP, "standard output: its reader has gone");
	return error_sys(e, ERR_TEMP, "standard output");
}

/* Never blocks: a pipe takes PIPE_BUF bytes at once when poll(2) finds room. */
static int
write_to_reader(struct to_stdout *s, struct slice bytes, struct error *e)
{
	int64_t deadline_ms = clock_ms() + s->params->timeout_ms;

	while (bytes.len > 0) {
		struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
		ssize_t n;

		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			return error_set(e, ERR_TEMP, "standard output: its reader does not read");
		if (stop_poll(&pfd, 1, deadline_ms) <= 0)
			continue;
		n = write(STDOUT_FILENO, bytes.p, MIN(bytes.len, (size_t)PIPE_BUF));
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return complain(e);
		if (n > 0) {
			bytes.p += n;
			bytes.len -= (size_t)n;
			deadline_ms = clock_ms() + s->params->timeout_ms;
		}
	}
	return 0;
}

static int
flush(struct to_stdout *s, struct error *e)
{
	struct slice all = { s->buf, s->len };

	s->len = 0;
	if (!s->is_file)
		return write_to_reader(s, all, e);
	return write_all(STDOUT_FILENO, all.p, all.len) == 0 ? 0 : complain(e);
}

static int
gather(struct mboxform_sink *sink, struct slice bytes, struct error *e)
{
	struct to_stdout *s =
	    (struct to_stdout *)(void *)((char *)sink - offsetof(struct to_stdout, sink));

	while (bytes.len > 0) {
		size_t n = MIN(bytes.len, BUFFER - s->len);

		memcpy(s->buf + s->len, bytes.p, n);
		s->len += n;
		bytes.p += n;
		bytes.len -= n;
		if (s->len == BUFFER && flush(s, e) == -1)
			return -1;
	}
	return 0;
}

/*
 * Waits until the pipe is empty: what is still in it would be lost if its reader went away. There
 * is no event for that. Where the system does not tell (FIONREAD), what was written must do.
 */
static int
wait_for_reader(const struct to_stdout *s, struct error *e)
{
	int64_t deadline_ms = clock_ms() + s->params->timeout_ms;
	struct timespec pause = { .tv_nsec = 10000 };
	int unread = 0, before = 0;

	while (ioctl(STDOUT_FILENO, FIONREAD, &unread) == 0 && unread > 0) {
		struct pollfd pfd = { .fd = STDOUT_FILENO };

		if (poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLERR) != 0) {
			errno = EPIPE;
			return complain(e);
		}
		if (unread != before)
			deadline_ms = clock_ms() + s->params->timeout_ms;
		before = unread;
		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			return error_set(e, ERR_TEMP, "standard output: its reader does not read");
		(void)nanosleep(&pause, NULL);
		pause.tv_nsec = MIN(pause.tv_nsec * 2, PAUSE_MAX_NS);
	}
	return 0;
}

/* ---- the verbs ---- */

static const struct deliver_kind to_reader;

static struct delivery *
stdout_open(const struct dest *to, const struct deliver_params *params, struct error *e)
{
	struct to_stdout *s;
	struct stat st;

	(void)to;
	if (isatty(STDOUT_FILENO)) {
		(void)error_set(e, ERR_USAGE,
		    "deliver stdout: standard output is a terminal; send it to a program or a "
		    "file");
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->is_file = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	s->is_pipe = fstat(STDOUT_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
	s->delivery.kind = s->is_file ? &deliver_stdout : &to_reader;
	s->params = params;
	s->sink.piece = gather;
	return &s->delivery;
}

static int
stdout_put(struct delivery *d, const struct message *m, struct error *e)
{
	struct to_stdout *s = (struct to_stdout *)d;
	char date[ASCTIME_MAX], line[FROMLINE_MAX];
	struct slice from_line = { line,
		fromline_format(line, m->head, asctime_utc(date, clock_epoch())) };

	if (mboxform_write(m, from_line, &s->sink, e) == -1 || flush(s, e) == -1) {
		s->len = 0;
		return -1;
	}
	/* of a socket FIONREAD tells what has come, not what went */
	return s->is_pipe ? wait_for_reader(s, e) : 0;
}

static int
stdout_commit(struct delivery *d, struct error *e)
{
	(void)d;
	return fsync(STDOUT_FILENO) == 0 ? 0 : complain(e);
}

static void
stdout_close(struct delivery *d)
{
	free(d);
}

const struct deliver_kind deliver_stdout = {
	.name = "stdout",
	.uses_stdout = true,
	.open = stdout_open,
	.put = stdout_put,
	.commit = stdout_commit,
	.close = stdout_close,
};

static const struct deliver_kind to_reader = {
	.name = "stdout",
	.put = stdout_put,
	.close = stdout_close,
};
