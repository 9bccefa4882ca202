/* A connection to whichever address of a host answers, in time. The resolver is our own here. */
#include "unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "net/dial.h"
#include "util/clock.h"
#include "util/log.h"

#define LONG_MS 60000 /* more than anything takes that works */
#define SOON_MS 10000 /* what a loaded machine may take for nothing at all */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t
address_size(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* ---- the resolver ---- */

static struct {
	union address own; /* as it was asked for ... */
	struct addrinfo own_list;
	int own_given; /* ... so often, and not yet freed */
	int rc;        /* what getaddrinfo(3) returns */
	union address at[32];
	struct addrinfo list[32];
	size_t n;
	char service[32]; /* what was asked for */
	int freed;
} answer;

/* An address, to connect from. */
static int
give_own(const char *word, struct addrinfo **res)
{
	union address *a = &answer.own;

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, word, &a->in.sin_addr) == 1)
		a->sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, word, &a->in6.sin6_addr) == 1)
		a->sa.sa_family = AF_INET6;
	else
		return EAI_NONAME;
	answer.own_list = (struct addrinfo){ .ai_family = a->sa.sa_family,
		.ai_socktype = SOCK_STREAM,
		.ai_addr = &a->sa,
		.ai_addrlen = address_size(a->sa.sa_family) };
	answer.own_given++;
	*res = &answer.own_list;
	return 0;
}

int
getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	assert_int_equal(hints->ai_socktype, SOCK_STREAM);
	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return give_own(host, res);
	assert_string_equal(host, "mail.example");
	(void)strlcpy(answer.service, service, sizeof(answer.service));
	if (answer.rc != 0)
		return answer.rc;
	for (size_t i = 0; i < answer.n; i++)
		answer.list[i] = (struct addrinfo){
			.ai_family = answer.at[i].sa.sa_family,
			.ai_socktype = SOCK_STREAM,
			.ai_addr = &answer.at[i].sa,
			.ai_addrlen = address_size(answer.at[i].sa.sa_family),
			.ai_next = i + 1 < answer.n ? &answer.list[i + 1] : NULL,
		};
	*res = answer.list;
	return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
	if (list == &answer.own_list) {
		answer.own_given--;
		return;
	}
	assert_ptr_equal(list, answer.list);
	answer.freed++;
}

static void
add_address(const union address *a)
{
	assert_true(answer.n < nitems(answer.at));
	answer.at[answer.n++] = *a;
}

static int
dial_from(const char *source, int64_t wait_ms, struct error *e)
{
	const struct dial_to to = { .host = "mail.example", .port = 110, .source = source };
	int before = answer.freed, fd;

	*e = (struct error)NO_ERROR;
	fd = dial(&to, clock_ms() + wait_ms, e);
	assert_string_equal(answer.service, "110");
	assert_int_equal(answer.freed - before, answer.rc == 0);
	assert_int_equal(answer.own_given, 0);
	return fd;
}

static int
dial_it(int64_t wait_ms, struct error *e)
{
	return dial_from(NULL, wait_ms, e);
}

/* ---- addresses ---- */

/* A listener; -1 where there is no such family. */
static int
start_listener(int family, int backlog, union address *a)
{
	socklen_t len = address_size(family);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(a, 0, sizeof(*a));
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a->in6.sin6_addr = in6addr_loopback;
	if (fd == -1 || bind(fd, &a->sa, len) == -1) {
		(void)close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, &a->sa, &len), 0);
	return fd;
}

/* An address that refuses: bound, but nobody listens. The descriptor keeps it so. */
static int
make_refusing(union address *a)
{
	socklen_t len = sizeof(a->in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(a, 0, sizeof(*a));
	a->in.sin_family = AF_INET;
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, &a->sa, len), 0);
	assert_int_equal(getsockname(fd, &a->sa, &len), 0);
	return fd;
}

/* An address that never answers: its queue of connections is full. */
struct silent {
	union address at;
	int fds[8];
	bool works; /* some systems answer all the same */
};

static void
make_silent(struct silent *s)
{
	s->fds[0] = start_listener(AF_INET, 0, &s->at);
	for (size_t i = 1; i < nitems(s->fds); i++) {
		s->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(s->fds[i], &s->at.sa, sizeof(s->at.in));
	}
	(void)usleep(50000);
	s->works = false;
	for (size_t i = 1; i < nitems(s->fds); i++) {
		union address peer;
		socklen_t len = sizeof(peer);

		if (getpeername(s->fds[i], &peer.sa, &len) == -1)
			s->works = true; /* it waits in vain already */
	}
}

static void
end_silent(struct silent *s)
{
	for (size_t i = 0; i < nitems(s->fds); i++)
		(void)close(s->fds[i]);
}

static void
forget(void)
{
	answer.n = 0;
	answer.rc = 0;
}

