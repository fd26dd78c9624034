// What a decoder writes: text that grows up to a limit, without ever being copied as a whole.
//
//   BodyOutput out(head, limit);
//   auto room = out.room(); ... out.wrote(n);      // again and again; an empty room: the limit
//   while (!out.join(1 << 20)) ...                 // in slices: one text of it all
//   out.text                                       // head and body
//
// The first megabyte is written where it stays, which is all for most bodies. What comes behind it
// goes into pieces, because a string that grows moves, and a gigabyte takes long to move.
//
// Thread: any one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace locustella::http {

class BodyOutput {
public:
    BodyOutput() = default;
    BodyOutput(std::string_view head, std::size_t limit)
        : text(head),
          head_(head.size()),
          limit_(limit),
          first_(std::min(limit, piece))
    {
    }

    std::span<char> room()
    {
        constexpr std::size_t first_step = 16 * 1024;
        if (size_ == limit_)
            return {text.data(), 0};
        if (size_ < first_) {
            const auto used = head_ + size_;
            if (used == text.size())
                text.resize(head_ + std::min(first_, std::max(first_step, size_ * 2)));
            return {text.data() + used, text.size() - used};
        }
        const auto index = (size_ - first_) / piece, used = (size_ - first_) % piece;
        if (index == pieces_.size())
            pieces_.push_back(std::make_unique_for_overwrite<char[]>(piece));
        return {pieces_[index].get() + used, std::min(piece - used, limit_ - size_)};
    }
    void wrote(std::size_t size) { size_ += size; }
    std::size_t size() const { return size_; }  // of the body
    void cut_back_to(std::size_t size) { size_ = size; }

    // Goes on for about so many bytes; true when `text` is all of it.
    bool join(std::size_t most)
    {
        if (joined_ == 0) {
            text.resize(head_ + std::min(size_, first_));
            text.reserve(head_ + size_);
        }
        while (text.size() < head_ + size_ && most > 0) {
            const auto left = head_ + size_ - text.size();
            const auto take = std::min(piece, left);
            text.append(pieces_[joined_].get(), take);
            pieces_[joined_++].reset();
            most -= std::min(most, take);
        }
        return text.size() == head_ + size_;
    }

    std::string text;

private:
    static constexpr std::size_t piece = std::size_t{1} << 20;

    std::size_t head_ = 0;
    std::size_t limit_ = 0;
    std::size_t first_ = 0;  // so much of the body is in `text` itself
    std::size_t size_ = 0;
    std::size_t joined_ = 0;
    std::vector<std::unique_ptr<char[]>> pieces_;
};

}  // namespace locustella::http
