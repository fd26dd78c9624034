#include "client/failure_words.hpp"

#include "client/error_words.hpp"

namespace locustella::client {

std::string words_of_failure(http::Dialect dialect, const http::Failure& failure,
                             const Circumstances& seen)
{
    return dialect == http::Dialect::requests ? requests_words(failure, seen)
                                              : geventhttpclient_words(failure, seen);
}

}  // namespace locustella::client
