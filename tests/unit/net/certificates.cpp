#include "unit/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace locustella::net {
namespace {

constexpr long day = 24 * 3600;

void must(bool ok, const char* what)
{
    if (!ok)
        throw std::runtime_error(std::string("OpenSSL refused: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    must(extension != nullptr, value.c_str());
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ",") + part;
    return text;
}

std::string text_of(BIO* memory)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    ::BIO_free(memory);
    return text;
}

}  // namespace

struct Certificate::Recipe {
    std::string name;
    std::vector<std::string> alternatives;
    const Certificate* issuer = nullptr;  // nullptr: itself
    bool is_authority = false;
    long from = -30 * day;
    long to = 30 * day;
};

Certificate::Certificate(const Recipe& recipe)
    : key_(EVP_EC_gen("P-256"), ::EVP_PKEY_free),
      certificate_(::X509_new(), ::X509_free)
{
    static long serial = 1;
    X509* x509 = certificate_.get();
    ::X509_set_version(x509, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), serial++);
    ::X509_gmtime_adj(::X509_getm_notBefore(x509), recipe.from);
    ::X509_gmtime_adj(::X509_getm_notAfter(x509), recipe.to);
    ::X509_set_pubkey(x509, key_.get());
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(recipe.name.c_str()), -1,
                                 -1, 0);
    X509* issuer = recipe.issuer ? recipe.issuer->x509() : x509;
    ::X509_set_issuer_name(x509, ::X509_get_subject_name(issuer));
    if (recipe.is_authority)
        add_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
    if (!recipe.alternatives.empty())
        add_extension(x509, issuer, NID_subject_alt_name, joined(recipe.alternatives));
    EVP_PKEY* signer = recipe.issuer ? recipe.issuer->key() : key_.get();
    must(::X509_sign(x509, signer, ::EVP_sha256()) != 0, "X509_sign");
}

Certificate Certificate::authority(const std::string& name)
{
    return Certificate({.name = name, .alternatives = {}, .is_authority = true});
}

Certificate Certificate::self_signed(const std::string& name,
                                     const std::vector<std::string>& alternatives)
{
    return Certificate({.name = name, .alternatives = alternatives});
}

Certificate Certificate::issue(const std::string& name,
                               const std::vector<std::string>& alternatives) const
{
    return Certificate({.name = name, .alternatives = alternatives, .issuer = this});
}

Certificate Certificate::issue_expired(const std::string& name,
                                       const std::vector<std::string>& alternatives) const
{
    return Certificate({.name = name, .alternatives = alternatives, .issuer = this, .to = -day});
}

Certificate Certificate::issue_for_tomorrow(const std::string& name,
                                            const std::vector<std::string>& alternatives) const
{
    return Certificate({.name = name, .alternatives = alternatives, .issuer = this, .from = day});
}

std::string Certificate::pem() const
{
    BIO* memory = ::BIO_new(::BIO_s_mem());
    must(::PEM_write_bio_X509(memory, x509()), "PEM_write_bio_X509");
    return text_of(memory);
}

std::string Certificate::key_pem() const
{
    BIO* memory = ::BIO_new(::BIO_s_mem());
    must(::PEM_write_bio_PrivateKey(memory, key(), nullptr, nullptr, 0, nullptr, nullptr),
         "PEM_write_bio_PrivateKey");
    return text_of(memory);
}

ServerTls::ServerTls(const Certificate& identity)
    : context_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free)
{
    must(::SSL_CTX_use_certificate(context(), identity.x509()) == 1, "SSL_CTX_use_certificate");
    must(::SSL_CTX_use_PrivateKey(context(), identity.key()) == 1, "SSL_CTX_use_PrivateKey");
    ::SSL_CTX_set_mode(context(),
                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

ServerTls::ServerTls(const Certificate& identity, const Certificate& authority_of_clients)
    : ServerTls(identity)
{
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context()), authority_of_clients.x509());
    ::SSL_CTX_set_verify(context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

void ServerTls::speak_at_most(int version)
{
    // else OpenSSL refuses old versions for a reason of its own
    ::SSL_CTX_set_security_level(context(), 0);
    ::SSL_CTX_set_min_proto_version(context(), version);
    ::SSL_CTX_set_max_proto_version(context(), version);
}

Folder::Folder()
{
    std::string pattern = std::filesystem::temp_directory_path() / "locustella-test-XXXXXX";
    if (!::mkdtemp(pattern.data()))
        throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

Folder::~Folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const
{
    const auto path = std::filesystem::path(path_) / name;
    std::ofstream(path) << text;
    return path;
}

}  // namespace locustella::net
