/*
 * pop3serve - a POP3 server for benchmarks: made-up mail, served from memory as fast as it goes.
 *
 *     pop3serve [-n MESSAGES] [-s BYTES | -m] [-P] PORTFILE [STATSFILE]
 *
 * Listens on a free loopback port, writes it to PORTFILE, and serves until it is killed. -s gives
 * the size of each message (2048), -m a realistic mix of sizes, -P takes PIPELINING out of the
 * capabilities. Any user and password will do. DELE is answered and forgotten: every connection
 * finds the same maildrop.
 *
 * STATSFILE gets a line per connection: how often the server had answered everything and had to
 * wait for the client, and the bytes it sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define LINE 76          /* with its CRLF */
#define POOL_LINES 16384 /* what bodies are cut from */

static struct {
	uint32_t n;
	uint64_t size;
	bool mix, pipelining;
	const char *stats;
} set = { .n = 1000, .size = 2048, .pipelining = true };

static char pool[POOL_LINES][LINE];

/* Text of words, some lines of which need quoting and stuffing. */
static void
fill_pool(void)
{
	static const char *const words[] = { "fetch", "mail", "journal", "with", "the", "and",
		"message", "server", "delivery", "of", "a", "quick", "brown", "fox", "lock",
		"sync" };
	uint32_t x = 1;

	for (size_t i = 0; i < POOL_LINES; i++) {
		char *line = pool[i];
		size_t at = 0;

		if (i % 97 == 13)
			at = (size_t)snprintf(line, LINE, "From the ");
		else if (i % 89 == 7)
			at = (size_t)snprintf(line, LINE, "..dots ");
		while (at < LINE - 2) {
			const char *w = words[(x = x * 1664525 + 1013904223) >> 28];

			at += (size_t)snprintf(line + at, LINE - at, "%s ", w);
		}
		memcpy(line + LINE - 2, "\r\n", 2);
	}
}

/* The number of body lines of message i. */
static uint64_t
body_lines(uint32_t i)
{
	uint64_t size = set.size;
	uint32_t h = i * 2654435761u >> 8;

	if (set.mix) /* half below 4 KB, a tenth above 64 KB, one in two hundred of 2 MB */
		size = h % 200 == 0  ? 2000000
		       : h % 10 == 0 ? 64000 + h % 128000
		       : h % 2 == 0  ? 1000 + h % 3000
				     : 4000 + h % 30000;
	return size / LINE + 1;
}

struct client {
	int fd;
	char in[16384];
	size_t have;
	char out[65536];
	size_t len;
	uint64_t waits, sent;
};

static void
put_all(struct client *c, struct iovec *iov, size_t n)
{
	while (n > 0) {
		ssize_t got = writev(c->fd, iov, (int)n);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0);
		c->sent += (uint64_t)got;
		while (n > 0 && (size_t)got >= iov->iov_len) {
			got -= (ssize_t)iov->iov_len;
			iov++;
			n--;
		}
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + got;
			iov->iov_len -= (size_t)got;
		}
	}
}

static void
flush(struct client *c)
{
	struct iovec iov = { c->out, c->len };

	if (c->len > 0)
		put_all(c, &iov, 1);
	c->len = 0;
}

static void
say(struct client *c, const char *text, size_t len)
{
	if (len > sizeof(c->out) - c->len)
		flush(c);
	memcpy(c->out + c->len, text, len);
	c->len += len;
}

static void
says(struct client *c, const char *text)
{
	say(c, text, strlen(text));
}

static size_t
header(uint32_t i, char out[static 1024])
{
	return (size_t)snprintf(out, 1024,
	    "Return-Path: <sender%u@example.org>\r\n"
	    "Received: from mail.example.org by pop.example.net; Mon, 3 Aug 2026 10:11:12 +0000\r\n"
	    "Date: Mon, 3 Aug 2026 12:11:12 +0200\r\nFrom: Sender %u <sender%u@example.org>\r\n"
	    "To: alice@example.net\r\nSubject: message %u of a benchmark\r\n"
	    "Message-ID: <%u.bench@example.org>\r\n\r\n",
	    i % 50, i % 50, i % 50, i, i);
}

