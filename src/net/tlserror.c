/*
 * What is said when TLS fails: which certificate, what is wrong with it, what can be done.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "net/tls.h"
#include "util/util.h"

/*
 * Of a date that does not fit: the certificate of the chain that has it. After a failed handshake
 * SSL_get0_peer_certificate() has nothing yet, but the chain is there.
 */
static const X509 *
misdated(const STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0 ||
		    X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
			return cert;
	}
	return sk_X509_value(chain, 0);
}

static int
date_error(const STACK_OF(X509) * chain, const char *host, long why, struct error *e)
{
	const X509 *cert = misdated(chain);
	bool leaf = cert == sk_X509_value(chain, 0);
	struct certificate c;

	certificate_read(cert, &c);
	if (why == X509_V_ERR_CERT_HAS_EXPIRED)
		(void)error_set(e, ERR_TLS, "%s: the %s%s%s expired on %s", host,
		    leaf ? "server's certificate" : "certificate of its authority (",
		    leaf ? "" : c.subject, leaf ? "" : ")", c.until);
	else
		(void)error_set(e, ERR_TLS,
		    "%s: the %s%s%s is not valid before %s (is this machine's clock right?)", host,
		    leaf ? "server's certificate" : "certificate of its authority (",
		    leaf ? "" : c.subject, leaf ? "" : ")", c.from);
	certificate_free(&c);
	return -1;
}

static int
host_error(const X509 *leaf, const char *host, struct error *e)
{
	struct buf all = BUF_INIT(KiB);
	struct certificate c;
	struct slice rest;
	char names[TEXT_SAFE_MAX];

	certificate_read(leaf, &c);
	rest = buf_slice(&c.names);
	while (rest.len > 0) {
		struct slice name = slice_line(&rest);

		(void)buf_addf(&all, "%s%.*s", all.len > 0 ? ", " : "", (int)name.len, name.p);
	}
	if (all.len > 0)
		(void)error_set(e, ERR_TLS, "%s: the server's certificate is for another host: %s",
		    host, text_safe(names, buf_slice(&all)));
	else
		(void)error_set(e, ERR_TLS, "%s: the server's certificate names no host", host);
	buf_free(&all);
	certificate_free(&c);
	return -1;
}

/* The last certificate of the chain leads to nobody that we know. */
static int
authority_error(const STACK_OF(X509) * chain, const char *host, const struct tls_params *params,
    struct error *e)
{
	struct certificate c;

	certificate_read(sk_X509_value(chain, sk_X509_num(chain) - 1), &c);
	(void)error_set(e, ERR_TLS,
	    "%s: the server's certificate is signed by an authority that %s: %s", host,
	    params->ca != NULL ? "is not in tls-ca" : "this system does not trust", c.issuer);
	certificate_free(&c);
	return -1;
}

static int
key_error(const STACK_OF(X509) * chain, const char *host, long why, struct error *e)
{
	bool leaf = why == X509_V_ERR_EE_KEY_TOO_SMALL;
	struct certificate c;

	certificate_read(sk_X509_value(chain, 0), &c);
	(void)error_set(e, ERR_TLS, "%s: the key of the %s is too weak%s%s%s", host,
	    leaf ? "server's certificate" : "authority behind the server's certificate",
	    leaf ? " (" : "", leaf ? c.key : "", leaf ? ")" : "");
	certificate_free(&c);
	return -1;
}

static int
certificate_error(
    SSL *ssl, const char *host, const struct tls_params *params, long why, struct error *e)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl); /* borrowed */

	if (sk_X509_num(chain) < 1)
		return error_set(e, ERR_TLS, "%s: the server's certificate cannot be trusted: %s",
		    host, X509_verify_cert_error_string(why));
	switch (why) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return date_error(chain, host, why, e);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return host_error(sk_X509_value(chain, 0), host, e);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return error_set(e, ERR_TLS,
		    "%s: the server's certificate is self-signed; trust it by tls-fingerprint "
		    "(\"haulmail info\" shows the line) or tls-ca",
		    host);
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return authority_error(chain, host, params, e);
	case X509_V_ERR_INVALID_PURPOSE:
		return error_set(
		    e, ERR_TLS, "%s: the server's certificate is not one for servers", host);
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return key_error(chain, host, why, e);
	case X509_V_ERR_APPLICATION_VERIFICATION:
		return error_set(e, ERR_TLS,
		    "%s: the server's certificate has none of the fingerprints in tls-fingerprint "
		    "(\"haulmail info\" shows the one it has)",
		    host);
	default:
		return error_set(e, ERR_TLS, "%s: the server's certificate cannot be trusted: %s",
		    host, X509_verify_cert_error_string(why));
	}
}

