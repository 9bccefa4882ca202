/*
 * pop3serve - a POP3 server for benchmarks: made-up mail, served from memory as fast as it goes.
 *
 *     pop3serve [-n MESSAGES] [-f FIRST] [-s BYTES | -m] [-P] [-w MS] PORTFILE [STATSFILE]
 *
 * Listens on a free loopback port, writes it to PORTFILE, and serves until it is killed. -s gives
 * the size of each message (2048), -m a realistic mix of sizes; numbers of messages, and so their
 * UIDs, begin at FIRST (1). -P takes PIPELINING out of the capabilities. Any user and password
 * will do. DELE is answered, counted and forgotten: every connection finds the same maildrop.
 *
 * STATSFILE gets a line per connection, at QUIT or at its end:
 *
 *     waits W sent B retr R dele D quit Q
 *
 * W is how often the server had answered everything and nothing more came from the client within
 * MS milliseconds (0), the wait for its first command included.
 */
#include "mail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct mail_set set = { .n = 1000, .first = 1, .size = 2048 };
static bool pipelining = true;
static int patience_ms;
static const char *stats;

/* What STAT, UIDL and LIST answer, made before anybody connects. */
static struct text {
	char *p;
	size_t len, cap;
} stat_text, uidl_text, list_text;

struct client {
	int fd;
	char in[16384];
	size_t have;
	char out[65536];
	size_t len;
	uint64_t waits, sent, retr, dele;
};

static void
put_all(struct client *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = write(c->fd, p, n);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0);
		c->sent += (uint64_t)got;
		p += got;
		n -= (size_t)got;
	}
}

static void
flush(struct client *c)
{
	put_all(c, c->out, c->len);
	c->len = 0;
}

static void
say(struct client *c, const char *text, size_t len)
{
	if (len > sizeof(c->out) - c->len)
		flush(c);
	if (len > sizeof(c->out)) {
		put_all(c, text, len);
		return;
	}
	memcpy(c->out + c->len, text, len);
	c->len += len;
}

static void
says(struct client *c, const char *text)
{
	say(c, text, strlen(text));
}

/* The message with at most so many body lines. */
static void
send_message(struct client *c, uint32_t id, uint64_t most)
{
	uint64_t lines = mail_lines(&set, id);
	char h[MAIL_HEADER_MAX];

	if (lines > most)
		lines = most;
	says(c, "+OK\r\n");
	say(c, h, mail_header(id, h));
	for (uint64_t k = 0, run; k < lines; k += run) {
		run = mail_run(id, k, lines - k);
		say(c, mail_line(id, k), run * MAIL_LINE);
	}
	says(c, ".\r\n");
}

/* Answers one command; false after QUIT. */
static bool
answer(struct client *c, const char *line)
{
	const char *arg = strchr(line, ' ');
	unsigned long n = arg != NULL ? strtoul(arg + 1, NULL, 10) : 0;
	bool there = n >= 1 && n <= set.n;
	uint32_t id = (uint32_t)(set.first + n - 1);

	if (strncasecmp(line, "RETR ", 5) == 0 && there) {
		c->retr++;
		send_message(c, id, UINT64_MAX);
	} else if (strncasecmp(line, "TOP ", 4) == 0 && there) {
		const char *lines = strchr(arg + 1, ' ');
		uint64_t most = lines != NULL ? strtoull(lines + 1, NULL, 10) : 0;

		c->retr += most > 0; /* fetchmail's way to fetch a message */
		send_message(c, id, most);
	} else if (strncasecmp(line, "UIDL", 4) == 0 && arg == NULL) {
		say(c, uidl_text.p, uidl_text.len);
	} else if (strncasecmp(line, "LIST", 4) == 0 && arg == NULL) {
		say(c, list_text.p, list_text.len);
	} else if (strncasecmp(line, "LIST ", 5) == 0 && there) {
		char reply[64];

		(void)snprintf(
		    reply, sizeof(reply), "+OK %lu %" PRIu64 "\r\n", n, mail_octets(&set, id));
		says(c, reply);
	} else if (strncasecmp(line, "STAT", 4) == 0) {
		say(c, stat_text.p, stat_text.len);
	} else if (strncasecmp(line, "CAPA", 4) == 0) {
		says(c, "+OK\r\nTOP\r\nUIDL\r\nUSER\r\n");
		says(c, pipelining ? "PIPELINING\r\n.\r\n" : ".\r\n");
	} else if (strncasecmp(line, "DELE ", 5) == 0 && there) {
		c->dele++;
		says(c, "+OK\r\n");
	} else if (strncasecmp(line, "USER", 4) == 0 || strncasecmp(line, "PASS", 4) == 0 ||
		   strncasecmp(line, "NOOP", 4) == 0 || strncasecmp(line, "RSET", 4) == 0) {
		says(c, "+OK\r\n");
	} else if (strncasecmp(line, "QUIT", 4) == 0) {
		says(c, "+OK\r\n");
		return false;
	} else {
		says(c, "-ERR no\r\n");
	}
	return true;
}

