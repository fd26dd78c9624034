// Certificates made for one test: an authority, servers and clients that it vouches for, and
// OpenSSL's server contexts over them.
//
//   const Certificate authority = Certificate::authority("Test CA");
//   const Certificate server = authority.issue("server", {"DNS:shop.test", "IP:127.0.0.1"});
//   ServerTls tls(server);                                      // tls.context() for a Listener
//   Folder folder;
//   TlsConfig config{.ca_bundle = folder.write("ca.pem", authority.pem())};
//
// Keys are of the elliptic kind, which are made in a millisecond.
//
// Thread: the test's.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

namespace locustella::net {

class Certificate {
public:
    static Certificate authority(const std::string& name);
    static Certificate self_signed(const std::string& name,
                                   const std::vector<std::string>& alternatives);
    Certificate issue(const std::string& name, const std::vector<std::string>& alternatives) const;
    Certificate issue_expired(const std::string& name,
                              const std::vector<std::string>& alternatives) const;
    Certificate issue_for_tomorrow(const std::string& name,
                                   const std::vector<std::string>& alternatives) const;

    std::string pem() const;
    std::string key_pem() const;
    X509* x509() const { return certificate_.get(); }
    EVP_PKEY* key() const { return key_.get(); }

private:
    struct Recipe;
    explicit Certificate(const Recipe& recipe);

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
};

class ServerTls {
public:
    explicit ServerTls(const Certificate& identity);
    // Refuses clients without a certificate of this authority.
    ServerTls(const Certificate& identity, const Certificate& authority_of_clients);

    // Speaks nothing newer than this (TLS1_1_VERSION, ...).
    void speak_at_most(int version);

    SSL_CTX* context() const { return context_.get(); }

private:
    std::shared_ptr<SSL_CTX> context_;
};

// A folder of temporary files, gone with the object.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    // Returns the file's path.
    std::string write(const std::string& name, const std::string& text) const;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace locustella::net
