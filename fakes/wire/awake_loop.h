// The loop of a server that does not fall asleep between two requests of a burst.
#pragma once

#include <boost/asio/io_context.hpp>

namespace fakes::wire {

/// As `context.run()`. While requests come in quick succession it looks for the next one for up to 50 us before it
/// sleeps: who sends to a sleeping server pays for waking it. An idle server sleeps at once, and so does one that has a
/// single processor, which the client needs.
void run_awake(boost::asio::io_context& context);

}  // namespace fakes::wire
