/*
 * SCRAM (RFC 5802, 7677): the password never leaves, and the server proves that it knows it, too.
 *
 * User and password go in as they are. SASLprep (RFC 4013) would change nothing about those in
 * ASCII; for others no server that we know of applies it, either.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sasl/base64.h"
#include "sasl/exchange.h"
#include "util/util.h"

/*
 * Fewer iterations would make it cheap to guess the password from what we send (RFC 7677 section
 * 4); more would keep us busy for seconds.
 */
#define ITERATIONS_MIN 4096
#define ITERATIONS_MAX 5000000
#define SERVER_NONCE_MIN 8 /* characters of its own */
#define SALT_MAX 1024

/* A hash, or the output of a MAC. */
struct key {
	unsigned char b[EVP_MAX_MD_SIZE];
	size_t len;
};

/* What server-first-message says. */
struct server_first {
	struct slice nonce;
	struct buf salt;
	uint64_t iterations;
};

/* ---- messages ---- */

/* Takes "x=value" and the comma behind it off the front of *in. */
static bool
take_attribute(struct slice *in, char name, struct slice *value)
{
	const char *comma;

	if (in->len < 2 || in->p[0] != name || in->p[1] != '=')
		return false;
	in->p += 2;
	in->len -= 2;
	comma = in->len > 0 ? memchr(in->p, ',', in->len) : NULL;
	*value = (struct slice){ in->p, comma != NULL ? (size_t)(comma - in->p) : in->len };
	in->p += value->len + (comma != NULL);
	in->len -= value->len + (comma != NULL);
	return true;
}

static void
add_name(struct buf *out, const char *user)
{
	for (; *user != '\0'; user++) {
		if (*user == ',' || *user == '=')
			(void)buf_addstr(out, *user == ',' ? "=2C" : "=3D");
		else
			(void)buf_addch(out, *user);
	}
}

/* Says what we know of channel bindings, RFC 5802 section 7: gs2-header. */
static void
add_gs2_header(const struct sasl *s, struct buf *out)
{
	if (s->mech->binds)
		(void)buf_addf(out, "p=%s,,", s->params->binding_type);
	else
		(void)buf_addstr(out, s->params->could_bind ? "y,," : "n,,");
}

static void
make_nonce(struct sasl *s)
{
	unsigned char random[SCRAM_NONCE_LEN / 4 * 3];

	arc4random_buf(random, sizeof(random));
	(void)EVP_EncodeBlock(
	    (unsigned char *)s->scram.nonce, random, (int)sizeof(random)); /* has no comma */
}

static int
first_message(struct sasl *s, struct buf *raw)
{
	struct buf *first = &s->scram.first;

	if (s->params->nonce != NULL)
		(void)strlcpy(s->scram.nonce, s->params->nonce, sizeof(s->scram.nonce));
	else
		make_nonce(s);
	(void)buf_addstr(first, "n=");
	add_name(first, s->params->user);
	(void)buf_addf(first, ",r=%s", s->scram.nonce);
	add_gs2_header(s, raw);
	return buf_append(raw, first->p, first->len);
}

static int
read_server_first(const struct sasl *s, struct slice in, struct server_first *out, struct error *e)
{
	struct slice salt, count, own;

	if (!take_attribute(&in, 'r', &out->nonce) || !take_attribute(&in, 's', &salt) ||
	    !take_attribute(&in, 'i', &count) || salt.len == 0 || !base64_decode(&out->salt, salt))
		return error_set(e, ERR_PROTO, "the server's challenge is no %s", s->mech->name);
	own = out->nonce;
	if (!slice_skip(&own, s->scram.nonce) || own.len < SERVER_NONCE_MIN)
		return error_set(e, ERR_AUTH,
		    "the server's nonce does not continue ours: somebody may be tampering with "
		    "the login");
	if (!slice_number(count, ITERATIONS_MAX, &out->iterations) ||
	    out->iterations < ITERATIONS_MIN)
		return error_set(e, ERR_AUTH,
		    "the server wants too few or too many iterations of %s (%d to %d are "
		    "accepted): the password might be guessed from the answer",
		    s->mech->name, ITERATIONS_MIN, ITERATIONS_MAX);
	return 0;
}

/* ---- the computation, RFC 5802 section 3 ---- */

static bool
hmac(const struct sasl *s, const struct key *key, const void *text, size_t len, struct key *out)
{
	return EVP_Q_mac(NULL, "HMAC", NULL, s->mech->hash, NULL, key->b, key->len, text, len,
		   out->b, sizeof(out->b), &out->len) != NULL;
}

