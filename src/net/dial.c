#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/stop.h"
#include "util/util.h"

#define ATTEMPTS_MAX 16
#define ATTEMPT_DELAY_MS 250 /* RFC 8305 section 8 */

struct race {
	const struct addrinfo *source;              /* to connect from; NULL: any address */
	const struct addrinfo *order[ATTEMPTS_MAX]; /* whom to try, in this order */
	size_t n, next;
	struct pollfd running[ATTEMPTS_MAX];
	size_t nrunning;
	int error;        /* the most telling of the attempts that failed; 0: none has */
	int source_error; /* why the source cannot be used */
};

/* Takes addresses of the two families in turn, the resolver's first choice first. */
static void
order_addresses(struct race *r, const struct addrinfo *list)
{
	const struct addrinfo *a = list, *b = list;
	int family = list->ai_family;

	while (r->n < ATTEMPTS_MAX && (a != NULL || b != NULL)) {
		while (a != NULL && a->ai_family != family)
			a = a->ai_next;
		while (b != NULL && b->ai_family == family)
			b = b->ai_next;
		if (a != NULL) {
			r->order[r->n++] = a;
			a = a->ai_next;
		}
		if (b != NULL && r->n < ATTEMPTS_MAX) {
			r->order[r->n++] = b;
			b = b->ai_next;
		}
	}
}

/* From an IPv4 address only IPv4 addresses can be reached. */
static void
keep_family(struct race *r, int family)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->order[i]->ai_family == family)
			r->order[kept++] = r->order[i];
	r->n = kept;
}

static bool
is_unreachable(int err)
{
	return err == ENETUNREACH || err == EHOSTUNREACH || err == ENETDOWN || err == EAFNOSUPPORT;
}

/* That a host has an address of a family that this machine lacks says least. */
static void
note_failure(struct race *r, int err)
{
	if (r->error == 0 || is_unreachable(r->error) || !is_unreachable(err))
		r->error = err;
}

static void
trace_attempt(const struct addrinfo *ai)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (log_at(LOG_DIALOGUE) && getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host),
					port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		log_dialogue("connecting to %s port %s", host, port);
}

/* A socket for that address; -1 with the failure noted. */
static int
open_socket(struct race *r, const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1) {
		note_failure(r, errno);
	} else if (r->source != NULL && bind(fd, r->source->ai_addr, r->source->ai_addrlen) == -1) {
		r->source_error = errno;
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Starts the next attempt; a descriptor when it succeeds on the spot, else -1. */
static int
start_next(struct race *r)
{
	const struct addrinfo *ai = r->order[r->next++];
	int fd = open_socket(r, ai);

	trace_attempt(ai);
	if (fd == -1)
		return -1;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS && errno != EINTR) {
		note_failure(r, errno);
		(void)close(fd);
		return -1;
	}
	r->running[r->nrunning++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	return -1;
}

/* Looks at the attempts that poll(2) reported: a connected one is returned, failed ones go. */
static int
collect(struct race *r)
{
	for (size_t i = 0; i < r->nrunning;) {
		int fd = r->running[i].fd, err = 0;
		socklen_t len = sizeof(err);

		if (r->running[i].revents == 0) {
			i++;
			continue;
		}
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
			err = errno;
		r->running[i] = r->running[--r->nrunning];
		if (err == 0)
			return fd;
		note_failure(r, err);
		(void)close(fd);
	}
	return -1;
}

static int
run_race(struct race *r, int64_t deadline_ms)
{
	int64_t next_start = 0;
	int fd = -1;

	while (fd == -1 && (r->next < r->n || r->nrunning > 0)) {
		int wait = clock_left_ms(deadline_ms);

		if (wait == 0) {
			note_failure(r, ETIMEDOUT);
			break;
		}
		if (r->next < r->n && (r->nrunning == 0 || clock_ms() >= next_start)) {
			next_start = clock_ms() + ATTEMPT_DELAY_MS;
			fd = start_next(r);
			continue;
		}
		if (r->next < r->n && wait > clock_left_ms(next_start))
			wait = clock_left_ms(next_start);
		if (poll(r->running, r->nrunning, wait) > 0)
			fd = collect(r);
	}
	for (size_t i = 0; i < r->nrunning; i++)
		(void)close(r->running[i].fd);
	return fd;
}

/* ---- names ---- */

static struct addrinfo *
parse_address(const char *word)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *list = NULL;

	return getaddrinfo(word, NULL, &hints, &list) == 0 ? list : NULL;
}

