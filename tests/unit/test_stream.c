/* Lines and bytes over a socket: the same however they are cut, and never waited for too long. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "net/stream.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/log.h"

#define LONG_MS 60000 /* more than anything takes that works */
#define SOON_MS 10000 /* what a loaded machine may take for nothing at all */

/* ---- a stream and its peer ---- */

/* With SOCK_SEQPACKET each write of the peer is one read of the stream. */
static struct stream *
stream_pair(int type, int *peer)
{
	struct stream *s;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, clock_ms() + LONG_MS);
	*peer = fds[1];
	return s;
}

static void
say(int fd, const char *p, size_t len)
{
	if (len > 0)
		assert_true(send(fd, p, len, MSG_NOSIGNAL) == (ssize_t)len);
}

/* Whether the stream fails like that, and says whose fault it is. */
static void
check_failed(int rc, const struct error *e, enum errclass cls, const char *words)
{
	assert_int_equal(rc, -1);
	assert_row(e->cls == cls, "class %d: %s", (int)e->cls, e->msg);
	assert_row(strncmp(e->msg, "peer: ", 6) == 0, "%s", e->msg);
	assert_row(strstr(e->msg, words) != NULL, "%s", e->msg);
}

/* ---- lines ---- */

static const char text[] = "+OK\r\n\r\n\nbare\n\rcr\rin\r\r\nnul\0nul\r\n8\377bit\r\n.\r\n";

static const struct {
	struct slice line;
	bool lf_only;
} lines[] = {
	{ BYTES("+OK"), false },
	{ BYTES(""), false },
	{ BYTES(""), true },
	{ BYTES("bare"), true },
	{ BYTES("\rcr\rin\r"), false },
	{ BYTES("nul\0nul"), false },
	{ BYTES("8\377bit"), false },
	{ BYTES("."), false },
};

static void
check_lines(struct stream *s)
{
	struct error e = NO_ERROR;
	struct slice line;

	for (size_t i = 0; i < nitems(lines); i++) {
		assert_row(stream_getline(s, &line, &e) == 0, "line %zu: %s", i, e.msg);
		assert_bytes_equal(line, lines[i].line, "a line");
		assert_int_equal(stream_lf_only(s), lines[i].lf_only);
	}
	assert_true(stream_buffered(s).len == 0);
}

static void
test_lines_are_the_same_however_they_are_cut(void **state)
{
	const size_t len = sizeof(text) - 1;

	(void)state;
	for (size_t a = 0; a <= len; a++)
		for (size_t b = a; b <= len; b++) { /* in three pieces */
			int peer;
			struct stream *s = stream_pair(SOCK_SEQPACKET, &peer);

			say(peer, text, a);
			say(peer, text + a, b - a);
			say(peer, text + b, len - b);
			check_lines(s);
			stream_free(s);
			(void)close(peer);
		}
	for (size_t step = 1; step < 8; step++) {
		int peer;
		struct stream *s = stream_pair(SOCK_SEQPACKET, &peer);

		for (size_t at = 0; at < len; at += step)
			say(peer, text + at, MIN(step, len - at));
		check_lines(s);
		stream_free(s);
		(void)close(peer);
	}
}

/* Whether a line of that length is taken when it comes in two pieces. */
static void
check_limit(size_t len, const char *end, size_t split)
{
	char *buf = malloc(len + 2);
	struct error e = NO_ERROR;
	struct slice line;
	int peer, rc;
	struct stream *s = stream_pair(SOCK_SEQPACKET, &peer);

	assert_non_null(buf);
	memset(buf, 'x', len);
	memcpy(buf + len, end, strlen(end));
	say(peer, buf, split);
	say(peer, buf + split, len + strlen(end) - split);
	rc = stream_getline(s, &line, &e);
	if (len <= STREAM_LINE_MAX) {
		assert_row(rc == 0, "%zu bytes, split at %zu: %s", len, split, e.msg);
		assert_true(line.len == len);
		assert_memory_equal(line.p, buf, len);
	} else {
		check_failed(rc, &e, ERR_PROTO, "line");
	}
	stream_free(s);
	(void)close(peer);
	free(buf);
}

