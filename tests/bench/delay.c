/*
 * delay - a proxy that makes loopback as slow as a distant server.
 *
 *     delay MS PORT PORTFILE
 *
 * Listens on a free loopback port, writes it to PORTFILE, and passes all on to PORT and back until
 * it is killed. Each byte arrives MS milliseconds after it was sent, and as many at once as were
 * sent: latency, but no limit of bandwidth. A client's connect(2) succeeds at once, but the server
 * hears of it only after 3 * MS, when the third packet of TCP's handshake would have reached it.
 *
 * One thread: each direction of a connection is a queue of pieces with the time at which they are
 * due.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 64
#define PIECE 65536

/* An end of file is a piece of no bytes, and always the last. */
struct piece {
	struct piece *next;
	int64_t due_ns;
	size_t len, at;
	char bytes[];
};

struct way {
	int from, to;
	bool ended; /* nothing more comes */
	bool done;  /* and all of it has been passed on */
	bool stuck; /* the receiver takes no more for now */
	struct piece *head, **tail;
};

static struct connection {
	bool on;
	int64_t connect_ns;
	struct way up, down; /* up.to and down.from are -1 until connect_ns */
} connections[CONNECTIONS];

static int64_t delay_ns;
static uint16_t server_port;

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

__attribute__((noreturn)) static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
set_up(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("delay: fcntl");
}

/* ---- one direction -----------------------------------------------------------------------------
 */

static void
way_begin(struct way *w, int from, int to)
{
	*w = (struct way){ .from = from, .to = to };
	w->tail = &w->head;
}

/* Reads what is there; it will be due in a while. */
static void
way_read(struct way *w)
{
	struct piece *p = malloc(sizeof(*p) + PIECE);
	ssize_t n;

	if (p == NULL)
		die("delay: malloc");
	if ((n = read(w->from, p->bytes, PIECE)) == -1 && (errno == EAGAIN || errno == EINTR)) {
		free(p);
		return;
	}
	if (n <= 0) {
		n = 0;
		w->ended = true;
	}
	*p = (struct piece){ .due_ns = now_ns() + delay_ns, .len = (size_t)n };
	if ((*w->tail = realloc(p, sizeof(*p) + (size_t)n)) == NULL)
		die("delay: realloc");
	w->tail = &(*w->tail)->next;
}

static void
way_drop(struct way *w)
{
	struct piece *p = w->head;

	if ((w->head = p->next) == NULL)
		w->tail = &w->head;
	free(p);
}

/* Passes on what is due. */
static void
way_write(struct way *w, int64_t now)
{
	w->stuck = false;
	while (w->head != NULL && w->head->due_ns <= now) {
		struct piece *p = w->head;
		ssize_t n;

		if (p->len == 0) {
			(void)shutdown(w->to, SHUT_WR);
			w->done = true;
		} else if ((n = write(w->to, p->bytes + p->at, p->len - p->at)) >= 0) {
			if ((p->at += (size_t)n) < p->len)
				continue;
		} else if (errno == EAGAIN || errno == EINTR) {
			w->stuck = true;
			return;
		} else {
			w->ended = w->done = true; /* nobody listens any more */
		}
		way_drop(w);
	}
}

/* ---- connections -------------------------------------------------------------------------------
 */

static void
take(int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0; fd != -1 && i < CONNECTIONS; i++) {
		struct connection *c = &connections[i];

		if (c->on)
			continue;
		set_up(fd);
		c->on = true;
		c->connect_ns = now_ns() + 3 * delay_ns;
		way_begin(&c->up, fd, -1);
		way_begin(&c->down, -1, fd);
		return;
	}
	if (fd != -1)
		(void)close(fd);
}

static void
reach_server(struct connection *c)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(server_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		die("delay: connect");
	set_up(fd);
	c->up.to = c->down.from = fd;
}

static void
finish(struct connection *c)
{
	(void)close(c->up.from);
	(void)close(c->up.to);
	while (c->up.head != NULL)
		way_drop(&c->up);
	while (c->down.head != NULL)
		way_drop(&c->down);
	c->on = false;
}

/* What is due on a connection; the time of what will be next, if that is before "next". */
static int64_t
serve(struct connection *c, int64_t now, int64_t next)
{
	if (c->up.to == -1 && now < c->connect_ns)
		return c->connect_ns < next ? c->connect_ns : next;
	if (c->up.to == -1)
		reach_server(c);
	way_write(&c->up, now);
	way_write(&c->down, now);
	if (c->up.done && c->down.done) {
		finish(c);
		return next;
	}
	for (struct way *w = &c->up; w != NULL; w = w == &c->up ? &c->down : NULL)
		if (w->head != NULL && !w->stuck && w->head->due_ns < next)
			next = w->head->due_ns;
	return next;
}

static size_t
watch(struct pollfd *fds, struct way **ways, size_t n, struct way *w)
{
	if (w->from != -1 && !w->ended) {
		fds[n] = (struct pollfd){ .fd = w->from, .events = POLLIN };
		ways[n++] = w;
	}
	if (w->stuck) {
		fds[n] = (struct pollfd){ .fd = w->to, .events = POLLOUT };
		ways[n++] = NULL; /* to be woken is enough */
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pollfd fds[1 + 4 * CONNECTIONS];
	struct way *ways[1 + 4 * CONNECTIONS];
	socklen_t len = sizeof(sin);
	FILE *f;

	if (argc != 4)
		return 2;
	delay_ns = (int64_t)(strtod(argv[1], NULL) * 1e6);
	server_port = (uint16_t)strtoul(argv[2], NULL, 10);
	(void)signal(SIGPIPE, SIG_IGN);
	fds[0] = (struct pollfd){ .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN };
	if (fds[0].fd == -1 || bind(fds[0].fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fds[0].fd, CONNECTIONS) == -1 ||
	    getsockname(fds[0].fd, (struct sockaddr *)&sin, &len) == -1)
		die("delay");
	set_up(fds[0].fd);
	if ((f = fopen(argv[3], "w")) == NULL || fprintf(f, "%u\n", ntohs(sin.sin_port)) < 0 ||
	    fclose(f) != 0)
		die(argv[3]);
	for (;;) {
		int64_t now = now_ns(), next = now + 1000000000;
		struct timespec until;
		size_t n = 1;

		for (size_t i = 0; i < CONNECTIONS; i++)
			if (connections[i].on)
				next = serve(&connections[i], now, next);
		for (size_t i = 0; i < CONNECTIONS; i++)
			if (connections[i].on) {
				n = watch(fds, ways, n, &connections[i].up);
				n = watch(fds, ways, n, &connections[i].down);
			}
		next = (now = now_ns()) < next ? next - now : 0;
		until =
		    (struct timespec){ .tv_sec = next / 1000000000, .tv_nsec = next % 1000000000 };
		if (ppoll(fds, n, &until, NULL) <= 0)
			continue;
		for (size_t i = 1; i < n; i++)
			if (ways[i] != NULL && fds[i].revents != 0)
				way_read(ways[i]);
		if (fds[0].revents != 0)
			take(fds[0].fd);
	}
}
