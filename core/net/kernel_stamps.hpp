// Keeps the kernel stamping what arrives, also while no connection is open.
//
//   KernelStamps stamps;      // for as long as requests may be sent
//
// The kernel stamps segments only while some socket wants it (net_enable_timestamp in
// net/core/dev.c), and begins a moment after the first one has said so: it patches its own code,
// later. A process whose connections come and go would miss the stamps of each first answer, whose
// times were then those of its own reading.
//
// Without a descriptor to spare it does nothing. Thread: any.
#pragma once

namespace locustella::net {

class KernelStamps {
public:
    KernelStamps();
    ~KernelStamps();
    KernelStamps(const KernelStamps&) = delete;
    KernelStamps& operator=(const KernelStamps&) = delete;

    bool asked_for() const { return fd_ >= 0; }

private:
    int fd_;
};

}  // namespace locustella::net
