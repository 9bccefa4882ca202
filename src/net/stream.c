#include "net/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/stop.h"
#include "util/text.h"
#include "util/util.h"

#define BUFFER_SIZE (128 * KiB)
#define OUT_SIZE (32 * KiB)
#define TLS_READS_MAX 64 /* of one call of OpenSSL; a record takes two */

struct stream {
	int fd;
	struct tunnel *tunnel; /* whose fd it is; NULL: our own */
	char *peer;
	SSL *ssl;
	unsigned tls_reads; /* of the call of OpenSSL at hand */
	int64_t deadline_ms;
	bool lf_only; /* the latest line ended so */
	bool failed;  /* nothing more can be said over it, not even goodbye */

	char *buf;
	size_t start, scan, end; /* taken < start <= looked at < scan <= received < end */

	char *out; /* written, not sent yet */
	size_t out_len;
	short out_event; /* of poll(2): when more of it may be sent */
};

struct stream *
stream_new(int fd, const char *peer)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->fd = fd;
	s->peer = xstrdup(peer);
	s->buf = xmalloc(BUFFER_SIZE);
	s->out = xmalloc(OUT_SIZE);
	return s;
}

struct stream *
stream_new_tunnel(struct tunnel *t, const char *peer)
{
	struct stream *s = stream_new(tunnel_fd(t), peer);

	s->tunnel = t;
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->ssl != NULL) {
		if (!s->failed)
			(void)SSL_shutdown(s->ssl); /* says close_notify; nobody waits for theirs */
		SSL_free(s->ssl);
		ERR_clear_error();
	}
	if (s->tunnel != NULL)
		tunnel_free(s->tunnel);
	else
		(void)close(s->fd);
	free(s->buf);
	explicit_bzero(s->out, s->out_len);
	free(s->out);
	free(s->peer);
	free(s);
}

const char *
stream_peer(const struct stream *s)
{
	return s->peer;
}

union any_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage any;
};

bool
stream_is_loopback(const struct stream *s)
{
	union any_address peer;
	socklen_t len = sizeof(peer);

	if (s->tunnel != NULL || getpeername(s->fd, &peer.sa, &len) == -1)
		return false;
	switch (peer.sa.sa_family) {
	case AF_INET:
		return ntohl(peer.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&peer.in6.sin6_addr);
	case AF_UNIX:
		return true;
	default:
		return false;
	}
}

bool
stream_own_address(const struct stream *s, char out[static STREAM_ADDRESS_MAX])
{
	union any_address own;
	socklen_t len = sizeof(own);

	if (s->tunnel != NULL || getsockname(s->fd, &own.sa, &len) == -1)
		return false;
	switch (own.sa.sa_family) {
	case AF_INET:
		return inet_ntop(AF_INET, &own.in.sin_addr, out, STREAM_ADDRESS_MAX) != NULL;
	case AF_INET6:
		return inet_ntop(AF_INET6, &own.in6.sin6_addr, out, STREAM_ADDRESS_MAX) != NULL;
	default:
		return false;
	}
}

void
stream_set_deadline(struct stream *s, int64_t at_ms)
{
	s->deadline_ms = at_ms;
}

bool
stream_lf_only(const struct stream *s)
{
	return s->lf_only;
}

struct slice
stream_buffered(const struct stream *s)
{
	return (struct slice){ s->buf + s->start, s->end - s->start };
}

bool
stream_is_tls(const struct stream *s)
{
	return s->ssl != NULL;
}

/* What went wrong may have gone wrong in the tunnel. */
static int
add_complaint(struct stream *s, struct error *e)
{
	const char *complaint = s->tunnel != NULL ? tunnel_complaint(s->tunnel) : "";

	return *complaint != '\0' ? error_add(e, " (connect-command: %s)", complaint) : -1;
}

static int
stream_fail(struct stream *s, struct error *e, enum errclass cls, const char *why)
{
	s->failed = true;
	(void)error_set(e, cls, "%s: %s", s->peer, why);
	return add_complaint(s, e);
}

