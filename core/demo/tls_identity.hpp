// Who the demo target is under TLS: a certificate with its key, and the OpenSSL context that all
// its connections share.
//
//   auto identity = TlsIdentity::from_files("cert.pem", "key.pem");
//   auto throwaway = TlsIdentity::self_signed("127.0.0.1");
//   save(throwaway.certificate_pem());       // a client that trusts this certificate can verify it
//
// A throwaway certificate is for localhost, 127.0.0.1, ::1 and the host given; it lasts 30 days and
// its key never leaves the process.
//
// Thread: any; the context may be shared. Errors: std::runtime_error with one line.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace locustella::demo {

class TlsIdentity {
public:
    static TlsIdentity from_files(const std::string& certificate_chain, const std::string& key);
    static TlsIdentity self_signed(const std::string& host);

    SSL_CTX& context() const { return *context_; }
    const std::string& certificate_pem() const { return certificate_pem_; }  // empty: from files

private:
    struct Free {
        void operator()(SSL_CTX* context) const;
    };

    TlsIdentity();

    std::unique_ptr<SSL_CTX, Free> context_;
    std::string certificate_pem_;
};

}  // namespace locustella::demo
