// Boost.URL, compiled once and for this project's compiler and C++ library.
#include <boost/url/src.hpp>
