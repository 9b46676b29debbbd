// Boost.JSON, compiled once and for this project's compiler and C++ library.
#include <boost/json/src.hpp>