/* Whether fd leads to that listener, and is as callers want it; closes it. */
static void
check_connected(int fd, int listener, const struct error *e)
{
	union address mine, theirs;
	socklen_t len = sizeof(mine), on_len = sizeof(int);
	int got, on = 0;

	assert_row(fd != -1, "%s", e->msg);
	assert_int_equal(e->cls, ERR_OK);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &on_len), 0);
	assert_int_equal(on != 0, 1);
	assert_int_equal(getsockname(fd, &mine.sa, &len), 0);
	len = sizeof(theirs);
	assert_true((got = accept(listener, &theirs.sa, &len)) != -1);
	assert_int_equal(mine.sa.sa_family, theirs.sa.sa_family);
	assert_int_equal(mine.in.sin_port, theirs.in.sin_port);
	(void)close(got);
	(void)close(fd);
}

/* ---- the tests ---- */

static void
test_an_address_that_listens_is_connected_to(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct error e;

	(void)state;
	for (size_t i = 0; i < nitems(families); i++) {
		union address a;
		int listener = start_listener(families[i], 5, &a);

		if (listener == -1)
			continue;
		forget();
		add_address(&a);
		check_connected(dial_it(LONG_MS, &e), listener, &e);
		(void)close(listener);
	}
}

static void
test_a_port_that_refuses_is_a_failure_for_now(void **state)
{
	int64_t start = clock_ms();
	union address a;
	struct error e;
	int fd = make_refusing(&a);

	(void)state;
	for (size_t n = 1; n <= 3; n++) {
		forget();
		for (size_t i = 0; i < n; i++)
			add_address(&a);
		assert_int_equal(dial_it(LONG_MS, &e), -1);
		assert_int_equal(e.cls, ERR_TEMP);
		assert_non_null(strstr(e.msg, "mail.example port 110"));
		assert_non_null(strstr(e.msg, strerror(ECONNREFUSED)));
		assert_non_null(strstr(e.msg, "no server listens"));
	}
	assert_true(clock_ms() - start < SOON_MS); /* nothing to wait for */
	(void)close(fd);
}

static void
test_addresses_that_refuse_do_not_hide_one_that_listens(void **state)
{
	union address refusing, good;
	struct error e;
	int fd = make_refusing(&refusing), listener = start_listener(AF_INET, 5, &good);

	(void)state;
	for (size_t before = 0; before <= 15; before++) { /* 16 addresses are tried */
		int64_t start = clock_ms();

		forget();
		for (size_t i = 0; i < before; i++)
			add_address(&refusing);
		add_address(&good);
		if (before % 2 == 0)
			add_address(&refusing);
		check_connected(dial_it(LONG_MS, &e), listener, &e);
		assert_true(clock_ms() - start < 2500); /* a failure is not waited upon */
	}
	(void)close(listener);
	(void)close(fd);
}

static void
test_an_unreachable_family_does_not_hide_the_other(void **state)
{
	union address nowhere = { .in6 = { .sin6_family = AF_INET6 } }, good;
	int listener = start_listener(AF_INET, 5, &good);
	struct error e;

	(void)state;
	/* the prefix for documentation: no route, or none that leads anywhere */
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &nowhere.in6.sin6_addr), 1);
	nowhere.in6.sin6_port = htons(110);
	forget();
	add_address(&nowhere);
	add_address(&nowhere);
	add_address(&good);
	check_connected(dial_it(LONG_MS, &e), listener, &e);
	(void)close(listener);
}

static void
test_an_address_that_is_silent_holds_nobody_up(void **state)
{
	struct silent s;
	union address good;
	int64_t start, took;
	struct error e;
	int listener = start_listener(AF_INET, 5, &good);

	(void)state;
	make_silent(&s);
	if (s.works) {
		forget();
		add_address(&s.at);
		add_address(&good);
		start = clock_ms();
		check_connected(dial_it(LONG_MS, &e), listener, &e);
		took = clock_ms() - start; /* RFC 8305: a quarter of a second's start */
		assert_row(took >= 200 && took < SOON_MS, "%d ms", (int)took);
	}
	end_silent(&s);
	(void)close(listener);
}

static void
test_the_deadline_holds_whatever_the_number_of_addresses(void **state)
{
	static const int64_t waits[] = { -5, 0, 100, 400 };
	struct silent s;
	struct error e;

	(void)state;
	make_silent(&s);
	for (size_t i = 0; s.works && i < nitems(waits); i++)
		for (size_t n = 1; n <= 20; n += 19) {
			int64_t start = clock_ms(), took;

			forget();
			for (size_t k = 0; k < n; k++)
				add_address(&s.at);
			assert_int_equal(dial_it(waits[i], &e), -1);
			took = clock_ms() - start;
			assert_row(
			    took >= waits[i] && took < waits[i] + SOON_MS, "%d ms", (int)took);
			assert_int_equal(e.cls, ERR_TEMP);
			assert_non_null(strstr(e.msg, strerror(ETIMEDOUT)));
			assert_non_null(strstr(e.msg, "nothing answers"));
		}
	end_silent(&s);
}

