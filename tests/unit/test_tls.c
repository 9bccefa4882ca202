/* TLS with a server of the test's own: whom we trust, and what is said when we do not. */
#include "unit.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "net/stream.h"
#include "net/tls.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/log.h"

#define LONG_MS 60000 /* more than anything takes that works */
#define SOON_MS 10000 /* what a loaded machine may take for nothing at all */
#define DAY 86400L

/* ---- certificates ---- */

struct identity {
	EVP_PKEY *key;
	X509 *cert;
	char fingerprint[TLS_FINGERPRINT_HEX];
};

static EVP_PKEY *the_key; /* of everybody: keys take time to make */

/* Self-signed, for those names ("DNS:host", "IP:1.2.3.4"), from and until so many seconds from now.
 */
static struct identity
make_identity(const char *names, long from, long until)
{
	struct identity id = { .key = the_key, .cert = X509_new() };
	unsigned char md[EVP_MAX_MD_SIZE];
	X509_NAME *name;
	X509_EXTENSION *ext;
	unsigned len;

	assert_non_null(id.cert);
	assert_int_equal(X509_set_version(id.cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(id.cert), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(id.cert), from));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(id.cert), until));
	name = X509_get_subject_name(id.cert);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			     (const unsigned char *)"unit test", -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(id.cert, name), 1);
	assert_int_equal(X509_set_pubkey(id.cert, id.key), 1);
	assert_non_null(ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names));
	assert_int_equal(X509_add_ext(id.cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(id.cert, id.key, EVP_sha256()) > 0);
	assert_int_equal(X509_digest(id.cert, EVP_sha256(), md, &len), 1);
	for (unsigned i = 0; i < len; i++)
		(void)snprintf(id.fingerprint + 2 * (size_t)i, 3, "%02x", md[i]);
	return id;
}

/* Changes it in a way that its signature has to follow. */
static void
add_extension(struct identity *id, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	assert_int_equal(X509_add_ext(id->cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(id->cert, id->key, EVP_sha256()) > 0);
}

static void
set_issuer(struct identity *id, const char *name)
{
	X509_NAME *issuer = X509_NAME_new();

	assert_int_equal(X509_NAME_add_entry_by_txt(
			     issuer, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(id->cert, issuer), 1);
	X509_NAME_free(issuer);
	assert_true(X509_sign(id->cert, id->key, EVP_sha256()) > 0);
}

static void
write_pem(const char *path, X509 *cert)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	assert_int_equal(fclose(f), 0);
}

/* ---- the server ---- */

enum ending { CLOSE_NOTIFY, CUT, LINGER };

struct server {
	const struct identity *id;
	const char *text; /* what it says when the handshake is done */
	enum ending ending;
	int max_version;  /* 0: any */
	const char *sni;  /* what it must be asked for; "": nothing */
	const char *alpn; /* likewise */
	bool weak;        /* it may have a key that nobody should have */
	bool renegotiate; /* it wants to shake hands once more */
	/* it asks for a client certificate, and then it must get, or not get, one */
	enum { ASKS_NOT, ASKS_GETS, ASKS_GETS_NONE } client;
	bool bind;              /* it says what the connection can be bound by */
	int (*flood)(SSL *ssl); /* it does that very often */
};

static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
    unsigned inlen, void *arg)
{
	const struct server *s = arg;

	(void)ssl;
	if (s->alpn == NULL || inlen != strlen(s->alpn) + 1 || in[0] != inlen - 1 ||
	    memcmp(in + 1, s->alpn, inlen - 1) != 0)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = in + 1;
	*outlen = in[0];
	return SSL_TLSEXT_ERR_OK;
}

/* What was asked of it, is it what it should be? */
static bool
asked_well(const struct server *s, SSL *ssl)
{
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const unsigned char *alpn;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &alpn, &len);
	if (s->alpn != NULL && len != strlen(s->alpn))
		return false;
	if (s->sni == NULL)
		return true;
	return *s->sni == '\0' ? sni == NULL : sni != NULL && strcmp(sni, s->sni) == 0;
}