static uint64_t
message_size(uint32_t i)
{
	char h[1024];

	return header(i, h) + body_lines(i) * LINE;
}

/* The message with at most so many body lines. */
static void
send_message(struct client *c, uint32_t i, uint64_t lines)
{
	char h[1024];
	size_t at = i * 7919u % POOL_LINES;

	says(c, "+OK\r\n");
	say(c, h, header(i, h));
	while (lines > 0) {
		size_t run = POOL_LINES - at < lines ? POOL_LINES - at : (size_t)lines;
		struct iovec iov = { pool[at], run * LINE };

		if (iov.iov_len <= sizeof(c->out)) {
			say(c, pool[at], iov.iov_len);
		} else {
			flush(c);
			put_all(c, &iov, 1);
		}
		lines -= run;
		at = 0;
	}
	says(c, ".\r\n");
}

static void
list(struct client *c, bool uids)
{
	char line[64];

	says(c, "+OK\r\n");
	for (uint32_t i = 1; i <= set.n; i++)
		say(c, line,
		    (size_t)(uids ? snprintf(line, sizeof(line), "%u %08x%08x\r\n", i, i,
					i * 2654435761u)
				  : snprintf(line, sizeof(line), "%u %" PRIu64 "\r\n", i,
					message_size(i))));
	says(c, ".\r\n");
}

static void
stat_reply(struct client *c)
{
	char line[64];
	uint64_t total = 0;

	for (uint32_t i = 1; i <= set.n; i++)
		total += message_size(i);
	(void)snprintf(line, sizeof(line), "+OK %u %" PRIu64 "\r\n", set.n, total);
	says(c, line);
}

/* Answers one command; false after QUIT. */
static bool
answer(struct client *c, const char *line)
{
	unsigned long n = 0;
	const char *arg = strchr(line, ' ');

	if (arg != NULL)
		n = strtoul(arg + 1, NULL, 10);
	if (strncasecmp(line, "RETR ", 5) == 0 && n >= 1 && n <= set.n) {
		send_message(c, (uint32_t)n, body_lines((uint32_t)n));
	} else if (strncasecmp(line, "TOP ", 4) == 0 && n >= 1 && n <= set.n) {
		send_message(c, (uint32_t)n, 0);
	} else if (strncasecmp(line, "UIDL", 4) == 0) {
		list(c, true);
	} else if (strncasecmp(line, "LIST", 4) == 0) {
		list(c, false);
	} else if (strncasecmp(line, "STAT", 4) == 0) {
		stat_reply(c);
	} else if (strncasecmp(line, "CAPA", 4) == 0) {
		says(c, "+OK\r\nTOP\r\nUIDL\r\nUSER\r\n");
		says(c, set.pipelining ? "PIPELINING\r\n.\r\n" : ".\r\n");
	} else if (strncasecmp(line, "AUTH", 4) == 0) {
		says(c, "-ERR no\r\n");
	} else {
		says(c, "+OK\r\n");
	}
	return strncasecmp(line, "QUIT", 4) != 0;
}

static void
note_stats(const struct client *c)
{
	FILE *f = set.stats != NULL ? fopen(set.stats, "a") : NULL;

	if (f == NULL)
		return;
	(void)fprintf(f, "waits %" PRIu64 " sent %" PRIu64 "\n", c->waits, c->sent);
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
		char *nl, *start = c.in;
		ssize_t got;

		flush(&c);
		c.waits++;
		if ((got = read(fd, c.in + c.have, sizeof(c.in) - 1 - c.have)) <= 0)
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
	flush(&c);
	note_stats(&c);
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

	while ((c = getopt(argc, argv, "n:s:mP")) != -1)
		switch (c) {
		case 'n':
			set.n = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 's':
			set.size = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			set.mix = true;
			break;
		case 'P':
			set.pipelining = false;
			break;
		default:
			return 2;
		}
	if (optind >= argc)
		return 2;
	set.stats = argv[optind + 1];
	fill_pool();
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