/* The families alternate: a whole list of silent addresses of one costs one start of 250 ms. */
static void
test_the_second_family_is_tried_second(void **state)
{
	struct silent s;
	union address six;
	int64_t start, took;
	struct error e;
	int listener = start_listener(AF_INET6, 5, &six);

	(void)state;
	make_silent(&s);
	if (s.works && listener != -1) {
		forget();
		for (int i = 0; i < 15; i++)
			add_address(&s.at);
		add_address(&six);
		start = clock_ms();
		check_connected(dial_it(LONG_MS, &e), listener, &e);
		took = clock_ms() - start;
		assert_row(took < 2000, "%d ms", (int)took); /* 15 starts would be 3750 */
	}
	end_silent(&s);
	(void)close(listener);
}

static void
test_no_descriptor_stays_behind(void **state)
{
	struct silent s;
	union address good, refusing;
	struct error e;
	int listener = start_listener(AF_INET, 5, &good), fd = make_refusing(&refusing);
	int lowest, after;

	(void)state;
	make_silent(&s);
	forget();
	add_address(&s.at);
	add_address(&refusing);
	add_address(&s.at);
	add_address(&good);
	assert_true((lowest = dup(listener)) != -1);
	(void)close(lowest);
	check_connected(dial_it(LONG_MS, &e), listener, &e);
	answer.n--;
	(void)dial_it(50, &e);
	assert_true((after = dup(listener)) != -1);
	(void)close(after);
	assert_int_equal(after, lowest);
	end_silent(&s);
	(void)close(listener);
	(void)close(fd);
}

static void
test_a_host_that_is_not_there_is_no_failure_for_now(void **state)
{
	static const struct {
		int rc;
		enum errclass cls;
	} t[] = {
		{ EAI_NONAME, ERR_HOST },
		{ EAI_FAIL, ERR_HOST },
		{ EAI_AGAIN, ERR_TEMP },
		{ EAI_MEMORY, ERR_TEMP },
		{ EAI_SYSTEM, ERR_TEMP },
	};
	struct error e;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		forget();
		answer.rc = t[i].rc;
		errno = EMFILE;
		assert_int_equal(dial_it(LONG_MS, &e), -1);
		assert_row(e.cls == t[i].cls, "%zu: %s", i, e.msg);
		assert_non_null(strstr(e.msg, "mail.example"));
		if (t[i].rc == EAI_SYSTEM)
			assert_non_null(strstr(e.msg, strerror(EMFILE)));
	}
	forget();
}

/* Nothing goes to the broadcast address by TCP, on any machine. */
static void
add_unreachable(void)
{
	union address a = { .in = { .sin_family = AF_INET, .sin_port = htons(110) } };

	a.in.sin_addr.s_addr = htonl(INADDR_BROADCAST);
	add_address(&a);
}