static int
accept_all(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

/* Whether it had from the client what it should. */
static bool
was_shown_well(const struct server *s, const SSL *ssl)
{
	bool shown = SSL_get0_peer_certificate(ssl) != NULL;

	return s->client == ASKS_NOT || shown == (s->client == ASKS_GETS);
}

static bool
is_refused_another_handshake(SSL *ssl)
{
	char c;

	return SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1 &&
	       SSL_write(ssl, "+OK\r\n", 5) == 5 && SSL_read(ssl, &c, 1) <= 0 &&
	       ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_RENEGOTIATION;
}

/* Says what a login can be bound by, computed at this end: two lines of hexadecimal digits. */
static bool
tell_bindings(const struct server *s, SSL *ssl)
{
	unsigned char exported[32], md[EVP_MAX_MD_SIZE];
	char line[2 * (sizeof(exported) + 32) + 5] = "";
	unsigned len;
	size_t n = 0;

	if (SSL_export_keying_material(ssl, exported, sizeof(exported), "EXPORTER-Channel-Binding",
		24, (const unsigned char *)"", 0, 1) != 1 ||
	    X509_digest(s->id->cert, EVP_sha256(), md, &len) != 1)
		return false;
	for (size_t i = 0; i < sizeof(exported); i++)
		n += (size_t)snprintf(line + n, 3, "%02x", exported[i]);
	n += (size_t)snprintf(line + n, 3, "\r\n");
	for (size_t i = 0; i < 32; i++)
		n += (size_t)snprintf(line + n, 3, "%02x", md[i]);
	n += (size_t)snprintf(line + n, 3, "\r\n");
	return SSL_write(ssl, line, (int)n) == (int)n;
}

#define FLOOD 30000  /* takes the client much longer than FLOOD_MS ... */
#define POUR_MS 5000 /* ... and so does what can be made in that time, where all is slow */
#define FLOOD_MS 50

/*
 * Says its text and all of the flood in one go: made while it is sent, it would come more slowly
 * than the client can read.
 */
static bool
pour(const struct server *s, int fd, SSL *ssl)
{
	int64_t until_ms = clock_ms() + POUR_MS;
	BIO *out = BIO_new(BIO_s_mem());
	char *p;
	long len;
	ssize_t n;

	SSL_set0_wbio(ssl, out);
	if (SSL_write(ssl, s->text, (int)strlen(s->text)) <= 0)
		return false;
	for (int i = 0; i < FLOOD && clock_ms() < until_ms; i++)
		if (s->flood(ssl) != 1)
			return false;
	for (len = BIO_get_mem_data(out, &p); len > 0; len -= n, p += n)
		if ((n = send(fd, p, (size_t)len, MSG_NOSIGNAL)) <= 0)
			return true; /* it has given up */
	return true;
}

/* 0: a handshake and all said; 1: no handshake; others are faults. */
static int
serve(int fd, const struct server *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = NULL;
	int rc = 2;
	char c;

	if (ctx != NULL && (s->weak || s->max_version != 0))
		SSL_CTX_set_security_level(ctx, 0);
	if (ctx == NULL || SSL_CTX_use_certificate(ctx, s->id->cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, s->id->key) != 1)
		goto out;
	if (s->client != ASKS_NOT)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_all);
	if (s->max_version != 0) {
		(void)SSL_CTX_set_min_proto_version(ctx, 0);
		(void)SSL_CTX_set_max_proto_version(ctx, s->max_version);
	}
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, (void *)(uintptr_t)s);
	if ((ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1)
		goto out;
	rc = 1;
	if (SSL_accept(ssl) != 1)
		goto out;
	rc = 3;
	if (!asked_well(s, ssl) || !was_shown_well(s, ssl))
		goto out;
	rc = 6;
	if (s->renegotiate && !is_refused_another_handshake(ssl))
		goto out;
	rc = 7;
	if (s->flood != NULL && !pour(s, fd, ssl))
		goto out;
	rc = 4;
	if (s->bind && !tell_bindings(s, ssl))
		goto out;
	if (s->flood == NULL && *s->text != '\0' &&
	    SSL_write(ssl, s->text, (int)strlen(s->text)) <= 0)
		goto out;
	rc = 0;
	if (s->ending == CLOSE_NOTIFY)
		(void)SSL_shutdown(ssl);
	if (s->ending == LINGER) /* 5: it is for the client to say goodbye first */
		rc = SSL_read(ssl, &c, 1) <= 0 && SSL_get_error(ssl, 0) == SSL_ERROR_ZERO_RETURN
			 ? 0
			 : 5;
out:
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

/* ---- the client ---- */

struct client {
	struct stream *s;
	struct error e;
	pid_t server;
	int rc; /* of the handshake */
};

static void
start(struct client *c, const struct server *server, const char *host,
    const struct tls_params *params)
{
	int fds[2];

	*c = (struct client){ .rc = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true((c->server = fork()) != -1);
	if (c->server == 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		(void)close(fds[0]);
		_exit(serve(fds[1], server));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	c->s = stream_new(fds[0], "peer");
	stream_set_deadline(c->s, clock_ms() + LONG_MS);
	c->rc = stream_start_tls(c->s, host, params, &c->e);
}

/* Ends the connection; what the server thought of it. */
static int
finish(struct client *c)
{
	stream_free(c->s);
	return wait_child(c->server);
}

static void
check_trusted(const struct server *server, const char *host, const struct tls_params *params)
{
	struct client c;
	struct slice line;

	start(&c, server, host, params);
	assert_row(c.rc == 0, "%s: %s", host, c.e.msg);
	assert_true(stream_is_tls(c.s));
	assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
	assert_slice_equal(line, "+OK");
	assert_int_equal(finish(&c), 0);
}

/* Refused, with those words; the server never gets as far as to say anything. */
static void
check_refused(const struct server *server, const char *host, const struct tls_params *params,
    const char *words)
{
	struct client c;

	start(&c, server, host, params);
	assert_row(c.rc == -1, "%s is not \"%s\"", host, words);
	assert_row(c.e.cls == ERR_TLS, "%s: class %d", c.e.msg, (int)c.e.cls);
	assert_row(strstr(c.e.msg, words) != NULL, "%s", c.e.msg);
	assert_row(strncmp(c.e.msg, host, strlen(host)) == 0, "%s", c.e.msg);
	(void)finish(&c);
}

static struct identity good; /* for mail.example and 192.0.2.1 */

#define HELLO .text = "+OK\r\n"

/* ---- fingerprints ---- */

static void
test_fingerprints_are_read_in_every_usual_form(void **state)
{
#define PLAIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const struct {
		const char *word;
		bool ok;
	} t[] = {
		{ PLAIN, true },
		{ "sha256:" PLAIN, true },
		{ "SHA256:" PLAIN, true },
		{ "0123456789ABCDEF0123456789abcdef0123456789ABCDEF0123456789abcdef", true },
		{ "sha256:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
		  "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
		    true },
		{ "", false },
		{ "sha256:", false },
		{ ":", false },
		{ "0123", false },
		{ PLAIN "0", false },
		{ PLAIN PLAIN, false },
		{ "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false },
		{ "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false },
		{ " " PLAIN, false },
		{ PLAIN " ", false },
		{ PLAIN "\n", false },
		{ "sha1:0123456789abcdef0123456789abcdef01234567", false },
		{ "sha256:sha256:" PLAIN, false },
		{ "\377" PLAIN, false },
	};
	char out[TLS_FINGERPRINT_HEX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		assert_row(tls_parse_fingerprint(t[i].word, out) == t[i].ok, "%s", t[i].word);
		if (t[i].ok)
			assert_string_equal(out, PLAIN);
	}
}

static void
test_a_pinned_certificate_is_trusted_whatever_else_it_is(void **state)
{
	const char *const pins[] = { PLAIN, good.fingerprint };
	struct tls_params params = { .verify = true, .fingerprints = pins, .nfingerprints = 2 };
	struct identity old = make_identity("DNS:other.example", -2 * DAY, -DAY);
	const char *const old_pin[] = { old.fingerprint };

	(void)state;
	check_trusted(
	    &(struct server){ &good, HELLO, .sni = "mail.example" }, "mail.example", &params);
	check_trusted(&(struct server){ &good, HELLO }, "another.example", &params);
	params = (struct tls_params){ .verify = true, .fingerprints = old_pin, .nfingerprints = 1 };
	check_trusted(&(struct server){ &old, HELLO }, "mail.example", &params);
	X509_free(old.cert);
}

static void
test_any_other_certificate_is_refused_where_one_is_pinned(void **state)
{
	const char *path = in_dir(*state, "ca.pem"), *const pins[] = { PLAIN, "",
		good.fingerprint };
	struct tls_params params = {
		.verify = true, .ca = path, .fingerprints = pins, .nfingerprints = 2
	};

	write_pem(path, good.cert); /* not even what tls-ca would trust */
	check_refused(&(struct server){ &good, HELLO }, "mail.example", &params, "fingerprints");
	params.verify = false; /* the stricter of the two counts */
	check_refused(&(struct server){ &good, HELLO }, "mail.example", &params, "fingerprints");
}

/* ---- chains and names ---- */

static void
test_a_self_signed_certificate_is_refused_unless_it_is_in_tls_ca(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct identity other = make_identity("DNS:mail.example", -DAY, DAY);
	struct tls_params params = { .verify = true };

	check_refused(&(struct server){ &good, HELLO }, "mail.example", &params, "self-signed");
	write_pem(path, good.cert);
	params.ca = path;
	check_trusted(
	    &(struct server){ &good, HELLO, .sni = "mail.example" }, "mail.example", &params);
	check_refused(&(struct server){ &other, HELLO }, "mail.example", &params, "mail.example");
	params.verify = false;
	params.ca = NULL;
	check_trusted(&(struct server){ &other, HELLO }, "elsewhere.example", &params);
	X509_free(other.cert);
}

static void
test_a_certificate_for_another_name_is_refused(void **state)
{
	static const struct {
		const char *names, *host;
		bool ok;
	} t[] = {
		{ "DNS:mail.example", "mail.example", true },
		{ "DNS:mail.example", "MAIL.Example", true },
		{ "DNS:mail.example", "ail.example", false },
		{ "DNS:mail.example", "mail.example.org", false },
		{ "DNS:mail.example", "x.mail.example", false },
		{ "DNS:a.example,DNS:mail.example", "mail.example", true },
		{ "DNS:*.example.org", "mail.example.org", true },
		{ "DNS:*.example.org", "example.org", false },
		{ "DNS:*.example.org", "a.mail.example.org", false },
		{ "DNS:m*.example.org", "mail.example.org", false },
		{ "IP:192.0.2.1", "192.0.2.1", true }, { "IP:192.0.2.1", "192.0.2.2", false },
		{ "DNS:192.0.2.1", "192.0.2.1", false }, /* a name is no address */
		{ "IP:2001:db8::1", "2001:db8::1", true },
		{ "IP:2001:db8::1", "2001:db8::2", false },
		{ "DNS:other.example", "unit test", false }, /* nor is the common name asked */
	};
	const char *path = in_dir(*state, "ca.pem");
	struct tls_params params = { .verify = true, .ca = path };

	for (size_t i = 0; i < nitems(t); i++) {
		struct identity id = make_identity(t[i].names, -DAY, DAY);
		bool address = t[i].host[0] == '1' || t[i].host[0] == '2';
		struct server server = { &id, HELLO, .sni = address ? "" : t[i].host };

		write_pem(path, id.cert);
		if (t[i].ok)
			check_trusted(&server, t[i].host, &params);
		else
			check_refused(&server, t[i].host, &params, "another host");
		X509_free(id.cert);
	}
}

static void
test_dates_are_named_when_they_do_not_fit(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct tls_params params = { .verify = true, .ca = path };
	struct identity old = make_identity("DNS:mail.example", -3 * DAY, -DAY);
	struct identity young = make_identity("DNS:mail.example", 2 * DAY, 4 * DAY);
	time_t expired = (time_t)(clock_epoch() - DAY), begins = (time_t)(clock_epoch() + 2 * DAY);
	char words[64];

	write_pem(path, old.cert);
	(void)strftime(words, sizeof(words), "expired on %Y-%m-%d", gmtime(&expired));
	check_refused(&(struct server){ &old, HELLO }, "mail.example", &params, words);
	write_pem(path, young.cert);
	(void)strftime(words, sizeof(words), "not valid before %Y-%m-%d", gmtime(&begins));
	check_refused(&(struct server){ &young, HELLO }, "mail.example", &params, words);
	X509_free(old.cert);
	X509_free(young.cert);
}

static void
test_names_are_told_when_they_do_not_fit(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct tls_params params = { .verify = true, .ca = path };
	struct identity id = make_identity("DNS:a.example,IP:192.0.2.7,IP:2001:db8::1", -DAY, DAY);
	struct identity none = make_identity("email:a@example.org", -DAY, DAY);

	write_pem(path, id.cert);
	check_refused(&(struct server){ &id, HELLO }, "mail.example", &params,
	    "for another host: a.example, 192.0.2.7, 2001:db8::1");
	write_pem(path, none.cert); /* OpenSSL takes the common name then */
	check_refused(&(struct server){ &none, HELLO }, "mail.example", &params,
	    "for another host: unit test");
	X509_free(id.cert);
	X509_free(none.cert);
}

static void
test_a_trailing_dot_is_no_part_of_the_name(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct tls_params params = { .verify = true, .ca = path };

	write_pem(path, good.cert);
	check_trusted(
	    &(struct server){ &good, HELLO, .sni = "mail.example" }, "mail.example.", &params);
}

static void
test_an_unknown_authority_is_named(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct identity id = make_identity("DNS:mail.example", -DAY, DAY);
	struct tls_params params = { .verify = true };

	set_issuer(&id, "Nobody Known");
	check_refused(&(struct server){ &id, HELLO }, "mail.example", &params,
	    "signed by an authority that this system does not trust: CN=Nobody Known");
	write_pem(path, good.cert);
	params.ca = path;
	check_refused(&(struct server){ &id, HELLO }, "mail.example", &params,
	    "signed by an authority that is not in tls-ca: CN=Nobody Known");
	set_issuer(&id, "red \033[31m, and\nmore");
	check_refused(&(struct server){ &id, HELLO }, "mail.example", &params,
	    "CN=red \\033[31m\\, and\\012more");
	X509_free(id.cert);
}

static void
test_a_certificate_for_clients_is_refused(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct identity id = make_identity("DNS:mail.example", -DAY, DAY);
	struct tls_params params = { .verify = true, .ca = path };

	add_extension(&id, NID_ext_key_usage, "clientAuth");
	write_pem(path, id.cert);
	check_refused(
	    &(struct server){ &id, HELLO }, "mail.example", &params, "is not one for servers");
	X509_free(id.cert);
}

static void
test_a_weak_key_is_refused(void **state)
{
	const char *path = in_dir(*state, "ca.pem");
	struct tls_params params = { .verify = true, .ca = path };
	EVP_PKEY *usual = the_key;
	struct identity id;

	the_key = EVP_RSA_gen(768);
	assert_non_null(the_key);
	id = make_identity("DNS:mail.example", -DAY, DAY);
	write_pem(path, id.cert);
	check_refused(&(struct server){ &id, HELLO, .weak = true }, "mail.example", &params,
	    "the key of the server's certificate is too weak (RSA, 768 bits)");
	X509_free(id.cert);
	EVP_PKEY_free(the_key);
	the_key = usual;
}

/* ---- looking at a certificate ---- */

/* What a look at the server tells, though it cannot be trusted. */
static void
look_at(const struct server *server, const struct tls_params *params, struct tls_report *r)
{
	struct client c;
	struct slice line;

	start(&c, server, "mail.example", params);
	assert_row(c.rc == 0, "%s", c.e.msg);
	assert_true(stream_tls_report(c.s, "mail.example", params, r));
	assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
	assert_int_equal(finish(&c), 0);
}

static void
test_a_certificate_can_be_looked_at_before_it_is_trusted(void **state)
{
	const char *path = in_dir(*state, "ca.pem"), *const pins[] = { PLAIN };
	struct identity old = make_identity("DNS:mail.example,IP:192.0.2.1", -3 * DAY, -DAY);
	struct server server = { &old, HELLO };
	struct tls_params params = { .verify = true, .ca = path, .look_only = true };
	struct tls_report r;

	write_pem(path, old.cert);
	look_at(&server, &params, &r);
	assert_int_equal(r.distrust.cls, ERR_TLS);
	assert_non_null(strstr(r.distrust.msg, "expired on"));
	assert_non_null(strstr(r.distrust.msg, r.chain[0].until));
	assert_int_equal(r.n, 1);
	assert_string_equal(r.chain[0].subject, "CN=unit test");
	assert_string_equal(r.chain[0].issuer, "CN=unit test");
	assert_slice_equal(buf_slice(&r.chain[0].names), "mail.example\n192.0.2.1\n");
	assert_string_equal(r.chain[0].fingerprint, old.fingerprint);
	assert_true(strncmp(r.version, "TLSv1.", 6) == 0);
	tls_report_free(&r);

	params.fingerprints = pins;
	params.nfingerprints = 1;
	look_at(&server, &params, &r);
	assert_non_null(strstr(r.distrust.msg, "fingerprints"));
	tls_report_free(&r);

	server.id = &good;
	write_pem(path, good.cert);
	params.nfingerprints = 0;
	look_at(&server, &params, &r);
	assert_int_equal(r.distrust.cls, ERR_OK);
	tls_report_free(&r);
	X509_free(old.cert);
}

static void
test_there_is_nothing_to_tell_without_TLS(void **state)
{
	struct tls_params params = { .verify = true };
	struct tls_report r;
	struct stream *s;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	s = stream_new(fds[0], "peer");
	assert_false(stream_tls_report(s, "mail.example", &params, &r));
	stream_free(s);
	(void)close(fds[1]);
}

/* ---- client certificates ---- */

static void
test_an_identity_is_shown_but_not_to_strangers(void **state)
{
	const char *path = in_dir(*state, "id.pem"), *ca = in_dir(*state, "ca.pem");
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct error e = NO_ERROR;
	struct tls_identity *id;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_int_equal(PEM_write_X509(f, good.cert), 1);
	assert_int_equal(PEM_write_PrivateKey(f, the_key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	write_pem(ca, good.cert);
	id = tls_identity_load(path, path, NULL, &e);
	assert_row(id != NULL, "%s", e.msg);
	for (size_t i = 0; i < nitems(versions); i++) {
		struct tls_params params = { .verify = true, .ca = ca, .identity = id };
		struct server server = { &good, HELLO, .max_version = versions[i],
			.client = ASKS_GETS };
		struct tls_report r;

		check_trusted(&server, "mail.example", &params);
		params.look_only = true;
		look_at(&server, &params, &r);
		tls_report_free(&r);
		params.ca = NULL; /* nobody knows this server now */
		server.client = ASKS_GETS_NONE;
		look_at(&server, &params, &r);
		assert_int_equal(r.distrust.cls, ERR_TLS);
		tls_report_free(&r);
	}
	tls_identity_free(id);
}

static void
test_a_tls_ca_that_cannot_be_used_is_a_fault_of_the_config(void **state)
{
	const char *paths[] = { in_dir(*state, "missing.pem"), in_dir(*state, "empty.pem"),
		in_dir(*state, "text.pem") };

	write_file(paths[1], "", 0, 0600);
	write_file(paths[2], "no certificate\n", 15, 0600);
	for (size_t i = 0; i < nitems(paths); i++) {
		struct tls_params params = { .verify = true, .ca = paths[i] };
		struct client c;

		start(&c, &(struct server){ &good, HELLO }, "mail.example", &params);
		assert_int_equal(c.rc, -1);
		assert_row(c.e.cls == ERR_CONFIG, "%s: %s", paths[i], c.e.msg);
		assert_non_null(strstr(c.e.msg, paths[i]));
		assert_int_equal(finish(&c), 1);
	}
}

/* ---- versions, protocols ---- */

static void
test_nothing_older_than_TLS_1_2_is_spoken(void **state)
{
	struct tls_params params = { .verify = false };
	struct server server = { &good, HELLO, .max_version = TLS1_2_VERSION };
	struct error e = NO_ERROR;
	SSL *ssl = tls_new(STDIN_FILENO, "mail.example", &params, &e);

	(void)state;
	assert_non_null(ssl); /* also where the system would allow older ones */
	assert_int_equal(SSL_get_min_proto_version(ssl), TLS1_2_VERSION);
	SSL_free(ssl);
	check_trusted(&server, "mail.example", &params);
	server.max_version = TLS1_1_VERSION;
	check_refused(&server, "mail.example", &params, "no version of TLS that tls-min-version");
}

static void
test_an_older_version_can_be_ruled_out(void **state)
{
	struct tls_params params = { .verify = false, .min_version = TLS_FROM_1_3 };
	struct server server = { &good, HELLO, .max_version = TLS1_3_VERSION };

	(void)state;
	check_trusted(&server, "mail.example", &params);
	server.max_version = TLS1_2_VERSION;
	check_refused(&server, "mail.example", &params, "no version of TLS that tls-min-version");
}

static void
test_a_second_handshake_is_refused(void **state)
{
	struct tls_params params = { .verify = false };
	struct server server = { &good, HELLO, .max_version = TLS1_2_VERSION, .renegotiate = true };
	struct client c;
	struct slice line;

	(void)state;
	start(&c, &server, "mail.example", &params);
	assert_row(c.rc == 0, "%s", c.e.msg);
	assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
	assert_int_equal(stream_getline(c.s, &line, &c.e), -1); /* the server has given up */
	assert_int_equal(finish(&c), 4);                        /* not 6 */
}

static void
test_the_protocol_is_asked_for(void **state)
{
	struct tls_params params = { .verify = false, .alpn = "pop3" };

	(void)state;
	check_trusted(&(struct server){ &good, HELLO, .alpn = "pop3" }, "mail.example", &params);
	check_refused(&(struct server){ &good, HELLO, .alpn = "imap" }, "mail.example", &params,
	    "does not speak POP3 on this port");
}

/* Says something that is no handshake, and ends. */
static void
check_no_tls(const char *text, enum errclass cls, const char *words)
{
	struct tls_params params = { .verify = true };
	struct error e = NO_ERROR;
	struct stream *s;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_true(send(fds[1], text, strlen(text), 0) == (ssize_t)strlen(text));
	(void)shutdown(fds[1], SHUT_WR);
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, clock_ms() + LONG_MS);
	assert_int_equal(stream_start_tls(s, "mail.example", &params, &e), -1);
	assert_row(e.cls == cls, "\"%s\": %s", text, e.msg);
	assert_row(strstr(e.msg, words) != NULL, "%s", e.msg);
	stream_free(s);
	(void)close(fds[1]);
}

static void
test_a_server_that_speaks_no_TLS_is_told_by_its_words(void **state)
{
	(void)state;
	check_no_tls("+OK POP3 server ready\r\n", ERR_TLS, "does not speak TLS on this port");
	check_no_tls("HTTP/1.1 400 Bad Request\r\n\r\n", ERR_TLS, "does not speak TLS");
	check_no_tls("", ERR_TEMP, "cut during the TLS handshake");
}

static void
test_a_handshake_ends_at_the_deadline(void **state)
{
	struct tls_params params = { .verify = true };
	struct error e = NO_ERROR;
	int64_t start_ms = clock_ms(), took;
	struct stream *s;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, start_ms + 150);
	assert_int_equal(stream_start_tls(s, "mail.example", &params, &e), -1);
	took = clock_ms() - start_ms;
	assert_true(took >= 150 && took < SOON_MS);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_non_null(strstr(e.msg, "timed out"));
	stream_free(s);
	(void)close(fds[1]);
}

/* ---- floods of what is not for us to hear ---- */

static int
update_key(SSL *ssl)
{
	return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 ? SSL_do_handshake(ssl) : 0;
}

static int
send_ticket(SSL *ssl)
{
	return SSL_new_session_ticket(ssl) == 1 ? SSL_do_handshake(ssl) : 0;
}

static void
test_what_comes_between_does_not_extend_the_deadline(void **state)
{
	static int (*const floods[])(SSL * ssl) = { update_key, send_ticket };
	struct tls_params params = { .verify = false };

	(void)state;
	for (size_t i = 0; i < nitems(floods); i++) {
		struct server server = { &good, HELLO, .flood = floods[i] };
		int64_t start_ms;
		struct slice line;
		struct client c;

		start(&c, &server, "mail.example", &params);
		assert_row(c.rc == 0, "%s", c.e.msg);
		assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
		start_ms = clock_ms();
		stream_set_deadline(c.s, start_ms + FLOOD_MS);
		assert_int_equal(stream_getline(c.s, &line, &c.e), -1);
		assert_true(clock_ms() - start_ms < SOON_MS);
		assert_row(strstr(c.e.msg, "timed out") != NULL, "%zu: %s", i, c.e.msg);
		assert_int_equal(finish(&c), 0);
	}
}

/* As often as it can, that it would like to shake hands: records that take longer to read than to
 * write. */
static void
request_hellos(int fd)
{
	static const char record[] = "\x16\x03\x03\0\4\0\0\0";
	char many[1000 * sizeof(record)];

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = record[i % sizeof(record)];
	while (send(fd, many, sizeof(many), MSG_NOSIGNAL) > 0)
		continue;
}

static void
test_requests_to_shake_hands_do_not_extend_the_deadline(void **state)
{
	struct tls_params params = { .verify = false };
	struct error e = NO_ERROR;
	int64_t start_ms;
	struct stream *s;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(fds[0]);
		request_hellos(fds[1]);
		_exit(0);
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s = stream_new(fds[0], "peer");
	start_ms = clock_ms();
	stream_set_deadline(s, start_ms + FLOOD_MS);
	assert_int_equal(stream_start_tls(s, "mail.example", &params, &e), -1);
	assert_true(clock_ms() - start_ms < SOON_MS);
	assert_row(e.cls == ERR_TEMP && strstr(e.msg, "timed out") != NULL, "%s", e.msg);
	stream_free(s);
	assert_int_equal(wait_child(pid), 0);
}

/* ---- what is said over it ---- */

static void
test_the_end_must_be_announced(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct tls_params params = { .verify = false };

	(void)state;
	for (size_t i = 0; i < nitems(versions); i++)
		for (int cut = 0; cut < 2; cut++) {
			struct server server = { &good, "+OK\r\nSubject: cut\r\n.",
				cut ? CUT : CLOSE_NOTIFY, .max_version = versions[i] };
			struct client c;
			struct slice line;

			start(&c, &server, "mail.example", &params);
			assert_row(c.rc == 0, "%s", c.e.msg);
			assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
			assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
			assert_slice_equal(line, "Subject: cut");
			assert_int_equal(stream_getline(c.s, &line, &c.e), -1);
			assert_int_equal(c.e.cls, ERR_TEMP);
			assert_row((strstr(c.e.msg, "without close_notify") != NULL) == cut, "%s",
			    c.e.msg);
			assert_int_equal(finish(&c), 0);
		}
}

static void
test_we_announce_the_end_ourselves(void **state)
{
	struct tls_params params = { .verify = false };
	struct client c;
	struct slice line;

	(void)state;
	start(&c, &(struct server){ &good, HELLO, .ending = LINGER }, "mail.example", &params);
	assert_int_equal(c.rc, 0);
	assert_int_equal(stream_getline(c.s, &line, &c.e), 0);
	assert_int_equal(finish(&c), 0);
}

/* Reads lines and sends them back, until the other side says goodbye. */
static int
echo(int fd, const struct identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	static char part[5000];
	SSL *ssl = NULL;
	int rc = 1, n;

	if (ctx != NULL && SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, id->key) == 1 && (ssl = SSL_new(ctx)) != NULL &&
	    SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1) {
		while ((n = SSL_read(ssl, part, sizeof(part))) > 0)
			if (SSL_write(ssl, part, n) != n)
				break;
		rc = n <= 0 && SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN ? 0 : 2;
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return rc;
}

static void
test_lines_come_through_whole(void **state)
{
	struct tls_params params = { .verify = false };
	struct buf b = BUF_INIT(MiB);
	struct error e = NO_ERROR;
	struct slice line;
	struct stream *s;
	int fds[2];
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		(void)buf_addf(&b, "%zu %*zu\r\n", i, (int)random_below(700), i);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(fds[0]);
		_exit(echo(fds[1], &good));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s = stream_new(fds[0], "peer");
	stream_set_deadline(s, clock_ms() + LONG_MS);
	assert_row(stream_start_tls(s, "mail.example", &params, &e) == 0, "%s", e.msg);
	for (int round = 0; round < 3; round++) {
		struct slice want = buf_slice(&b);

		assert_row(stream_write(s, want, round == 1, &e) == 0, "%s", e.msg);
		while (want.len > 0) {
			struct slice next = slice_line(&want);

			next.len--; /* its CR */
			assert_row(stream_getline(s, &line, &e) == 0, "%s", e.msg);
			assert_bytes_equal(line, next, "a line");
		}
	}
	assert_true(stream_buffered(s).len == 0);
	stream_free(s);
	assert_int_equal(wait_child(pid), 0);
	buf_free(&b);
}

/* ---- channel binding ---- */

static void
check_binding(struct client *c, const char *type)
{
	unsigned char bytes[TLS_BINDING_MAX];
	char hex[2 * TLS_BINDING_MAX + 1] = "";
	struct slice line;
	size_t len = stream_binding(c->s, type, bytes);

	for (size_t i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	assert_int_equal(stream_getline(c->s, &line, &c->e), 0);
	assert_int_equal(line.len, 64);
	assert_slice_equal(line, hex);
}

static void
test_both_ends_agree_on_what_binds(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct tls_params params = { .verify = false };
	unsigned char bytes[TLS_BINDING_MAX];
	struct slice line;

	(void)state;
	for (size_t i = 0; i < nitems(versions); i++) {
		struct server server = { &good, HELLO, .max_version = versions[i], .bind = true };
		struct client c;

		start(&c, &server, "mail.example", &params);
		assert_row(c.rc == 0, "%s", c.e.msg);
		check_binding(&c, "tls-exporter");
		check_binding(&c, "tls-server-end-point");
		assert_int_equal(stream_binding(c.s, "tls-unique", bytes), 0);
		assert_true(ERR_peek_error() == 0);
		assert_int_equal(stream_getline(c.s, &line, &c.e), 0); /* its greeting, at last */
		assert_int_equal(finish(&c), 0);
	}
}

static void
test_without_TLS_nothing_binds(void **state)
{
	unsigned char bytes[TLS_BINDING_MAX];
	struct stream *s;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	s = stream_new(fds[0], "peer");
	assert_int_equal(stream_binding(s, "tls-exporter", bytes), 0);
	assert_int_equal(stream_binding(s, "tls-server-end-point", bytes), 0);
	stream_free(s);
	(void)close(fds[1]);
}

/* ---- words ---- */

static void
test_the_reason_is_a_word_and_the_queue_is_empty_then(void **state)
{
	(void)state;
	ERR_clear_error();
	assert_string_equal(tls_reason(), "TLS failed");
	ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
	assert_string_equal(tls_reason(), "wrong version number");
	assert_true(ERR_peek_error() == 0);
	ERR_raise(ERR_LIB_SYS, ENOENT);
	assert_string_equal(tls_reason(), strerror(ENOENT));
	assert_true(ERR_peek_error() == 0);
}

static int
make_good(void **state)
{
	(void)state;
	if ((the_key = EVP_EC_gen("P-256")) == NULL)
		return -1;
	good = make_identity("DNS:mail.example,IP:192.0.2.1", -DAY, DAY);
	return 0;
}

static int
free_good(void **state)
{
	(void)state;
	X509_free(good.cert);
	EVP_PKEY_free(the_key);
	return 0;
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fingerprints_are_read_in_every_usual_form),
		cmocka_unit_test(test_a_pinned_certificate_is_trusted_whatever_else_it_is),
		IN_DIR(test_any_other_certificate_is_refused_where_one_is_pinned),
		IN_DIR(test_a_self_signed_certificate_is_refused_unless_it_is_in_tls_ca),
		IN_DIR(test_a_certificate_for_another_name_is_refused),
		IN_DIR(test_dates_are_named_when_they_do_not_fit),
		IN_DIR(test_names_are_told_when_they_do_not_fit),
		IN_DIR(test_a_trailing_dot_is_no_part_of_the_name),
		IN_DIR(test_an_unknown_authority_is_named),
		IN_DIR(test_a_certificate_for_clients_is_refused),
		IN_DIR(test_a_weak_key_is_refused),
		IN_DIR(test_a_certificate_can_be_looked_at_before_it_is_trusted),
		cmocka_unit_test(test_there_is_nothing_to_tell_without_TLS),
		IN_DIR(test_an_identity_is_shown_but_not_to_strangers),
		IN_DIR(test_a_tls_ca_that_cannot_be_used_is_a_fault_of_the_config),
		cmocka_unit_test(test_nothing_older_than_TLS_1_2_is_spoken),
		cmocka_unit_test(test_an_older_version_can_be_ruled_out),
		cmocka_unit_test(test_a_second_handshake_is_refused),
		cmocka_unit_test(test_the_protocol_is_asked_for),
		cmocka_unit_test(test_a_server_that_speaks_no_TLS_is_told_by_its_words),
		cmocka_unit_test(test_a_handshake_ends_at_the_deadline),
		cmocka_unit_test(test_what_comes_between_does_not_extend_the_deadline),
		cmocka_unit_test(test_requests_to_shake_hands_do_not_extend_the_deadline),
		cmocka_unit_test(test_the_end_must_be_announced),
		cmocka_unit_test(test_we_announce_the_end_ourselves),
		cmocka_unit_test(test_lines_come_through_whole),
		cmocka_unit_test(test_both_ends_agree_on_what_binds),
		cmocka_unit_test(test_without_TLS_nothing_binds),
		cmocka_unit_test(test_the_reason_is_a_word_and_the_queue_is_empty_then),
	};

	log_set_level(LOG_QUIET);
	(void)signal(SIGPIPE, SIG_IGN); /* as main() does: OpenSSL writes without MSG_NOSIGNAL */
	(void)alarm(300);
	return cmocka_run_group_tests(tests, make_good, free_good);
}
