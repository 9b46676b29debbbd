#include <string>

namespace core {

double number(const std::string& text) {
  std::setlocale(LC_ALL, "");                           // expect: locale
  return std::stod(text) + strtod(text.c_str(), NULL);  // expect: locale // expect: locale
}

}  // namespace core