static void
test_the_limit_of_a_line_does_not_depend_on_where_it_is_cut(void **state)
{
	(void)state;
	for (size_t len = STREAM_LINE_MAX - 3; len <= STREAM_LINE_MAX + 3; len++)
		for (size_t split = len - 5; split <= len + 2; split++) {
			check_limit(len, "\r\n", split);
			if (split < len + 2)
				check_limit(len, "\n", split);
		}
	check_limit(STREAM_LINE_MAX * 4, "\r\n", STREAM_LINE_MAX);
}

static void
test_a_line_without_end_is_given_up(void **state)
{
	char buf[1000];
	struct error e = NO_ERROR;
	struct slice line;
	int64_t start = clock_ms();
	int peer;
	struct stream *s = stream_pair(SOCK_SEQPACKET, &peer);

	(void)state;
	memset(buf, 'x', sizeof(buf));
	for (int i = 0; i < 20; i++)
		say(peer, buf, sizeof(buf));
	check_failed(stream_getline(s, &line, &e), &e, ERR_PROTO, "line without end");
	assert_true(clock_ms() - start < SOON_MS); /* it is not for the deadline to end it */
	assert_true(stream_buffered(s).len < 2 * STREAM_LINE_MAX);
	stream_free(s);
	(void)close(peer);
}

/* ---- more than fits in a buffer ---- */

/* A text of many lines; every so many bytes of it tell where they stand. */
static void
make_text(struct buf *out, size_t lines_n)
{
	for (size_t i = 0; i < lines_n; i++)
		assert_int_equal(buf_addf(out, "%zu %*zu\r\n", i,
				     (int)random_below(i % 50 == 0 ? 8000 : 300), i),
		    0);
}

static pid_t
start_writer(int fd, int other, const struct buf *b, size_t step)
{
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0) {
		(void)close(other);
		for (size_t at = 0; at < b->len; at += MIN(step, b->len - at))
			if (send(fd, b->p + at, MIN(step, b->len - at), MSG_NOSIGNAL) <= 0)
				_exit(1);
		_exit(0);
	}
	(void)close(fd);
	return pid;
}

static void
test_lines_and_runs_of_bytes_may_be_mixed(void **state)
{
	static const size_t steps[] = { 60000, 8191, 1500 };

	(void)state;
	for (size_t i = 0; i < nitems(steps); i++) {
		struct buf b = BUF_INIT(4 * MiB);
		struct error e = NO_ERROR;
		struct slice got;
		size_t at = 0;
		int fds[2];
		struct stream *s;
		pid_t pid;

		make_text(&b, 6000);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
		pid = start_writer(fds[1], fds[0], &b, steps[i]);
		assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
		s = stream_new(fds[0], "peer");
		stream_set_deadline(s, clock_ms() + LONG_MS);
		while (at < b.len) {
			if (random_below(4) > 0) {
				assert_row(stream_getline(s, &got, &e) == 0, "%s", e.msg);
				assert_true(got.len + 2 <= b.len - at);
				assert_memory_equal(got.p, b.p + at, got.len);
				at += got.len;
				assert_memory_equal(b.p + at, "\r\n", 2);
				at += 2;
			} else { /* to somewhere in a line */
				assert_row(stream_peek(s, &got, &e) == 0, "%s", e.msg);
				assert_true(got.len > 0 && got.len <= b.len - at);
				assert_true(got.len == stream_buffered(s).len);
				assert_memory_equal(got.p, b.p + at, got.len);
				got.len = random_below((uint32_t)MIN(got.len, 20000)) + 1;
				stream_take(s, got.len);
				at += got.len;
				if (b.p[at - 1] == '\r') { /* not between a CR and its LF */
					assert_int_equal(stream_peek(s, &got, &e), 0);
					assert_true(*got.p == '\n');
					stream_take(s, 1);
					at++;
				}
			}
		}
		assert_true(at == b.len);
		check_failed(stream_peek(s, &got, &e), &e, ERR_TEMP, "closed");
		stream_free(s);
		assert_int_equal(wait_child(pid), 0);
		buf_free(&b);
	}
}

