#include "net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <new>

#include "net/stream.hpp"

namespace locustella::net {
namespace {

class TlsCategory : public std::error_category {
public:
    const char* name() const noexcept override { return "tls"; }
    std::string message(int code) const override
    {
        switch (static_cast<TlsError>(code)) {
        case TlsError::setup_failed: return "TLS could not be set up";
        case TlsError::certificate_refused: return "the server's certificate was refused";
        case TlsError::protocol: return "TLS handshake or record error";
        case TlsError::unusable_settings: return "TLS settings that cannot work";
        }
        return "TLS error";
    }
};

// The BIO: OpenSSL's view of a Stream's socket. Reads go through Stream::receive, which notes
// arrival times.

Stream& stream_of(BIO* bio)
{
    return *static_cast<Stream*>(::BIO_get_data(bio));
}

int bio_read(BIO* bio, char* data, int size)
{
    ::BIO_clear_retry_flags(bio);
    const auto result = stream_of(bio).receive({data, static_cast<std::size_t>(size)});
    switch (result.status) {
    case IoResult::Status::done: return static_cast<int>(result.size);
    case IoResult::Status::again: ::BIO_set_retry_read(bio); return -1;
    case IoResult::Status::closed: return 0;
    case IoResult::Status::error: break;
    }
    errno = result.error.value();
    return -1;
}

int bio_write(BIO* bio, const char* data, int size)
{
    ::BIO_clear_retry_flags(bio);
    const auto result = stream_of(bio).transmit({data, static_cast<std::size_t>(size)});
    if (result.status == IoResult::Status::done)
        return static_cast<int>(result.size);
    if (result.status == IoResult::Status::again)
        ::BIO_set_retry_write(bio);
    errno = result.error.value();
    return -1;
}

long bio_control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* stream_method()
{
    static BIO_METHOD* const method = [] {
        BIO_METHOD* m =
            ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "locustella stream");
        ::BIO_meth_set_read(m, bio_read);
        ::BIO_meth_set_write(m, bio_write);
        ::BIO_meth_set_ctrl(m, bio_control);
        return m;
    }();
    return method;
}

// Those that Python's ssl offers, and so both of Locust's clients (TLS 1.3 has its own).
constexpr const char* pythons_ciphers =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

void load_authorities(SSL_CTX* context, const std::string& bundle)
{
    if (bundle.empty()) {
        ::SSL_CTX_set_default_verify_paths(context);
        return;
    }
    struct stat about {};
    if (::stat(bundle.c_str(), &about) != 0)
        throw TlsSetupError("Could not find a suitable TLS CA certificate bundle, invalid path: " +
                            bundle);
    const bool directory = S_ISDIR(about.st_mode);
    const int ok = directory ? ::SSL_CTX_load_verify_dir(context, bundle.c_str())
                             : ::SSL_CTX_load_verify_file(context, bundle.c_str());
    if (!ok)
        throw TlsSetupError("The CA bundle '" + bundle + "' cannot be read: " + tls_error_words());
}

// For an encrypted key; OpenSSL would ask at the terminal otherwise.
int give_password(char* buffer, int size, int, void* password)
{
    const auto& text = *static_cast<const std::string*>(password);
    if (text.empty() || text.size() > static_cast<std::size_t>(size))
        return -1;
    std::copy(text.begin(), text.end(), buffer);
    return static_cast<int>(text.size());
}

void load_client_certificate(SSL_CTX* context, const TlsConfig& config)
{
    const std::string& key = config.key.empty() ? config.certificate : config.key;
    ::SSL_CTX_set_default_passwd_cb(context, give_password);
    ::SSL_CTX_set_default_passwd_cb_userdata(context,
                                             const_cast<std::string*>(&config.key_password));
    if (!::SSL_CTX_use_certificate_chain_file(context, config.certificate.c_str()))
        throw TlsSetupError("The client certificate '" + config.certificate +
                            "' cannot be read: " + tls_error_words());
    if (!::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM))
        throw TlsSetupError("The client key '" + key + "' cannot be used: " + tls_error_words());
    ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
}

