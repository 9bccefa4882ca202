#include "net/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "util/util.h"

#define NAMES_MAX (64 * KiB)

/* Characters are left as they are; text_safe() sees to those that are none. */
#define NAME_FORMAT                                                                                \
	(XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_UTF8_CONVERT)

static void
read_name(const X509_NAME *name, char out[static TEXT_SAFE_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;

	(void)strlcpy(out, "a name that cannot be read", TEXT_SAFE_MAX);
	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, NAME_FORMAT) >= 0 &&
	    (len = BIO_get_mem_data(bio, &text)) > 0)
		(void)text_safe(out, (struct slice){ text, (size_t)len });
	(void)BIO_free(bio);
}

static void
add_name(struct certificate *c, struct slice name)
{
	char safe[TEXT_SAFE_MAX];

	(void)buf_addf(&c->names, "%s\n", text_safe(safe, name));
}

static struct slice
bytes_of(const ASN1_STRING *s)
{
	return (
	    struct slice){ (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

static void
add_alternative(struct certificate *c, const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN];
	struct slice bytes;
	int type;
	const void *value = GENERAL_NAME_get0_value(name, &type);

	if (type != GEN_DNS && type != GEN_IPADD)
		return; /* it names no host */
	bytes = bytes_of(value);
	if (type == GEN_DNS)
		add_name(c, bytes);
	else if ((bytes.len == 4 || bytes.len == 16) &&
		 inet_ntop(bytes.len == 4 ? AF_INET : AF_INET6, bytes.p, text, sizeof(text)) !=
		     NULL)
		add_name(c, slice_str(text));
}

/* OpenSSL looks at the common name where there are no alternative ones, and so do we. */
static void
add_common_name(struct certificate *c, const X509_NAME *subject)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at >= 0)
		add_name(c, bytes_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

static void
read_names(const X509 *cert, struct certificate *c)
{
	GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++)
		add_alternative(c, sk_GENERAL_NAME_value(list, i));
	GENERAL_NAMES_free(list);
	if (c->names.len == 0)
		add_common_name(c, X509_get_subject_name(cert));
}

static void
read_date(const ASN1_TIME *t, char out[static CERTIFICATE_DATE])
{
	struct tm tm;

	if (t != NULL && ASN1_TIME_to_tm(t, &tm) == 1) /* of NULL it makes the present */
		(void)snprintf(out, CERTIFICATE_DATE, "%04d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
	else
		(void)strlcpy(out, "an unreadable date", CERTIFICATE_DATE);
}

static void
read_key(const X509 *cert, struct certificate *c)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *type = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;

	if (type != NULL)
		(void)snprintf(c->key, sizeof(c->key), "%s, %d bits", type, EVP_PKEY_get_bits(key));
	else
		(void)strlcpy(c->key, "of a kind that is not known here", sizeof(c->key));
}

bool
certificate_fingerprint(const X509 *cert, char out[static TLS_FINGERPRINT_HEX])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len;

	*out = '\0';
	if (cert == NULL || X509_digest(cert, EVP_sha256(), md, &len) != 1 || len != 32)
		return false;
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", md[i]);
	return true;
}

void
certificate_read(const X509 *cert, struct certificate *c)
{
	*c = (struct certificate){ .names = BUF_INIT(NAMES_MAX) };
	read_name(X509_get_subject_name(cert), c->subject);
	read_name(X509_get_issuer_name(cert), c->issuer);
	read_names(cert, c);
	read_date(X509_get0_notBefore(cert), c->from);
	read_date(X509_get0_notAfter(cert), c->until);
	read_key(cert, c);
	(void)certificate_fingerprint(cert, c->fingerprint);
	ERR_clear_error(); /* what could not be read is no failure of the connection */
}

void
certificate_free(struct certificate *c)
{
	buf_free(&c->names);
}
