// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#include "Bridge/status.h"
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wmissing-declarations"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__
#endif // __GNUC__

namespace rust {
inline namespace cxxbridge1 {
// #include "rust/cxx.h"

struct unsafe_bitcopy_t;

#ifndef CXXBRIDGE1_RUST_STRING
#define CXXBRIDGE1_RUST_STRING
class String final {
public:
  String() noexcept;
  String(const String &) noexcept;
  String(String &&) noexcept;
  ~String() noexcept;

  String(const std::string &);
  String(const char *);
  String(const char *, std::size_t);
  String(const char16_t *);
  String(const char16_t *, std::size_t);
#ifdef __cpp_char8_t
  String(const char8_t *s);
  String(const char8_t *s, std::size_t len);
#endif

  static String lossy(const std::string &) noexcept;
  static String lossy(const char *) noexcept;
  static String lossy(const char *, std::size_t) noexcept;
  static String lossy(const char16_t *) noexcept;
  static String lossy(const char16_t *, std::size_t) noexcept;

  String &operator=(const String &) & noexcept;
  String &operator=(String &&) & noexcept;

  explicit operator std::string() const;

  const char *data() const noexcept;
  char *data() noexcept;

  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  const char *c_str() noexcept;

  std::size_t capacity() const noexcept;
  void reserve(size_t new_cap) noexcept;

  using iterator = char *;
  iterator begin() noexcept;
  iterator end() noexcept;

  using const_iterator = const char *;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  const_iterator cbegin() const noexcept;
  const_iterator cend() const noexcept;

  bool operator==(const String &) const noexcept;
  bool operator!=(const String &) const noexcept;
  bool operator<(const String &) const noexcept;
  bool operator<=(const String &) const noexcept;
  bool operator>(const String &) const noexcept;
  bool operator>=(const String &) const noexcept;

  void swap(String &) noexcept;

  String(unsafe_bitcopy_t, const String &) noexcept;

private:
  struct lossy_t;
  String(lossy_t, const char *, std::size_t) noexcept;
  String(lossy_t, const char16_t *, std::size_t) noexcept;
  friend void swap(String &lhs, String &rhs) noexcept { lhs.swap(rhs); }

  std::array<std::uintptr_t, 3> repr;
};
#endif // CXXBRIDGE1_RUST_STRING

#ifndef CXXBRIDGE1_RUST_BOX
#define CXXBRIDGE1_RUST_BOX
template <typename T>
class Box final {
public:
  using element_type = T;
  using const_pointer =
      typename std::add_pointer<typename std::add_const<T>::type>::type;
  using pointer = typename std::add_pointer<T>::type;

  Box() = delete;
  Box(Box &&) noexcept;
  ~Box() noexcept;

  explicit Box(const T &);
  explicit Box(T &&);

  Box &operator=(Box &&) & noexcept;

  const T *operator->() const noexcept;
  const T &operator*() const noexcept;
  T *operator->() noexcept;
  T &operator*() noexcept;

  template <typename... Fields>
  static Box in_place(Fields &&...);

  void swap(Box &) noexcept;

  static Box from_raw(T *) noexcept;

  T *into_raw() noexcept;

  /* Deprecated */ using value_type = element_type;

private:
  class uninit;
  class allocation;
  Box(uninit) noexcept;
  void drop() noexcept;

  friend void swap(Box &lhs, Box &rhs) noexcept { lhs.swap(rhs); }

  T *ptr;
};

template <typename T>
class Box<T>::uninit {};

template <typename T>
class Box<T>::allocation {
  static T *alloc() noexcept;
  static void dealloc(T *) noexcept;

public:
  allocation() noexcept : ptr(alloc()) {}
  ~allocation() noexcept {
    if (this->ptr) {
      dealloc(this->ptr);
    }
  }
  T *ptr;
};

template <typename T>
Box<T>::Box(Box &&other) noexcept : ptr(other.ptr) {
  other.ptr = nullptr;
}

template <typename T>
Box<T>::Box(const T &val) {
  allocation alloc;
  ::new (alloc.ptr) T(val);
  this->ptr = alloc.ptr;
  alloc.ptr = nullptr;
}

template <typename T>
Box<T>::Box(T &&val) {
  allocation alloc;
  ::new (alloc.ptr) T(std::move(val));
  this->ptr = alloc.ptr;
  alloc.ptr = nullptr;
}

template <typename T>
Box<T>::~Box() noexcept {
  if (this->ptr) {
    this->drop();
  }
}

template <typename T>
Box<T> &Box<T>::operator=(Box &&other) & noexcept {
  if (this->ptr) {
    this->drop();
  }
  this->ptr = other.ptr;
  other.ptr = nullptr;
  return *this;
}

template <typename T>
const T *Box<T>::operator->() const noexcept {
  return this->ptr;
}

template <typename T>
const T &Box<T>::operator*() const noexcept {
  return *this->ptr;
}

template <typename T>
T *Box<T>::operator->() noexcept {
  return this->ptr;
}

template <typename T>
T &Box<T>::operator*() noexcept {
  return *this->ptr;
}

template <typename T>
template <typename... Fields>
Box<T> Box<T>::in_place(Fields &&...fields) {
  allocation alloc;
  auto ptr = alloc.ptr;
  ::new (ptr) T{std::forward<Fields>(fields)...};
  alloc.ptr = nullptr;
  return from_raw(ptr);
}

template <typename T>
void Box<T>::swap(Box &rhs) noexcept {
  using std::swap;
  swap(this->ptr, rhs.ptr);
}

template <typename T>
Box<T> Box<T>::from_raw(T *raw) noexcept {
  Box box = uninit{};
  box.ptr = raw;
  return box;
}

template <typename T>
T *Box<T>::into_raw() noexcept {
  T *raw = this->ptr;
  this->ptr = nullptr;
  return raw;
}

template <typename T>
Box<T>::Box(uninit) noexcept {}
#endif // CXXBRIDGE1_RUST_BOX

#ifndef CXXBRIDGE1_RUST_OPAQUE
#define CXXBRIDGE1_RUST_OPAQUE
class Opaque {
public:
  Opaque() = delete;
  Opaque(const Opaque &) = delete;
  ~Opaque() = delete;
};
#endif // CXXBRIDGE1_RUST_OPAQUE

#ifndef CXXBRIDGE1_IS_COMPLETE
#define CXXBRIDGE1_IS_COMPLETE
namespace detail {
namespace {
template <typename T, typename = std::size_t>
struct is_complete : std::false_type {};
template <typename T>
struct is_complete<T, decltype(sizeof(T))> : std::true_type {};
} // namespace
} // namespace detail
#endif // CXXBRIDGE1_IS_COMPLETE

#ifndef CXXBRIDGE1_LAYOUT
#define CXXBRIDGE1_LAYOUT
class layout {
  template <typename T>
  friend std::size_t size_of();
  template <typename T>
  friend std::size_t align_of();
  template <typename T>
  static typename std::enable_if<std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_size_of() {
    return T::layout::size();
  }
  template <typename T>
  static typename std::enable_if<!std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_size_of() {
    return sizeof(T);
  }
  template <typename T>
  static
      typename std::enable_if<detail::is_complete<T>::value, std::size_t>::type
      size_of() {
    return do_size_of<T>();
  }
  template <typename T>
  static typename std::enable_if<std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_align_of() {
    return T::layout::align();
  }
  template <typename T>
  static typename std::enable_if<!std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_align_of() {
    return alignof(T);
  }
  template <typename T>
  static
      typename std::enable_if<detail::is_complete<T>::value, std::size_t>::type
      align_of() {
    return do_align_of<T>();
  }
};

template <typename T>
std::size_t size_of() {
  return layout::size_of<T>();
}

template <typename T>
std::size_t align_of() {
  return layout::align_of<T>();
}
#endif // CXXBRIDGE1_LAYOUT

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
  struct BeatPhase;
  struct HostClock;
}

namespace cyclorama {
#ifndef CXXBRIDGE1_STRUCT_cyclorama$BeatPhase
#define CXXBRIDGE1_STRUCT_cyclorama$BeatPhase
// Where in a frame of the genlock's beat a moment is. 32 bytes.
struct BeatPhase final {
  // Number of the frame that runs.
  ::std::int64_t frame CXX_DEFAULT_VALUE(0);
  // 0 at its begin, below 1.
  double phase CXX_DEFAULT_VALUE(0);
  // Frames per second.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // Its denominator.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);
  // 1 while the beat comes; else the phase is counted on from where it was last, and the engine runs free.
  ::std::uint32_t locked CXX_DEFAULT_VALUE(0);
  // 1 where frames begin with a tracker's samples, 0 where with the house's time.
  ::std::uint32_t follows_tracker CXX_DEFAULT_VALUE(0);