static void
test_what_is_peeked_at_stays_until_it_is_taken(void **state)
{
	struct error e = NO_ERROR;
	struct slice got;
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	say(peer, "one\r\ntwo\r\n", 10);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stream_peek(s, &got, &e), 0);
		assert_slice_equal(got, "one\r\ntwo\r\n");
	}
	stream_take(s, 1);
	assert_int_equal(stream_getline(s, &got, &e), 0);
	assert_slice_equal(got, "ne");
	stream_set_deadline(s, clock_ms() - 1000); /* what has come need not be waited for */
	assert_int_equal(stream_peek(s, &got, &e), 0);
	assert_slice_equal(got, "two\r\n");
	assert_int_equal(stream_getline(s, &got, &e), 0);
	assert_slice_equal(got, "two");
	assert_true(stream_buffered(s).len == 0);
	stream_free(s);
	(void)close(peer);
}

/* ---- the end ---- */

static void
test_the_end_comes_behind_the_last_whole_line(void **state)
{
	struct error e = NO_ERROR;
	struct slice got;
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	say(peer, "+OK\r\n-ER", 8);
	(void)close(peer);
	assert_int_equal(stream_getline(s, &got, &e), 0);
	assert_slice_equal(got, "+OK");
	check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, "closed the connection");
	stream_free(s);
	stream_free(NULL);
}

/* Both ends of a TCP connection on this machine; false where there is no such family. */
static bool
tcp_pair(int family, int fds[2])
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = { .sa.sa_family = (sa_family_t)family };
	socklen_t len = family == AF_INET ? sizeof(a.in) : sizeof(a.in6);
	int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET)
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a.in6.sin6_addr = in6addr_loopback;
	if (listener == -1 || bind(listener, &a.sa, len) == -1) {
		(void)close(listener);
		return false;
	}
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, &a.sa, &len), 0);
	fds[0] = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fds[0], &a.sa, len), 0);
	assert_true((fds[1] = accept(listener, NULL, NULL)) != -1);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	(void)close(listener);
	return true;
}

static void
test_a_reset_is_a_failure_for_now(void **state)
{
	struct linger at_once = { .l_onoff = 1 };
	struct error e = NO_ERROR;
	struct slice got;
	struct stream *s;
	int fds[2];

	(void)state;
	assert_true(tcp_pair(AF_INET, fds));
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, clock_ms() + LONG_MS);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(fds[1]);
	check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, strerror(ECONNRESET));
	stream_free(s);
}

static void
test_only_this_machine_is_loopback(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct stream *s;
	int peer, fds[2];

	(void)state;
	s = stream_pair(SOCK_STREAM, &peer); /* a Unix socket leads nowhere else */
	assert_true(stream_is_loopback(s));
	assert_string_equal(stream_peer(s), "peer");
	assert_false(stream_is_tls(s));
	stream_free(s);
	(void)close(peer);
	for (size_t i = 0; i < nitems(families); i++)
		if (tcp_pair(families[i], fds)) {
			s = stream_new(fds[0], "peer");
			assert_true(stream_is_loopback(s));
			stream_free(s);
			(void)close(fds[1]);
		}
}

/* ---- tunnels ---- */

static struct stream *
stream_through(const char *command, int64_t wait_ms)
{
	struct error e = NO_ERROR;
	struct tunnel *t = tunnel_open(command, "mail.example", 110, &e);
	struct stream *s;

	assert_row(t != NULL, "%s: %s", command, e.msg);
	s = stream_new_tunnel(t, "peer");
	stream_set_deadline(s, clock_ms() + wait_ms);
	return s;
}

