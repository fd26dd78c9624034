#include "http/content_coding.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "http/error.hpp"
#include "http/header_block.hpp"

namespace locustella::http {
namespace {

using Step = Decoder::Step;

bool is_identity(std::string_view coding)
{
    return equal_ignoring_case(coding, "identity");
}

}  // namespace

// Empty items of the list and identity are left out.
Decoder::Decoder(std::string_view codings, std::string bytes, std::size_t head, std::size_t limit)
    : names_(codings),
      given_(std::move(bytes)),
      head_(head),
      limit_(limit)
{
    for (std::string_view text = names_; !text.empty();) {
        const auto comma = text.find(',');
        const auto one = base::trimmed(text.substr(0, comma), " \t");
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (one.empty() || is_identity(one))
            continue;
        if (left_ == most_codings) {
            error_ = Error::bad_content_coding;
            return;
        }
        codings_[left_++] = one;
    }
}

// False: there is no more to undo.
bool Decoder::next_layer()
{
    const std::string& bytes = coded();
    if (left_ == 0 || bytes.size() <= head_)
        return false;
    layer_ = layer_for(codings_[--left_]);
    if (!layer_)
        return false;
    const std::string_view all = bytes;
    rest_ = all.substr(head_);
    out_ = BodyOutput(all.substr(0, head_), limit_);
    return true;
}

Step Decoder::resume(std::size_t most)
{
    while (!error_ && most > 0) {
        if (!layer_ && !next_layer())
            return Step::done;
        if (!joining_) {
            const Step step = undo(most);
            if (step == Step::failed)
                return fail(layer_->error);
            if (step == Step::more)
                continue;
            joining_ = true;
        }
        if (!out_.join(most))
            return Step::more;
        joining_ = false;
        layer_.reset();
        decoded_ = std::move(out_.text);
        ++layers_done_;
    }
    return error_ ? Step::failed : Step::more;
}

// One step of the layer, and what it has cost.
Step Decoder::undo(std::size_t& most)
{
    const auto whole = std::string_view(coded()).substr(head_);
    const auto before_in = rest_.size(), before_out = out_.size();
    const Step step = layer_->step(rest_, whole, out_, most);
    const auto moved = [](std::size_t from, std::size_t to) {
        return std::max(from, to) - std::min(from, to);
    };
    const auto cost =
        std::max<std::size_t>(moved(before_in, rest_.size()) + moved(before_out, out_.size()), 1);
    most -= std::min(most, cost);
    return step;
}

Step Decoder::fail(std::error_code error)
{
    error_ = error;
    layer_.reset();
    out_ = {};
    decoded_ = {};
    return Step::failed;
}

std::string Decoder::take()
{
    return std::move(error_ ? given_ : coded());
}

std::error_code decode_content(std::string_view codings, std::string_view body, std::string& plain,
                               std::size_t limit)
{
    constexpr std::size_t slice = std::size_t{1} << 20;
    Decoder decoder(codings, std::string(body), 0, limit);
    while (decoder.resume(slice) == Step::more)
        ;
    if (!decoder.error())
        plain = decoder.take();
    return decoder.error();
}

}  // namespace locustella::http
