// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#pragma once
#include "Bridge/status.h"
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if __cplusplus >= 201703L
#include <string_view>
#endif
#if __cplusplus >= 202002L
#include <ranges>
#endif

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__

namespace rust {
inline namespace cxxbridge1 {
// #include "rust/cxx.h"

#ifndef CXXBRIDGE1_PANIC
#define CXXBRIDGE1_PANIC
template <typename Exception>
void panic [[noreturn]] (const char *msg);
#endif // CXXBRIDGE1_PANIC

struct unsafe_bitcopy_t;

namespace {
template <typename T>
class impl;
} // namespace

template <typename T>
::std::size_t size_of();
template <typename T>
::std::size_t align_of();

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

#ifndef CXXBRIDGE1_RUST_SLICE
#define CXXBRIDGE1_RUST_SLICE
namespace detail {
template <bool>
struct copy_assignable_if {};

template <>
struct copy_assignable_if<false> {
  copy_assignable_if() noexcept = default;
  copy_assignable_if(const copy_assignable_if &) noexcept = default;
  copy_assignable_if &operator=(const copy_assignable_if &) & noexcept = delete;
  copy_assignable_if &operator=(copy_assignable_if &&) & noexcept = default;
};
} // namespace detail

template <typename T>
class Slice final
    : private detail::copy_assignable_if<std::is_const<T>::value> {
public:
  using value_type = T;

  Slice() noexcept;
  Slice(T *, std::size_t count) noexcept;

  template <typename C>
  explicit Slice(C &c) : Slice(c.data(), c.size()) {}

  Slice &operator=(const Slice<T> &) & noexcept = default;
  Slice &operator=(Slice<T> &&) & noexcept = default;

  T *data() const noexcept;
  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  T &operator[](std::size_t n) const noexcept;
  T &at(std::size_t n) const;
  T &front() const noexcept;
  T &back() const noexcept;

  Slice(const Slice<T> &) noexcept = default;
  ~Slice() noexcept = default;

  class iterator;
  iterator begin() const noexcept;
  iterator end() const noexcept;

  void swap(Slice &) noexcept;

private:
  class uninit;
  Slice(uninit) noexcept;
  friend impl<Slice>;
  friend void sliceInit(void *, const void *, std::size_t) noexcept;
  friend void *slicePtr(const void *) noexcept;
  friend std::size_t sliceLen(const void *) noexcept;

  std::array<std::uintptr_t, 2> repr;
};

#ifdef __cpp_deduction_guides
template <typename C>
explicit Slice(C &c)
    -> Slice<std::remove_reference_t<decltype(*std::declval<C>().data())>>;
#endif // __cpp_deduction_guides

template <typename T>
class Slice<T>::iterator final {
public:
#if __cplusplus >= 202002L
  using iterator_category = std::contiguous_iterator_tag;
#else
  using iterator_category = std::random_access_iterator_tag;
#endif
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = typename std::add_pointer<T>::type;
  using reference = typename std::add_lvalue_reference<T>::type;

  reference operator*() const noexcept;
  pointer operator->() const noexcept;
  reference operator[](difference_type) const noexcept;

  iterator &operator++() noexcept;
  iterator operator++(int) noexcept;
  iterator &operator--() noexcept;
  iterator operator--(int) noexcept;

  iterator &operator+=(difference_type) noexcept;
  iterator &operator-=(difference_type) noexcept;
  iterator operator+(difference_type) const noexcept;
  friend inline iterator operator+(difference_type lhs, iterator rhs) noexcept {
    return rhs + lhs;
  }
  iterator operator-(difference_type) const noexcept;
  difference_type operator-(const iterator &) const noexcept;

  bool operator==(const iterator &) const noexcept;
  bool operator!=(const iterator &) const noexcept;
  bool operator<(const iterator &) const noexcept;
  bool operator<=(const iterator &) const noexcept;
  bool operator>(const iterator &) const noexcept;
  bool operator>=(const iterator &) const noexcept;

private:
  friend class Slice;
  void *pos;
  std::size_t stride;
};

template <typename T>
Slice<T>::Slice() noexcept {
  sliceInit(this, reinterpret_cast<void *>(align_of<T>()), 0);
}

template <typename T>
Slice<T>::Slice(T *s, std::size_t count) noexcept {
  assert(s != nullptr || count == 0);
  sliceInit(this,
            s == nullptr && count == 0
                ? reinterpret_cast<void *>(align_of<T>())
                : const_cast<typename std::remove_const<T>::type *>(s),
            count);
}

template <typename T>
T *Slice<T>::data() const noexcept {
  return reinterpret_cast<T *>(slicePtr(this));
}

template <typename T>
std::size_t Slice<T>::size() const noexcept {
  return sliceLen(this);
}

template <typename T>
std::size_t Slice<T>::length() const noexcept {
  return this->size();
}

template <typename T>
bool Slice<T>::empty() const noexcept {
  return this->size() == 0;
}

template <typename T>
T &Slice<T>::operator[](std::size_t n) const noexcept {
  assert(n < this->size());
  auto ptr = static_cast<char *>(slicePtr(this)) + size_of<T>() * n;
  return *reinterpret_cast<T *>(ptr);
}

template <typename T>
T &Slice<T>::at(std::size_t n) const {
  if (n >= this->size()) {
    panic<std::out_of_range>("rust::Slice index out of range");
  }
  return (*this)[n];
}

template <typename T>
T &Slice<T>::front() const noexcept {
  assert(!this->empty());
  return (*this)[0];
}

template <typename T>
T &Slice<T>::back() const noexcept {
  assert(!this->empty());
  return (*this)[this->size() - 1];
}

template <typename T>
typename Slice<T>::iterator::reference
Slice<T>::iterator::operator*() const noexcept {
  return *static_cast<T *>(this->pos);
}

template <typename T>
typename Slice<T>::iterator::pointer
Slice<T>::iterator::operator->() const noexcept {
  return static_cast<T *>(this->pos);
}

template <typename T>
typename Slice<T>::iterator::reference Slice<T>::iterator::operator[](
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ptr = static_cast<char *>(this->pos) + this->stride * n;
  return *reinterpret_cast<T *>(ptr);
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator++() noexcept {
  this->pos = static_cast<char *>(this->pos) + this->stride;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator++(int) noexcept {
  auto ret = iterator(*this);
  this->pos = static_cast<char *>(this->pos) + this->stride;
  return ret;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator--() noexcept {
  this->pos = static_cast<char *>(this->pos) - this->stride;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator--(int) noexcept {
  auto ret = iterator(*this);
  this->pos = static_cast<char *>(this->pos) - this->stride;
  return ret;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator+=(
    typename Slice<T>::iterator::difference_type n) noexcept {
  this->pos = static_cast<char *>(this->pos) + this->stride * n;
  return *this;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator-=(
    typename Slice<T>::iterator::difference_type n) noexcept {
  this->pos = static_cast<char *>(this->pos) - this->stride * n;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator+(
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ret = iterator(*this);
  ret.pos = static_cast<char *>(this->pos) + this->stride * n;
  return ret;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator-(
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ret = iterator(*this);
  ret.pos = static_cast<char *>(this->pos) - this->stride * n;
  return ret;
}

template <typename T>
typename Slice<T>::iterator::difference_type
Slice<T>::iterator::operator-(const iterator &other) const noexcept {
  auto diff = std::distance(static_cast<char *>(other.pos),
                            static_cast<char *>(this->pos));
  return diff / static_cast<typename Slice<T>::iterator::difference_type>(
                    this->stride);
}

template <typename T>
bool Slice<T>::iterator::operator==(const iterator &other) const noexcept {
  return this->pos == other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator!=(const iterator &other) const noexcept {
  return this->pos != other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator<(const iterator &other) const noexcept {
  return this->pos < other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator<=(const iterator &other) const noexcept {
  return this->pos <= other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator>(const iterator &other) const noexcept {
  return this->pos > other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator>=(const iterator &other) const noexcept {
  return this->pos >= other.pos;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::begin() const noexcept {
  iterator it;
  it.pos = slicePtr(this);
  it.stride = size_of<T>();
  return it;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::end() const noexcept {
  iterator it = this->begin();
  it.pos = static_cast<char *>(it.pos) + it.stride * this->size();
  return it;
}

template <typename T>
void Slice<T>::swap(Slice &rhs) noexcept {
  std::swap(*this, rhs);
}
#endif // CXXBRIDGE1_RUST_SLICE

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
  struct TrackingConfig;
  struct Pose;
  enum class PoseFlag : ::std::uint32_t;
  enum class LensKind : ::std::uint32_t;
  enum class Known : ::std::uint32_t;
  struct Details;
  struct GenlockOptions;
  struct Tick;
  struct Label;
  struct Tracking;
  struct Feed;
  struct Reader;
  struct Genlock;
}

namespace cyclorama {
#ifndef CXXBRIDGE1_STRUCT_cyclorama$TrackingConfig
#define CXXBRIDGE1_STRUCT_cyclorama$TrackingConfig
// Where to listen, and to what.
struct TrackingConfig final {
  // f4, freed, opentrackio or psn.
  ::rust::String protocol;
  // Address and port, or a port alone, or nothing: the protocol's own port on every interface.
  ::rust::String bind;
  // Multicast group to join; nothing for none.
  ::rust::String multicast;
  // Address, number or name of the network card; nothing for the system's choice.
  ::rust::String network_interface;
  // Whose FreeD it is; nothing for the generic one.
  ::rust::String vendor;
  // Only this subject; nothing for all.
  ::rust::String subject;
  // File of a calibrated lens; nothing for none.
  ::rust::String lens_file;
  // How far ahead samples are foretold, microseconds; 0 for as they were measured.
  ::std::uint32_t horizon_us CXX_DEFAULT_VALUE(0);
  // Samples no camera could have made are used too; else they are kept out and told as faults.
  bool keep_outliers CXX_DEFAULT_VALUE(false);

  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$TrackingConfig

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Pose
#define CXXBRIDGE1_STRUCT_cyclorama$Pose
// Where a subject is, in Unreal's axes. 72 bytes.
struct Pose final {
  // The moment it is for, stage time, nanoseconds.
  ::std::int64_t at_ns CXX_DEFAULT_VALUE(0);
  // Forward, cm.
  double x CXX_DEFAULT_VALUE(0);
  // Right, cm.
  double y CXX_DEFAULT_VALUE(0);
  // Up, cm.
  double z CXX_DEFAULT_VALUE(0);
  // Quaternion, as `FQuat` has it.
  double qx CXX_DEFAULT_VALUE(0);
  // As above.
  double qy CXX_DEFAULT_VALUE(0);
  // As above.
  double qz CXX_DEFAULT_VALUE(0);
  // As above.
  double qw CXX_DEFAULT_VALUE(0);
  // Which subject: `subject_name` has its name.
  ::std::uint32_t subject CXX_DEFAULT_VALUE(0);
  // Sum of `PoseFlag`.
  ::std::uint32_t flags CXX_DEFAULT_VALUE(0);

  bool operator==(Pose const &) const noexcept;
  bool operator!=(Pose const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Pose

#ifndef CXXBRIDGE1_ENUM_cyclorama$PoseFlag
#define CXXBRIDGE1_ENUM_cyclorama$PoseFlag
// What the flags of a pose mean.
enum class PoseFlag : ::std::uint32_t {
  // None of them.
  Plain = 0,
  // Held: not to be trusted.
  Stale = 1,
  // Foretold.
  Predicted = 2,
};
#endif // CXXBRIDGE1_ENUM_cyclorama$PoseFlag

#ifndef CXXBRIDGE1_ENUM_cyclorama$LensKind
#define CXXBRIDGE1_ENUM_cyclorama$LensKind
// Which lens model the parameters belong to.
enum class LensKind : ::std::uint32_t {
  // No lens is known.
  Unknown = 0,
  // k1, k2, k3, p1, p2.
  Spherical = 1,
  // k1 to k6, p1, p2, undistorted to distorted.
  BrownConradyUndistortedToDistorted = 2,
  // k1 to k6, p1, p2, distorted to undistorted.
  BrownConradyDistortedToUndistorted = 3,
};
#endif // CXXBRIDGE1_ENUM_cyclorama$LensKind

#ifndef CXXBRIDGE1_ENUM_cyclorama$Known
#define CXXBRIDGE1_ENUM_cyclorama$Known
// Which of the details are known.
enum class Known : ::std::uint32_t {
  // None.
  Nothing = 0,
  // Focal length.
  FocalLength = 1,
  // Field of view.
  FieldOfView = 2,
  // Aspect ratio.
  AspectRatio = 4,
  // Aperture.
  Aperture = 8,
  // Focus distance.
  FocusDistance = 16,
  // Size of the sensor.
  Sensor = 32,
  // Timecode.
  Timecode = 64,
  // Lens model, its parameters and centres.
  LensModel = 128,
};
#endif // CXXBRIDGE1_ENUM_cyclorama$Known

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Details
#define CXXBRIDGE1_STRUCT_cyclorama$Details
// What comes with a pose. 232 bytes. What is not known is 0.
struct Details final {
  // When the sample was taken, stage time, nanoseconds.
  ::std::int64_t sampled_ns CXX_DEFAULT_VALUE(0);
  // When its packet arrived.
  ::std::int64_t arrived_ns CXX_DEFAULT_VALUE(0);
  // When it was there to be read.
  ::std::int64_t ready_ns CXX_DEFAULT_VALUE(0);
  // Timecode: frames since midnight.
  ::std::int64_t timecode_frame CXX_DEFAULT_VALUE(0);
  // mm.
  double focal_length_mm CXX_DEFAULT_VALUE(0);
  // Horizontal, degrees.
  double field_of_view_deg CXX_DEFAULT_VALUE(0);
  // Width to height of the picture as shown.
  double aspect_ratio CXX_DEFAULT_VALUE(0);
  // f-number.
  double aperture CXX_DEFAULT_VALUE(0);
  // cm.
  double focus_distance_cm CXX_DEFAULT_VALUE(0);
  // mm, as shown: the squeeze is undone.
  double sensor_width_mm CXX_DEFAULT_VALUE(0);
  // mm.
  double sensor_height_mm CXX_DEFAULT_VALUE(0);
  // Focal length over the sensor's width.
  double fx CXX_DEFAULT_VALUE(0);
  // Focal length over the sensor's height.
  double fy CXX_DEFAULT_VALUE(0);
  // Principal point, 0 to 1 from the left.
  double cx CXX_DEFAULT_VALUE(0);
  // Principal point, 0 to 1 from the top.
  double cy CXX_DEFAULT_VALUE(0);
  // 0 (held) to 1 (measured and good).
  double confidence CXX_DEFAULT_VALUE(0);
  // How much larger the picture should be drawn.
  double overscan CXX_DEFAULT_VALUE(0);
  // Parameters of the lens model.
  ::std::array<double, 8> distortion;
  // Frames per second of the timecode.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // Its denominator.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);
  // Sum of `Known`.
  ::std::uint32_t known CXX_DEFAULT_VALUE(0);
  // As in the pose.
  ::std::uint32_t subject CXX_DEFAULT_VALUE(0);
  // How many parameters the lens model has.
  ::std::uint32_t distortion_count CXX_DEFAULT_VALUE(0);
  // Which lens model.
  ::cyclorama::LensKind lens;
  // The tracker's own counter.
  ::std::uint32_t sequence CXX_DEFAULT_VALUE(0);
  // 1 when the timecode is drop-frame.
  ::std::uint32_t drop_frame CXX_DEFAULT_VALUE(0);

  bool operator==(Details const &) const noexcept;
  bool operator!=(Details const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Details

#ifndef CXXBRIDGE1_STRUCT_cyclorama$GenlockOptions
#define CXXBRIDGE1_STRUCT_cyclorama$GenlockOptions
// The beat of an engine.
struct GenlockOptions final {
  // Frames per second.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // Its denominator.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);
  // Frames begin with the samples of the trackers; else with the house's time (ST 2059).
  bool follow_tracker CXX_DEFAULT_VALUE(false);
  // Frames begin so much later, microseconds.
  ::std::int32_t shift_us CXX_DEFAULT_VALUE(0);

  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$GenlockOptions

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Tick
#define CXXBRIDGE1_STRUCT_cyclorama$Tick
// A frame's begin.
struct Tick final {
  // Its number.
  ::std::int64_t frame CXX_DEFAULT_VALUE(0);
  // When it begins, stage time, nanoseconds.
  ::std::int64_t begins_ns CXX_DEFAULT_VALUE(0);
  // Frames that were passed over because nobody waited.
  ::std::int64_t skipped CXX_DEFAULT_VALUE(0);

  bool operator==(Tick const &) const noexcept;
  bool operator!=(Tick const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Tick

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Label
#define CXXBRIDGE1_STRUCT_cyclorama$Label
// A timecode.
struct Label final {
  // Frames since midnight.
  ::std::int64_t frame CXX_DEFAULT_VALUE(0);
  // Frames per second.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // Its denominator.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);
  // 1 when it is drop-frame.
  ::std::uint32_t drop_frame CXX_DEFAULT_VALUE(0);
  // Which subject says it.
  ::std::uint32_t subject CXX_DEFAULT_VALUE(0);

  bool operator==(Label const &) const noexcept;
  bool operator!=(Label const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Label

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Tracking
#define CXXBRIDGE1_STRUCT_cyclorama$Tracking
// A session: one port, all its subjects.
struct Tracking final : public ::rust::Opaque {
  // Ends it; feeds wake. Again changes nothing. Within half a second, usually a fiftieth.
  ::cyclorama::Status stop() const noexcept;

  // `Ok` while it listens, `Cancelled` once it was stopped, else why it does not now.
  ::cyclorama::Status state() const noexcept;

  // The sentence to that.
  ::rust::String state_text() const noexcept;

  // It does not listen now, and tries again by itself.
  bool tries_again() const noexcept;

  // The UDP port it listens on; 0 while it does not.
  ::std::uint16_t port() const noexcept;

  // Its number, by which slate and sync record find it; never 0.
  ::std::uint64_t number() const noexcept;

  // Subjects heard so far; their numbers are below this and never change.
  ::std::uint32_t subject_count() const noexcept;

  // The name of a subject.
  ::rust::String subject_name(::std::uint32_t subject) const noexcept;

  // How it is doing: one JSON object for people.
  ::rust::String health_json() const noexcept;

  // The newest sample of a subject, foretold where the session foretells. For any thread: no lock, no memory.
  ::cyclorama::Status latest(::std::uint32_t subject, ::cyclorama::Pose &pose) const noexcept;

  // What came with it.
  ::cyclorama::Status latest_details(::std::uint32_t subject, ::cyclorama::Details &details) const noexcept;

  // The timecode of now, counted on from the newest label of any subject. `Timeout` when the last came longer
  // ago than `hold_ns`, `NotFound` when none ever came.
  ::cyclorama::Status timecode_now(::std::int64_t hold_ns, ::cyclorama::Label &label) const noexcept;

  // A feed that begins now.
  ::rust::Box<::cyclorama::Feed> feed() const noexcept;

  // A reader of a subject.
  ::rust::Box<::cyclorama::Reader> reader(::std::uint32_t subject) const noexcept;

  // The beat of this session.
  ::rust::Box<::cyclorama::Genlock> genlock(::cyclorama::GenlockOptions const &options) const noexcept;

  ~Tracking() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Tracking

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Feed
#define CXXBRIDGE1_STRUCT_cyclorama$Feed
// Every sample once. Its owner is one thread.
struct Feed final : public ::rust::Opaque {
  // Waits for samples that were not given yet and gives the oldest; how many. None: time ran out, or the
  // session ended.
  ::std::uint32_t wait_next(::std::uint32_t timeout_us, ::rust::Slice<::cyclorama::Pose > poses, ::rust::Slice<::cyclorama::Details > details) noexcept;

  // As above without the wait and without details.
  ::std::uint32_t batch(::rust::Slice<::cyclorama::Pose > poses) noexcept;

  // Whether samples may still come.
  ::cyclorama::Status feed_state() const noexcept;

  // Samples that were dropped because nobody took them.
  ::std::uint64_t feed_dropped() const noexcept;

  ~Feed() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Feed

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Reader
#define CXXBRIDGE1_STRUCT_cyclorama$Reader
// A subject at any time. Its owner is one thread.
struct Reader final : public ::rust::Opaque {
  // The subject at a time: between samples, or a little past the newest. No lock and no wait.
  ::cyclorama::Status sample_at(::std::int64_t at_ns, ::cyclorama::Pose &pose, ::cyclorama::Details &details) noexcept;

  ~Reader() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Reader

#ifndef CXXBRIDGE1_STRUCT_cyclorama$Genlock
#define CXXBRIDGE1_STRUCT_cyclorama$Genlock
// The beat. Its owner is one thread.
struct Genlock final : public ::rust::Opaque {
  // Waits for the next frame's begin. `Timeout` when it does not come in time.
  ::cyclorama::Status wait_tick(::std::uint32_t timeout_us, ::cyclorama::Tick &tick) noexcept;

  ~Genlock() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$Genlock

// Begins to listen. The handle's `state` says whether it does; where it cannot, it tries again every 2 s until
// it can, unless what it was asked can never be.
::rust::Box<::cyclorama::Tracking> tracking_start(::cyclorama::TrackingConfig const &config) noexcept;

// As above from one line of text: `protocol=freed; bind=0.0.0.0:40000; vendor=sony; horizon=80`. Names are
// protocol, bind, multicast, interface, vendor, subject, lens, horizon (ms) and outliers (drop or keep).
::rust::Box<::cyclorama::Tracking> tracking_open(::rust::Str connection) noexcept;
} // namespace cyclorama

#ifdef __clang__
#pragma clang diagnostic pop
#endif // __clang__