static void
test_a_refusal_says_more_than_that_there_is_no_way(void **state)
{
	union address refusing;
	struct error e;
	int fd = make_refusing(&refusing);

	(void)state;
	for (int first = 0; first < 2; first++) {
		forget();
		if (first == 0)
			add_address(&refusing);
		add_unreachable();
		if (first == 1)
			add_address(&refusing);
		assert_int_equal(dial_it(LONG_MS, &e), -1);
		assert_row(strstr(e.msg, strerror(ECONNREFUSED)) != NULL, "%s", e.msg);
	}
	forget();
	add_unreachable();
	assert_int_equal(dial_it(LONG_MS, &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_row(strstr(e.msg, "no way leads there") != NULL, "%s", e.msg);
	(void)close(fd);
}

/* ---- from an address ---- */

static void
test_it_connects_from_the_source(void **state)
{
	static const struct {
		const char *source;
		int family;
	} t[] = { { "127.0.0.2", AF_INET }, { "127.0.0.1", AF_INET }, { "::1", AF_INET6 } };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		union address a, mine;
		socklen_t len = sizeof(mine);
		struct error e;
		int fd, listener = start_listener(t[i].family, 5, &a);
		char text[INET6_ADDRSTRLEN];

		if (listener == -1)
			continue;
		forget();
		add_unreachable(); /* of the other family, or passed over */
		add_address(&a);
		assert_row((fd = dial_from(t[i].source, LONG_MS, &e)) != -1, "%s", e.msg);
		assert_int_equal(getsockname(fd, &mine.sa, &len), 0);
		assert_int_equal(mine.sa.sa_family, t[i].family);
		assert_non_null(inet_ntop(t[i].family,
		    t[i].family == AF_INET ? (void *)&mine.in.sin_addr
					   : (void *)&mine.in6.sin6_addr,
		    text, sizeof(text)));
		assert_string_equal(text, t[i].source);
		check_connected(fd, listener, &e);
		(void)close(listener);
	}
}

static void
test_a_source_that_fits_no_address_is_told(void **state)
{
	union address a;
	struct error e;
	int listener = start_listener(AF_INET, 5, &a);

	(void)state;
	forget();
	add_address(&a);
	assert_int_equal(dial_from("::1", LONG_MS, &e), -1);
	assert_int_equal(e.cls, ERR_CONFIG);
	assert_row(strstr(e.msg, "source-address ::1") != NULL, "%s", e.msg);
	assert_int_equal(dial_from("192.0.2.77", LONG_MS, &e), -1); /* not one of ours */
	assert_int_equal(e.cls, ERR_TEMP);
	assert_row(strstr(e.msg, "from 192.0.2.77") != NULL, "%s", e.msg);
	assert_row(strstr(e.msg, strerror(EADDRNOTAVAIL)) != NULL, "%s", e.msg);
	(void)close(listener);
}

static void
test_what_is_an_address(void **state)
{
	(void)state;
	assert_true(dial_is_address("127.0.0.1"));
	assert_true(dial_is_address("2001:db8::1"));
	assert_false(dial_is_address("localhost"));
	assert_false(dial_is_address(""));
	assert_int_equal(answer.own_given, 0);
}

/* ---- sockets of this machine ---- */

static int
listen_at(const char *path, int backlog)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) < sizeof(sun.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
test_a_socket_is_connected_to(void **state)
{
	const char *path = in_dir(*state, "socket");
	struct error e = NO_ERROR;
	int listener = listen_at(path, 5), fd = dial_socket(path, clock_ms() + LONG_MS, &e), got;

	assert_row(fd != -1, "%s", e.msg);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((got = accept(listener, NULL, NULL)) != -1);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(got);
	(void)close(fd);
	(void)close(listener);
}

static void
check_no_socket(const char *path, enum errclass cls, const char *words)
{
	struct error e = NO_ERROR;
	int64_t start = clock_ms();

	assert_int_equal(dial_socket(path, start + 300, &e), -1);
	assert_row(e.cls == cls, "%s", e.msg);
	assert_row(strstr(e.msg, words) != NULL, "%s", e.msg);
	assert_true(clock_ms() - start < SOON_MS);
}

static void
test_a_socket_that_does_not_work_is_told(void **state)
{
	char path[200];
	int listener = listen_at(in_dir(*state, "busy"), 0), fds[3] = { -1, -1, -1 };
	struct error e = NO_ERROR;

	check_no_socket(in_dir(*state, "nowhere"), ERR_TEMP, strerror(ENOENT));
	(void)close(listen_at(in_dir(*state, "left"), -1));
	check_no_socket(in_dir(*state, "left"), ERR_TEMP, strerror(ECONNREFUSED));
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	check_no_socket(path, ERR_CONFIG, "too long");
	for (size_t i = 0; i < nitems(fds) && e.cls == ERR_OK; i++) /* until its queue is full */
		fds[i] = dial_socket(in_dir(*state, "busy"), clock_ms() + 50, &e);
	check_no_socket(in_dir(*state, "busy"), ERR_TEMP, strerror(EAGAIN));
	for (size_t i = 0; i < nitems(fds); i++)
		(void)close(fds[i]);
	(void)close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_that_listens_is_connected_to),
		cmocka_unit_test(test_a_port_that_refuses_is_a_failure_for_now),
		cmocka_unit_test(test_addresses_that_refuse_do_not_hide_one_that_listens),
		cmocka_unit_test(test_an_unreachable_family_does_not_hide_the_other),
		cmocka_unit_test(test_an_address_that_is_silent_holds_nobody_up),
		cmocka_unit_test(test_the_deadline_holds_whatever_the_number_of_addresses),
		cmocka_unit_test(test_the_second_family_is_tried_second),
		cmocka_unit_test(test_no_descriptor_stays_behind),
		cmocka_unit_test(test_a_host_that_is_not_there_is_no_failure_for_now),
		cmocka_unit_test(test_a_refusal_says_more_than_that_there_is_no_way),
		cmocka_unit_test(test_it_connects_from_the_source),
		cmocka_unit_test(test_a_source_that_fits_no_address_is_told),
		cmocka_unit_test(test_what_is_an_address),
		cmocka_unit_test_setup_teardown(
		    test_a_socket_is_connected_to, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_socket_that_does_not_work_is_told, make_dir, remove_dir),
	};

	log_set_level(LOG_QUIET);
	(void)alarm(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
