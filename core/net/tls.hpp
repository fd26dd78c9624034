// TLS as many users share it: one SSL_CTX for each configuration, however many users there are.
//
//   TlsContexts contexts;                                    // of one thread
//   TlsContext& context = contexts.get(TlsConfig{.verify = true});    // throws TlsSetupError
//   SSL* ssl = context.new_session("shop.test", stream);     // the stream frees it
//
// Stock Locust builds a context and loads the CA bundle for every user: 895 KiB each. A context
// here is made once; a user costs its connection. Sessions are resumed only where the configuration
// asks for it: a resumed handshake costs the server less, so a test that resumes is another test.
//
// Thread: each reactor's thread has contexts of its own.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "net/tls_config.hpp"

namespace locustella::net {

class Stream;

enum class TlsError { setup_failed = 1, certificate_refused, protocol, unusable_settings };
std::error_code make_error_code(TlsError error);
const std::error_category& tls_category();

// The newest entry of OpenSSL's error queue in words, which it empties.
std::string tls_error_words();

// A configuration that cannot work: a missing file, a key that does not fit. what() names the file.
class TlsSetupError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class TlsContext {
public:
    explicit TlsContext(const TlsConfig& config);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // A client session over the stream's socket, told to expect `host` (SNI and verification);
    // nullptr when OpenSSL refuses. The caller owns it.
    SSL* new_session(const std::string& host, Stream& stream);

private:
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    TlsConfig config_;
    SSL_CTX* context_ = nullptr;
    std::map<std::string, SSL_SESSION*, std::less<>> sessions_;  // the newest for each host
};

class TlsContexts {
public:
    TlsContext& get(const TlsConfig& config);

private:
    std::map<TlsConfig, std::unique_ptr<TlsContext>> contexts_;
};

}  // namespace locustella::net

template <>
struct std::is_error_code_enum<locustella::net::TlsError> : std::true_type {
};
