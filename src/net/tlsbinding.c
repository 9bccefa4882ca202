#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "net/tls.h"

static size_t
export_binding(SSL *ssl, unsigned char out[static TLS_BINDING_MAX])
{
	static const char label[] = "EXPORTER-Channel-Binding";
	const size_t len = 32;

	/* before TLS 1.3 only the extended master secret makes it unique (RFC 9266 section 4.2) */
	if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
		return 0;
	return SSL_export_keying_material(
		   ssl, out, len, label, sizeof(label) - 1, (const unsigned char *)"", 0, 1) == 1
		   ? len
		   : 0;
}

/* The server's certificate, digested by the hash of its signature, MD5 and SHA-1 excepted. */
static size_t
end_point_binding(SSL *ssl, unsigned char out[static TLS_BINDING_MAX])
{
	X509 *leaf = SSL_get0_peer_certificate(ssl); /* borrowed */
	int hash = NID_undef;
	const EVP_MD *md;
	unsigned len = 0;

	if (leaf == NULL || X509_get_signature_info(leaf, &hash, NULL, NULL, NULL) != 1)
		return 0;
	md = hash == NID_md5 || hash == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(hash);
	if (md == NULL || EVP_MD_get_size(md) > TLS_BINDING_MAX ||
	    X509_digest(leaf, md, out, &len) != 1)
		return 0;
	return len;
}

size_t
tls_binding(SSL *ssl, const char *type, unsigned char out[static TLS_BINDING_MAX])
{
	size_t len = 0;

	if (strcmp(type, "tls-exporter") == 0)
		len = export_binding(ssl, out);
	else if (strcmp(type, "tls-server-end-point") == 0)
		len = end_point_binding(ssl, out);
	ERR_clear_error();
	return len;
}
