/* The client against a peer that knows a script: what is said, when, and what comes of it. */
#include "heap.h"
#include "unit.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/stream.h"
#include "pop3/pop3.h"
#include "util/buf.h"
#include "util/log.h"

/* ---- the peer ---- */

struct line {
	const char *want;  /* what the client must say; NULL: nothing, the peer begins */
	const char *reply; /* NULL: wait for more first */
};

struct script {
	const struct line *lines; /* ends with both NULL */
	size_t step;              /* bytes a write: what one read of the client gets */
	bool one_by_one;          /* the client may not say anything before it has its reply */
};

struct said {
	int fd;
	char buf[32768]; /* more than a window of commands */
	size_t len;
};

/* Takes one line of the client's off s, without its CRLF; false at the end or for nonsense. */
static bool
hear(struct said *s, char *line, size_t size)
{
	char *end;
	ssize_t n;

	while ((end = memmem(s->buf, s->len, "\r\n", 2)) == NULL) {
		n = recv(s->fd, s->buf + s->len, sizeof(s->buf) - s->len, 0);
		if (n <= 0)
			return false;
		s->len += (size_t)n;
	}
	if ((size_t)(end - s->buf) >= size)
		return false;
	memcpy(line, s->buf, (size_t)(end - s->buf));
	line[end - s->buf] = '\0';
	s->len -= (size_t)(end + 2 - s->buf);
	memmove(s->buf, end + 2, s->len);
	return true;
}

static bool
is_silent(const struct said *s)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };

	return s->len == 0 && poll(&pfd, 1, 0) == 0;
}

static bool
say(int fd, const char *text, size_t step)
{
	size_t len = strlen(text), n;

	for (size_t at = 0; at < len; at += n) {
		n = MIN(step, len - at);
		if (send(fd, text + at, n, MSG_NOSIGNAL) != (ssize_t)n)
			return false;
	}
	return true;
}

static int
play(int fd, const struct script *script)
{
	struct said s = { .fd = fd };
	char line[600];

	for (const struct line *l = script->lines; l->want != NULL || l->reply != NULL; l++) {
		if (l->want != NULL &&
		    (!hear(&s, line, sizeof(line)) || strcmp(line, l->want) != 0)) {
			(void)fprintf(stderr, "peer: wanted \"%s\", got \"%s\"\n", l->want, line);
			return 1;
		}
		if (l->want != NULL && script->one_by_one && !is_silent(&s))
			return 2;
		if (l->reply != NULL && !say(fd, l->reply, script->step))
			return 3;
	}
	return 0;
}

/* ---- the client's side ---- */

struct session {
	struct pop3_params params;
	struct pop3 *pop3;
	struct listing listing;
	struct error e;
	pid_t peer;
};

/* Each write of the peer is one read of ours: the socket keeps them apart. */
static void
start_with(struct session *s, int (*peer)(int fd, const void *arg), const void *arg)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_true((s->peer = fork()) != -1);
	if (s->peer == 0) {
		(void)close(fds[0]);
		_exit(peer(fds[1], arg));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	if (s->params.user == NULL)
		s->params.user = "alice";
	if (s->params.secret == NULL)
		s->params.secret = "secret";
	if (s->params.timeout_ms == 0)
		s->params.timeout_ms = 20000;
	s->pop3 = pop3_new(stream_new(fds[0], "peer"), &s->params);
	listing_init(&s->listing);
}

static int
play_script(int fd, const void *arg)
{
	return play(fd, arg);
}

static void
start(struct session *s, const struct script *script)
{
	start_with(s, play_script, script);
}

/* Ends the session; what the peer thought of it. */
static int
finish(struct session *s)
{
	pop3_free(s->pop3);
	listing_free(&s->listing);
	return wait_child(s->peer);
}

static void
expect(struct session *s, int rc)
{
	if (rc != 0)
		print_error("client: %s\n", s->e.msg);
	assert_int_equal(rc, 0);
}

/* Reads one body with very little room. */
static void
read_body(struct session *s, struct buf *text)
{
	bool end = false;
	char out[64];
	size_t len;

	text->len = 0;
	while (!end) {
		expect(s, pop3_body(s->pop3, out, sizeof(out), &len, &end, &s->e));
		assert_true(len <= sizeof(out));
		assert_int_equal(buf_append(text, out, len), 0);
	}
}

/* ---- a whole session ---- */

#define GREETING                                                                                   \
	{                                                                                          \
		NULL, "+OK ready\r\n"                                                              \
	}
#define NO_MORE                                                                                    \
	{                                                                                          \
		NULL, NULL                                                                         \
	}
#define MESSAGE_1 "+OK 120 octets\r\nSubject: a\r\n\r\n..dot\r\nbody\r\n.\r\n"
#define MESSAGE_2 "+OK\r\n\r\n.\r\n"

