// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#pragma once
#include "Bridge/status.h"
#include "Bridge/tracking.h"
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#if __cplusplus >= 201703L
#include <string_view>
#endif

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__

namespace rust {
inline namespace cxxbridge1 {
// #include "rust/cxx.h"

struct unsafe_bitcopy_t;

namespace {
template <typename T>
class impl;
} // namespace

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

#ifndef CXXBRIDGE1_RUST_STR
#define CXXBRIDGE1_RUST_STR
class Str final {
public:
  Str() noexcept;
  Str(const String &) noexcept;
  Str(const std::string &);
  Str(const char *);
  Str(const char *, std::size_t);

  Str &operator=(const Str &) & noexcept = default;

  explicit operator std::string() const;
#if __cplusplus >= 201703L
  explicit operator std::string_view() const;
#endif

  const char *data() const noexcept;
  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  Str(const Str &) noexcept = default;
  ~Str() noexcept = default;

  using iterator = const char *;
  using const_iterator = const char *;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  const_iterator cbegin() const noexcept;
  const_iterator cend() const noexcept;

  bool operator==(const Str &) const noexcept;
  bool operator!=(const Str &) const noexcept;
  bool operator<(const Str &) const noexcept;
  bool operator<=(const Str &) const noexcept;
  bool operator>(const Str &) const noexcept;
  bool operator>=(const Str &) const noexcept;

  void swap(Str &) noexcept;

private:
  class uninit;
  Str(uninit) noexcept;
  friend impl<Str>;

  std::array<std::uintptr_t, 2> repr;
};
#endif // CXXBRIDGE1_RUST_STR

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
} // namespace cxxbridge1
} // namespace rust

#if __cplusplus >= 201402L
#define CXX_DEFAULT_VALUE(value) = value
#else
#define CXX_DEFAULT_VALUE(value)
#endif

namespace cyclorama {
  struct SyncHeard;
  struct SyncBeat;
  struct SyncPrimary;
  struct SyncNode;
}

namespace cyclorama {
#ifndef CXXBRIDGE1_STRUCT_cyclorama$SyncHeard
#define CXXBRIDGE1_STRUCT_cyclorama$SyncHeard
// What came of a message. 32 bytes.
struct SyncHeard final {
  // The newest frame that is shown now.
  ::std::uint64_t tick CXX_DEFAULT_VALUE(0);
  // Frames before it that nobody will learn of any more.
  ::std::uint64_t missed CXX_DEFAULT_VALUE(0);
  // Frames that are new.
  ::std::uint32_t fresh CXX_DEFAULT_VALUE(0);
  // Of these, frames whose own message had not come.
  ::std::uint32_t recovered CXX_DEFAULT_VALUE(0);
  // All in it was known already.
  bool old CXX_DEFAULT_VALUE(false);
  // A known frame came with another hash.
  bool contradicts CXX_DEFAULT_VALUE(false);
  // The primary counts anew.
  bool restarted CXX_DEFAULT_VALUE(false);

  bool operator==(SyncHeard const &) const noexcept;
  bool operator!=(SyncHeard const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$SyncHeard

#ifndef CXXBRIDGE1_STRUCT_cyclorama$SyncBeat
#define CXXBRIDGE1_STRUCT_cyclorama$SyncBeat
// A frame of the beat that the primary's engine runs by. 16 bytes.
struct SyncBeat final {
  // Its number.
  ::std::int64_t frame CXX_DEFAULT_VALUE(0);
  // Frames per second.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // Its denominator.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);

  bool operator==(SyncBeat const &) const noexcept;
  bool operator!=(SyncBeat const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$SyncBeat

#ifndef CXXBRIDGE1_STRUCT_cyclorama$SyncPrimary
#define CXXBRIDGE1_STRUCT_cyclorama$SyncPrimary
// The primary's end. Its owner is one thread.
struct SyncPrimary final : public ::rust::Opaque {
  // Publishes the session of this number too, at most sixteen. `line` is the line by which nodes know it: the first
  // one's subjects keep their names, those of the second are called `NAME@2`, and so on.
  ::cyclorama::Status add_tracker(::std::uint64_t session, ::rust::Str line) noexcept;

  // The frame of the beat by which the engine runs that is published next; a rate of 0 for none.
  ::cyclorama::Status set_beat(::cyclorama::SyncBeat const &beat) noexcept;

  // Evaluates every subject `ahead_us` from now and gives the message of this frame: ASCII without spaces. Timecodes
  // are counted on for so long after a tracker fell silent.
  ::cyclorama::Status publish(::std::uint32_t ahead_us, ::std::int64_t hold_ns, ::rust::String &message) noexcept;

  ~SyncPrimary() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$SyncPrimary

#ifndef CXXBRIDGE1_STRUCT_cyclorama$SyncNode
#define CXXBRIDGE1_STRUCT_cyclorama$SyncNode
// A node's end; the primary has one too, and shows what it says. Its owner is one thread.
struct SyncNode final : public ::rust::Opaque {
  // Takes a message. `Integrity` when it is damaged or was altered: nothing of it is used then.
  ::cyclorama::Status apply(::rust::Str message, ::cyclorama::SyncHeard &heard) noexcept;

  // Subjects that are shown; their numbers are below this.
  ::std::uint32_t shown_count() const noexcept;

  // The name of a shown subject.
  ::rust::String shown_name(::std::uint32_t subject) const noexcept;

  // A shown subject. The time is the primary's.
  ::cyclorama::Status shown(::std::uint32_t subject, ::cyclorama::Pose &pose, ::cyclorama::Details &details) const noexcept;

  // The timecode that the tracker of this line says; no line: the first tracker. `NotFound` when it says none, or the
  // primary publishes no such tracker: then the log and the words say so too, at most every ten seconds. `Timeout`
  // before the first record.
  ::cyclorama::Status shown_timecode(::rust::Str line, ::cyclorama::Label &label) const noexcept;

  // `NotFound` where the primary tells no beat, which something on this node runs by: that of the tracker of this
  // line (no line: of the house). If it lasts, the log and the words say why, at most every ten seconds. `Timeout`
  // before the first record.
  ::cyclorama::Status expect_beat(::rust::Str line) const noexcept;

  // The beat by which the primary's engine runs. `NotFound` when it runs by none.
  ::cyclorama::Status shown_beat(::cyclorama::SyncBeat &beat) const noexcept;

  // What something on this node waits for and the primary does not say, as the words have it; nothing for nothing.
  ::rust::String sync_waits() const noexcept;

  // The hash of a frame, 32 hexadecimal digits: equal on two nodes exactly when every bit is. Nothing for a frame
  // that was missed or is long past.
  ::rust::String hash_of(::std::uint64_t tick) const noexcept;

  // What was heard so far: one JSON object for people.
  ::rust::String sync_json() const noexcept;

  // The same in one plain sentence.
  ::rust::String sync_words() const noexcept;

  ~SyncNode() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$SyncNode

// Publishes trackers, none yet. Each message carries up to `repeat` frames before it again (at most 31, and as
// far as there is room), and the first frame is `first`: a node that takes over goes on where the last primary
// ended.
::rust::Box<::cyclorama::SyncPrimary> sync_primary(::std::uint32_t repeat, ::std::uint64_t first) noexcept;

// Nothing heard yet. `name` is the node's, for what is told of it.
::rust::Box<::cyclorama::SyncNode> sync_node(::rust::Str name) noexcept;
} // namespace cyclorama

#ifdef __clang__
#pragma clang diagnostic pop
#endif // __clang__
