// Helpers for tests of the HTTP fakes: requests, times, and what is looked for in answers.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "fakes/answer.h"
#include "fakes/faults/rule.h"
#include "fakes/github/github.h"
#include "fakes/http_text.h"
#include "fakes/llm/llm.h"

namespace fakes {

/// 2026-01-01T00:00:00Z at T=0.
inline Now at(core::Duration since_start) {
  return {core::SteadyTime(since_start), core::WallTime(std::chrono::seconds(1'767'225'600) + since_start)};
}

inline std::string header(const core::HttpResponse& response, std::string_view name) {
  return std::string(core::find_header(response.headers, name).value_or("(none)"));
}

inline core::HttpResponse response_of(const Answer& answer) {
  const auto* respond = std::get_if<Respond>(&answer.delivery);
  EXPECT_NE(respond, nullptr) << "no answer but delivery " << answer.delivery.index();
  return respond == nullptr ? core::HttpResponse{} : respond->response;
}

/// The body as JSON; a test failure and null when it is not.
inline boost::json::value json_of(const core::HttpResponse& response) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(response.body, error);
  EXPECT_FALSE(error) << response.body;
  return error ? boost::json::value() : value;
}

inline std::string text_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  const boost::json::value* found = value.find_pointer(boost::json::string_view(pointer.data(), pointer.size()), error);
  if (found == nullptr) return "(absent)";
  return found->is_string() ? std::string(std::string_view(found->get_string())) : boost::json::serialize(*found);
}

inline HttpRule rule(HttpAction action, std::string on = "*") {
  HttpRule made;
  made.on = std::move(on);
  made.action = std::move(action);
  return made;
}

inline constexpr std::string_view kTools =
    R"("tools":[{"type":"function","function":{"name":"comment_on_issue","description":"","parameters":{}}}])";

inline core::HttpRequest post(std::string url, std::string body, std::string job = "job-1") {
  return {
      "POST",
      std::move(url),
      {{"Content-Type", "application/json"}, {"User-Agent", "test"}, {std::string(core::kJobHeader), std::move(job)}},
      std::move(body)};
}

/// A request that the model answers by asking for the comment tool.
inline core::HttpRequest ollama_chat_request(bool stream = false, std::string job = "job-1") {
  return post("http://llm:11434/api/chat",
              fmt::format(R"({{"model":"glm-4.6","stream":{},"messages":[{{"role":"user","content":"Say hi"}}],{}}})",
                          stream, kTools),
              std::move(job));
}
inline core::HttpRequest openai_chat_request(bool stream = false, std::string job = "job-1") {
  core::HttpRequest request = ollama_chat_request(stream, std::move(job));
  request.url = "https://llm/v1/chat/completions";
  request.headers.push_back({"Authorization", "Bearer sk-1"});
  return request;
}

inline std::string base64url(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) text += kAlphabet[buffer << (6 - bits) & 63];
  return text;
}

inline std::string jwt(std::string_view claims, std::string_view header_text = R"({"alg":"RS256","typ":"JWT"})") {
  return base64url(header_text) + "." + base64url(claims) + "." + base64url("signature");
}
/// Claims that are right at `now`.
inline std::string good_jwt(const Now& now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch()).count();
  return jwt(fmt::format(R"({{"iss":"12345","iat":{},"exp":{}}})", second - 60, second + 540));
}

inline core::HttpRequest token_request(std::string jwt_text, std::string job = "job-1") {
  core::HttpRequest request = post("https://api.github.com/app/installations/1/access_tokens", "", std::move(job));
  request.headers.push_back({"Authorization", "Bearer " + std::move(jwt_text)});
  return request;
}

inline core::HttpRequest github_request(std::string method, std::string path, std::string token, std::string body = "",
                                        std::string job = "job-1") {
  core::HttpRequest request = post("https://api.github.com" + std::move(path), std::move(body), std::move(job));
  request.method = std::move(method);
  request.headers.push_back({"Authorization", "token " + std::move(token)});
  return request;
}

}  // namespace fakes