static void
test_a_program_is_talked_with(void **state)
{
	struct stream *s = stream_through(
	    "echo \"+OK $HAULMAIL_HOST $HAULMAIL_PORT\"; read x; echo \"$x\"", LONG_MS);
	struct error e = NO_ERROR;
	struct slice got;

	(void)state;
	assert_false(stream_is_loopback(s)); /* it may lead anywhere */
	assert_row(stream_getline(s, &got, &e) == 0, "%s", e.msg);
	assert_slice_equal(got, "+OK mail.example 110");
	assert_int_equal(stream_write(s, slice_str("QUIT\r\n"), false, &e), 0);
	assert_row(stream_getline(s, &got, &e) == 0, "%s", e.msg);
	assert_slice_equal(got, "QUIT");
	check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, "ended with status 0");
	stream_free(s);
}

static void
test_its_last_words_explain_a_failure(void **state)
{
	static const struct {
		const char *command, *words;
	} t[] = {
		{ "echo no >&2; exit 1", "(connect-command: no)" },
		{ "echo first >&2; printf 'last \\r\\n\\n' >&2; exit 1",
		    "(connect-command: last)" },
		{ "printf unfinished >&2", "(connect-command: unfinished)" },
		{ "printf 'a\\033[2Jb' >&2", "(connect-command: a\\033[2Jb)" },
		{ "exit 3", "(connect-command: the command ended with status 3)" },
		{ "kill -KILL $$", "(connect-command: the command died by signal 9)" },
		{ "exec >&- <&-; sleep 0.1; echo late >&2", "(connect-command: late)" },
		{ "/no/such/program", "not found)" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct stream *s = stream_through(t[i].command, LONG_MS);
		struct error e = NO_ERROR;
		int64_t start = clock_ms();
		struct slice got;

		check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, t[i].words);
		stream_free(s);
		assert_row(clock_ms() - start < SOON_MS, "%s", t[i].command);
	}
}

static void
test_one_that_talks_much_on_the_side_is_not_held_up(void **state)
{
	struct stream *s =
	    stream_through("dd if=/dev/zero bs=1000 count=500 2>&- >&2; echo done", LONG_MS);
	struct error e = NO_ERROR;
	struct slice got;

	(void)state;
	assert_row(stream_getline(s, &got, &e) == 0, "%s", e.msg);
	assert_slice_equal(got, "done");
	stream_free(s);
}

static void
test_one_that_is_silent_is_ended(void **state)
{
	static const char *const t[] = { "exec sleep 60",
		"trap '' TERM; while :; do sleep 0.1; done",
		"while :; do echo x >&2; sleep 0.01; done", "while :; do echo x >&2; done" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct stream *s = stream_through(t[i], 100);
		struct error e = NO_ERROR;
		int64_t start = clock_ms();
		struct slice got;

		check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, "timed out");
		stream_free(s);
		assert_row(clock_ms() - start < SOON_MS, "%s", t[i]);
		assert_true(waitpid(-1, NULL, WNOHANG) == -1);
	}
}

/* ---- deadlines ---- */

static void
check_timeout(struct stream *s, int64_t wait)
{
	struct error e = NO_ERROR;
	int64_t start = clock_ms(), took;
	struct slice got;

	stream_set_deadline(s, start + wait);
	check_failed(stream_getline(s, &got, &e), &e, ERR_TEMP, "timed out");
	took = clock_ms() - start;
	assert_row(took >= wait && took < wait + SOON_MS, "%d ms", (int)took);
}

static void
test_silence_ends_at_the_deadline(void **state)
{
	static const int64_t waits[] = { -1000, 0, 1, 150 };

	(void)state;
	for (size_t i = 0; i < nitems(waits); i++) {
		int peer;
		struct stream *s = stream_pair(SOCK_STREAM, &peer);

		say(peer, "no line", 7);
		check_timeout(s, waits[i]);
		stream_free(s);
		(void)close(peer);
	}
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
test_signals_do_not_move_the_deadline(void **state)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_handler = nothing };
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	check_timeout(s, 300);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(signal(SIGALRM, SIG_IGN) != SIG_ERR); /* one may be on its way yet */
	stream_free(s);
	(void)close(peer);
}