static const struct line one_by_one[] = {
	GREETING,
	{ "CAPA", "+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n" },
	{ "USER alice", "+OK\r\n" },
	{ "PASS secret", "+OK\r\n" },
	{ "CAPA", "+OK\r\nTOP\r\nUIDL\r\n.\r\n" },
	{ "STAT", "+OK 2 300\r\n" },
	{ "UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n" },
	{ "LIST", "+OK\r\n1 100\r\n2 200\r\n.\r\n" },
	{ "TOP 1 0", "+OK\r\nSubject: a\r\n\r\n.\r\n" },
	{ "TOP 2 0", "-ERR no\r\n" },
	{ "RETR 1", MESSAGE_1 },
	{ "RETR 2", MESSAGE_2 },
	{ "DELE 1", "+OK\r\n" },
	{ "DELE 2", "-ERR gone\r\n" },
	{ "QUIT", "+OK bye\r\n" },
	NO_MORE,
};

static const struct line in_flights[] = {
	GREETING,
	{ "CAPA", "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\n.\r\n" },
	{ "USER alice", NULL },
	{ "PASS secret", NULL },
	{ "STAT", NULL },
	{ "UIDL", NULL },
	{ "LIST", "+OK\r\n+OK\r\n+OK 2 300\r\n"
		  "+OK\r\n1 a\r\n2 b\r\n.\r\n+OK\r\n1 100\r\n2 200\r\n.\r\n" },
	{ "TOP 1 0", NULL },
	{ "TOP 2 0", "+OK\r\nSubject: a\r\n\r\n.\r\n-ERR no\r\n" },
	{ "RETR 1", NULL },
	{ "RETR 2", MESSAGE_1 MESSAGE_2 },
	{ "DELE 1", NULL },
	{ "DELE 2", "+OK\r\n-ERR gone\r\n" },
	{ "QUIT", "+OK bye\r\n" },
	NO_MORE,
};

static void
run_session(const struct script *script)
{
	static const uint32_t numbers[] = { 1, 2 };
	struct session s = { .pop3 = NULL };
	struct buf text = BUF_INIT(KiB);
	struct pop3_status st;
	struct pop3_run r;
	size_t at;

	start(&s, script);
	expect(&s, pop3_greet(s.pop3, &s.e));
	expect(&s, pop3_capa(s.pop3, &s.e));
	assert_true(pop3_caps(s.pop3)->known && pop3_caps(s.pop3)->top);
	expect(&s, pop3_enter(s.pop3, &s.listing, &s.e));
	assert_int_equal(s.listing.n, 2);
	assert_int_equal(s.listing.stat, 2);
	assert_int_equal(s.listing.octets, 300);
	assert_int_equal(s.listing.entries[1].size, 200);
	assert_slice_equal(listing_key(&s.listing, &s.listing.entries[1]), "b");

	pop3_run_start(&r, s.pop3, POP3_TOP, numbers, 2);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	assert_true(st.ok && at == 0);
	read_body(&s, &text);
	assert_slice_equal(buf_slice(&text), "Subject: a\n\n");
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	assert_true(!st.ok && at == 1);
	assert_slice_equal(st.text, "no");
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 0);

	pop3_run_start(&r, s.pop3, POP3_RETR, numbers, 2);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	read_body(&s, &text);
	assert_slice_equal(buf_slice(&text), "Subject: a\n\n.dot\nbody\n");
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	read_body(&s, &text);
	assert_slice_equal(buf_slice(&text), "\n");
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 0);

	pop3_run_start(&r, s.pop3, POP3_DELE, numbers, 2);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	assert_true(st.ok);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	assert_false(st.ok);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 0);
	expect(&s, pop3_quit(s.pop3, &s.e));
	buf_free(&text);
	assert_int_equal(finish(&s), 0);
}

static void
test_a_session_without_pipelining_waits_for_each_reply(void **state)
{
	(void)state;
	run_session(&(struct script){ one_by_one, 8192, true });
}

static void
test_a_session_with_pipelining_does_not_wait(void **state)
{
	(void)state;
	run_session(&(struct script){ in_flights, 8192, false });
}

static void
test_a_session_at_any_number_of_bytes_a_read(void **state)
{
	(void)state;
	for (size_t step = 1; step < 12; step++) {
		run_session(&(struct script){ one_by_one, step, true });
		run_session(&(struct script){ in_flights, step, false });
	}
}

/* ---- the window ---- */

struct window_test {
	size_t n, most; /* commands; bytes that may be unanswered */
	size_t first;   /* bytes that must come before any answer */
};

/* Answers one command at a time and watches how much is waiting. */
static int
watch_window(int fd, const void *arg)
{
	const struct window_test *w = arg;
	struct said s = { .fd = fd };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char line[64], want[64];

	if (!say(fd, "+OK\r\n", 100))
		return 1;
	while (poll(&pfd, 1, s.len < w->first ? 5000 : 100) > 0) { /* until it falls silent */
		ssize_t n = recv(fd, s.buf + s.len, sizeof(s.buf) - s.len, 0);

		if (n <= 0)
			return 2;
		s.len += (size_t)n;
	}
	if (s.len < w->first)
		return 3;
	for (size_t i = 1; i <= w->n; i++) {
		while (poll(&pfd, 1, 0) > 0) {
			ssize_t n = recv(fd, s.buf + s.len, sizeof(s.buf) - s.len, 0);

			if (n <= 0)
				return 4;
			s.len += (size_t)n;
		}
		if (s.len > w->most)
			return 5;
		(void)snprintf(want, sizeof(want), "DELE %zu", i);
		if (!hear(&s, line, sizeof(line)) || strcmp(line, want) != 0)
			return 6;
		if (!say(fd, "+OK\r\n", 100))
			return 7;
	}
	return is_silent(&s) ? 0 : 8;
}

