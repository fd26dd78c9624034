// How a TLS connection shall be made: whom it trusts, and who it says it is.
//
//   TlsConfig{.verify = false}                              // any certificate is good
//   TlsConfig{.ca_bundle = "corporate.pem", .certificate = "me.pem"}
//
// Thread: any.
#pragma once

#include <compare>
#include <string>

namespace locustella::net {

struct TlsConfig {
    bool verify = true;  // certificate chain and host name
    // a PEM file or a directory of hashed certificates; empty: the system's
    std::string ca_bundle{};
    std::string certificate{};   // client certificate, PEM; empty: none
    std::string key{};           // its key; empty: in the same file
    std::string key_password{};  // of an encrypted key
    // where `verify` is set: the certificate must be for the host, too
    bool check_host = true;
    // ... also by its common name, where it names no hosts: Python's ssl says so, urllib3 does not
    bool common_name = true;
    bool resume = false;  // keep sessions and offer them again; stock Locust never does

    auto operator<=>(const TlsConfig&) const = default;
};

}  // namespace locustella::net