static void
test_dripping_bytes_do_not_move_the_deadline(void **state)
{
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);
	pid_t pid = fork();

	(void)state;
	assert_true(pid != -1);
	if (pid == 0) {
		for (int i = 0; i < 3000; i++) {
			if (send(peer, "x", 1, MSG_NOSIGNAL) != 1)
				_exit(0);
			(void)usleep(10000);
		}
		_exit(1);
	}
	(void)close(peer);
	check_timeout(s, 300);
	stream_free(s);
	assert_int_equal(kill(pid, SIGKILL), 0); /* its copy of our end keeps the socket open */
	(void)wait_child(pid);
}

/* ---- writing ---- */

/* Reads so much, with a pause before each, and then says so; 0 when it was what b says. */
static int
read_slowly(int fd, const struct buf *b)
{
	static char part[100000];
	size_t at = 0;
	ssize_t n;

	while (at < b->len) {
		(void)usleep(1000);
		n = recv(fd, part, sizeof(part), 0);
		if (n <= 0)
			return 1;
		if ((size_t)n > b->len - at || memcmp(part, b->p + at, (size_t)n) != 0)
			return 2;
		at += (size_t)n;
	}
	say(fd, "+OK\r\n", 5);
	return recv(fd, part, sizeof(part), 0) == 0 ? 0 : 3;
}

static void
test_a_write_waits_for_a_slow_reader(void **state)
{
	struct buf b = BUF_INIT(8 * MiB);
	struct error e = NO_ERROR;
	struct slice line;
	struct stream *s;
	int fds[2];
	pid_t pid;

	(void)state;
	while (b.len < 4 * MiB)
		(void)buf_addf(&b, "line %zu\r\n", b.len);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(fds[0]);
		_exit(read_slowly(fds[1], &b));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, clock_ms() + LONG_MS);
	assert_row(stream_write(s, buf_slice(&b), false, &e) == 0, "%s", e.msg);
	assert_int_equal(stream_write(s, (struct slice){ NULL, 0 }, false, &e), 0);
	assert_row(stream_getline(s, &line, &e) == 0, "%s", e.msg); /* the rest goes meanwhile */
	stream_free(s);
	assert_int_equal(wait_child(pid), 0);
	buf_free(&b);
}

static void
test_a_reader_that_does_not_read_runs_into_the_deadline(void **state)
{
	struct buf b = BUF_INIT(8 * MiB);
	struct error e = NO_ERROR;
	int64_t start = clock_ms();
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	while (b.len < 4 * MiB)
		(void)buf_addf(&b, "line %zu\r\n", b.len);
	stream_set_deadline(s, start + 150);
	check_failed(stream_write(s, buf_slice(&b), true, &e), &e, ERR_TEMP, "timed out");
	assert_true(clock_ms() - start >= 150 && clock_ms() - start < SOON_MS);
	stream_free(s);
	(void)close(peer);
	buf_free(&b);
}

static void
test_a_reader_that_is_gone_is_no_signal(void **state)
{
	struct error e = NO_ERROR;
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)close(peer);
	check_failed(
	    stream_write(s, slice_str("QUIT\r\n"), false, &e), &e, ERR_TEMP, strerror(EPIPE));
	stream_free(s);
}

/* ---- TLS is not begun behind bytes in the clear ---- */

