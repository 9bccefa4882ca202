#include "net/tls.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "util/util.h"

const char *
tls_reason(void)
{
	static char text[200];
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	if (code != 0 && ERR_SYSTEM_ERROR(code))
		reason = strerror(ERR_GET_REASON(code));
	(void)strlcpy(text, reason != NULL ? reason : "TLS failed", sizeof(text));
	ERR_clear_error();
	return text;
}

bool
tls_parse_fingerprint(const char *word, char out[static TLS_FINGERPRINT_HEX])
{
	size_t n = 0;

	if (strncasecmp(word, "sha256:", 7) == 0)
		word += 7;
	for (; *word != '\0'; word++) {
		if (*word == ':')
			continue;
		if (!isxdigit((unsigned char)*word) || n == TLS_FINGERPRINT_HEX - 1)
			return false;
		out[n++] = (char)tolower((unsigned char)*word);
	}
	out[n] = '\0';
	return n == TLS_FINGERPRINT_HEX - 1;
}

static bool
leaf_fingerprint(X509 *leaf, char out[static TLS_FINGERPRINT_HEX])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len;

	if (leaf == NULL || X509_digest(leaf, EVP_sha256(), md, &len) != 1 || len != 32)
		return false;
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", md[i]);
	return true;
}

/* With pinned fingerprints the leaf itself is the trust; chain, name and dates do not matter. */
static int
check_pinned(X509_STORE_CTX *store, void *arg)
{
	const struct tls_params *params = arg;
	char have[TLS_FINGERPRINT_HEX];

	if (leaf_fingerprint(X509_STORE_CTX_get0_cert(store), have))
		for (size_t i = 0; i < params->nfingerprints; i++)
			if (strcmp(have, params->fingerprints[i]) == 0) {
				X509_STORE_CTX_set_error(store, X509_V_OK);
				return 1;
			}
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static int
load_trust(SSL_CTX *ctx, const struct tls_params *params, struct error *e)
{
	struct stat st;
	int rc;

	if (params->ca == NULL) {
		if (SSL_CTX_set_default_verify_paths(ctx) != 1)
			return error_set(e, ERR_TLS, "no system certificates: %s", tls_reason());
		return 0;
	}
	if (stat(params->ca, &st) == -1)
		return error_sys(e, ERR_CONFIG, "tls-ca %s", params->ca);
	rc = S_ISDIR(st.st_mode) ? SSL_CTX_load_verify_dir(ctx, params->ca)
				 : SSL_CTX_load_verify_file(ctx, params->ca);
	if (rc != 1)
		return error_set(e, ERR_CONFIG, "tls-ca %s: %s", params->ca, tls_reason());
	return 0;
}

static int
set_trust(SSL_CTX *ctx, const struct tls_params *params, struct error *e)
{
	if (params->nfingerprints > 0) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		/* OpenSSL wants it without const and gives it back unchanged */
		SSL_CTX_set_cert_verify_callback(ctx, check_pinned, (void *)(uintptr_t)params);
		return 0;
	}
	if (!params->verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return load_trust(ctx, params, e);
}

/* Whom the certificate must name, and what the server is told about whom we want. */
static bool
set_names(SSL *ssl, const char *host, const struct tls_params *params)
{
	X509_VERIFY_PARAM *vp = SSL_get0_param(ssl); /* borrowed */
	unsigned char alpn[32];
	size_t len = params->alpn != NULL ? strlen(params->alpn) : 0;

	if (len > 0 && len < sizeof(alpn)) {
		alpn[0] = (unsigned char)len;
		memcpy(alpn + 1, params->alpn, len);
		if (SSL_set_alpn_protos(ssl, alpn, (unsigned)len + 1) != 0) /* 0 is success here */
			return false;
	}
	X509_VERIFY_PARAM_set_hostflags(vp, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(vp, host) == 1)
		return true; /* an address: no SNI (RFC 6066 section 3) */
	return X509_VERIFY_PARAM_set1_host(vp, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *
tls_new(int fd, const char *host, const struct tls_params *params, struct error *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;

	ERR_clear_error();
	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		(void)error_set(e, ERR_OS, "%s: %s", host, tls_reason());
	} else if (set_trust(ctx, params, e) == 0) {
		(void)SSL_CTX_set_mode(
		    ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		ssl = SSL_new(ctx);
		if (ssl == NULL || !set_names(ssl, host, params) || SSL_set_fd(ssl, fd) != 1) {
			(void)error_set(e, ERR_OS, "%s: %s", host, tls_reason());
			SSL_free(ssl);
			ssl = NULL;
		}
	}
	SSL_CTX_free(ctx); /* the SSL holds a reference of its own */
	return ssl;
}

/* When the certificate was valid, for an error message. */
static void
format_time(const ASN1_TIME *t, char *out, size_t size)
{
	struct tm tm;

	if (t != NULL && ASN1_TIME_to_tm(t, &tm) == 1) /* of NULL it makes the present */
		(void)snprintf(
		    out, size, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	else
		(void)strlcpy(out, "an unreadable date", size);
}

/*
 * The certificate of the chain that is out of its time; NULL when there is none. After a failed
 * handshake SSL_get0_peer_certificate() has nothing yet.
 */
static const X509 *
misdated(const SSL *ssl)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl); /* borrowed */

	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0 ||
		    X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
			return cert;
	}
	return NULL;
}

static int
certificate_error(SSL *ssl, const char *host, long why, struct error *e)
{
	const X509 *cert = misdated(ssl);
	char when[32];

	switch (why) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		format_time(cert != NULL ? X509_get0_notAfter(cert) : NULL, when, sizeof(when));
		return error_set(
		    e, ERR_TLS, "%s: the server's certificate expired on %s", host, when);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		format_time(cert != NULL ? X509_get0_notBefore(cert) : NULL, when, sizeof(when));
		return error_set(e, ERR_TLS,
		    "%s: the server's certificate is not valid before %s (is this machine's clock "
		    "right?)",
		    host, when);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return error_set(
		    e, ERR_TLS, "%s: the server's certificate is for another host", host);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return error_set(e, ERR_TLS,
		    "%s: the server's certificate is self-signed; trust it by tls-ca or "
		    "tls-fingerprint",
		    host);
	case X509_V_ERR_APPLICATION_VERIFICATION:
		return error_set(e, ERR_TLS,
		    "%s: the server's certificate has none of the fingerprints in tls-fingerprint",
		    host);
	default:
		return error_set(e, ERR_TLS, "%s: the server's certificate cannot be trusted: %s",
		    host, X509_verify_cert_error_string(why));
	}
}

int
tls_handshake_error(SSL *ssl, const char *host, const struct tls_params *params, struct error *e)
{
	long why = SSL_get_verify_result(ssl);
	int err = errno, reason = ERR_GET_REASON(ERR_peek_error());

	if (why != X509_V_OK && (params->verify || params->nfingerprints > 0)) {
		ERR_clear_error();
		return certificate_error(ssl, host, why, e);
	}
	if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
		ERR_clear_error();
		return error_set(e, ERR_TLS,
		    "%s: the server does not speak TLS on this port (\"tls stls\", or another "
		    "port?)",
		    host);
	}
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING || ERR_peek_error() == 0) {
		ERR_clear_error();
		return error_set(e, ERR_TEMP,
		    "%s: the connection was cut during the TLS handshake%s%s", host,
		    err != 0 ? ": " : "", err != 0 ? strerror(err) : "");
	}
	return error_set(e, ERR_TLS, "%s: the TLS handshake failed: %s", host, tls_reason());
}