static void
run_window(enum pop3_pipelining pipelining, const struct window_test *w)
{
	struct session s = { .params.pipelining = pipelining };
	uint32_t *numbers = calloc(w->n, sizeof(*numbers));
	struct pop3_status st;
	struct pop3_run r;
	size_t at, got = 0;

	assert_non_null(numbers);
	for (uint32_t i = 0; i < w->n; i++)
		numbers[i] = i + 1;
	start_with(&s, watch_window, w);
	expect(&s, pop3_greet(s.pop3, &s.e));
	pop3_run_start(&r, s.pop3, POP3_DELE, numbers, w->n);
	while (pop3_run_next(&r, &at, &st, &s.e) == 1)
		assert_true(at == got++ && st.ok);
	assert_row(s.e.cls == ERR_OK, "%s", s.e.msg);
	assert_int_equal(got, w->n);
	listing_free(&s.listing);
	assert_int_equal(wait_child(s.peer), 0);
	pop3_free(s.pop3);
	free(numbers);
}

static void
test_no_more_than_1000_commands_are_unanswered(void **state)
{
	(void)state;
	run_window(POP3_PIPELINING_ON,
	    &(struct window_test){ 3000, 1000 * (sizeof("DELE 1234\r\n") - 1), 9893 });
}

static void
test_one_command_at_a_time_without_pipelining(void **state)
{
	(void)state;
	run_window(POP3_PIPELINING_OFF, &(struct window_test){ 300, 10, 8 });
	run_window(POP3_PIPELINING_AUTO, &(struct window_test){ 300, 10, 8 });
}

static void
test_what_the_server_says_of_itself_is_kept_as_it_came(void **state)
{
	static const struct line lines[] = {
		{ NULL, "+OK  ready \033[2J <1@x> \r\n" },
		{ "CAPA", "+OK\r\nTOP\r\n..dot\r\nSASL PLAIN  X\r\n\r\nEXPIRE 60\r\n.\r\n" },
		{ "CAPA", "+OK\r\nUIDL\r\n.\r\n" },
		{ "CAPA", "-ERR\r\n" },
		NO_MORE,
	};
	struct session s = { .pop3 = NULL };
	struct tls_params tls = { .verify = true };
	struct tls_report report;

	(void)state;
	start(&s, &(struct script){ lines, 1000, true });
	assert_slice_equal(pop3_greeting(s.pop3), "");
	assert_slice_equal(pop3_capa_lines(s.pop3), "");
	expect(&s, pop3_greet(s.pop3, &s.e));
	assert_slice_equal(pop3_greeting(s.pop3), "ready \033[2J <1@x> ");
	expect(&s, pop3_capa(s.pop3, &s.e));
	assert_slice_equal(pop3_capa_lines(s.pop3), "TOP\n.dot\nSASL PLAIN  X\n\nEXPIRE 60\n");
	expect(&s, pop3_capa(s.pop3, &s.e));
	assert_slice_equal(pop3_capa_lines(s.pop3), "UIDL\n");
	expect(&s, pop3_capa(s.pop3, &s.e));
	assert_slice_equal(pop3_capa_lines(s.pop3), "");
	assert_false(pop3_tls_report(s.pop3, "peer", &tls, &report));
	assert_int_equal(finish(&s), 0);
}

/* ---- what can go wrong ---- */

static void
test_greetings_that_are_none(void **state)
{
	static const struct {
		struct line lines[2];
		enum errclass cls;
	} t[] = {
		{ { { NULL, "+OK\r\n" }, NO_MORE }, ERR_OK },
		{ { { NULL, "-ERR [IN-USE] come back\r\n" }, NO_MORE }, ERR_TEMP },
		{ { { NULL, "-ERR\r\n" }, NO_MORE }, ERR_TEMP },
		{ { { NULL, "* OK IMAP\r\n" }, NO_MORE }, ERR_PROTO },
		{ { { NULL, "\033[2J\r\n" }, NO_MORE }, ERR_PROTO },
		{ { NO_MORE }, ERR_TEMP },
		{ { { NULL, "+OK" }, NO_MORE }, ERR_TEMP },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct session s = { .pop3 = NULL };

		start(&s, &(struct script){ t[i].lines, 100, false });
		assert_int_equal(pop3_greet(s.pop3, &s.e), t[i].cls == ERR_OK ? 0 : -1);
		assert_row(s.e.cls == t[i].cls, "%zu: %s", i, s.e.msg);
		assert_null(strchr(s.e.msg, '\033'));
		assert_int_equal(finish(&s), 0);
	}
}

/* pop3_enter() after a greeting and no CAPA. */
static void
check_enter(const struct line *lines, struct pop3_params params, enum errclass cls)
{
	struct session s = { .params = params };

	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	assert_int_equal(pop3_enter(s.pop3, &s.listing, &s.e), cls == ERR_OK ? 0 : -1);
	assert_row(s.e.cls == cls, "%s: %s", lines[1].want, s.e.msg);
	assert_null(strstr(s.e.msg, "secret"));
	assert_int_equal(finish(&s), 0);
}

