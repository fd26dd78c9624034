// No further thread can be started while one of these lives, as under a container's limit of
// processes: this program's pthread_create fails with EAGAIN then.
//
//   {
//       NoThreads none;                 // NoThreads one_more(1): one may still be started
//       ... what starts a thread throws std::system_error ...
//   }
//
// Thread: the test's; it holds for all.
#pragma once

namespace locustella::net {

class NoThreads {
public:
    explicit NoThreads(int still = 0);
    ~NoThreads();
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;
};

}  // namespace locustella::net
