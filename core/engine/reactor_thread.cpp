#include "engine/reactor_thread.hpp"

#include <utility>

namespace locustella::engine {

ReactorThread::ReactorThread(Engine& engine, reactor::Reactor::ExceptionSink on_error)
    : context_(engine)
{
    if (!on_error)
        on_error = [](const std::exception_ptr&) {};
    context_.reactor().report_exceptions_to(std::move(on_error));
    context_.leave_thread();
    thread_ = std::thread([this] { run(); });
}

ReactorThread::~ReactorThread()
{
    stop();
    join();
}

void ReactorThread::post(Task task)
{
    context_.reactor().post([this, task = std::move(task)] { task(context_); });
}

void ReactorThread::join()
{
    if (!thread_.joinable())
        return;
    thread_.join();
    context_.adopt_thread();
}

// Nothing comes out of a turn: the reactor reports it.
void ReactorThread::run() noexcept
{
    context_.adopt_thread();
    context_.reactor().run();
}

}  // namespace locustella::engine
