/* What is read out of certificates, also of those made to mislead whoever reads it. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "net/certificate.h"

/* One without a key, for a name and a time of one day. */
static X509 *
new_cert(const char *common_name)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	assert_non_null(cert);
	name = X509_get_subject_name(cert);
	if (common_name != NULL)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				     (const unsigned char *)common_name, -1, -1, 0),
		    1);
	assert_int_equal(X509_set_issuer_name(cert, name), 1);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notBefore(cert), "20260131235959Z"), 1);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notAfter(cert), "20991231000000Z"), 1);
	return cert;
}

static void
add_name(GENERAL_NAMES *names, int type, const void *bytes, int len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value =
	    ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	assert_true(name != NULL && value != NULL);
	assert_int_equal(ASN1_STRING_set(value, bytes, len), 1);
	GENERAL_NAME_set0_value(name, type, value);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static void
test_names_are_those_of_hosts_and_addresses(void **state)
{
	X509 *cert = new_cert("not.this.one.example");
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	static const char want[] = "mail.example\n"
				   "good.example\\000.evil.example\n"
				   "two\\012lines\\033[2J\\200\n"
				   "192.0.2.1\n"
				   "2001:db8::1\n"
				   "\n"
				   "wwww";
	struct certificate c;
	char wide[300];

	(void)state;
	memset(wide, 'w', sizeof(wide));
	add_name(names, GEN_DNS, "mail.example", 12);
	add_name(names, GEN_EMAIL, "abc@example.org.", 16);
	add_name(names, GEN_DNS, "good.example\0.evil.example", 26);
	add_name(names, GEN_URI, "https://example.org/", 20);
	add_name(names, GEN_DNS, "two\nlines\033[2J\200", 14);
	add_name(names, GEN_IPADD, "\300\0\2\1", 4);
	add_name(names, GEN_IPADD, "\300\0\2\1\1", 5); /* no address has that length */
	add_name(names, GEN_IPADD, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	add_name(names, GEN_DNS, "", 0);
	add_name(names, GEN_DNS, wide, sizeof(wide));
	assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);

	certificate_read(cert, &c);
	memcpy(wide + 160, "...\n", 5);
	assert_true(c.names.len > sizeof(want) - 1);
	assert_int_equal(memcmp(c.names.p, want, sizeof(want) - 1), 0);
	assert_true(c.names.len > 164);
	assert_bytes_equal(((struct slice){ c.names.p + c.names.len - 164, 164 }),
	    ((struct slice){ wide, 164 }), "a long name");
	certificate_free(&c);
	X509_free(cert);
}

static void
test_the_common_name_counts_where_there_is_no_other(void **state)
{
	X509 *cert = new_cert("mail.example"), *none = new_cert(NULL);
	struct certificate c;

	(void)state;
	certificate_read(cert, &c);
	assert_slice_equal(buf_slice(&c.names), "mail.example\n");
	certificate_free(&c);
	certificate_read(none, &c);
	assert_int_equal(c.names.len, 0);
	assert_string_equal(c.from, "2026-01-31");
	assert_string_equal(c.until, "2099-12-31");
	assert_string_equal(c.key, "of a kind that is not known here");
	certificate_free(&c);
	X509_free(none);
	X509_free(cert);
}

static void
test_subjects_cannot_pass_for_others(void **state)
{
	X509 *cert = new_cert("a, O=My Bank\033]0;x\a\nM\303\274ller");
	struct certificate c;

	(void)state;
	certificate_read(cert, &c); /* in the C locale no character is beyond ASCII */
	assert_string_equal(c.subject, "CN=a\\, O=My Bank\\033]0\\;x\\007\\012M\\303\\274ller");
	assert_string_equal(c.issuer, c.subject);
	certificate_free(&c);
	X509_free(cert);
}

static void
test_keys_are_told_by_kind_and_length(void **state)
{
	struct {
		EVP_PKEY *key;
		const char *words;
	} t[] = {
		{ EVP_RSA_gen(1024), "RSA, 1024 bits" },
		{ EVP_EC_gen("P-384"), "EC, 384 bits" },
		{ EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "ED25519, 256 bits" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		X509 *cert = new_cert("x");
		struct certificate c;

		assert_int_equal(X509_set_pubkey(cert, t[i].key), 1);
		certificate_read(cert, &c);
		assert_string_equal(c.key, t[i].words);
		certificate_free(&c);
		X509_free(cert);
		EVP_PKEY_free(t[i].key);
	}
}

static void
test_there_is_no_fingerprint_of_nothing(void **state)
{
	char out[TLS_FINGERPRINT_HEX] = "x";

	(void)state;
	assert_false(certificate_fingerprint(NULL, out));
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_those_of_hosts_and_addresses),
		cmocka_unit_test(test_the_common_name_counts_where_there_is_no_other),
		cmocka_unit_test(test_subjects_cannot_pass_for_others),
		cmocka_unit_test(test_keys_are_told_by_kind_and_length),
		cmocka_unit_test(test_there_is_no_fingerprint_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