  bool operator==(BeatPhase const &) const noexcept;
  bool operator!=(BeatPhase const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$BeatPhase

#ifndef CXXBRIDGE1_STRUCT_cyclorama$HostClock
#define CXXBRIDGE1_STRUCT_cyclorama$HostClock
// How the engine's seconds stand against stage time.
struct HostClock final : public ::rust::Opaque {
  // `at_ns` in the engine's seconds. Give what the engine's clock shows at this very moment; the more often it
  // is asked, the less it is off by what interrupts.
  double seconds_at(double host_now, ::std::int64_t at_ns) noexcept;

  ~HostClock() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$HostClock
} // namespace cyclorama

static_assert(
    ::rust::IsRelocatable<::cyclorama::Status>::value,
    "type cyclorama::Status should be trivially move constructible and trivially destructible in C++ to be used as a return value of `beat_phase` in Rust");

namespace cyclorama {
extern "C" {
bool cyclorama$cxxbridge1$205$BeatPhase$operator$eq(BeatPhase const &, BeatPhase const &) noexcept;
bool cyclorama$cxxbridge1$205$BeatPhase$operator$ne(BeatPhase const &, BeatPhase const &) noexcept;
::std::size_t cyclorama$cxxbridge1$205$HostClock$operator$sizeof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$HostClock$operator$alignof() noexcept;

::std::int64_t cyclorama$cxxbridge1$205$now_ns() noexcept;

::cyclorama::HostClock *cyclorama$cxxbridge1$205$host_clock() noexcept;

double cyclorama$cxxbridge1$205$HostClock$seconds_at(::cyclorama::HostClock &self, double host_now, ::std::int64_t at_ns) noexcept;

void cyclorama$cxxbridge1$205$beat_phase(::cyclorama::BeatPhase &phase, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$beat_words(::rust::String *return$) noexcept;
} // extern "C"

bool BeatPhase::operator==(BeatPhase const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$BeatPhase$operator$eq(*this, rhs);
}

bool BeatPhase::operator!=(BeatPhase const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$BeatPhase$operator$ne(*this, rhs);
}

::std::size_t HostClock::layout::size() noexcept {
  return cyclorama$cxxbridge1$205$HostClock$operator$sizeof();
}

::std::size_t HostClock::layout::align() noexcept {
  return cyclorama$cxxbridge1$205$HostClock$operator$alignof();
}

// Stage time, nanoseconds: one clock for everything in this process.
::std::int64_t now_ns() noexcept {
  return cyclorama$cxxbridge1$205$now_ns();
}

// Knows nothing yet. Each thread that asks has its own.
::rust::Box<::cyclorama::HostClock> host_clock() noexcept {
  return ::rust::Box<::cyclorama::HostClock>::from_raw(cyclorama$cxxbridge1$205$host_clock());
}

double HostClock::seconds_at(double host_now, ::std::int64_t at_ns) noexcept {
  return cyclorama$cxxbridge1$205$HostClock$seconds_at(*this, host_now, at_ns);
}

// Where in its frame the beat is that the process's genlock follows, now. `NotFound` where nobody waits for one.
::cyclorama::Status beat_phase(::cyclorama::BeatPhase &phase) noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$beat_phase(phase, &return$.value);
  return ::std::move(return$.value);
}

// As above, a sentence for people; nothing where nobody waits for one.
::rust::String beat_words() noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$beat_words(&return$.value);
  return ::std::move(return$.value);
}
} // namespace cyclorama

extern "C" {
::cyclorama::HostClock *cxxbridge1$box$cyclorama$HostClock$alloc() noexcept;
void cxxbridge1$box$cyclorama$HostClock$dealloc(::cyclorama::HostClock *) noexcept;
void cxxbridge1$box$cyclorama$HostClock$drop(::rust::Box<::cyclorama::HostClock> *ptr) noexcept;
} // extern "C"

namespace rust {
inline namespace cxxbridge1 {
template <>
::cyclorama::HostClock *Box<::cyclorama::HostClock>::allocation::alloc() noexcept {
  return cxxbridge1$box$cyclorama$HostClock$alloc();
}
template <>
void Box<::cyclorama::HostClock>::allocation::dealloc(::cyclorama::HostClock *ptr) noexcept {
  cxxbridge1$box$cyclorama$HostClock$dealloc(ptr);
}
template <>
void Box<::cyclorama::HostClock>::drop() noexcept {
  cxxbridge1$box$cyclorama$HostClock$drop(this);
}
} // namespace cxxbridge1
} // namespace rust
