#include "net/tls.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "util/mem.h"
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

/*
 * With pinned fingerprints the leaf itself is the trust; chain, name and dates do not matter. It
 * takes the place of the verified chain, for the words about it.
 */
static int
check_pinned(X509_STORE_CTX *store, void *arg)
{
	const struct tls_params *params = arg;
	X509 *leaf = X509_STORE_CTX_get0_cert(store); /* borrowed */
	STACK_OF(X509) *chain = sk_X509_new_null();
	char have[TLS_FINGERPRINT_HEX];

	if (chain != NULL && leaf != NULL && X509_add_cert(chain, leaf, X509_ADD_FLAG_UP_REF) == 1)
		X509_STORE_CTX_set0_verified_chain(store, chain);
	else
		sk_X509_free(chain);
	if (certificate_fingerprint(leaf, have))
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
	bool insist = !params->look_only && (params->verify || params->nfingerprints > 0);

	SSL_CTX_set_verify(ctx, insist ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (params->nfingerprints > 0) {
		/* OpenSSL wants it without const and gives it back unchanged */
		SSL_CTX_set_cert_verify_callback(ctx, check_pinned, (void *)(uintptr_t)params);
		return 0;
	}
	return params->verify || params->look_only ? load_trust(ctx, params, e) : 0;
}

/* We do not tell a server that we would not talk to who we are. */
static int
withhold_identity(SSL *ssl, void *arg)
{
	(void)arg;
	if (SSL_get_verify_result(ssl) != X509_V_OK)
		SSL_certs_clear(ssl);
	return 1;
}

static int
set_identity(SSL_CTX *ctx, const struct tls_params *params, struct error *e)
{
	if (params->identity == NULL)
		return 0;
	if (!tls_identity_use(params->identity, ctx))
		return error_set(
		    e, ERR_CONFIG, "the certificate in tls-cert cannot be used: %s", tls_reason());
	if (params->look_only && (params->verify || params->nfingerprints > 0))
		SSL_CTX_set_cert_cb(ctx, withhold_identity, NULL);
	return 0;
}

/*
 * The host as certificates name it: without the dot that makes a name absolute, and without the
 * interface of a link-local address.
 */
static char *
reference_name(const char *host)
{
	size_t len = strcspn(host, "%");

	if (len > 1 && host[len - 1] == '.')
		len--;
	return xstrndup(host, len);
}

/* Whom the certificate must name, and whom the server is told that we want. */
static bool
set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *vp = SSL_get0_param(ssl); /* borrowed */
	char *name = reference_name(host);
	bool ok;

	X509_VERIFY_PARAM_set_hostflags(vp, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* an address: no SNI (RFC 6066 section 3) */
	ok = X509_VERIFY_PARAM_set1_ip_asc(vp, name) == 1 ||
	     (X509_VERIFY_PARAM_set1_host(vp, name, 0) == 1 &&
		 SSL_set_tlsext_host_name(ssl, name) == 1);
	free(name);
	return ok;
}

static bool
set_alpn(SSL *ssl, const struct tls_params *params)
{
	unsigned char alpn[32];
	size_t len = params->alpn != NULL ? strlen(params->alpn) : 0;

	if (len == 0 || len >= sizeof(alpn))
		return true;
	alpn[0] = (unsigned char)len;
	memcpy(alpn + 1, params->alpn, len);
	return SSL_set_alpn_protos(ssl, alpn, (unsigned)len + 1) == 0; /* 0 is success here */
}

static SSL_CTX *
new_context(const struct tls_params *params, struct error *e)
{
	static const int versions[] = {
		[TLS_FROM_1_2] = TLS1_2_VERSION, [TLS_FROM_1_3] = TLS1_3_VERSION
	};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, versions[params->min_version]) != 1)
		(void)error_set(e, ERR_OS, "TLS cannot be had: %s", tls_reason());
	else if (set_trust(ctx, params, e) == 0 && set_identity(ctx, params, e) == 0) {
		(void)SSL_CTX_set_mode(
		    ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
		return ctx;
	}
	SSL_CTX_free(ctx);
	return NULL;
}

SSL *
tls_new(int fd, const char *host, const struct tls_params *params, struct error *e)
{
	SSL_CTX *ctx;
	SSL *ssl;

	ERR_clear_error();
	if ((ctx = new_context(params, e)) == NULL)
		return NULL;
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx); /* the SSL holds a reference of its own */
	if (ssl != NULL && set_host(ssl, host) && set_alpn(ssl, params) && SSL_set_fd(ssl, fd) == 1)
		return ssl;
	(void)error_set(e, ERR_OS, "%s: %s", host, tls_reason());
	SSL_free(ssl);
	return NULL;
}

void
tls_report(SSL *ssl, const char *host, const struct tls_params *params, struct tls_report *r)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl); /* borrowed */

	*r = (struct tls_report){ .version = SSL_get_version(ssl),
		.cipher = SSL_get_cipher_name(ssl) };
	(void)tls_check(ssl, host, params, &r->distrust);
	r->chain = xcalloc((size_t)MAX(sk_X509_num(chain), 0), sizeof(*r->chain));
	for (int i = 0; i < sk_X509_num(chain); i++)
		certificate_read(sk_X509_value(chain, i), &r->chain[r->n++]);
}

void
tls_report_free(struct tls_report *r)
{
	while (r->n > 0)
		certificate_free(&r->chain[--r->n]);
	free(r->chain);
	*r = (struct tls_report){ .n = 0 };
}