static int
wait_for(struct stream *s, short events, struct error *e)
{
	struct pollfd pfds[] = { { .fd = s->fd, .events = events }, { .events = POLLIN } };

	while (clock_left_ms(stop_deadline(s->deadline_ms)) > 0) {
		int n;

		/* the tunnel must not have to wait for us to hear it; poll(2) ignores -1 */
		pfds[1].fd = s->tunnel != NULL ? tunnel_stderr_fd(s->tunnel) : -1;
		n = stop_poll(pfds, nitems(pfds), s->deadline_ms);
		if (n > 0 && pfds[1].revents != 0)
			tunnel_listen(s->tunnel);
		if (n > 0 && pfds[0].revents != 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return stream_fail(s, e, ERR_OS, strerror(errno));
	}
	return stream_fail(s, e, ERR_TEMP, "timed out waiting for the server");
}

/*
 * OpenSSL reads on for as long as messages come that are of no interest to us (key updates,
 * tickets, requests to shake hands), and those of a hostile server come without end: now and then
 * we want to look at the clock.
 */
static long
bound_reads(/* NOLINTNEXTLINE(readability-non-const-parameter): as OpenSSL declares it */
    BIO *bio, int oper, const char *p, size_t len, int argi, long argl, int rc, size_t *done)
{
	struct stream *s = (void *)BIO_get_callback_arg(bio);

	(void)p;
	(void)len;
	(void)argi;
	(void)argl;
	(void)done;
	if (oper != BIO_CB_READ || ++s->tls_reads <= TLS_READS_MAX)
		return rc;
	BIO_set_retry_read(bio);
	return -1;
}

/* Before each call that after_tls() looks at. */
static void
before_tls(struct stream *s)
{
	ERR_clear_error();
	errno = 0;
	s->tls_reads = 0;
}

/* What OpenSSL's failure means: try again at that event of poll(2) (0), or the end (-1). */
static int
after_tls(struct stream *s, int rc, short *event, struct error *e)
{
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		*event = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*event = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return stream_fail(s, e, ERR_TEMP, "the server closed the connection");
	case SSL_ERROR_SYSCALL:
		return stream_fail(
		    s, e, ERR_TEMP, errno != 0 ? strerror(errno) : "the connection was cut");
	default:
		s->failed = true;
		(void)tls_later_error(s->peer, e);
		return add_complaint(s, e);
	}
}

/* ---- sending and receiving ---- */

/* One write of what waits to be sent; 0 with *n bytes gone, none if that would have to wait. */
static int
send_some(struct stream *s, size_t *n, struct error *e)
{
	ssize_t sent;
	int rc;

	*n = 0;
	s->out_event = POLLOUT;
	if (s->ssl != NULL) {
		before_tls(s);
		rc = SSL_write_ex(s->ssl, s->out, s->out_len, n);
		return rc == 1 ? 0 : after_tls(s, rc, &s->out_event, e);
	}
	if ((sent = send(s->fd, s->out, s->out_len, MSG_NOSIGNAL)) >= 0)
		*n = (size_t)sent;
	else if (errno != EAGAIN && errno != EINTR)
		return stream_fail(s, e, ERR_TEMP, strerror(errno));
	return 0;
}

/* Sends what can be sent without waiting. */
static int
send_pending(struct stream *s, struct error *e)
{
	size_t n;

	while (s->out_len > 0) {
		if (send_some(s, &n, e) == -1)
			return -1;
		if (n == 0)
			break;
		s->out_len -= n;
		memmove(s->out, s->out + n, s->out_len);
		explicit_bzero(s->out + s->out_len, n);
	}
	return 0;
}

/* One read into the free room at the end of the buffer; 0 with *event when there is nothing yet. */
static int
receive_some(struct stream *s, size_t *n, short *event, struct error *e)
{
	size_t room = BUFFER_SIZE - s->end;
	ssize_t got;
	int rc;

	*n = 0;
	*event = POLLIN;
	if (s->ssl != NULL) {
		before_tls(s);
		rc = SSL_read_ex(s->ssl, s->buf + s->end, room, n);
		return rc == 1 ? 0 : after_tls(s, rc, event, e);
	}
	if ((got = recv(s->fd, s->buf + s->end, room, 0)) > 0)
		*n = (size_t)got;
	else if (got == 0)
		return stream_fail(s, e, ERR_TEMP, "the server closed the connection");
	else if (errno != EAGAIN && errno != EINTR)
		return stream_fail(s, e, ERR_TEMP, strerror(errno));
	return 0;
}

/* Waits until at least one byte has come; what is to be sent goes out meanwhile. */
static int
receive(struct stream *s, struct error *e)
{
	short event;
	size_t n;

	for (;;) {
		if (send_pending(s, e) == -1 || receive_some(s, &n, &event, e) == -1)
			return -1;
		s->end += n;
		if (n > 0)
			return 0;
		if (s->out_len > 0)
			event |= s->out_event;
		if (wait_for(s, event, e) == -1)
			return -1;
	}
}

/* Receives more, making room first by moving what is not yet taken to the front. */
static int
fill(struct stream *s, struct error *e)
{
	if (s->start == s->end) {
		s->start = s->scan = s->end = 0;
	} else if (BUFFER_SIZE - s->end < STREAM_LINE_MAX) {
		memmove(s->buf, s->buf + s->start, s->end - s->start);
		s->end -= s->start;
		s->scan -= s->start;
		s->start = 0;
	}
	return receive(s, e);
}

static void
trace_received(const struct stream *s, struct slice text)
{
	char safe[TEXT_SAFE_MAX];

	if (log_at(LOG_DIALOGUE))
		log_dialogue("%s < %s", s->peer, text_safe(safe, text));
}

