/*
 * floor - the least that fetching mail can cost: what all others are compared with.
 *
 *     floor [-d] [-l] [-p] [-t] [-j ACCOUNTS] PORT FILE
 *
 * Logs in as alice with the password secret, asks for all messages in one flight and writes the
 * bytes as they come to FILE, which is synced once, before DELE. Where the mail is kept, nothing
 * depends on the sync, and QUIT goes right behind the last RETR. It looks at nothing but the ends
 * of messages and keeps no state.
 *
 * -d deletes, -l sends a command only when the one before is answered, -p asks for the UIDs and
 * no message, -t speaks TLS and believes whatever certificate there is. With -j, so many processes
 * do all that at the same time; their files are FILE.0, FILE.1 and so on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define END "\r\n.\r\n"
#define END_LEN 5
#define QUIT "QUIT\r\n"
#define KEPT (END_LEN - 1) /* bytes of the last read that an end may begin with */

static struct {
	bool delete, lockstep, poll, tls;
} set;

static struct {
	int fd;
	SSL *ssl;
	const char *out; /* commands that have not been sent yet */
	size_t out_len;
	char in[KEPT + 262144 + 1]; /* what was read last begins at KEPT, and ends with a NUL */
} conn;

__attribute__((noreturn)) static void
die(const char *what)
{
	(void)fprintf(stderr, "floor: %s: %s\n", what, errno != 0 ? strerror(errno) : "no");
	exit(1);
}

static void *
grow(void *p, size_t size)
{
	if ((p = realloc(p, size)) == NULL)
		die("realloc");
	return p;
}

/* ---- the connection ----------------------------------------------------------------------------
 */

