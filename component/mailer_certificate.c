/* What is wrong with a relay's certificate, for whoever looks after the site: OpenSSL's words, the date or
 * names that they are about, and what to do. */
#include "component/mailer_run.h"
#include "proto/when.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <time.h>

enum { NAMES_MOST = 3 };

/* An authority's own name, or a relay's that names itself in the old way. */
static void common_name_add(struct text *text, const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID((X509_NAME *)name, NID_commonName, -1);
    const ASN1_STRING *value =
        at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry((X509_NAME *)name, at));
    unsigned char *utf8 = NULL;
    if (value && ASN1_STRING_to_UTF8(&utf8, value) > 0)
        mailer_words_add(text, 0, (const char *)utf8);
    else
        text_add(text, "nobody by name");
    OPENSSL_free(utf8);
}

/* True when `name` is one that a host can have in a certificate. */
static bool name_add(struct text *text, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN];
    if (name->type == GEN_DNS) {
        struct text clean = {0};
        mailer_words_add(&clean, 0, (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        text_add(text, text_string(&clean));
        text_free(&clean);
        return true;
    }
    if (name->type != GEN_IPADD)
        return false;
    int family = ASN1_STRING_length(name->d.iPAddress) == 16 ? AF_INET6 : AF_INET;
    if (ASN1_STRING_length(name->d.iPAddress) != (family == AF_INET ? 4 : 16))
        return false;
    text_add(text, inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof address));
    return true;
}

static void names_add(struct text *text, const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int all = names ? sk_GENERAL_NAME_num(names) : 0, told = 0;
    for (int i = 0; i < all && told < NAMES_MOST; i++) {
        struct text name = {0};
        if (name_add(&name, sk_GENERAL_NAME_value(names, i)))
            text_addf(text, "%s%s", told++ ? ", " : "", text_string(&name));
        text_free(&name);
    }
    if (told == 0)
        common_name_add(text, X509_get_subject_name(certificate));
    else if (told == NAMES_MOST && all > told)
        text_add(text, " and others");
    GENERAL_NAMES_free(names);
}

/* Whose it is (the relay's own, or one above it), what is with its day, and what to do. */
static void validity_add(struct text *text, const X509 *certificate, int depth, const char *verb,
                         const ASN1_TIME *at, const char *advice)
{
    struct tm day;
    if (depth == 0) {
        text_add(text, ": it ");
    } else {
        text_add(text, ": that of its authority, ");
        common_name_add(text, X509_get_subject_name(certificate));
        text_add(text, ", ");
    }
    text_addf(text, "%s ", verb);
    if (at && ASN1_TIME_to_tm(at, &day))
        when_add_machine(text, timegm(&day));
    else
        text_add(text, "a day that cannot be read");
    text_addf(text, "; %s", advice);
}

void mailer_certificate_add(struct text *text, const X509 *certificate, int error, int depth)
{
    text_add(text, X509_verify_cert_error_string(error));
    if (!certificate)
        return;
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        validity_add(text, certificate, depth, "expired on", X509_get0_notAfter(certificate),
                     "renew it on the relay");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        validity_add(text, certificate, depth, "is good from", X509_get0_notBefore(certificate),
                     "look at the clocks of both machines");
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        text_add(text, ": it is for ");
        names_add(text, certificate);
        text_add(text, "; renew it for the name in [mail] host, or write there one that it is for");
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        text_add(text, ": it is signed by ");
        common_name_add(text, X509_get_issuer_name(certificate));
        text_add(text,
                 ", whom this machine does not trust; who may sign stands in the file of [mail] ca_file");
        break;
    default:
        break;
    }
}