static void
trace_sent(const struct stream *s, struct slice text)
{
	char safe[TEXT_SAFE_MAX];

	if (log_at(LOG_DIALOGUE))
		log_dialogue("%s > %s", s->peer, text_visible(safe, text));
}

int
stream_getline(struct stream *s, struct slice *line, struct error *e)
{
	const char *nl;

	while ((nl = memchr(s->buf + s->scan, '\n', s->end - s->scan)) == NULL) {
		s->scan = s->end; /* no byte is looked at twice */
		/* one more than a line may have: the CR may be there before its LF */
		if (s->end - s->start > STREAM_LINE_MAX + 1)
			return stream_fail(s, e, ERR_PROTO, "the server sent a line without end");
		if (fill(s, e) == -1)
			return -1;
	}
	*line = (struct slice){ s->buf + s->start, (size_t)(nl - s->buf) - s->start };
	s->start = s->scan = (size_t)(nl - s->buf) + 1;
	s->lf_only = line->len == 0 || line->p[line->len - 1] != '\r';
	if (!s->lf_only)
		line->len--;
	if (line->len > STREAM_LINE_MAX)
		return stream_fail(s, e, ERR_PROTO, "the server sent a line that is too long");
	trace_received(s, *line);
	return 0;
}

int
stream_peek(struct stream *s, struct slice *bytes, struct error *e)
{
	if (s->start == s->end && fill(s, e) == -1)
		return -1;
	*bytes = (struct slice){ s->buf + s->start, s->end - s->start };
	return 0;
}

void
stream_take(struct stream *s, size_t len)
{
	s->start += len;
	s->scan = s->start;
}

/* Takes all of it; waits only when more is unsent than there is room for. */
static int
send_all(struct stream *s, struct slice bytes, struct error *e)
{
	while (bytes.len > 0) {
		size_t n = MIN(bytes.len, OUT_SIZE - s->out_len);

		if (n == 0 && wait_for(s, s->out_event, e) == -1)
			return -1;
		memcpy(s->out + s->out_len, bytes.p, n);
		s->out_len += n;
		bytes.p += n;
		bytes.len -= n;
		if (send_pending(s, e) == -1)
			return -1;
	}
	return 0;
}

int
stream_write_lines(
    struct stream *s, struct slice lines, const bool *secret, size_t n, struct error *e)
{
	struct slice rest = lines;

	for (size_t i = 0; rest.len > 0; i++) {
		struct slice line = slice_line(&rest);

		line.len -= line.len > 0 && line.p[line.len - 1] == '\r';
		trace_sent(s, i < n && secret[i] ? slice_str("(secret)") : line);
	}
	return send_all(s, lines, e);
}

int
stream_send(struct stream *s, struct slice bytes, struct error *e)
{
	return send_all(s, bytes, e);
}

int
stream_write(struct stream *s, struct slice bytes, bool secret, struct error *e)
{
	if (!secret)
		return stream_write_lines(s, bytes, &secret, 1, e);
	trace_sent(s, slice_str("(secret)"));
	return send_all(s, bytes, e);
}

int
stream_start_tls(
    struct stream *s, const char *host, const struct tls_params *params, struct error *e)
{
	short event = 0;
	int rc;

	if (stream_buffered(s).len > 0)
		return stream_fail(s, e, ERR_TLS,
		    "the server sent data in the clear behind its agreement to start TLS; "
		    "somebody may be tampering with the connection");
	if (s->out_len > 0)
		return stream_fail(s, e, ERR_PROTO, "the server answers before it is asked");
	if ((s->ssl = tls_new(s->fd, host, params, e)) == NULL) {
		s->failed = true;
		return -1;
	}
	BIO_set_callback_ex(SSL_get_rbio(s->ssl), bound_reads);
	BIO_set_callback_arg(SSL_get_rbio(s->ssl), (void *)s);
	for (;;) {
		before_tls(s);
		if ((rc = SSL_connect(s->ssl)) == 1)
			break;
		switch (SSL_get_error(s->ssl, rc)) {
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			if (after_tls(s, rc, &event, e) == -1 || wait_for(s, event, e) == -1)
				return -1;
			break;
		default:
			s->failed = true;
			(void)tls_handshake_error(s->ssl, host, params, e);
			return add_complaint(s, e);
		}
	}
	log_dialogue("%s: %s, %s", s->peer, SSL_get_version(s->ssl), SSL_get_cipher_name(s->ssl));
	return 0;
}

bool
stream_tls_report(
    struct stream *s, const char *host, const struct tls_params *params, struct tls_report *r)
{
	if (s->ssl == NULL || !SSL_is_init_finished(s->ssl))
		return false;
	tls_report(s->ssl, host, params, r);
	return true;
}

size_t
stream_binding(const struct stream *s, const char *type, unsigned char out[static TLS_BINDING_MAX])
{
	return s->ssl != NULL ? tls_binding(s->ssl, type, out) : 0;
}
