#include "unit/out_of_memory/refusal.hpp"

#include <cstdlib>
#include <new>

namespace locustella::out_of_memory {
namespace {

thread_local Refusal* at_work = nullptr;

void* taken(std::size_t size, std::size_t alignment) noexcept
{
    if (AtWork::refuses())
        return nullptr;
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__)
        return std::malloc(size ? size : 1);
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* taken_or_thrown(std::size_t size, std::size_t alignment)
{
    if (void* memory = taken(size, alignment))
        return memory;
    throw std::bad_alloc();
}

}  // namespace

void Refusal::next_try()
{
    goes_on_ = was_reached();
    number_ += lasts_;
    lasts_ = !lasts_;
    left_ = number_;
}

AtWork::AtWork(Refusal& refusal)
{
    at_work = &refusal;
}

AtWork::~AtWork()
{
    at_work = nullptr;
}

bool AtWork::refuses() noexcept
{
    if (!at_work)
        return false;
    if (at_work->left_ == 0)
        return at_work->lasts_;
    return --at_work->left_ == 0;
}

}  // namespace locustella::out_of_memory

// The program's own.
constexpr std::size_t usual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
using locustella::out_of_memory::taken;
using locustella::out_of_memory::taken_or_thrown;

void* operator new(std::size_t size)
{
    return taken_or_thrown(size, usual);
}
void* operator new[](std::size_t size)
{
    return taken_or_thrown(size, usual);
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return taken_or_thrown(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment)
{
    return taken_or_thrown(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return taken(size, usual);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
{
    return taken(size, usual);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept
{
    std::free(memory);
}
