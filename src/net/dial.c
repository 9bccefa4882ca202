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
#include <unistd.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/util.h"

#define ATTEMPTS_MAX 16
#define ATTEMPT_DELAY_MS 250 /* RFC 8305 section 8 */

struct race {
	const struct addrinfo *order[ATTEMPTS_MAX]; /* whom to try, in this order */
	size_t n, next;
	struct pollfd running[ATTEMPTS_MAX];
	size_t nrunning;
	int last_errno; /* of the latest attempt that failed */
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

static void
trace_attempt(const struct addrinfo *ai)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (log_at(LOG_DIALOGUE) && getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host),
					port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		log_dialogue("connecting to %s port %s", host, port);
}

/* Starts the next attempt; a descriptor when it succeeds on the spot, else -1. */
static int
start_next(struct race *r)
{
	const struct addrinfo *ai = r->order[r->next++];
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	trace_attempt(ai);
	if (fd == -1) {
		r->last_errno = errno;
		return -1;
	}
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS && errno != EINTR) {
		r->last_errno = errno;
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
		r->last_errno = err;
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
			r->last_errno = ETIMEDOUT;
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

int
dial(const char *host, uint16_t port, int64_t deadline_ms, struct error *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	struct race r = { .last_errno = ETIMEDOUT };
	char service[8];
	int rc, fd, on = 1;

	(void)snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc == EAI_AGAIN || rc == EAI_SYSTEM || rc == EAI_MEMORY)
		return error_set(e, ERR_TEMP, "%s: cannot look up the host: %s", host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	if (rc != 0)
		return error_set(e, ERR_HOST, "%s: no such host (%s)", host, gai_strerror(rc));
	order_addresses(&r, list);
	fd = run_race(&r, deadline_ms);
	freeaddrinfo(list);
	if (fd == -1)
		return error_set(e, ERR_TEMP, "%s port %u: cannot connect: %s", host, port,
		    strerror(r.last_errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}