bool is_address(const std::string& host)
{
    boost::system::error_code ec;
    boost::asio::ip::make_address(host, ec);
    return !ec;
}

}  // namespace

const std::error_category& tls_category()
{
    static const TlsCategory category;
    return category;
}

std::error_code make_error_code(TlsError error)
{
    return {static_cast<int>(error), tls_category()};
}

std::string tls_error_words()
{
    const unsigned long code = ::ERR_peek_last_error();
    ::ERR_clear_error();
    const char* reason = code ? ::ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "no details from OpenSSL";
}

TlsContext::TlsContext(const TlsConfig& config)
    : config_(config),
      context_(::SSL_CTX_new(::TLS_client_method()))
{
    if (!context_)
        throw TlsSetupError("TLS cannot be set up: " + tls_error_words());
    try {
        ::SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
        ::SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
        ::SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
        if (!::SSL_CTX_set_cipher_list(context_, pythons_ciphers))
            throw TlsSetupError("TLS ciphers cannot be set: " + tls_error_words());
        ::SSL_CTX_set_read_ahead(context_, 1);
        static const unsigned char http11[] = "\x08http/1.1";
        ::SSL_CTX_set_alpn_protos(context_, http11, sizeof http11 - 1);
        if (config.verify) {
            load_authorities(context_, config.ca_bundle);
            ::SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        }
        if (!config.certificate.empty())
            load_client_certificate(context_, config);
        if (config.resume) {
            ::SSL_CTX_set_session_cache_mode(context_,
                                             SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
            ::SSL_CTX_sess_set_new_cb(context_, keep_session);
            SSL_CTX_set_app_data(context_, this);
        } else {
            ::SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
        }
    } catch (...) {
        ::SSL_CTX_free(context_);
        throw;
    }
}

TlsContext::~TlsContext()
{
    for (auto& [host, session] : sessions_)
        ::SSL_SESSION_free(session);
    ::SSL_CTX_free(context_);
}

int TlsContext::keep_session(SSL* ssl, SSL_SESSION* session)
{
    auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(ssl)));
    const char* host = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!host)
        return 0;  // not kept: OpenSSL frees it
    try {
        SSL_SESSION*& kept = self->sessions_[host];
        if (kept)
            ::SSL_SESSION_free(kept);
        kept = session;
        return 1;
    } catch (const std::bad_alloc&) {  // which must not go through OpenSSL
        return 0;
    }
}

SSL* TlsContext::new_session(const std::string& host, Stream& stream)
{
    SSL* ssl = ::SSL_new(context_);
    BIO* bio = ssl ? ::BIO_new(stream_method()) : nullptr;
    if (!bio) {
        ::SSL_free(ssl);
        return nullptr;
    }
    ::BIO_set_data(bio, &stream);
    ::BIO_set_init(bio, 1);
    ::SSL_set_bio(ssl, bio, bio);
    ::SSL_set_connect_state(ssl);
    if (is_address(host)) {
        if (config_.verify && config_.check_host)
            ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str());
        return ssl;
    }
    ::SSL_set_tlsext_host_name(ssl, host.c_str());
    ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                 (config_.common_name ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT));
    if (config_.verify && config_.check_host)
        ::SSL_set1_host(ssl, host.c_str());
    if (const auto known = sessions_.find(host); config_.resume && known != sessions_.end())
        ::SSL_set_session(ssl, known->second);
    return ssl;
}

TlsContext& TlsContexts::get(const TlsConfig& config)
{
    auto& context = contexts_[config];
    if (!context) {
        try {
            context = std::make_unique<TlsContext>(config);
        } catch (...) {
            contexts_.erase(config);
            throw;
        }
    }
    return *context;
}

}  // namespace locustella::net
