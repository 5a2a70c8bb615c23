// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#pragma once
#include "Bridge/status.h"
#include <cstdint>
#include <type_traits>

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__

#if __cplusplus >= 201402L
#define CXX_DEFAULT_VALUE(value) = value
#else
#define CXX_DEFAULT_VALUE(value)
#endif

namespace cyclorama {
  struct WorkSnapshot;
  enum class Keep : ::std::uint32_t;
}

namespace cyclorama {
#ifndef CXXBRIDGE1_STRUCT_cyclorama$WorkSnapshot
#define CXXBRIDGE1_STRUCT_cyclorama$WorkSnapshot
// How far long work is. 56 bytes.
struct WorkSnapshot final {
  // Units finished: bytes of content, or frames.
  ::std::uint64_t done CXX_DEFAULT_VALUE(0);
  // Units in all; 0 while unknown.
  ::std::uint64_t total CXX_DEFAULT_VALUE(0);
  // Bytes that crossed a network or a disk for it.
  ::std::uint64_t transferred CXX_DEFAULT_VALUE(0);
  // Units per second, smoothed; below 0 while unknown.
  double rate CXX_DEFAULT_VALUE(0);
  // Seconds left at that rate, 0 when all is done; below 0 while unknown.
  double eta_seconds CXX_DEFAULT_VALUE(0);
  // 0 to 1; below 0 while unknown.
  double fraction CXX_DEFAULT_VALUE(0);
  // 1 while it runs, 0 once it ended.
  ::std::uint32_t running CXX_DEFAULT_VALUE(0);
  // Nothing.
  ::std::uint32_t reserved CXX_DEFAULT_VALUE(0);

  bool operator==(WorkSnapshot const &) const noexcept;
  bool operator!=(WorkSnapshot const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$WorkSnapshot

#ifndef CXXBRIDGE1_ENUM_cyclorama$Keep
#define CXXBRIDGE1_ENUM_cyclorama$Keep
// Whose files win where two sides changed the same one.
enum class Keep : ::std::uint32_t {
  // Nobody's: it stops and names them.
  Ask = 0,
  // Those in this folder.
  Mine = 1,
  // Those of the store.
  Theirs = 2,
};
#endif // CXXBRIDGE1_ENUM_cyclorama$Keep

// Asks all work to stop at its next safe point; what is begun later is not stopped. Does not wait.
::cyclorama::Status work_stop_all() noexcept;

// The exit code that a program gives for this, as the `cyclorama` command does.
::std::uint32_t exit_code(::cyclorama::Status status) noexcept;
} // namespace cyclorama

#ifdef __clang__
#pragma clang diagnostic pop
#endif // __clang__