static void
test_refused_logins_have_their_class(void **state)
{
	static const struct {
		struct line lines[4];
		enum errclass cls;
	} t[] = {
		{ { GREETING, { "USER alice", "-ERR who?\r\n" }, NO_MORE }, ERR_AUTH },
		{ { GREETING, { "USER alice", "+OK\r\n" }, { "PASS secret", "-ERR no\r\n" },
		      NO_MORE },
		    ERR_AUTH },
		{ { GREETING, { "USER alice", "+OK\r\n" },
		      { "PASS secret", "-ERR [IN-USE] no\r\n" }, NO_MORE },
		    ERR_TEMP },
		{ { GREETING, { "USER alice", "+OK\r\n" },
		      { "PASS secret", "-ERR [LOGIN-DELAY] no\r\n" }, NO_MORE },
		    ERR_TEMP },
		{ { GREETING, { "USER alice", "+OK\r\n" },
		      { "PASS secret", "-ERR [SYS/PERM] no\r\n" }, NO_MORE },
		    ERR_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_enter(t[i].lines, (struct pop3_params){ .user = NULL }, t[i].cls);
}

static void
test_what_cannot_be_sent_is_not_tried(void **state)
{
	static const struct line nothing[] = { GREETING, NO_MORE };
	char longest[600];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check_enter(nothing, (struct pop3_params){ .user = "a\r\nDELE 1" }, ERR_CONFIG);
	check_enter(nothing, (struct pop3_params){ .secret = "a\nb" }, ERR_CONFIG);
	check_enter(nothing, (struct pop3_params){ .secret = longest }, ERR_CONFIG);
	check_enter(nothing, (struct pop3_params){ .auth = POP3_AUTH_APOP }, ERR_AUTH);
}

static void
test_APOP_answers_the_timestamp(void **state)
{
	static const struct line lines[] = {
		{ NULL, "+OK hi <1896.697170952@dbc.mtview.ca.us>\r\n" },
		{ "APOP mrose c4c9334bac560ecc979e58001b3e22fb", "+OK\r\n" },
		{ "STAT", "+OK 0 0\r\n" },
		{ "UIDL", "+OK\r\n.\r\n" },
		{ "LIST", "+OK\r\n.\r\n" },
		NO_MORE,
	};

	(void)state;
	check_enter(lines,
	    (struct pop3_params){ .user = "mrose", .secret = "tanstaaf", .auth = POP3_AUTH_APOP },
	    ERR_OK);
}

/* ---- AUTH ---- */

#define MAILDROP "+OK 0 0\r\n+OK\r\n.\r\n+OK\r\n.\r\n"
#define PLAIN_LINE "AUTH PLAIN AGFsaWNlAHNlY3JldA=="

static struct pop3_params
by(const char *mech)
{
	return (struct pop3_params){
		.auth = POP3_AUTH_SASL, .mech = sasl_find(slice_str(mech)), .host = "h"
	};
}

/* pop3_capa() and pop3_enter(), or with what is assumed of the server instead of the first. */
static bool
check_auth(const struct line *lines, struct pop3_params params, const char *assumed,
    enum errclass cls, const char *words)
{
	struct session s = { .params = params };
	bool still;

	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	if (assumed != NULL) {
		struct pop3_caps caps = pop3_caps_parse(slice_str(assumed));

		pop3_assume(s.pop3, &caps);
	} else {
		expect(&s, pop3_capa(s.pop3, &s.e));
	}
	assert_int_equal(pop3_enter(s.pop3, &s.listing, &s.e), cls == ERR_OK ? 0 : -1);
	assert_row(s.e.cls == cls, "%s: %s", lines[1].want, s.e.msg);
	assert_row(cls == ERR_OK || strstr(s.e.msg, words) != NULL, "%s", s.e.msg);
	still = pop3_has_assumed(s.pop3);
	assert_int_equal(finish(&s), 0);
	return still;
}

static void
test_AUTH_flies_with_the_listing(void **state)
{
	static const struct line lines[] = { GREETING,
		{ "CAPA", "+OK\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n" }, { PLAIN_LINE, NULL },
		{ "STAT", NULL }, { "UIDL", NULL }, { "LIST", "+OK\r\n" MAILDROP }, NO_MORE };

	(void)state;
	(void)check_auth(lines, by("PLAIN"), NULL, ERR_OK, "");
	(void)check_auth(lines, (struct pop3_params){ .user = NULL }, NULL, ERR_OK, "");
}

static void
test_the_last_line_of_AUTH_flies_with_the_listing(void **state)
{
	static const struct line lines[] = { GREETING,
		{ "CAPA", "+OK\r\nSASL LOGIN\r\nPIPELINING\r\n.\r\n" },
		{ "AUTH LOGIN", "+ VXNlcm5hbWU6\r\n" }, { "YWxpY2U=", "+ UGFzc3dvcmQ6\r\n" },
		{ "c2VjcmV0", NULL }, { "STAT", NULL }, { "UIDL", NULL },
		{ "LIST", "+OK\r\n" MAILDROP }, NO_MORE };

	(void)state;
	(void)check_auth(lines, by("LOGIN"), NULL, ERR_OK, "");
}

static void
test_what_servers_say_instead_of_a_challenge(void **state)
{
	static const struct {
		struct line lines[5];
		enum errclass cls;
		const char *words;
	} t[] = {
		{ { GREETING, { "CAPA", "-ERR\r\n" }, { "AUTH LOGIN", "+OK come in\r\n" },
		      NO_MORE },
		    ERR_AUTH, "before it was over" },
		{ { GREETING, { "CAPA", "-ERR\r\n" }, { "AUTH LOGIN", "-ERR what?\r\n" }, NO_MORE },
		    ERR_AUTH, "LOGIN was refused: what?" },
		{ { GREETING, { "CAPA", "-ERR\r\n" }, { "AUTH LOGIN", "-ERR [SYS/TEMP] later\r\n" },
		      NO_MORE },
		    ERR_TEMP, "later" },
		{ { GREETING, { "CAPA", "-ERR\r\n" }, { "AUTH LOGIN", "Username:\r\n" }, NO_MORE },
		    ERR_PROTO, "no reply to AUTH" },
		{ { GREETING, { "CAPA", "-ERR\r\n" }, { "AUTH LOGIN", "+ Username:\r\n" },
		      { "*", "-ERR cancelled\r\n" }, NO_MORE },
		    ERR_PROTO, "no base64" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		(void)check_auth(t[i].lines, by("LOGIN"), NULL, t[i].cls, t[i].words);
}

/* What was assumed is given up only if the server itself says otherwise. */
static void
test_a_refused_login_is_tried_again_only_if_it_would_go_another_way(void **state)
{
#define REFUSED                                                                                    \
	{                                                                                          \
		PLAIN_LINE, "-ERR no\r\n"                                                          \
	}
#define FLIGHT                                                                                     \
	{ PLAIN_LINE, NULL }, { "CAPA", NULL }, { "STAT", NULL },                                  \
	{                                                                                          \
		"UIDL", NULL                                                                       \
	}
#define LISTS(mechs) "+OK\r\nSASL " mechs "\r\n.\r\n"
#define NO3 "-ERR\r\n-ERR\r\n-ERR\r\n"
	static const struct {
		struct line lines[8];
		const char *mech; /* NULL: auto */
		const char *assumed;
		bool again;
	} t[] = {
		{ { GREETING, REFUSED, { "CAPA", LISTS("PLAIN") }, NO_MORE }, NULL, "SASL=PLAIN",
		    false },
		{ { GREETING, REFUSED, { "CAPA", LISTS("LOGIN") }, NO_MORE }, NULL, "SASL=PLAIN",
		    true },
		{ { GREETING, REFUSED, { "CAPA", "+OK\r\nUSER\r\n.\r\n" }, NO_MORE }, NULL,
		    "SASL=PLAIN", true },
		/* a stronger one is no reason: the password is as wrong there */
		{ { GREETING, REFUSED, { "CAPA", LISTS("PLAIN SCRAM-SHA-256") }, NO_MORE }, NULL,
		    "SASL=PLAIN", false },
		{ { GREETING, REFUSED, { "CAPA", "-ERR\r\n" }, NO_MORE }, NULL, "SASL=PLAIN",
		    false },
		{ { GREETING, REFUSED, NO_MORE }, NULL, "SASL=PLAIN", false },
		{ { GREETING, { PLAIN_LINE, "-ERR [IN-USE] no\r\n" }, NO_MORE }, NULL, "SASL=PLAIN",
		    false },
		/* in flights: auto has asked before, others behind */
		{ { GREETING, { "CAPA", NULL }, FLIGHT,
		      { "LIST", LISTS("LOGIN") "-ERR no\r\n-ERR\r\n" NO3 }, NO_MORE },
		    NULL, "SASL=PLAIN PIPELINING", true },
		{ { GREETING, { "CAPA", NULL }, FLIGHT,
		      { "LIST", LISTS("PLAIN") "-ERR no\r\n-ERR\r\n" NO3 }, NO_MORE },
		    NULL, "SASL=PLAIN PIPELINING", false },
		{ { GREETING, FLIGHT, { "LIST", "-ERR no\r\n" LISTS("LOGIN") NO3 }, NO_MORE },
		    "PLAIN", "SASL=PLAIN PIPELINING", true },
		{ { GREETING, FLIGHT, { "LIST", "-ERR no\r\n" LISTS("PLAIN") NO3 }, NO_MORE },
		    "PLAIN", "SASL=PLAIN PIPELINING", false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct pop3_params params = { .user = NULL };
		bool busy = strstr(t[i].lines[1].reply ? t[i].lines[1].reply : "", "IN-USE");

		if (t[i].mech != NULL)
			params = by(t[i].mech);
		assert_row(check_auth(t[i].lines, params, t[i].assumed, busy ? ERR_TEMP : ERR_AUTH,
			       "no") == t[i].again,
		    "%zu", i);
	}
}

static void
test_how_to_log_in_is_chosen(void **state)
{
	static const struct {
		const char *caps;
		const char *mech; /* NULL: auto */
		const char *name; /* NULL: an error */
	} t[] = {
		{ "", NULL, "USER" }, { "UIDL", NULL, "USER" }, { "USER SASL=LOGIN", NULL, "USER" },
		{ "SASL=LOGIN", NULL, "LOGIN" }, { "USER SASL=LOGIN,PLAIN", NULL, "PLAIN" },
		{ "USER SASL=PLAIN,SCRAM-SHA-1", NULL, "SCRAM-SHA-1" },
		{ "USER SASL=PLAIN,SCRAM-SHA-1,SCRAM-SHA-256", NULL, "SCRAM-SHA-256" },
		{ "SASL=SCRAM-SHA-256,SCRAM-SHA-256-PLUS", NULL, "SCRAM-SHA-256" }, /* no TLS */
		{ "SASL=SCRAM-SHA-256-PLUS", NULL, NULL }, { "SASL=CRAM-MD5,XOAUTH2", NULL, NULL },
		{ "SASL", NULL, NULL }, { "SASL=PLAIN", "CRAM-MD5", NULL },
		{ "SASL=CRAM-MD5", "CRAM-MD5", "CRAM-MD5" }, { "USER", "CRAM-MD5", "CRAM-MD5" },
		{ "SASL=XOAUTH2", "XOAUTH2", "XOAUTH2" }, /* a Unix socket stays in the machine */
		{ "SASL=EXTERNAL", "EXTERNAL", NULL },    /* no TLS */
	};
	static const struct line lines[] = { GREETING, NO_MORE };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct session s = { .pop3 = NULL };
		struct pop3_caps caps = pop3_caps_parse(slice_str(t[i].caps));
		struct pop3_login login;

		if (t[i].mech != NULL)
			s.params = by(t[i].mech);
		start(&s, &(struct script){ lines, 100, false });
		expect(&s, pop3_greet(s.pop3, &s.e));
		pop3_assume(s.pop3, &caps);
		assert_row(pop3_choose_login(s.pop3, &login, &s.e) == (t[i].name ? 0 : -1), "%s",
		    t[i].caps);
		assert_row(t[i].name == NULL || strcmp(login.name, t[i].name) == 0, "%s: %s",
		    t[i].caps, login.name);
		assert_int_equal(finish(&s), 0);
	}
}

#define LONG_SECRET "0000000000000000000000000000000000000000000000000000-quite-secret-indeed"
#define ITS_END "quite-secret-indeed"

/* A login that ends with that line leaves neither the secret nor the line in the heap. */
static void
check_that_no_copy_stays(const char *mech, const struct line *lines, const char *last)
{
	struct session s = { .params.secret = LONG_SECRET };

	if (*mech != '\0') {
		s.params.auth = POP3_AUTH_SASL;
		s.params.mech = sasl_find(slice_str(mech));
	}
	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	expect(&s, pop3_enter(s.pop3, &s.listing, &s.e));
	assert_row(!heap_holds(ITS_END), "%s", mech);
	assert_row(!heap_holds(last + strlen(last) - 16), "%s", mech);
	assert_int_equal(finish(&s), 0);
}

static void
test_no_copy_of_a_secret_stays_in_memory(void **state)
{
	static const char plain[] = "\0alice\0" LONG_SECRET;
	static char plain_line[256], login_line[256];
	const struct line by_user[] = { GREETING, { "USER alice", "+OK\r\n" },
		{ "PASS " LONG_SECRET, "+OK\r\n" }, { "STAT", "+OK 0 0\r\n" },
		{ "UIDL", "+OK\r\n.\r\n" }, { "LIST", "+OK\r\n.\r\n" }, NO_MORE };
	const struct line by_plain[] = { GREETING, { "AUTH PLAIN", "+ \r\n" },
		{ plain_line, "+OK\r\n" }, { "STAT", "+OK 0 0\r\n" }, { "UIDL", "+OK\r\n.\r\n" },
		{ "LIST", "+OK\r\n.\r\n" }, NO_MORE };
	const struct line by_login[] = { GREETING, { "AUTH LOGIN", "+ \r\n" },
		{ "YWxpY2U=", "+ \r\n" }, { login_line, "+OK\r\n" }, { "STAT", "+OK 0 0\r\n" },
		{ "UIDL", "+OK\r\n.\r\n" }, { "LIST", "+OK\r\n.\r\n" }, NO_MORE };

	(void)state;
	(void)EVP_EncodeBlock(
	    (unsigned char *)plain_line, (const unsigned char *)plain, (int)sizeof(plain) - 1);
	(void)EVP_EncodeBlock((unsigned char *)login_line, (const unsigned char *)LONG_SECRET,
	    (int)sizeof(LONG_SECRET) - 1);
	check_that_no_copy_stays("", by_user, LONG_SECRET);
	check_that_no_copy_stays("PLAIN", by_plain, plain_line);
	check_that_no_copy_stays("LOGIN", by_login, login_line);
}

static void
test_a_server_without_UIDL_is_asked_for_LAST(void **state)
{
	static const struct line lines[] = {
		GREETING,
		{ "USER alice", "+OK\r\n" },
		{ "PASS secret", "+OK\r\n" },
		{ "STAT", "+OK 2 300\r\n" },
		{ "UIDL", "-ERR what?\r\n" },
		{ "LIST", "+OK\r\n1 100\r\n2 200\r\n.\r\n" },
		{ "LAST", "+OK 1\r\n" },
		NO_MORE,
	};
	struct session s = { .pop3 = NULL };

	(void)state;
	start(&s, &(struct script){ lines, 100, true });
	expect(&s, pop3_greet(s.pop3, &s.e));
	expect(&s, pop3_enter(s.pop3, &s.listing, &s.e));
	assert_false(s.listing.has_uids);
	assert_true(s.listing.has_last);
	assert_int_equal(s.listing.last, 1);
	assert_int_equal(s.listing.n, 2);
	assert_int_equal(finish(&s), 0);
}

static void
test_a_UIDL_that_fails_for_now_is_not_a_server_without(void **state)
{
	static const struct line lines[] = {
		GREETING,
		{ "USER alice", "+OK\r\n" },
		{ "PASS secret", "+OK\r\n" },
		{ "STAT", "+OK 2 300\r\n" },
		{ "UIDL", "-ERR [SYS/TEMP] later\r\n" },
		NO_MORE,
	};

	(void)state;
	check_enter(lines, (struct pop3_params){ .user = NULL }, ERR_TEMP);
}

static void
test_PIPELINING_announced_after_the_login_is_used(void **state)
{
	static const struct line lines[] = {
		GREETING,
		{ "CAPA", "+OK\r\nUIDL\r\n.\r\n" },
		{ "USER alice", "+OK\r\n" },
		{ "PASS secret", "+OK\r\n" },
		{ "CAPA", "+OK\r\nUIDL\r\nPIPELINING\r\n.\r\n" },
		{ "STAT", NULL },
		{ "UIDL", NULL },
		{ "LIST", "+OK 0 0\r\n+OK\r\n.\r\n+OK\r\n.\r\n" },
		NO_MORE,
	};
	struct session s = { .pop3 = NULL };

	(void)state;
	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	expect(&s, pop3_capa(s.pop3, &s.e));
	expect(&s, pop3_enter(s.pop3, &s.listing, &s.e));
	assert_true(pop3_caps(s.pop3)->pipelining);
	assert_int_equal(finish(&s), 0);
}

static void
test_without_STLS_nothing_goes_on(void **state)
{
	static const struct line not_offered[] = { GREETING, { "CAPA", "+OK\r\nUSER\r\n.\r\n" },
		NO_MORE };
	static const struct line refused[] = { GREETING, { "CAPA", "-ERR\r\n" },
		{ "STLS", "-ERR [SYS/TEMP] no\r\n" }, NO_MORE };
	static const struct line injected[] = { GREETING, { "CAPA", "-ERR\r\n" },
		{ "STLS", "+OK\r\n+OK logged in\r\n" }, NO_MORE };
	static const struct line *const t[] = { not_offered, refused, injected };
	static const struct tls_params tls = { .verify = true };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct session s = { .pop3 = NULL };

		start(&s, &(struct script){ t[i], 100, false });
		expect(&s, pop3_greet(s.pop3, &s.e));
		expect(&s, pop3_capa(s.pop3, &s.e));
		assert_int_equal(pop3_stls(s.pop3, "localhost", &tls, &s.e), -1);
		assert_row(s.e.cls == ERR_TLS, "%zu: %s", i, s.e.msg);
		assert_int_equal(finish(&s), 0);
	}
}

static void
test_a_body_that_ends_early_is_an_error(void **state)
{
	static const char *const t[] = { "+OK\r\n", "+OK\r\nSubject: a\r\n", "+OK\r\nbody\r\n.",
		"+OK\r\nbody\r\n.\r", "+OK\r\nbody\r\n.\n" };
	static const uint32_t one = 1;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		const struct line lines[] = { GREETING, { "RETR 1", t[i] }, NO_MORE };
		struct session s = { .pop3 = NULL };
		struct pop3_status st;
		struct pop3_run r;
		size_t at, len;
		bool end = false;
		char out[64];
		int rc = 0;

		start(&s, &(struct script){ lines, 100, false });
		expect(&s, pop3_greet(s.pop3, &s.e));
		pop3_run_start(&r, s.pop3, POP3_RETR, &one, 1);
		assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
		while (rc == 0 && !end)
			rc = pop3_body(s.pop3, out, sizeof(out), &len, &end, &s.e);
		assert_row(rc == -1 && s.e.cls == ERR_TEMP, "%s", t[i]);
		assert_int_equal(finish(&s), 0);
	}
}

static void
test_a_silent_server_runs_into_the_timeout(void **state)
{
	static const struct line lines[] = { GREETING, { "CAPA", "+OK\r\nTOP\r\n" },
		{ "never", NULL }, NO_MORE };
	struct session s = { .params.timeout_ms = 150 };

	(void)state;
	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	assert_int_equal(pop3_capa(s.pop3, &s.e), -1);
	assert_int_equal(s.e.cls, ERR_TEMP);
	(void)finish(&s);
}

/* Sends a byte now and then, less than 1 KiB in all. */
static int
drip(int fd, const void *arg)
{
	struct said s = { .fd = fd };
	char line[100];

	(void)arg;
	if (!say(fd, "+OK\r\n", 100) || !hear(&s, line, sizeof(line)) || !say(fd, "+OK\r\n", 100))
		return 1;
	for (int i = 0; i < 200; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			return 0; /* it has given up: well done */
		(void)usleep(20000);
	}
	return 2;
}

static void
test_dripping_bytes_do_not_extend_the_timeout(void **state)
{
	static const uint32_t one = 1;
	struct session s = { .params.timeout_ms = 300 };
	struct pop3_status st;
	struct pop3_run r;
	size_t at, len;
	bool end = false;
	char out[64];
	int rc = 0;

	(void)state;
	start_with(&s, drip, NULL);
	expect(&s, pop3_greet(s.pop3, &s.e));
	pop3_run_start(&r, s.pop3, POP3_RETR, &one, 1);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), 1);
	while (rc == 0 && !end)
		rc = pop3_body(s.pop3, out, sizeof(out), &len, &end, &s.e);
	assert_int_equal(rc, -1);
	assert_int_equal(s.e.cls, ERR_TEMP);
	assert_int_equal(finish(&s), 0);
}

