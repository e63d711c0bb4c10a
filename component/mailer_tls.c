/* The TLS context of the mailer: whom the relay must prove to be, checked by OpenSSL in the handshake.
 * libesmtp's own check comes after it, and knows no addresses in certificates. */
#include "component/mailer_parts.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Keeps why a certificate is refused: libesmtp tells only that the session failed. */
static int verified(int good, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct text *refused = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
    if (good || !refused)
        return good;
    text_clear(refused);
    mailer_certificate_add(refused, X509_STORE_CTX_get_current_cert(store), X509_STORE_CTX_get_error(store),
                           X509_STORE_CTX_get_error_depth(store));
    return good;
}

static bool require_host(SSL_CTX *tls, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(tls);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, verified);
    return X509_VERIFY_PARAM_set1_ip_asc(param, host) || X509_VERIFY_PARAM_set1_host(param, host, 0);
}

/* Always one of our own: the one that libesmtp makes is used after it was freed by the second session. */
SSL_CTX *mailer_tls_open(const struct mailer_options *options, struct text *refused, struct text *error)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls) {
        text_add(error, "OpenSSL gives no TLS context for mail");
        return NULL;
    }
    /* Not TLS 1.3: there the relay's session tickets come after the handshake. Where they are in the socket
     * before the next command left, libesmtp waits for an answer to what it has not sent, until the timeout.
     */
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_app_data(tls, refused);
    /* Reading those of the system takes a while, so only where something is to be proved. */
    bool required = options->starttls == MAILER_STARTTLS_REQUIRED;
    bool trusted = options->ca_file ? SSL_CTX_load_verify_locations(tls, options->ca_file, NULL)
                                    : !required || SSL_CTX_set_default_verify_paths(tls);
    bool good = trusted && (!required || require_host(tls, options->host));
    if (!trusted)
        text_addf(error, "%s: there are no certificates in it that can be read (PEM is wanted)",
                  options->ca_file ? options->ca_file : "the certificates of the system");
    else if (!good)
        text_addf(error, "'%s' is no name that a certificate can be for", options->host);
    ERR_clear_error();
    if (good)
        return tls;
    SSL_CTX_free(tls);
    return NULL;
}
