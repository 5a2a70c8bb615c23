// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
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
} // namespace cyclorama

static_assert(
    ::rust::IsRelocatable<::cyclorama::Status>::value,
    "type cyclorama::Status should be trivially move constructible and trivially destructible in C++ to be used as a return value of `add_tracker`, `set_beat`, `publish` in Rust");

namespace cyclorama {
extern "C" {
bool cyclorama$cxxbridge1$205$SyncHeard$operator$eq(SyncHeard const &, SyncHeard const &) noexcept;
bool cyclorama$cxxbridge1$205$SyncHeard$operator$ne(SyncHeard const &, SyncHeard const &) noexcept;
bool cyclorama$cxxbridge1$205$SyncBeat$operator$eq(SyncBeat const &, SyncBeat const &) noexcept;
bool cyclorama$cxxbridge1$205$SyncBeat$operator$ne(SyncBeat const &, SyncBeat const &) noexcept;
::std::size_t cyclorama$cxxbridge1$205$SyncPrimary$operator$sizeof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$SyncPrimary$operator$alignof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$SyncNode$operator$sizeof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$SyncNode$operator$alignof() noexcept;

::cyclorama::SyncPrimary *cyclorama$cxxbridge1$205$sync_primary(::std::uint32_t repeat, ::std::uint64_t first) noexcept;

void cyclorama$cxxbridge1$205$SyncPrimary$add_tracker(::cyclorama::SyncPrimary &self, ::std::uint64_t session, ::rust::Str line, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncPrimary$set_beat(::cyclorama::SyncPrimary &self, ::cyclorama::SyncBeat const &beat, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncPrimary$publish(::cyclorama::SyncPrimary &self, ::std::uint32_t ahead_us, ::std::int64_t hold_ns, ::rust::String &message, ::cyclorama::Status *return$) noexcept;

::cyclorama::SyncNode *cyclorama$cxxbridge1$205$sync_node(::rust::Str name) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$apply(::cyclorama::SyncNode &self, ::rust::Str message, ::cyclorama::SyncHeard &heard, ::cyclorama::Status *return$) noexcept;

::std::uint32_t cyclorama$cxxbridge1$205$SyncNode$shown_count(::cyclorama::SyncNode const &self) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$shown_name(::cyclorama::SyncNode const &self, ::std::uint32_t subject, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$shown(::cyclorama::SyncNode const &self, ::std::uint32_t subject, ::cyclorama::Pose &pose, ::cyclorama::Details &details, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$shown_timecode(::cyclorama::SyncNode const &self, ::rust::Str line, ::cyclorama::Label &label, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$expect_beat(::cyclorama::SyncNode const &self, ::rust::Str line, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$shown_beat(::cyclorama::SyncNode const &self, ::cyclorama::SyncBeat &beat, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$sync_waits(::cyclorama::SyncNode const &self, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$hash_of(::cyclorama::SyncNode const &self, ::std::uint64_t tick, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$sync_json(::cyclorama::SyncNode const &self, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$SyncNode$sync_words(::cyclorama::SyncNode const &self, ::rust::String *return$) noexcept;
} // extern "C"

bool SyncHeard::operator==(SyncHeard const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$SyncHeard$operator$eq(*this, rhs);
}

bool SyncHeard::operator!=(SyncHeard const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$SyncHeard$operator$ne(*this, rhs);
}

bool SyncBeat::operator==(SyncBeat const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$SyncBeat$operator$eq(*this, rhs);
}

bool SyncBeat::operator!=(SyncBeat const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$SyncBeat$operator$ne(*this, rhs);
}

::std::size_t SyncPrimary::layout::size() noexcept {
  return cyclorama$cxxbridge1$205$SyncPrimary$operator$sizeof();
}

::std::size_t SyncPrimary::layout::align() noexcept {
  return cyclorama$cxxbridge1$205$SyncPrimary$operator$alignof();
}

::std::size_t SyncNode::layout::size() noexcept {
  return cyclorama$cxxbridge1$205$SyncNode$operator$sizeof();
}

::std::size_t SyncNode::layout::align() noexcept {
  return cyclorama$cxxbridge1$205$SyncNode$operator$alignof();
}

// Publishes trackers, none yet. Each message carries up to `repeat` frames before it again (at most 31, and as
// far as there is room), and the first frame is `first`: a node that takes over goes on where the last primary
// ended.
::rust::Box<::cyclorama::SyncPrimary> sync_primary(::std::uint32_t repeat, ::std::uint64_t first) noexcept {
  return ::rust::Box<::cyclorama::SyncPrimary>::from_raw(cyclorama$cxxbridge1$205$sync_primary(repeat, first));
}

::cyclorama::Status SyncPrimary::add_tracker(::std::uint64_t session, ::rust::Str line) noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncPrimary$add_tracker(*this, session, line, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncPrimary::set_beat(::cyclorama::SyncBeat const &beat) noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncPrimary$set_beat(*this, beat, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncPrimary::publish(::std::uint32_t ahead_us, ::std::int64_t hold_ns, ::rust::String &message) noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncPrimary$publish(*this, ahead_us, hold_ns, message, &return$.value);
  return ::std::move(return$.value);
}

// Nothing heard yet. `name` is the node's, for what is told of it.
::rust::Box<::cyclorama::SyncNode> sync_node(::rust::Str name) noexcept {
  return ::rust::Box<::cyclorama::SyncNode>::from_raw(cyclorama$cxxbridge1$205$sync_node(name));
}

::cyclorama::Status SyncNode::apply(::rust::Str message, ::cyclorama::SyncHeard &heard) noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncNode$apply(*this, message, heard, &return$.value);
  return ::std::move(return$.value);
}

::std::uint32_t SyncNode::shown_count() const noexcept {
  return cyclorama$cxxbridge1$205$SyncNode$shown_count(*this);
}

::rust::String SyncNode::shown_name(::std::uint32_t subject) const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$SyncNode$shown_name(*this, subject, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncNode::shown(::std::uint32_t subject, ::cyclorama::Pose &pose, ::cyclorama::Details &details) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncNode$shown(*this, subject, pose, details, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncNode::shown_timecode(::rust::Str line, ::cyclorama::Label &label) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncNode$shown_timecode(*this, line, label, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncNode::expect_beat(::rust::Str line) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncNode$expect_beat(*this, line, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status SyncNode::shown_beat(::cyclorama::SyncBeat &beat) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$SyncNode$shown_beat(*this, beat, &return$.value);
  return ::std::move(return$.value);
}

::rust::String SyncNode::sync_waits() const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$SyncNode$sync_waits(*this, &return$.value);
  return ::std::move(return$.value);
}

::rust::String SyncNode::hash_of(::std::uint64_t tick) const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$SyncNode$hash_of(*this, tick, &return$.value);
  return ::std::move(return$.value);
}

::rust::String SyncNode::sync_json() const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$SyncNode$sync_json(*this, &return$.value);
  return ::std::move(return$.value);
}

::rust::String SyncNode::sync_words() const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$SyncNode$sync_words(*this, &return$.value);
  return ::std::move(return$.value);
}
} // namespace cyclorama

extern "C" {
::cyclorama::SyncPrimary *cxxbridge1$box$cyclorama$SyncPrimary$alloc() noexcept;
void cxxbridge1$box$cyclorama$SyncPrimary$dealloc(::cyclorama::SyncPrimary *) noexcept;
void cxxbridge1$box$cyclorama$SyncPrimary$drop(::rust::Box<::cyclorama::SyncPrimary> *ptr) noexcept;

::cyclorama::SyncNode *cxxbridge1$box$cyclorama$SyncNode$alloc() noexcept;
void cxxbridge1$box$cyclorama$SyncNode$dealloc(::cyclorama::SyncNode *) noexcept;
void cxxbridge1$box$cyclorama$SyncNode$drop(::rust::Box<::cyclorama::SyncNode> *ptr) noexcept;
} // extern "C"

namespace rust {
inline namespace cxxbridge1 {
template <>
::cyclorama::SyncPrimary *Box<::cyclorama::SyncPrimary>::allocation::alloc() noexcept {
  return cxxbridge1$box$cyclorama$SyncPrimary$alloc();
}
template <>
void Box<::cyclorama::SyncPrimary>::allocation::dealloc(::cyclorama::SyncPrimary *ptr) noexcept {
  cxxbridge1$box$cyclorama$SyncPrimary$dealloc(ptr);
}
template <>
void Box<::cyclorama::SyncPrimary>::drop() noexcept {
  cxxbridge1$box$cyclorama$SyncPrimary$drop(this);
}
template <>
::cyclorama::SyncNode *Box<::cyclorama::SyncNode>::allocation::alloc() noexcept {
  return cxxbridge1$box$cyclorama$SyncNode$alloc();
}
template <>
void Box<::cyclorama::SyncNode>::allocation::dealloc(::cyclorama::SyncNode *ptr) noexcept {
  cxxbridge1$box$cyclorama$SyncNode$dealloc(ptr);
}
template <>
void Box<::cyclorama::SyncNode>::drop() noexcept {
  cxxbridge1$box$cyclorama$SyncNode$drop(this);
}
} // namespace cxxbridge1
} // namespace rust
