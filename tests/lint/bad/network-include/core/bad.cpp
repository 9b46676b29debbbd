#include <openssl/hmac.h>
#include <openssl/ssl.h>  // expect: network-include
#include <sys/socket.h>  // expect: network-include

#include <boost/asio/ip/tcp.hpp>  // expect: network-include