/* From the password and the AuthMessage: the proof, and the signature to expect. */
static bool
compute(struct sasl *s, const struct server_first *first, struct slice auth, struct key *proof)
{
	const char *secret = s->params->secret;
	const EVP_MD *md = EVP_get_digestbyname(s->mech->hash);
	struct key salted, client, stored, signature, server;
	bool ok;

	salted.len = md != NULL ? (size_t)EVP_MD_get_size(md) : 0;
	ok =
	    md != NULL &&
	    PKCS5_PBKDF2_HMAC(secret, (int)strlen(secret), (unsigned char *)first->salt.p,
		(int)first->salt.len, (int)first->iterations, md, (int)salted.len, salted.b) == 1 &&
	    hmac(s, &salted, "Client Key", 10, &client) &&
	    EVP_Q_digest(NULL, s->mech->hash, NULL, client.b, client.len, stored.b, &stored.len) ==
		1 &&
	    hmac(s, &stored, auth.p, auth.len, &signature) &&
	    hmac(s, &salted, "Server Key", 10, &server) &&
	    hmac(s, &server, auth.p, auth.len, &stored);
	if (ok) {
		s->scram.signature_len = stored.len;
		memcpy(s->scram.signature, stored.b, stored.len);
		*proof = signature;
		for (size_t i = 0; i < proof->len; i++)
			proof->b[i] ^= client.b[i];
	}
	explicit_bzero(&salted, sizeof(salted));
	explicit_bzero(&client, sizeof(client));
	explicit_bzero(&stored, sizeof(stored));
	explicit_bzero(&server, sizeof(server));
	ERR_clear_error();
	return ok;
}

/* client-final-message-without-proof */
static void
add_final(const struct sasl *s, struct slice nonce, struct buf *out)
{
	struct buf binding = BUF_INIT(s->params->binding.len + KiB);

	add_gs2_header(s, &binding);
	if (s->mech->binds)
		(void)buf_append(&binding, s->params->binding.p, s->params->binding.len);
	(void)buf_addstr(out, "c=");
	(void)base64_encode(out, buf_slice(&binding));
	(void)buf_addstr(out, ",r=");
	(void)buf_append(out, nonce.p, nonce.len);
	buf_free(&binding);
}

static int
final_message(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	struct server_first first = { .salt = BUF_INIT(SALT_MAX) };
	struct buf auth = BUF_INIT(s->scram.first.len + challenge.len + raw->max + 2);
	struct key proof;
	int rc = -1;

	if (read_server_first(s, challenge, &first, e) == 0) {
		add_final(s, first.nonce, raw);
		(void)buf_append(&auth, s->scram.first.p, s->scram.first.len);
		(void)buf_addch(&auth, ',');
		(void)buf_append(&auth, challenge.p, challenge.len);
		(void)buf_addch(&auth, ',');
		(void)buf_append(&auth, raw->p, raw->len);
		if (compute(s, &first, buf_slice(&auth), &proof)) {
			(void)buf_addstr(raw, ",p=");
			rc = base64_encode(raw, (struct slice){ (char *)proof.b, proof.len });
		} else {
			(void)error_set(e, ERR_OS, "libcrypto cannot compute %s", s->mech->name);
		}
	}
	buf_free(&first.salt);
	buf_free(&auth);
	return rc;
}

/* server-final-message: whoever sends the right one knows the password as well as we do. */
static int
check_server(struct sasl *s, struct slice challenge, struct error *e)
{
	size_t len = s->scram.signature_len;
	struct buf signature = BUF_INIT(SCRAM_HASH_MAX + 1);
	struct slice value;
	bool same;

	if (!take_attribute(&challenge, 'v', &value))
		return error_set(
		    e, ERR_PROTO, "the server ends %s without a signature", s->mech->name);
	same = base64_decode(&signature, value) && signature.len == len &&
	       CRYPTO_memcmp(signature.p, s->scram.signature, len) == 0;
	buf_free(&signature);
	if (!same)
		return error_set(e, ERR_AUTH,
		    "the server does not know the password itself: it may be an impostor");
	s->done = true;
	return 0;
}

int
scram_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	struct slice rest = challenge, why;

	if (s->complaint[0] != '\0' || s->step > 2)
		return sasl_unexpected(s, e);
	if (s->step > 0 && take_attribute(&rest, 'e', &why)) { /* its no follows our empty answer */
		(void)text_safe(s->complaint, why.len > 0 ? why : slice_str("other-error"));
		return 0;
	}
	if (s->step == 0)
		return challenge.len > 0 ? sasl_unexpected(s, e) : first_message(s, raw);
	return s->step == 1 ? final_message(s, challenge, raw, e) : check_server(s, challenge, e);
}
