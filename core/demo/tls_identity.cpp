#include "demo/tls_identity.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <system_error>

namespace locustella::demo {
namespace {

[[noreturn]] void fail(const std::string& what)
{
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code))
        throw std::runtime_error{what + ": " +
                                 std::generic_category().message(ERR_GET_REASON(code))};
    const char* const reason = ERR_reason_error_string(code);
    throw std::runtime_error{reason ? what + ": " + reason : what};
}

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

bool is_address(const std::string& host)
{
    unsigned char binary[16];
    return inet_pton(AF_INET, host.c_str(), binary) == 1 ||
           inet_pton(AF_INET6, host.c_str(), binary) == 1;
}

std::string alternative_names(const std::string& host)
{
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    if (host != "localhost" && host != "127.0.0.1" && host != "::1" && !host.empty())
        names.append(is_address(host) ? ",IP:" : ",DNS:").append(host);
    return names;
}

void add_extension(X509* certificate, int kind, const std::string& value)
{
    X509V3_CTX issuer{};
    X509V3_set_ctx(&issuer, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &issuer, kind, value.c_str());
    if (!extension)
        fail("cannot make a certificate for " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// What a strict client asks of a root that signs itself (RFC 5280, Python's VERIFY_X509_STRICT).
void add_extensions(X509* certificate, const std::string& host)
{
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign");
    add_extension(certificate, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, NID_subject_key_identifier, "hash");
    add_extension(certificate, NID_authority_key_identifier, "keyid:always");
    add_extension(certificate, NID_subject_alt_name, alternative_names(host));
}

Certificate make_certificate(EVP_PKEY* key, const std::string& host)
{
    constexpr long hour = 60 * 60;
    Certificate certificate{X509_new()};
    std::uint64_t serial = 0;
    if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
        fail("cannot make a certificate");
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1 | 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour);  // clocks differ
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * 24 * hour);
    X509_set_pubkey(certificate.get(), key);
    auto* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("Locustella demo target"), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    add_extensions(certificate.get(), host);
    if (X509_sign(certificate.get(), key, EVP_sha256()) == 0)
        fail("cannot sign a certificate");
    return certificate;
}

std::string pem_of(X509* certificate)
{
    const std::unique_ptr<BIO, FreeBio> memory{BIO_new(BIO_s_mem())};
    if (!memory || PEM_write_bio_X509(memory.get(), certificate) != 1)
        fail("cannot write the certificate as PEM");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

void TlsIdentity::Free::operator()(SSL_CTX* context) const
{
    SSL_CTX_free(context);
}

TlsIdentity::TlsIdentity() : context_(SSL_CTX_new(TLS_server_method()))
{
    if (!context_)
        fail("cannot set up TLS");
    auto* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // a record in one read from the socket, not in two
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("demo"), 4);
}

TlsIdentity TlsIdentity::from_files(const std::string& certificate_chain, const std::string& key)
{
    TlsIdentity identity;
    auto* const context = identity.context_.get();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_chain.c_str()) != 1)
        fail("cannot use the certificate " + certificate_chain);
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
        fail("cannot use the key " + key);
    return identity;
}

TlsIdentity TlsIdentity::self_signed(const std::string& host)
{
    TlsIdentity identity;
    const Key key{EVP_EC_gen("P-256")};
    if (!key)
        fail("cannot make a key");
    const auto certificate = make_certificate(key.get(), host);
    auto* const context = identity.context_.get();
    if (SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        fail("cannot use the certificate just made");
    identity.certificate_pem_ = pem_of(certificate.get());
    return identity;
}

}  // namespace locustella::demo