static void
test_bytes_sent_before_the_handshake_are_an_attack(void **state)
{
	static const struct tls_params params = { .verify = false };
	struct error e = NO_ERROR;
	struct slice got;
	char byte;
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);

	(void)state;
	say(peer, "+OK begin\r\n+OK logged in\r\n", 26);
	assert_int_equal(stream_getline(s, &got, &e), 0);
	check_failed(stream_start_tls(s, "host", &params, &e), &e, ERR_TLS, "tampering");
	assert_true(recv(peer, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	stream_free(s); /* and says no goodbye either */
	assert_true(recv(peer, &byte, 1, MSG_DONTWAIT) == 0);
	(void)close(peer);
}

/* ---- the trace ---- */

/* What is traced while fn runs; free(3) it. */
static char *
traced(void (*fn)(void *), void *arg)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	struct buf out = BUF_INIT(MiB);

	assert_non_null(f);
	assert_true(saved != -1);
	(void)fflush(stderr);
	assert_true(dup2(fileno(f), STDERR_FILENO) != -1);
	log_set_level(LOG_DIALOGUE);
	fn(arg);
	log_set_level(LOG_QUIET);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) != -1);
	(void)close(saved);
	rewind(f);
	for (int c; (c = getc(f)) != EOF;)
		assert_int_equal(buf_addch(&out, (char)c), 0);
	assert_int_equal(buf_addch(&out, '\0'), 0);
	(void)fclose(f);
	return out.p;
}

static void
talk(void *arg)
{
	struct error e = NO_ERROR;
	struct slice got;

	assert_int_equal(stream_write(arg, slice_str("USER alice\r\n"), false, &e), 0);
	assert_int_equal(stream_write(arg, slice_str("PASS hunter2\r\n"), true, &e), 0);
	assert_int_equal(stream_write(arg, slice_str("STAT\r\nLIST\r\n"), false, &e), 0);
	assert_int_equal(stream_getline(arg, &got, &e), 0);
}

static void
test_no_secret_and_no_control_character_is_traced(void **state)
{
	int peer;
	struct stream *s = stream_pair(SOCK_STREAM, &peer);
	char sent[64] = "", *trace;

	(void)state;
	say(peer, "+OK \033[2J\a\r\n", 11);
	trace = traced(talk, s);
	assert_non_null(strstr(trace, "peer > USER alice\n"));
	assert_non_null(strstr(trace, "peer > (secret)\n"));
	assert_non_null(strstr(trace, "peer > STAT\n"));
	assert_non_null(strstr(trace, "peer > LIST\n"));
	assert_non_null(strstr(trace, "peer < +OK"));
	assert_null(strstr(trace, "hunter2"));
	for (const char *p = trace; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
	free(trace);
	assert_int_equal(recv(peer, sent, sizeof(sent) - 1, 0), 38);
	assert_string_equal(sent, "USER alice\r\nPASS hunter2\r\nSTAT\r\nLIST\r\n");
	stream_free(s);
	(void)close(peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_the_same_however_they_are_cut),
		cmocka_unit_test(test_the_limit_of_a_line_does_not_depend_on_where_it_is_cut),
		cmocka_unit_test(test_a_line_without_end_is_given_up),
		cmocka_unit_test(test_lines_and_runs_of_bytes_may_be_mixed),
		cmocka_unit_test(test_what_is_peeked_at_stays_until_it_is_taken),
		cmocka_unit_test(test_the_end_comes_behind_the_last_whole_line),
		cmocka_unit_test(test_a_reset_is_a_failure_for_now),
		cmocka_unit_test(test_only_this_machine_is_loopback),
		cmocka_unit_test(test_a_program_is_talked_with),
		cmocka_unit_test(test_its_last_words_explain_a_failure),
		cmocka_unit_test(test_one_that_talks_much_on_the_side_is_not_held_up),
		cmocka_unit_test(test_one_that_is_silent_is_ended),
		cmocka_unit_test(test_silence_ends_at_the_deadline),
		cmocka_unit_test(test_signals_do_not_move_the_deadline),
		cmocka_unit_test(test_dripping_bytes_do_not_move_the_deadline),
		cmocka_unit_test(test_a_write_waits_for_a_slow_reader),
		cmocka_unit_test(test_a_reader_that_does_not_read_runs_into_the_deadline),
		cmocka_unit_test(test_a_reader_that_is_gone_is_no_signal),
		cmocka_unit_test(test_bytes_sent_before_the_handshake_are_an_attack),
		cmocka_unit_test(test_no_secret_and_no_control_character_is_traced),
	};

	log_set_level(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
