// The truth that accuracy tests compare a client's numbers with: when each request came, when its
// answer left, as the server's kernel and clock saw it.
//
//   ServiceLog log{"service.log"};           // throws std::runtime_error: cannot create
//   log.add(ServiceRecord::of(arrival_ns, "/products/7?user=3"));
//   log.finish();                           // throws std::runtime_error: something was not written
//
// Service time = sent_ns - arrival_ns. The reader is read_service_log in
// locustella.command.demo_target.
//
//   log      = magic version record-size *record       integers little-endian, nothing between them
//   magic    = "LTSVCLOG"                              8 bytes
//   version  = uint32                                  1
//   record-size = uint32                               48
//   record   = arrival sent status target-size target
//   arrival  = int64    ns since the epoch: the kernel's receive time of the request's last
//                       segment, or the read's own time where the kernel gives none
//   sent     = int64    ns since the epoch, read when the send of the response's last byte
//                       returned; 0: it never left (the client had gone, /reset, a stop)
//   status   = uint16   of the response; 0: none was made
//   target-size = uint8 bytes of the target that are kept, at most 29
//   target   = 29 bytes path and query, cut off or padded with zero bytes
//
// Thread: one owner, the server's. Buffered: add() writes when 1,024 records have gathered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace locustella::demo {

struct ServiceRecord {
    static constexpr std::size_t target_capacity = 29;

    static ServiceRecord of(std::int64_t arrival_ns, std::string_view target);

    std::int64_t arrival_ns = 0;
    std::int64_t sent_ns = 0;
    std::uint16_t status = 0;
    std::uint8_t target_size = 0;
    char target[target_capacity] = {};
};
static_assert(sizeof(ServiceRecord) == 48, "the record is written as it lies in memory");

class ServiceLog {
public:
    explicit ServiceLog(const std::string& path);
    ~ServiceLog();
    ServiceLog(const ServiceLog&) = delete;
    ServiceLog& operator=(const ServiceLog&) = delete;

    void add(const ServiceRecord& record);

    // Writes what is left and closes.
    void finish();

private:
    void flush();
    void write(const void* data, std::size_t size);

    std::string path_;
    int file_ = -1;
    int error_ = 0;  // errno of the first write that failed; nothing is written after it
    std::vector<ServiceRecord> waiting_;
};

}  // namespace locustella::demo