bool
dial_is_address(const char *word)
{
	struct addrinfo *list = parse_address(word);

	if (list != NULL)
		freeaddrinfo(list);
	return list != NULL;
}

static int
resolve(const struct dial_to *to, struct addrinfo **list, struct error *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char service[8];
	int rc;

	(void)snprintf(service, sizeof(service), "%u", to->port);
	rc = getaddrinfo(to->host, service, &hints, list);
	if (rc == EAI_AGAIN || rc == EAI_SYSTEM || rc == EAI_MEMORY)
		return error_set(e, ERR_TEMP, "%s: cannot look up the host: %s", to->host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	if (rc != 0)
		return error_set(e, ERR_HOST, "%s: no such host (%s)", to->host, gai_strerror(rc));
	return 0;
}

/* ---- the whole ---- */

static const char *
meaning_of(int err)
{
	if (err == ECONNREFUSED)
		return ": no server listens there, or a firewall keeps us out";
	if (err == ETIMEDOUT)
		return ": nothing answers there";
	if (is_unreachable(err))
		return ": no way leads there from this machine; is the network up?";
	return "";
}

/* Why nobody won: always -1. */
static int
explain(const struct dial_to *to, const struct race *r, struct error *e)
{
	if (r->n == 0)
		return error_set(e, ERR_CONFIG,
		    "%s: the host has no address that can be reached from the source-address %s",
		    to->host, to->source);
	if (r->source_error != 0)
		return error_set(e, ERR_TEMP, "%s port %u: cannot connect from %s: %s", to->host,
		    to->port, to->source, strerror(r->source_error));
	return error_set(e, ERR_TEMP, "%s port %u: cannot connect: %s%s", to->host, to->port,
	    strerror(r->error), meaning_of(r->error));
}

int
dial(const struct dial_to *to, int64_t deadline_ms, struct error *e)
{
	struct addrinfo *list = NULL, *source = NULL;
	struct race r = { .source = NULL };
	int fd, on = 1;

	if (resolve(to, &list, e) == -1)
		return -1;
	order_addresses(&r, list);
	if (to->source != NULL && (source = parse_address(to->source)) != NULL) {
		r.source = source;
		keep_family(&r, source->ai_family);
	}
	if ((fd = run_race(&r, deadline_ms)) == -1)
		(void)explain(to, &r, e);
	else
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (source != NULL)
		freeaddrinfo(source);
	freeaddrinfo(list);
	return fd;
}

/* ---- sockets of this machine ---- */

int
dial_socket(const char *path, int64_t deadline_ms, struct error *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int64_t pause_ms = 1;

	if (fd == -1)
		return error_sys(e, ERR_OS, "socket");
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >= sizeof(sun.sun_path)) {
		(void)close(fd);
		return error_set(e, ERR_CONFIG, "%s: too long for the path of a socket", path);
	}
	log_dialogue("connecting to %s", path);
	while (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		/* EAGAIN: the server has not taken those before us yet, and no poll(2) would tell
		 */
		if ((errno != EAGAIN && errno != EINTR) || clock_left_ms(deadline_ms) == 0) {
			(void)error_sys(e, ERR_TEMP, "%s: cannot connect", path);
			(void)close(fd);
			return -1;
		}
		stop_pause(&pause_ms);
	}
	return fd;
}