int
tls_check(SSL *ssl, const char *host, const struct tls_params *params, struct error *e)
{
	long why = SSL_get_verify_result(ssl);

	return why == X509_V_OK ? 0 : certificate_error(ssl, host, params, why, e);
}

/* What a person can do something about, of OpenSSL's reasons. */
static const struct {
	int reason;
	const char *words;
} known[] = {
	{ SSL_R_WRONG_VERSION_NUMBER,
	    "the server does not speak TLS on this port (\"tls stls\", or another port?)" },
	{ SSL_R_HTTP_REQUEST,
	    "the server does not speak TLS on this port (\"tls stls\", or another port?)" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
	    "the server speaks no version of TLS that tls-min-version allows" },
	{ SSL_R_UNSUPPORTED_PROTOCOL,
	    "the server speaks no version of TLS that tls-min-version allows" },
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
	    "the server's TLS lets others put words into our mouth (no RFC 5746)" },
	{ SSL_R_DH_KEY_TOO_SMALL, "the server's key exchange is too weak" },
	{ SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
	    "the server does not speak POP3 on this port" },
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
	    "the server has broken off the TLS handshake; does it want a client "
	    "certificate (tls-cert)?" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	    "the server wants a client certificate (tls-cert)" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA,
	    "the server does not know who signed the certificate in tls-cert" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
	    "the server says that the certificate in tls-cert has expired" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
	    "the server says that the certificate in tls-cert was revoked" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the server refuses the certificate in tls-cert" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the server refuses the certificate in tls-cert" },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
	    "the server refuses the certificate in tls-cert" },
	{ SSL_R_TLSV1_ALERT_ACCESS_DENIED, "the server refuses us" },
};

/* Why the latest call failed, if it is TLS' own business: other parts reuse the numbers. */
static int
tls_failure(void)
{
	unsigned long code = ERR_peek_error();

	return ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
}

static const char *
words_for(int reason)
{
	for (size_t i = 0; i < nitems(known); i++)
		if (known[i].reason == reason)
			return known[i].words;
	return NULL;
}

int
tls_handshake_error(SSL *ssl, const char *host, const struct tls_params *params, struct error *e)
{
	int err = errno, reason = tls_failure();
	const char *words = words_for(reason);

	if (SSL_get_verify_result(ssl) != X509_V_OK &&
	    (params->verify || params->nfingerprints > 0)) {
		ERR_clear_error();
		return tls_check(ssl, host, params, e);
	}
	if (words != NULL) {
		ERR_clear_error();
		return error_set(e, ERR_TLS, "%s: %s", host, words);
	}
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING || ERR_peek_error() == 0) {
		ERR_clear_error();
		return error_set(e, ERR_TEMP,
		    "%s: the connection was cut during the TLS handshake%s%s", host,
		    err != 0 ? ": " : "", err != 0 ? strerror(err) : "");
	}
	return error_set(e, ERR_TLS, "%s: the TLS handshake failed: %s", host, tls_reason());
}

int
tls_later_error(const char *peer, struct error *e)
{
	int reason = tls_failure();
	const char *words = words_for(reason);

	if (words != NULL) {
		ERR_clear_error();
		return error_set(e, ERR_TLS, "%s: %s", peer, words);
	}
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		ERR_clear_error();
		return error_set(e, ERR_TEMP,
		    "%s: the connection was cut (TLS ended without close_notify)", peer);
	}
	return error_set(e, ERR_TEMP, "%s: %s", peer, tls_reason());
}