/* What came too early would be taken for the reply to the next command. */
static void
test_what_was_not_asked_for_is_noticed(void **state)
{
	static const struct line lines[] = { { NULL, "+OK\r\n+OK\r\n" }, { NULL, NULL } };
	static const uint32_t one = 1;
	struct session s = { .listing.n = 0 };
	struct pop3_status st;
	struct pop3_run r;
	size_t at;

	(void)state;
	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	assert_int_equal(pop3_capa(s.pop3, &s.e), -1);
	assert_int_equal(s.e.cls, ERR_PROTO);
	assert_non_null(strstr(s.e.msg, "peer: the server answers what it was not asked"));
	s.e.cls = ERR_OK;
	pop3_run_start(&r, s.pop3, POP3_DELE, &one, 1);
	assert_int_equal(pop3_run_next(&r, &at, &st, &s.e), -1);
	assert_int_equal(s.e.cls, ERR_PROTO);
	assert_int_equal(pop3_check_silence(s.pop3, &s.e), -1);
	assert_int_equal(finish(&s), 0);
}

/* As when it is shut down. */
static void
test_a_farewell_is_no_attack(void **state)
{
	static const struct line lines[] = { { NULL, "+OK\r\n-ERR [SYS/TEMP] Shutting down\r\n" },
		{ NULL, NULL } };
	struct session s = { .listing.n = 0 };

	(void)state;
	start(&s, &(struct script){ lines, 100, false });
	expect(&s, pop3_greet(s.pop3, &s.e));
	assert_int_equal(pop3_capa(s.pop3, &s.e), -1);
	assert_int_equal(s.e.cls, ERR_TEMP);
	assert_non_null(strstr(s.e.msg, "peer: the server ends the session: [SYS/TEMP] Shutting"));
	assert_int_equal(finish(&s), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_without_pipelining_waits_for_each_reply),
		cmocka_unit_test(test_a_session_with_pipelining_does_not_wait),
		cmocka_unit_test(test_a_session_at_any_number_of_bytes_a_read),
		cmocka_unit_test(test_no_more_than_1000_commands_are_unanswered),
		cmocka_unit_test(test_one_command_at_a_time_without_pipelining),
		cmocka_unit_test(test_what_the_server_says_of_itself_is_kept_as_it_came),
		cmocka_unit_test(test_greetings_that_are_none),
		cmocka_unit_test(test_refused_logins_have_their_class),
		cmocka_unit_test(test_what_cannot_be_sent_is_not_tried),
		cmocka_unit_test(test_APOP_answers_the_timestamp),
		cmocka_unit_test(test_AUTH_flies_with_the_listing),
		cmocka_unit_test(test_the_last_line_of_AUTH_flies_with_the_listing),
		cmocka_unit_test(test_what_servers_say_instead_of_a_challenge),
		cmocka_unit_test(
		    test_a_refused_login_is_tried_again_only_if_it_would_go_another_way),
		cmocka_unit_test(test_how_to_log_in_is_chosen),
		cmocka_unit_test(test_no_copy_of_a_secret_stays_in_memory),
		cmocka_unit_test(test_a_server_without_UIDL_is_asked_for_LAST),
		cmocka_unit_test(test_a_UIDL_that_fails_for_now_is_not_a_server_without),
		cmocka_unit_test(test_PIPELINING_announced_after_the_login_is_used),
		cmocka_unit_test(test_without_STLS_nothing_goes_on),
		cmocka_unit_test(test_a_body_that_ends_early_is_an_error),
		cmocka_unit_test(test_a_silent_server_runs_into_the_timeout),
		cmocka_unit_test(test_dripping_bytes_do_not_extend_the_timeout),
		cmocka_unit_test(test_what_was_not_asked_for_is_noticed),
		cmocka_unit_test(test_a_farewell_is_no_attack),
	};

	log_set_level(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