static void
note_stats(const struct client *c, bool quit)
{
	FILE *f = stats != NULL ? fopen(stats, "a") : NULL;

	if (f == NULL)
		return;
	(void)fprintf(f,
	    "waits %" PRIu64 " sent %" PRIu64 " retr %" PRIu64 " dele %" PRIu64 " quit %d\n",
	    c->waits, c->sent, c->retr, c->dele, quit);
	(void)fclose(f);
}

static void
serve(int fd)
{
	static struct client c;
	bool on = true;

	c.fd = fd;
	says(&c, "+OK ready\r\n");
	while (on) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char *nl, *start = c.in;
		ssize_t got;

		flush(&c);
		if (poll(&p, 1, patience_ms) == 0)
			c.waits++;
		if ((got = read(fd, c.in + c.have, sizeof(c.in) - c.have)) <= 0)
			break;
		c.have += (size_t)got;
		while (on && (nl = memchr(start, '\n', c.have - (size_t)(start - c.in))) != NULL) {
			*nl = '\0';
			on = answer(&c, start);
			start = nl + 1;
		}
		c.have -= (size_t)(start - c.in);
		memmove(c.in, start, c.have);
	}
	note_stats(&c, !on); /* before the client can go on from QUIT */
	flush(&c);
}

static void
add(struct text *t, const char *line)
{
	size_t len = strlen(line);

	if (t->cap - t->len < len && (t->p = realloc(t->p, t->cap = 2 * t->cap + 65536)) == NULL) {
		perror("pop3serve");
		exit(1);
	}
	memcpy(t->p + t->len, line, len);
	t->len += len;
}

static void
make_listings(void)
{
	uint64_t total = 0;
	char line[64];

	add(&uidl_text, "+OK\r\n");
	add(&list_text, "+OK\r\n");
	for (uint32_t i = 0; i < set.n; i++) {
		uint32_t id = set.first + i;
		uint64_t octets = mail_octets(&set, id);

		total += octets;
		(void)snprintf(line, sizeof(line), "%u %08x%08x\r\n", i + 1, id, id * 2654435761u);
		add(&uidl_text, line);
		(void)snprintf(line, sizeof(line), "%u %" PRIu64 "\r\n", i + 1, octets);
		add(&list_text, line);
	}
	add(&uidl_text, ".\r\n");
	add(&list_text, ".\r\n");
	(void)snprintf(line, sizeof(line), "+OK %u %" PRIu64 "\r\n", set.n, total);
	add(&stat_text, line);
}

static int
listen_somewhere(const char *portfile)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *f;

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 64) == -1 || getsockname(fd, (struct sockaddr *)&sin, &len) == -1 ||
	    (f = fopen(portfile, "w")) == NULL) {
		perror("pop3serve");
		exit(1);
	}
	(void)fprintf(f, "%u\n", ntohs(sin.sin_port));
	(void)fclose(f);
	return fd;
}

int
main(int argc, char **argv)
{
	int c, fd, on = 1;

	while ((c = getopt(argc, argv, MAIL_OPTIONS "Pw:")) != -1) {
		if (c == 'P')
			pipelining = false;
		else if (c == 'w')
			patience_ms = (int)strtol(optarg, NULL, 10);
		else if (!mail_option(&set, c, optarg))
			return 2;
	}
	if (optind >= argc)
		return 2;
	stats = argv[optind + 1];
	mail_begin();
	make_listings();
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	fd = listen_somewhere(argv[optind]);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer == -1)
			continue;
		(void)setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (fork() == 0) {
			serve(peer);
			_exit(0);
		}
		(void)close(peer);
	}
}
