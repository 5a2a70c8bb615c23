// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#include "Bridge/status.h"
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wmissing-declarations"
#pragma GCC diagnostic ignored "-Wshadow"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__
#endif // __GNUC__

namespace rust {
inline namespace cxxbridge1 {
// #include "rust/cxx.h"

#ifndef CXXBRIDGE1_RELOCATABLE
#define CXXBRIDGE1_RELOCATABLE
namespace detail {
template <typename... Ts>
struct make_void {
  using type = void;
};

template <typename... Ts>
using void_t = typename make_void<Ts...>::type;

template <typename Void, template <typename...> class, typename...>
struct detect : std::false_type {};
template <template <typename...> class T, typename... A>
struct detect<void_t<T<A...>>, T, A...> : std::true_type {};

template <template <typename...> class T, typename... A>
using is_detected = detect<void, T, A...>;

template <typename T>
using detect_IsRelocatable = typename T::IsRelocatable;

template <typename T>
struct get_IsRelocatable
    : std::is_same<typename T::IsRelocatable, std::true_type> {};
} // namespace detail

template <typename T>
struct IsRelocatable
    : std::conditional<
          detail::is_detected<detail::detect_IsRelocatable, T>::value,
          detail::get_IsRelocatable<T>,
          std::integral_constant<
              bool, std::is_trivially_move_constructible<T>::value &&
                        std::is_trivially_destructible<T>::value>>::type {};
#endif // CXXBRIDGE1_RELOCATABLE

namespace detail {
template <typename T, typename = void *>
struct operator_new {
  void *operator()(::std::size_t sz) { return ::operator new(sz); }
};

template <typename T>
struct operator_new<T, decltype(T::operator new(sizeof(T)))> {
  void *operator()(::std::size_t sz) { return T::operator new(sz); }
};
} // namespace detail

template <typename T>
union ManuallyDrop {
  T value;
  ManuallyDrop(T &&value) : value(::std::move(value)) {}
  ~ManuallyDrop() {}
};

template <typename T>
union MaybeUninit {
  T value;
  void *operator new(::std::size_t sz) { return detail::operator_new<T>{}(sz); }
  MaybeUninit() {}
  ~MaybeUninit() {}
};
} // namespace cxxbridge1
} // namespace rust

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
} // namespace cyclorama

static_assert(
    ::rust::IsRelocatable<::cyclorama::Status>::value,
    "type cyclorama::Status should be trivially move constructible and trivially destructible in C++ to be used as an argument of `exit_code` or return value of `work_stop_all` in Rust");

namespace cyclorama {
extern "C" {
bool cyclorama$cxxbridge1$205$WorkSnapshot$operator$eq(WorkSnapshot const &, WorkSnapshot const &) noexcept;
bool cyclorama$cxxbridge1$205$WorkSnapshot$operator$ne(WorkSnapshot const &, WorkSnapshot const &) noexcept;

void cyclorama$cxxbridge1$205$work_stop_all(::cyclorama::Status *return$) noexcept;

::std::uint32_t cyclorama$cxxbridge1$205$exit_code(::cyclorama::Status *status) noexcept;
} // extern "C"

bool WorkSnapshot::operator==(WorkSnapshot const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$WorkSnapshot$operator$eq(*this, rhs);
}

bool WorkSnapshot::operator!=(WorkSnapshot const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$WorkSnapshot$operator$ne(*this, rhs);
}

// Asks all work to stop at its next safe point; what is begun later is not stopped. Does not wait.
::cyclorama::Status work_stop_all() noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$work_stop_all(&return$.value);
  return ::std::move(return$.value);
}

// The exit code that a program gives for this, as the `cyclorama` command does.
::std::uint32_t exit_code(::cyclorama::Status status) noexcept {
  ::rust::ManuallyDrop<::cyclorama::Status> status$(::std::move(status));
  return cyclorama$cxxbridge1$205$exit_code(&status$.value);
}
} // namespace cyclorama