static void
dial(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	conn.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (conn.fd == -1 || connect(conn.fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		die("connect");
	(void)setsockopt(conn.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (set.tls) {
		SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

		if (ctx == NULL || (conn.ssl = SSL_new(ctx)) == NULL ||
		    SSL_set_fd(conn.ssl, conn.fd) != 1 || SSL_connect(conn.ssl) != 1)
			die("TLS");
		(void)SSL_set_mode(
		    conn.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	}
	if (fcntl(conn.fd, F_SETFL, O_NONBLOCK) == -1)
		die("fcntl");
}

/* The number of bytes sent or received, 0 if none can be now. */
static size_t
try_io(bool sending, char *in, size_t size)
{
	ssize_t n;

	if (conn.ssl != NULL) {
		size_t done = 0;
		int ok = sending ? SSL_write_ex(conn.ssl, conn.out, conn.out_len, &done)
				 : SSL_read_ex(conn.ssl, in, size, &done);
		int why = SSL_get_error(conn.ssl, ok);

		if (ok != 1 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			die("TLS");
		return done;
	}
	n = sending ? write(conn.fd, conn.out, conn.out_len) : read(conn.fd, in, size);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		die("the connection");
	return n > 0 ? (size_t)n : 0;
}

/* Sends what can be sent, and waits until something has been received. */
static size_t
receive(void)
{
	for (;;) {
		struct pollfd p = { .fd = conn.fd, .events = POLLIN };
		size_t n;

		if (conn.out_len > 0) {
			n = try_io(true, NULL, 0);
			conn.out += n;
			conn.out_len -= n;
		}
		if ((n = try_io(false, conn.in + KEPT, sizeof(conn.in) - KEPT - 1)) > 0)
			return n;
		if (conn.out_len > 0)
			p.events |= POLLOUT;
		if (poll(&p, 1, -1) == -1 && errno != EINTR)
			die("poll");
	}
}

/* ---- flights of commands -----------------------------------------------------------------------
 */

/*
 * Sends commands (NULL: none but what is left), and waits for so many lines, or ends of messages;
 * writes what comes to fd. Whether a line that came behind them, which is not written, is whole.
 */
static bool
flight(const char *commands, size_t len, size_t wanted, bool lines, int fd)
{
	const char *mark = lines ? "\n" : END, *p = NULL, *end = NULL, *hit;
	size_t mark_len = lines ? 1 : END_LEN, kept = lines ? 0 : KEPT;

	if (commands != NULL) {
		conn.out = commands;
		conn.out_len = len;
	}
	memset(conn.in, 0, KEPT);
	while (wanted > 0) {
		size_t n = receive();

		p = conn.in + KEPT - kept;
		end = conn.in + KEPT + n;
		while (wanted > 0 && (hit = memmem(p, (size_t)(end - p), mark, mark_len)) != NULL) {
			wanted--;
			p = hit + mark_len;
		}
		if (wanted == 0)
			n = (size_t)(p - conn.in) - KEPT;
		if (fd != -1 && write(fd, conn.in + KEPT, n) != (ssize_t)n)
			die("write");
		conn.in[KEPT + n] = '\0'; /* for log_in() */
		if (kept > 0 && wanted > 0)
			memmove(conn.in, conn.in + n, KEPT);
	}
	return p != NULL && memchr(p, '\n', (size_t)(end - p)) != NULL;
}

/*
 * A command for each message, in one flight or one by one, and in the former case QUIT behind them,
 * if wanted. Whether QUIT has been answered.
 */
static bool
for_each(const char *verb, unsigned long count, bool quit, int fd)
{
	char *text = NULL;
	size_t len = 0, cap = 0;
	bool answered = false;

	for (unsigned long i = 1; i <= count; i++) {
		if (cap - len < 64)
			text = grow(text, cap = 2 * cap + 4096);
		len += (size_t)snprintf(text + len, 32, "%s %lu\r\n", verb, i);
		if (set.lockstep) {
			(void)flight(text, len, 1, fd == -1, fd);
			len = 0;
		} else if (i == count && quit) {
			len += (size_t)snprintf(text + len, 32, "%s", QUIT);
		}
	}
	if (len > 0)
		answered = flight(text, len, count, fd == -1, fd);
	return answered && quit; /* the text may not all be sent yet */
}

static const char login[] = "USER alice\r\nPASS secret\r\n";

/* Sends commands of which each is answered by one line. */
static void
ask(const char *commands)
{
	const char *p = commands, *nl;
	size_t n = 0;

	for (; (nl = strchr(p, '\n')) != NULL; p = nl + 1, n++)
		if (set.lockstep)
			(void)flight(p, (size_t)(nl + 1 - p), 1, true, -1);
	if (!set.lockstep)
		(void)flight(commands, strlen(commands), n, true, -1);
}

/* Logs in; how many messages there are. */
static unsigned long
log_in(void)
{
	static const char stat[] = "STAT\r\n";
	char all[sizeof(login) + sizeof(stat)];

	(void)snprintf(all, sizeof(all), "%s%s", login, stat);
	ask(all);
	return strtoul(strrchr(conn.in + KEPT, '+') + strlen("+OK "), NULL, 10);
}

static void
ask_uids(void)
{
	static const char uidl[] = "UIDL\r\n";
	char all[sizeof(login) + sizeof(uidl)];

	(void)snprintf(all, sizeof(all), "%s%s", login, uidl);
	if (set.lockstep)
		ask(login);
	(void)flight(set.lockstep ? uidl : all, strlen(set.lockstep ? uidl : all), 1, false, -1);
}

static void
fetch(uint16_t port, const char *name)
{
	bool answered = false, sent = !set.lockstep && !set.poll;
	unsigned long count;
	int fd;

	dial(port);
	(void)flight("", 0, 1, true, -1);
	if (set.poll) {
		ask_uids();
	} else {
		count = log_in();
		if ((fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1)
			die(name);
		answered = for_each("RETR", count, !set.delete, fd);
		if (fsync(fd) == -1 || close(fd) == -1)
			die(name);
		if (set.delete)
			answered = for_each("DELE", count, true, -1);
	}
	if (!answered)
		(void)flight(sent ? NULL : QUIT, strlen(QUIT), 1, true, -1);
}

int
main(int argc, char **argv)
{
	int c, status, failed = 0;
	unsigned long jobs = 0;
	uint16_t port;

	while ((c = getopt(argc, argv, "dlptj:")) != -1)
		switch (c) {
		case 'd':
			set.delete = true;
			break;
		case 'l':
			set.lockstep = true;
			break;
		case 'p':
			set.poll = true;
			break;
		case 't':
			set.tls = true;
			break;
		case 'j':
			jobs = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	if (optind + 2 != argc)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	port = (uint16_t)strtoul(argv[optind], NULL, 10);
	if (jobs == 0) {
		fetch(port, argv[optind + 1]);
		return 0;
	}
	for (unsigned long i = 0; i < jobs; i++)
		if (fork() == 0) {
			char name[4096];

			(void)snprintf(name, sizeof(name), "%s.%lu", argv[optind + 1], i);
			fetch(port, name);
			_exit(0);
		}
	while (wait(&status) != -1)
		failed |= status;
	return failed != 0;
}
